import { describe, expect, it } from 'vitest';
import { Graph } from '../../../src/engine/graph/graph.ts';
import { useHalfPrecision } from '../../../src/engine/graph/halfPrecision.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import type { Device, TrainingState, UpdateSettings } from '../../../src/engine/runtime/device.ts';
import { inMixedPrecision, ScaledTrainingState } from '../../../src/engine/runtime/mixedPrecision.ts';
import { agreement } from '../../../src/engine/runtime/selfCheck.ts';
import { webgpuDevice } from '../../../src/engine/runtime/webgpu.ts';
import { fineTune, NonFiniteLossError, type FineTuneResult } from '../../../src/engine/training/fineTune.ts';
import { weightedCrossEntropy } from '../../../src/jobs/losses.ts';
import { buildTrainingGraph, crossEntropy } from '../../../src/engine/training/trainingGraph.ts';
import { hasSoftwareGpu } from '../../support/devices.ts';
import { emulatingHalf } from '../../support/emulatedHalf.ts';
import {
  labelCount,
  padId,
  randomLabels,
  randomLengths,
  randomRows,
  randomWeights,
  settings,
  tinyConfig,
} from './support.ts';

const count = 33;
const data = { rows: randomRows(randomLengths(count, 20)), labelIds: randomLabels(count) };

/** @param weight Of every row: large ones make large gradients, which clipping takes back. */
function train(device: Device, learningRate = 1e-3, weight = 1): Promise<FineTuneResult> {
  const weights = new Float32Array(count).fill(weight);
  return fineTune({
    ...{ device, config: tinyConfig, labels: labelCount, initial: randomWeights(tinyConfig), padId },
    data: { ...data, rowInputs: { weight: weights } },
    loss: weightedCrossEntropy,
    settings: settings({ epochs: 3, learningRate }),
  });
}

describe('rounding as IEEE 754 binary16, in emulation', () => {
  it('keeps 11 bits, subnormals, infinities and what is no number', async () => {
    const g = new Graph();
    const x = g.input('x', 'float32', ['n']);
    const rounded = g.op('Cast', [x], { dtype: 'float16', shape: ['n'] }, { to: 10 });
    g.output('y', g.op('Cast', [rounded], { dtype: 'float32', shape: ['n'] }, { to: 1 }));
    const program = await emulatingHalf(cpuDevice()).load(g);
    // Values of NumPy's astype(float16).
    const values = [1 / 3, 2049, 65504, 65519, 65520, -1e6, 6e-8, 2e-8, 3.1e-5, 0, NaN];
    const wanted = [
      0.333251953125,
      2048,
      65504,
      65504,
      Infinity,
      -Infinity,
      2 ** -24,
      0,
      3.0994415283203125e-5,
      0,
      NaN,
    ];
    const { y } = await program.run({
      x: { dtype: 'float32', shape: [values.length], data: Float32Array.from(values) },
    });
    expect([...y!.data]).toEqual(wanted);
    await program.release();
  });
});

