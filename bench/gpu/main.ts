// npm run bench:gpu: launches and bytes of a training step, on any adapter, also one in software; on a real GPU examples per
// second too, against the processor and, where they are installed, PyTorch and its GPU, written to bench/results-gpu.md. Without a GPU it says so.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadClassifier } from '../../src/engine/models/forward.ts';
import { padBatch } from '../../src/engine/models/padBatch.ts';
import { cpuDevice } from '../../src/engine/runtime/cpu.ts';
import type { Device } from '../../src/engine/runtime/device.ts';
import { packParameters } from '../../src/engine/runtime/packs.ts';
import { adamwConstants } from '../../src/engine/runtime/updateGraphs.ts';
import { inMixedPrecision } from '../../src/engine/runtime/mixedPrecision.ts';
import { webgpuDevice } from '../../src/engine/runtime/webgpu.ts';
import { sessionOptions } from '../../src/engine/runtime/webgpuOptions.ts';
import { DropoutMasks } from '../../src/engine/training/dropoutMasks.ts';
import { trainingFeeds } from '../../src/engine/training/trainingFeeds.ts';
import { buildTrainingGraph, crossEntropy, type TrainingGraph } from '../../src/engine/training/trainingGraph.ts';
import { versions } from '../../src/jobs/context.ts';
import { gpuReport, type GpuReport } from '../../src/jobs/gpuReport.ts';
import { gpuName, timesText } from '../../src/jobs/openDevice.ts';
import type { Workshop } from '../contender.ts';
import { findPython } from '../python.ts';
import { forCounting, labels, maskElements, models, randomRows, randomWeights } from './models.ts';
import { torchGpu, torchSpeed } from './torch.ts';

const batchSize = 32;
const lengths = [32, 128];
const marker = 'counterweight-phase';

const [first = '', counted = ''] = process.argv.slice(2);
if (first === '--count') await countedStep(counted);
else await report(first);

/** @param script What finds out about the GPU, bundled. */
async function report(script: string): Promise<void> {
  const found = await gpuReport({ versions, fresh: true, script });
  const lines = [
    '| model | parameters | launches: forward and backward | launches: AdamW | tokens a row | MB up | MB down |',
  ];
  lines.push('| --- | --- | --- | --- | --- | --- | --- |');
  for (const [model, config] of Object.entries(models)) {
    const graph = buildTrainingGraph({ config, labels, loss: crossEntropy, dropout: true });
    const launches = found.adapter ? countLaunches(model) : undefined;
    for (const length of lengths) {
      const { up, down } = bytesPerStep(graph, length);
      const cells = [model, graph.parameters.length, launches?.pass ?? '–', launches?.update ?? '–', length];
      lines.push(`| ${[...cells, (up / 1e6).toFixed(2), (down / 1e6).toFixed(4)].join(' | ')} |`);
    }
  }
  console.log(`A step of ${String(batchSize)} rows on WebGPU:\n\n${lines.join('\n')}\n`);
  if (found.hardware.length === 0 || found.problem !== undefined) {
    const why = found.problem ?? 'WebGPU’s adapter is software';
    console.log(`No GPU here (${why}): speed was not measured.`);
    return;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'counterweight-bench-'));
  try {
    writeFileSync('bench/results-gpu.md', await speeds(found, lines, { python: findPython(), scratch }));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log('bench/results-gpu.md was written.');
}

/** Launches of one step, from ONNX Runtime's log of a child process that runs a short row. */
function countLaunches(model: string): { pass: number; update: number } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [process.argv[1]!, '--count', model], {
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
  });
  const [, pass = '', update = ''] = `${stdout}${stderr}`.split(marker);
  if (status !== 0) throw new Error(`the count of ${model} failed: ${stderr.slice(-500)}`);
  const launches = (log: string): number => log.split('Starting program "').length - 1;
  return { pass: launches(pass), update: launches(update) };
}

/** Runs one step of a short row with the log on, and marks its parts in the log. */
async function countedStep(model: string): Promise<void> {
  Object.assign(sessionOptions, { logSeverityLevel: 1 });
  const config = forCounting(models[model]!);
  const stepper = await openStep(webgpuDevice(), config, 1, 4);
  await stepper.pass();
  await stepper.update();
  writeSync(2, marker);
  await stepper.pass();
  writeSync(2, marker);
  await stepper.update();
  writeSync(2, marker);
  await stepper.release();
}

/** Bytes that a step moves, by the shapes of what is fed and fetched. test/unit/engine/webgpu.test.ts holds the device to it. */
function bytesPerStep(graph: TrainingGraph, length: number): { up: number; down: number } {
  const { config } = graph;
  const rows = randomRows(batchSize, length, config);
  const batch = padBatch(rows, [...Array(batchSize).keys()], config, 0);
  const feeds = {
    ...batch.feeds,
    ...trainingFeeds(batch, config, { count: labels, ids: new Int32Array(batchSize) }, 1),
  };
  const masks = graph.dropoutSites.reduce((sum, site) => sum + maskElements(site, batchSize, length), 0);
  const tables = graph.parameters.reduce(
    (sum, { rowsOf, shape }) => sum + (rowsOf === undefined ? 0 : 8 * shape[0]!),
    0,
  );
  const fed = Object.values(feeds).reduce((sum, { data }) => sum + data.byteLength, 0);
  return {
    up: fed + masks + tables + 4 * adamwConstants.length,
    down: 4 * (1 + batchSize + batchSize * labels + packParameters(graph.parameters).length),
  };
}

