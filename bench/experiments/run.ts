// Every method on every task, several seeds: the numbers of docs/results.md. Resumable: each finished result is one small
// file, checkers and embeddings are kept, an interrupted training goes on where it stopped.
// node scripts/runTs.mjs bench/experiments/run.ts --datasets DIR --model DIR [--tasks sst2,financial] [--seeds 1,2,3] [--methods …]
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { classWeights, effectiveSampleSize, labelPriors } from '../../src/core/weighting/weights.ts';
import { cpuDevice } from '../../src/engine/runtime/cpu.ts';
import {
  checkersFor,
  evaluate,
  prepareLoss,
  trainClassifier,
  type LossName,
  type PreparedLoss,
} from '../../src/jobs/classifier.ts';
import { embedRows, openEncoder, type Encoder } from '../../src/jobs/encoder.ts';
import { diversityChecker, type DiversityResult } from '../../src/jobs/diversityChecker.ts';
import { embeddingFeatures, qualityChecker, type QualityResult } from '../../src/jobs/qualityChecker.ts';
import { recipe, withEnoughSteps } from '../../src/jobs/recipes.ts';
import { concatLabelled, type LabelledRows } from '../../src/jobs/selectRows.ts';
import { crossEntropy } from '../../src/jobs/losses.ts';
import type { Workspace } from '../../src/jobs/workspace.ts';
import { writeJsonAtomic } from '../../src/store/atomic.ts';
import { checkpointFile, loadCheckpoint, saveCheckpoint } from '../../src/store/checkpoint.ts';
import { rm } from 'node:fs/promises';
import { readTask, taskNames, type Task, type TaskName } from './task.ts';

/** Rows of the main table. `imp` with one fold judges in-sample, as the paper; with two, out of fold. */
export const methods = {
  'real only': { data: 'real', loss: 'ce', folds: 0 },
  CE: { data: 'synthetic', loss: 'ce', folds: 0 },
  focal: { data: 'synthetic', loss: 'focal', folds: 0 },
  quality: { data: 'synthetic', loss: 'quality', folds: 0 },
  filter: { data: 'synthetic', loss: 'filter', folds: 0 },
  'IMP, K = 1': { data: 'synthetic', loss: 'imp', folds: 1 },
  'IMP, K = 2': { data: 'synthetic', loss: 'imp', folds: 2 },
  DIMP: { data: 'synthetic', loss: 'dimp', folds: 0 },
  random: { data: 'synthetic', loss: 'random', folds: 2 },
  'real + synthetic': { data: 'both', loss: 'ce', folds: 0 },
} as const satisfies Record<string, { data: 'real' | 'synthetic' | 'both'; loss: LossName; folds: number }>;
export type MethodName = keyof typeof methods;

const { values: options } = parseArgs({
  options: {
    datasets: { type: 'string' },
    model: { type: 'string' },
    out: { type: 'string', default: 'docs/results' },
    cache: { type: 'string', default: '.cache/experiments' },
    tasks: { type: 'string', default: taskNames.join() },
    seeds: { type: 'string', default: '1,2,3' },
    methods: { type: 'string', default: Object.keys(methods).join(';') },
    rows: { type: 'string', default: '2000' },
    // For the choice of the bound: another largest weight than the recipe's.
    'clip-max': { type: 'string' },
    // For the choice of the classifier's learning rate: another one than the recipe's.
    lr: { type: 'string' },
    // For the choice of the least number of steps: another one than the recipe's.
    'least-steps': { type: 'string' },
  },
});
if (options.datasets === undefined || options.model === undefined) {
  console.error(
    'usage: runTs.mjs bench/experiments/run.ts --datasets DIR --model DIR [--tasks …] [--seeds …] [--methods "CE;DIMP"]',
  );
  process.exit(2);
}

const base = recipe('default');
const clipMax = options['clip-max'];
const chosen = clipMax === undefined ? base : { ...base, clip: { ...base.clip, max: Math.log(Number(clipMax)) } };
const classifierSettings =
  options.lr === undefined ? chosen.classifier : { ...chosen.classifier, learningRate: Number(options.lr) };
const leastSteps = options['least-steps'] === undefined ? chosen.leastSteps : Number(options['least-steps']);
const encoder = await openEncoder(options.model);
for (const seed of options.seeds.split(',').map(Number)) {
  for (const name of options.tasks.split(',') as TaskName[]) {
    const task = await readTask(options.datasets, name, encoder, Number(options.rows));
    const cache = path.join(options.cache, name, `seed-${String(seed)}`);
    const work = workspace(cache);
    for (const method of options.methods.split(';') as MethodName[]) {
      const file = path.join(options.out, `${name}.${String(seed)}.${method.replace(/[^\w]+/g, '-')}.json`);
      if (await readable(file)) continue;
      await mkdir(options.out, { recursive: true });
      const result = await runMethod(work, encoder, task, method, seed);
      await writeJsonAtomic(file, result);
      console.log(`${name} seed ${String(seed)} ${method}: ${JSON.stringify(result.test)} ${String(result.seconds)} s`);
    }
  }
}

