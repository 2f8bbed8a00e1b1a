/**
 * The CUDA device without CUDA: its sessions are given the processor's execution provider, which must change no bit, and the
 * words of ONNX Runtime 1.30 for what is missing, as its libraries said them. It has never run on an NVIDIA GPU.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadClassifier } from '../../../src/engine/models/forward.ts';
import { padBatch } from '../../../src/engine/models/padBatch.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import { cudaDevice } from '../../../src/engine/runtime/cuda.ts';
import {
  cudaIsThinkable,
  cudaReason,
  missingProvider,
  providerLibraries,
} from '../../../src/engine/runtime/cudaLibraries.ts';
import type { Device, Traffic } from '../../../src/engine/runtime/device.ts';
import { DeviceFailedError } from '../../../src/engine/runtime/deviceFailed.ts';
import { quietLog } from '../../../src/engine/runtime/hardware.ts';
import { copyGraph } from '../../../src/engine/runtime/updateGraphs.ts';
import { DropoutMasks } from '../../../src/engine/training/dropoutMasks.ts';
import { fineTune, type FineTuneOptions, type FineTuneResult } from '../../../src/engine/training/fineTune.ts';
import { trainingFeeds } from '../../../src/engine/training/trainingFeeds.ts';
import { buildTrainingGraph, crossEntropy } from '../../../src/engine/training/trainingGraph.ts';
import { dimp } from '../../../src/jobs/losses.ts';
import { trainStage } from '../../../src/jobs/trainStage.ts';
import { memoryStages } from '../../../src/jobs/workspace.ts';
import { besideProcessor } from '../../../src/jobs/openDevice.ts';
import { architectures, fixtureModel } from '../../support/fixtureModel.ts';
import {
  differing,
  labelCount,
  padId,
  perRow,
  randomLabels,
  randomLengths,
  randomRows,
  randomWeights,
  sameBits,
  settings,
  tinyConfig,
} from './support.ts';

// What cannot be loaded is told by the error as well.
quietLog();
const cpu = cpuDevice({ threads: 1 });
/** Everything of the CUDA device but CUDA. */
const posing = (): Device => cudaDevice({ name: 'NVIDIA', providers: ['cpu'] });
const rows = randomRows(randomLengths(24, 12));
const labelIds = randomLabels(24);
const adamw = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 };