describe('mixed precision', () => {
  const single = buildTrainingGraph({
    config: tinyConfig,
    labels: labelCount,
    loss: crossEntropy,
    dropout: true,
  }).graph;
  const half = single.copy();
  useHalfPrecision(half);

  it('computes products in half precision, weight gradients and everything else in single', () => {
    const typeOf = (name: string): string => half.valueOf(name).dtype;
    const products = half.nodes.filter(({ opType }) => ['Gemm', 'FusedMatMul', 'MatMul'].includes(opType));
    const found = products.map(
      ({ opType, attributes, outputs: [output] }) =>
        `${opType}${attributes['transA'] === 1 && opType === 'Gemm' ? ' of a weight' : ''} ${typeOf(output!)}`,
    );
    expect([...new Set(found)].sort()).toEqual([
      'FusedMatMul float16',
      'Gemm float16',
      'Gemm of a weight float32',
      'MatMul float32',
    ]);
    const moving = new Set(['Gemm', 'FusedMatMul', 'Reshape', 'Transpose', 'Cast']);
    for (const { opType, inputs, outputs } of half.nodes) {
      const types = [...inputs, ...outputs].filter((name) => name !== '').map(typeOf);
      if (!moving.has(opType)) expect(types, opType).not.toContain('float16');
    }
    expect(half.nodes.length - half.nodes.filter(({ opType }) => opType === 'Cast').length).toBe(
      single.nodes.length - single.nodes.filter(({ opType }) => opType === 'Cast').length,
    );
  });

  it('keeps inputs and outputs as they are', () => {
    expect(half.inputs).toEqual(single.inputs);
    expect(half.outputs).toEqual(single.outputs);
  });

  it('is a graph that ONNX Runtime takes, with its own casts', async () => {
    const { history } = await train(inMixedPrecision(cpuDevice()));
    const exact = await train(cpuDevice());
    history.forEach(({ trainLoss }, i) => expect(trainLoss).toBeCloseTo(exact.history[i]!.trainLoss, 2));
  });

  it('trains to nearly the same losses, also where the first loss scales overflow', async () => {
    const emulated = emulatingHalf(cpuDevice());
    let overflows = 0;
    const counting: Device = {
      ...emulated,
      train: async (graph, initial) => {
        const inner = await emulated.train(graph, initial);
        const { update } = inner;
        inner.update = async (given) => {
          const norm = await update.call(inner, given);
          if (!Number.isFinite(norm)) overflows++;
          return norm;
        };
        return inner;
      },
    };
    const mixed = await train(inMixedPrecision(counting), 1e-3, 1000);
    const exact = await train(cpuDevice(), 1e-3, 1000);
    mixed.history.forEach(({ trainLoss }, i) => {
      expect(trainLoss / 1000).toBeCloseTo(exact.history[i]!.trainLoss / 1000, 2);
    });
    expect(overflows).toBeGreaterThan(0);
  });

  it('passes the check that a GPU in half precision has to pass, well within its bounds', async () => {
    const found = await agreement(inMixedPrecision(emulatingHalf(cpuDevice())), cpuDevice());
    expect(found.agrees).toBe(true);
    expect(Math.max(found.loss, found.gradient, found.weight)).toBeLessThan(2e-2);
  });

  it('says that the learning rate is too high where no loss scale helps', async () => {
    await expect(train(inMixedPrecision(emulatingHalf(cpuDevice())), 1e30)).rejects.toThrow(NonFiniteLossError);
  });

  it.runIf(hasSoftwareGpu)('fails in one line on an adapter without shader-f16', async () => {
    await expect(train(inMixedPrecision(webgpuDevice()))).rejects.toThrow(/f16/);
  });
});

describe('loss scale', () => {
  /** Counts what it is told, and answers with the norms that it was given. */
  function recorded(norms: number[]): { inner: TrainingState; scales: number[] } {
    const scales: number[] = [];
    const inner = {
      update: ({ gradientScale }: UpdateSettings) => {
        scales.push(gradientScale ?? 1);
        return Promise.resolve(norms.shift() ?? 1);
      },
      snapshot: () => Promise.resolve({ value: new Map(), mean: new Map(), variance: new Map() }),
      restore: () => Promise.resolve(),
    } as unknown as TrainingState;
    return { inner, scales };
  }
  const update: UpdateSettings = {
    ...{ step: 1, learningRate: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 },
  };

  it('halves until gradients are finite, and doubles after 2000 updates', async () => {
    const { inner, scales } = recorded([Infinity, NaN]);
    const state = new ScaledTrainingState(inner);
    while (!Number.isFinite(await state.update(update))) expect(state.lowerLossScale()).toBe(true);
    expect(scales.map((scale) => 1 / scale)).toEqual([2 ** 16, 2 ** 15, 2 ** 14]);
    for (let i = 0; i < 2000; i++) await state.update(update);
    expect(1 / scales.at(-2)!).toBe(2 ** 14);
    expect(1 / scales.at(-1)!).toBe(2 ** 15);
  });

  it('gives up at 1', async () => {
    const { inner } = recorded(Array.from({ length: 20 }, () => NaN));
    const state = new ScaledTrainingState(inner);
    let halvings = 0;
    while (state.lowerLossScale()) halvings++;
    expect(halvings).toBe(16);
    expect(await state.update(update)).toBeNaN();
  });

  it('comes back with a snapshot', async () => {
    const { inner, scales } = recorded([]);
    const state = new ScaledTrainingState(inner);
    state.lowerLossScale();
    await state.update(update);
    const snapshot = await state.snapshot();
    expect(snapshot.lossScale).toEqual({ scale: 2 ** 15, updates: 1 });
    const other = new ScaledTrainingState(inner);
    await other.restore(snapshot);
    await other.update(update);
    expect(1 / scales.at(-1)!).toBe(2 ** 15);
    expect((await other.snapshot()).lossScale).toEqual({ scale: 2 ** 15, updates: 2 });
  });
});