async function runMethod(work: Workspace, model: Encoder, task: Task, method: MethodName, seed: number) {
  const started = performance.now();
  const { data: source, loss, folds } = methods[method];
  const classCount = task.labels.length;
  const quality = checkersFor(loss).quality ? await qualityOf(work, model, task, seed) : undefined;
  const diversity = folds > 0 ? await diversityOf(work, model, task, seed, folds) : undefined;
  const data: LabelledRows =
    source === 'real' ? task.real : source === 'synthetic' ? task.synthetic : concatLabelled(task.real, task.synthetic);
  const prepared: PreparedLoss =
    source === 'synthetic'
      ? prepareLoss(
          loss,
          { gamma: chosen.gamma, clip: chosen.clip, filterThreshold: 0.5, selfNormalise: false, seed },
          { labelIds: data.labelIds, classCount, logP: quality?.logP, logQ: diversity?.logQ },
        )
      : { loss: crossEntropy, rowInputs: {} };
  // 200 rows are a tenth of the others' steps per epoch: the real-only row trains as long as a quality checker does.
  const settings =
    source === 'real' ? chosen.quality.settings : withEnoughSteps(classifierSettings, data.rows.count, leastSteps);
  const trained = await trainClassifier(work, model, {
    ...{
      labels: task.labels,
      data,
      prepared,
      dev: task.dev,
      selectBy: 'macroF1',
      name: `classifier-${method.replace(/[^\w]+/g, '-')}`,
    },
    settings: { ...settings, seed },
  });
  const test = await evaluate(work, model, classCount, trained.weights, task.test, 'test');
  const weight = prepared.weights?.weight ?? (loss === 'dimp' ? trained.rowWeights : undefined);
  return {
    task: task.name,
    method,
    seed,
    rows: data.rows.count,
    test: { accuracy: test.accuracy, macroF1: test.macroF1 },
    perClass: test.report.perClass.map(({ f1 }) => f1),
    bestEpoch: trained.bestEpoch,
    dev: trained.history.map(({ evaluation }) => evaluation?.metrics),
    ess: weight === undefined ? undefined : effectiveSampleSize(weight) / weight.length,
    classWeights:
      weight === undefined
        ? undefined
        : Array.from(classWeights(weight, data.labelIds, classCount), (sum) => sum / weight.length),
    realPriors: labelPriors(task.real.labelIds, classCount),
    syntheticPriors: labelPriors(task.synthetic.labelIds, classCount),
    quality: quality === undefined ? undefined : { used: quality.used, candidates: quality.candidates },
    settings: {
      recipe: chosen.name,
      classifier: settings,
      quality: chosen.quality,
      diversity: chosen.diversity,
      clip: chosen.clip,
    },
    seconds: Math.round((performance.now() - started) / 1000),
  };
}

async function qualityOf(work: Workspace, model: Encoder, task: Task, seed: number): Promise<QualityResult> {
  const real = await embedRows(work, model, task.real.rows, 'embeddings');
  const synthetic = await embedRows(work, model, task.synthetic.rows, 'embeddings');
  return qualityChecker(work, model, {
    ...{ labels: task.labels, real: task.real, synthetic: task.synthetic.rows, recipe: chosen.quality, seed },
    probeFeatures: { kind: 'probe', features: embeddingFeatures(real, synthetic, model.config.hiddenSize) },
  });
}

function diversityOf(
  work: Workspace,
  model: Encoder,
  task: Task,
  seed: number,
  folds: number,
): Promise<DiversityResult> {
  const nested: Workspace = { ...work, stages: prefixed(work.stages, `k-${String(folds)}/`) };
  const { settings, maxRows } = chosen.diversity;
  return diversityChecker(nested, model, {
    labels: task.labels,
    synthetic: task.synthetic,
    settings,
    folds,
    maxRows,
    seed,
  });
}

function workspace(folder: string): Workspace {
  return {
    device: cpuDevice(),
    checkpointSeconds: 60,
    passes: { forward: 0, backward: 0 },
    stages: {
      load: async (name) => {
        const found = await loadCheckpoint(path.join(folder, name));
        return 'checkpoint' in found ? found.checkpoint : undefined;
      },
      save: (name, checkpoint) => saveCheckpoint(path.join(folder, name), checkpoint),
      remove: (name) => rm(checkpointFile(path.join(folder, name)), { force: true }),
    },
  };
}

function prefixed(stages: Workspace['stages'], prefix: string): Workspace['stages'] {
  return {
    load: (name) => stages.load(prefix + name),
    save: (name, checkpoint) => stages.save(prefix + name, checkpoint),
    remove: (name) => stages.remove(prefix + name),
  };
}

async function readable(file: string): Promise<boolean> {
  try {
    await readFile(file);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw thrown;
  }
}