interface Step {
  pass(): Promise<void>;
  update(): Promise<void>;
  release(): Promise<void>;
}

async function openStep(device: Device, config: TrainingGraph['config'], size: number, length: number): Promise<Step> {
  const graph = buildTrainingGraph({ config, labels, loss: crossEntropy, dropout: true });
  const state = await device.train(graph, randomWeights(config));
  const masks = new DropoutMasks(graph.dropoutSites, 1);
  const rows = randomRows(size, length, config);
  const indices = [...Array(size).keys()];
  let step = 0;
  return {
    pass: async () => {
      const batch = padBatch(rows, indices, config, 0);
      const ids = Int32Array.from(indices, (i) => i % labels);
      const feeds = { ...batch.feeds, ...trainingFeeds(batch, config, { count: labels, ids }, 1 / size) };
      await state.accumulate({ ...feeds, ...masks.draw(step, size, length) }, batch.uniqueIds);
    },
    update: async () => {
      const constants = { learningRate: 1e-5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1 };
      await state.update({ ...constants, step: ++step });
    },
    release: () => state.release(),
  };
}

/** Examples per second on the GPU, the processor and PyTorch's GPU, as a document. */
async function speeds(found: GpuReport, counts: readonly string[], shop: Workshop): Promise<string> {
  const gpu = webgpuDevice({ name: gpuName(found) });
  const cpu = cpuDevice();
  const torch = shop.python === undefined ? undefined : torchGpu(shop.python);
  const beside = torch?.name ?? 'PyTorch sees no GPU here, or is not installed (npm run python)';
  const table = [
    '| model | tokens a row | work | GPU, rows/s | GPU in half precision, rows/s | processor, rows/s | times | PyTorch, rows/s | torch.compile, rows/s |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const [model, config] of Object.entries(models)) {
    for (const length of lengths) {
      for (const [work, measure] of [
        ['training', trainingSpeed],
        ['scoring', scoringSpeed],
      ] as const) {
        const [onGpu, onCpu] = [await measure(gpu, config, length), await measure(cpu, config, length)];
        const inHalf = found.half === true ? await measure(inMixedPrecision(gpu), config, length) : NaN;
        const onTorch: string[] = [];
        for (const compile of [false, true]) {
          const sizes = { batchSize, length, compile };
          const speed = torch === undefined ? NaN : await torchSpeed(shop, torch, work, config, sizes);
          onTorch.push(speedText(speed));
        }
        const ours = [...[onGpu, inHalf, onCpu].map(speedText), timesText(onGpu / onCpu)];
        table.push(`| ${[model, length, work, ...ours, ...onTorch].join(' | ')} |`);
        console.log(table.at(-1));
      }
    }
  }
  return [
    '# WebGPU, measured',
    `${gpuName(found)} on ${process.platform} ${process.arch}, ONNX Runtime ${versions['onnxruntime'] ?? ''}, against ${cpu.name} with ${String(cpu.threads)} threads. Batches of ${String(batchSize)} rows of one length, with dropout; random weights. Beside it: ${beside}. \`npm run bench:gpu\` writes this file.`,
    table.join('\n'),
    counts.join('\n'),
    '',
  ].join('\n\n');
}

function speedText(rowsPerSecond: number): string {
  return Number.isNaN(rowsPerSecond) ? '–' : rowsPerSecond.toFixed(1);
}

async function trainingSpeed(device: Device, config: TrainingGraph['config'], length: number): Promise<number> {
  const step = await openStep(device, config, batchSize, length);
  const once = async (): Promise<void> => {
    await step.pass();
    await step.update();
  };
  const speed = await perSecond(once);
  await step.release();
  return batchSize * speed;
}

async function scoringSpeed(device: Device, config: TrainingGraph['config'], length: number): Promise<number> {
  const model = await loadClassifier(device, config, labels, { weights: randomWeights(config) }, 0);
  const rows = randomRows(4 * batchSize, length, config);
  const speed = await perSecond(async () => {
    await model.run(rows, { batchTokens: batchSize * length });
  });
  await model.release();
  return rows.count * speed;
}

/** How often a second, over at least five seconds and three times, after two that compile. */
async function perSecond(work: () => Promise<void>): Promise<number> {
  await work();
  await work();
  const start = performance.now();
  let times = 0;
  while (times < 3 || performance.now() - start < 5000) {
    await work();
    times++;
  }
  return times / ((performance.now() - start) / 1000);
}