describe('the CUDA device on the processor’s execution provider', () => {
  it.each(architectures)('20 steps of AdamW on %s, with dropout, DIMP and micro-batches: every bit', async (name) => {
    const dropout = { hidden: 0.1, attention: 0.1, classifier: 0.1 };
    const config = { ...fixtureModel(name).config, dropout };
    const graph = buildTrainingGraph({ config, labels: labelCount, loss: dimp(1, { min: -5, max: 5 }), dropout: true });
    // RoBERTa knows no second segment.
    const oneSegment = { ...rows, tokenTypeIds: rows.tokenTypeIds.map(() => 0) };
    const run = async (device: Device): Promise<[number[], ReadonlyMap<string, Float32Array>[]]> => {
      const state = await device.train(graph, randomWeights(config));
      const masks = new DropoutMasks(graph.dropoutSites, 5);
      const losses: number[] = [];
      for (let step = 0; step < 20; step++) {
        for (const half of [0, 1]) {
          const indices = [0, 1, 2].map((i) => (6 * step + 3 * half + i) % rows.count);
          const batch = padBatch(oneSegment, indices, config, padId);
          const ids = indices.map((row) => labelIds[row]!);
          const feeds = {
            ...batch.feeds,
            ...trainingFeeds(batch, config, { count: labelCount, ids }, 1 / 6),
            logP: perRow(indices.map((row) => -0.1 * (row + 1))),
            ...masks.draw(2 * step + half, batch.size, batch.sequence),
          };
          losses.push((await state.accumulate(feeds, batch.uniqueIds)).loss);
        }
        losses.push(await state.update({ ...adamw, step: step + 1 }));
      }
      const { value, mean, variance } = await state.snapshot();
      return [losses, [value, mean, variance]];
    };
    const [[losses, arrays], [wanted, wantedArrays]] = [await run(posing()), await run(cpu)];
    expect(losses).toEqual(wanted);
    expect(losses).toHaveLength(60);
    expect(new Set(losses).size).toBeGreaterThan(50);
    wantedArrays.forEach((each, i) => expect(differing(arrays[i]!, each)).toEqual([]));
  });

  const options = (device: Device): FineTuneOptions => ({
    ...{ device, config: tinyConfig, labels: labelCount, initial: randomWeights(tinyConfig), padId },
    ...{ data: { rows, labelIds, rowInputs: {} }, loss: crossEntropy },
    settings: settings({ epochs: 2, batchSize: 8, microBatchSize: 4 }),
  });

  it('a whole fine-tuning, and forward passes: every bit', async () => {
    const [found, wanted] = [await fineTune(options(posing())), await fineTune(options(cpu))];
    expect(differing(found.weights, wanted.weights)).toEqual([]);
    expect(found.history).toEqual(wanted.history);
    const logits = async (device: Device): Promise<Float32Array> => {
      const model = await loadClassifier(device, tinyConfig, labelCount, { weights: wanted.weights }, padId);
      const results = await model.run(rows, { batchTokens: 64 });
      await model.release();
      return results;
    };
    expect(sameBits(await logits(posing()), await logits(cpu))).toBe(true);
  });

  it('counts what crosses the bus at each step: the weights too', async () => {
    const moved: (Traffic | undefined)[] = [];
    const { weights } = await fineTune({ ...options(posing()), onStep: (report) => moved.push(report.moved) });
    expect(moved).toHaveLength(6);
    // Tables come down by the rows that a batch uses, and go up whole in so far as the training knows them.
    const all = [...weights.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    const tables = 4 * tinyConfig.embeddingSize * (40 + 32 + 2);
    for (const { up, down } of moved as Traffic[]) {
      // Two micro-batches.
      expect(up).toBeGreaterThan(2 * (all - tables));
      expect(down).toBeGreaterThan(2 * (all - tables));
      expect(down).toBeLessThan(2 * all + 4 * 2 * (1 + 4 * (1 + labelCount)));
    }
    const program = await posing().load(copyGraph());
    await program.release();
  });

  it('a batch’s masks go up as one byte per element, and nothing is cut to seconds', async () => {
    const graph = buildTrainingGraph({ config: tinyConfig, labels: labelCount, loss: crossEntropy, dropout: true });
    const state = await posing().train(graph, randomWeights(tinyConfig));
    expect(state.tokensAtOnce).toBeUndefined();
    expect((await cpu.train(graph, randomWeights(tinyConfig))).tokensAtOnce).toBeGreaterThan(0);
    const batch = padBatch(rows, [0, 1, 2], tinyConfig, padId);
    const ids = [0, 1, 2].map((row) => labelIds[row]!);
    const masks = new DropoutMasks(graph.dropoutSites, 5).draw(0, batch.size, batch.sequence);
    const others = { ...batch.feeds, ...trainingFeeds(batch, tinyConfig, { count: labelCount, ids }, 1) };
    const bytes = (feeds: Readonly<Record<string, { data: ArrayBufferView }>>): number =>
      Object.values(feeds).reduce((sum, { data }) => sum + data.byteLength, 0);
    await state.accumulate({ ...others, ...masks }, batch.uniqueIds);
    const weights = graph.parameters.reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
    expect(state.traffic!.up).toBe(weights + bytes(others) + bytes(masks) / 4);
  });
});

/** The posing device, whose training fails at a micro-batch of so many rows, or at so many calls. */
function failing(when: (rows: number, call: number) => string | undefined): Device {
  let calls = 0;
  const device = posing();
  return {
    ...device,
    train: async (graph, initial) => {
      const state = await device.train(graph, initial);
      const accumulate = state.accumulate.bind(state);
      state.accumulate = async (feeds, uniqueIds) => {
        const said = when(feeds['targets']!.shape[0]!, ++calls);
        if (said !== undefined) throw new DeviceFailedError('NVIDIA', new Error(cudaReason(new Error(said))));
        return accumulate(feeds, uniqueIds);
      };
      return state;
    },
  };
}

describe('a CUDA device that fails', () => {
  const lost =
    "Non-zero status code returned while running Gemm node. Name:'Gemm_3' Status Message: CUDA failure 719: unspecified " +
    'launch failure ; GPU=0 ; hostname=box ; file=/onnxruntime_src/x.cc ; line=9 ; expr=cudaStreamSynchronize(s); ';
  const full =
    "Non-zero status code returned while running MatMul node. Name:'m' Status Message: /onnxruntime_src/onnxruntime/core/" +
    'framework/bfc_arena.cc:359 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool) Failed to allocate memory ' +
    'for requested buffer of size 805306368\n';
  const stage = {
    ...{ config: tinyConfig, labels: labelCount, initial: randomWeights(tinyConfig), padId, loss: crossEntropy },
    data: { rows, labelIds, rowInputs: {} },
    settings: settings({ epochs: 2, batchSize: 8, microBatchSize: 4 }),
  };
  const train = async (device: Device): Promise<[FineTuneResult, string[]]> => {
    const lines: string[] = [];
    const guarded = besideProcessor(device, () => cpu, { named: true, notice: (line) => lines.push(line) });
    const stages = memoryStages();
    const job = { device: guarded, stages, checkpointSeconds: 0, passes: { forward: 0, backward: 0 } };
    return [await trainStage(job, 'stage', 'a stage', stage), lines];
  };

  it('in the middle of a training: the processor goes on from the last checkpoint, and ends as without', async () => {
    const [whole] = await train(cpu);
    const [result, lines] = await train(failing((_, call) => (call > 5 ? lost : undefined)));
    expect(lines).toEqual([
      'NVIDIA failed: CUDA failure 719: unspecified launch failure. The job goes on on the processor.',
    ]);
    expect(differing(result.weights, whole.weights)).toEqual([]);
    expect(result.history).toEqual(whole.history);
  });

  it('for want of memory: half as many rows at a time go through it, and it stays', async () => {
    const sizes: number[] = [];
    const [, lines] = await train(
      failing((count) => {
        if (count > 2) return full;
        sizes.push(count);
        return undefined;
      }),
    );
    expect(lines.filter((line) => line.includes('failed'))).toEqual([]);
    expect(Math.max(...sizes)).toBe(2);
    expect(sizes.reduce((a, b) => a + b)).toBe(48);
  });
});

describe('what is missing for CUDA', () => {
  const notLoaded = (error: string): string =>
    '[E:onnxruntime:onnxruntime-node, provider_bridge_ort.cc:2146 Create] /onnxruntime_src/onnxruntime/core/session/' +
    'provider_bridge_ort.cc:1988 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : ' +
    `Failed to load library /app/linux/x64/libonnxruntime_providers_cuda.so with error: ${error}\n\u001b[m`;
  const absent = (name: string): string =>
    notLoaded(`${name}: cannot open shared object file: No such file or directory`);

  it.each([
    [
      absent('libcublasLt.so.13'),
      'libcublasLt.so.13 of CUDA 13 is not found: install CUDA 13, or name its folder in LD_LIBRARY_PATH',
    ],
    [
      absent('libcurand.so.10'),
      'libcurand.so.10 of CUDA is not found: install CUDA, or name its folder in LD_LIBRARY_PATH',
    ],
    [
      absent('libcudnn.so.9'),
      'libcudnn.so.9 of cuDNN 9 is not found: install cuDNN 9, or name its folder in LD_LIBRARY_PATH',
    ],
    [
      absent('libcuda.so.1'),
      "libcuda.so.1 of NVIDIA's driver is not found: install the driver, or start the container with its GPUs",
    ],
    [
      absent('/app/linux/x64/libonnxruntime_providers_shared.so'),
      'ONNX Runtime\'s libonnxruntime_providers_shared.so is missing: run "npm run cuda" in a checkout of Counterweight (see "CUDA" in its README)',
    ],
    [
      notLoaded('/app/x.so: undefined symbol: cuTensorMapEncodeTiled'),
      '/app/x.so: undefined symbol: cuTensorMapEncodeTiled',
    ],
    [
      '/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:154 std::conditional_t<THRW, void, onnxruntime::common::Status> ' +
        'onnxruntime::CudaCall(ERRTYPE, const char*, const char*, SUCCTYPE, const char*, const char*, int) [with ERRTYPE = cudaError] ' +
        'CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=-1 ; hostname=box ; ' +
        'file=/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_execution_provider.cc ; line=352 ; expr=cudaSetDevice(info_.device_id); \n',
      "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version: NVIDIA's driver is too old",
    ],
    ['something else', 'something else'],
  ])('in one line: %#', (said, line) => {
    expect(cudaReason(said)).toBe(line);
    expect(cudaReason(new Error(said))).toBe(line);
  });

  it.each([
    ['CUDA failure 2: out of memory ; GPU=0 ; hostname=box', true],
    ['CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; hostname=box', true],
    ['bfc_arena.cc:359 Failed to allocate memory for requested buffer of size 12', true],
    ['CUDA failure 700: an illegal memory access was encountered ; GPU=0', false],
  ])('tells want of memory from other failures: %s', (said, outOfMemory) => {
    const failure = new DeviceFailedError('NVIDIA', new Error(cudaReason(new Error(said))));
    expect(failure.outOfMemory).toBe(outOfMemory);
    expect(failure.reason).not.toMatch(/hostname|GPU=/);
  });

  it.runIf(cudaIsThinkable() && missingProvider() !== undefined)(
    'opening a session without the provider fails as a device does',
    async () => {
      const failed = cudaDevice({ name: 'NVIDIA' }).load(copyGraph());
      await expect(failed).rejects.toBeInstanceOf(DeviceFailedError);
      await expect(failed).rejects.toThrow(/^NVIDIA failed: .*Failed to load shared library; --device cpu/);
    },
  );

  it('only Linux x64 can have it', () => {
    expect(cudaIsThinkable({ platform: 'linux', arch: 'x64' })).toBe(true);
    for (const other of [
      { platform: 'linux', arch: 'arm64' },
      { platform: 'win32', arch: 'x64' },
      { platform: 'darwin', arch: 'arm64' },
    ] as const)
      expect(cudaIsThinkable(other)).toBe(false);
  });

  describe('in ONNX Runtime’s folder', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'counterweight-provider-'));
    });
    afterAll(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    it('is named, one after the other', () => {
      for (const name of providerLibraries) {
        expect(missingProvider(folder)).toBe(name);
        writeFileSync(join(folder, name), '');
      }
      expect(missingProvider(folder)).toBeUndefined();
    });
  });
});
