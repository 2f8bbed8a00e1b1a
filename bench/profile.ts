// Where a training step's time goes, by kind of operation, from ONNX Runtime's own profiler.
// node scripts/runTs.mjs bench/profile.ts [DATASETS] [TOKENS] [THREADS]   (default: ../shared/datasets 28 2)
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { serialize } from '../src/engine/graph/onnx.ts';
import { readModelFolder } from '../src/engine/hub/modelFolder.ts';
import { parseConfig } from '../src/engine/models/config.ts';
import { padBatch } from '../src/engine/models/padBatch.ts';
import { readWeights } from '../src/engine/models/pretrained.ts';
import { CpuTrainingState } from '../src/engine/runtime/cpuTraining.ts';
import { DropoutMasks } from '../src/engine/training/dropoutMasks.ts';
import { trainingFeeds } from '../src/engine/training/trainingFeeds.ts';
import { buildTrainingGraph, crossEntropy } from '../src/engine/training/trainingGraph.ts';
import { readMaterial } from './data.ts';
import { encodedRows } from './job.ts';

const batchSize = 32;
const [warmUp, steps] = [2, 10];
const [datasets = '../shared/datasets', tokens = '28', threads = '2'] = process.argv.slice(2);
const scratch = await mkdtemp(path.join(tmpdir(), 'counterweight-profile-'));
try {
  await profile();
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function profile(): Promise<void> {
  const { train, model, labels, padId } = await readMaterial(datasets, scratch);
  const folder = await readModelFolder(model);
  const config = parseConfig(folder.config, model);
  const chosen = train.inputIds.flatMap((ids, row) => (ids.length === Number(tokens) ? [row] : [])).slice(0, batchSize);
  if (chosen.length < batchSize) throw new Error(`fewer than ${String(batchSize)} rows have ${tokens} tokens`);
  const graph = buildTrainingGraph({ config, labels: labels.length, loss: crossEntropy, dropout: true });
  const session = await ort.InferenceSession.create(serialize(graph.graph), {
    ...{ intraOpNumThreads: Number(threads), interOpNumThreads: 1, enableMemPattern: false, logSeverityLevel: 3 },
    ...{ enableProfiling: true, profileFilePrefix: path.join(scratch, 'profile') },
  });
  const initial = readWeights(config, folder.tensors, model, labels.length);
  const state = new CpuTrainingState(session, graph, initial);
  const masks = new DropoutMasks(graph.dropoutSites, 1);
  const rows = encodedRows(train.inputIds);
  const host = { prepare: 0, run: 0, update: 0 };
  for (let step = 0; step < warmUp + steps; step++) {
    const clocks = [performance.now()];
    const batch = padBatch(rows, chosen, config, padId);
    const ids = chosen.map((row) => train.labels[row]!);
    const training = trainingFeeds(batch, config, { count: labels.length, ids }, 1 / batchSize);
    const feeds = { ...batch.feeds, ...training, ...masks.draw(step, batch.size, batch.sequence) };
    clocks.push(performance.now());
    await state.accumulate(feeds, batch.uniqueIds);
    clocks.push(performance.now());
    const betas = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    await state.update({ ...betas, step: step + 1, learningRate: 1e-4, weightDecay: 0, clipNorm: 1 });
    clocks.push(performance.now());
    if (step < warmUp) continue;
    (['prepare', 'run', 'update'] as const).forEach((part, i) => {
      host[part] += (clocks[i + 1]! - clocks[i]!) / steps;
    });
  }
  session.endProfiling();
  const file = (await readdir(scratch)).find((name) => name.startsWith('profile'));
  if (file === undefined) throw new Error('ONNX Runtime wrote no profile');
  print(JSON.parse(await readFile(path.join(scratch, file), 'utf8')) as readonly Event[], host);
}

/** One entry of the profile; times in microseconds. */
interface Event {
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

function print(events: readonly Event[], host: Readonly<Record<string, number>>): void {
  const begin = events.filter(({ name }) => name === 'model_run')[warmUp]?.ts ?? 0;
  const kinds = new Map<string, { milliseconds: number; count: number }>();
  for (const { name, ts, dur, args } of events) {
    if (!name.endsWith('_kernel_time') || ts < begin || args?.op_name === undefined) continue;
    const kind = kinds.get(args.op_name) ?? { milliseconds: 0, count: 0 };
    kinds.set(args.op_name, { milliseconds: kind.milliseconds + dur / 1000 / steps, count: kind.count + 1 / steps });
  }
  const total = [...kinds.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  console.log(`${String(batchSize)} × ${tokens} tokens, ${threads} threads, milliseconds per step`);
  for (const [part, ms] of Object.entries(host)) console.log(`${part.padEnd(22)}${ms.toFixed(1).padStart(9)}`);
  console.log('of which operations');
  for (const [kind, { milliseconds, count }] of [...kinds].sort(([, a], [, b]) => b.milliseconds - a.milliseconds)) {
    const share = `${((100 * milliseconds) / total).toFixed(1)} %`;
    console.log(`${kind.padEnd(22)}${milliseconds.toFixed(1).padStart(9)}${share.padStart(9)}  × ${count.toFixed(0)}`);
  }
}
