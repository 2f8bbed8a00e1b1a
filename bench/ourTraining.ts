/**
 * Counterweight's side of the training benchmarks: the product's own `fineTune`, halted between blocks of steps. The pause
 * hangs on its checkpoints: asking for one after the last step of a block makes the loop wait until it is "saved".
 */
import { argmaxRows } from '../src/core/metrics/classification.ts';
import { logLoss } from '../src/core/metrics/probabilistic.ts';
import { logSoftmax } from '../src/core/weighting/softmax.ts';
import { Random } from '../src/base/random.ts';
import { readModelFolder } from '../src/engine/hub/modelFolder.ts';
import { encodeRows, loadTokenizer } from '../src/engine/hub/tokenizer.ts';
import { parseConfig, type EncoderConfig } from '../src/engine/models/config.ts';
import { loadClassifier } from '../src/engine/models/forward.ts';
import { parameterSpecs } from '../src/engine/models/parameters.ts';
import { readWeights, type Weights } from '../src/engine/models/pretrained.ts';
import { cpuDevice } from '../src/engine/runtime/cpu.ts';
import type { Device } from '../src/engine/runtime/device.ts';
import {
  defaultFineTuneSettings,
  fineTune,
  type FineTuneCheckpoint,
  type StepReport,
} from '../src/engine/training/fineTune.ts';
import { crossEntropy } from '../src/engine/training/trainingGraph.ts';
import { weightedCrossEntropy } from '../src/jobs/losses.ts';
import { saveCheckpoint, type CheckpointTensor } from '../src/store/checkpoint.ts';
import { readFile } from 'node:fs/promises';
import { encodedRows, readJob, type Job } from './job.ts';
import { gate, serve } from './serve.ts';

/** Commands: `run N` steps, `save`, `tokenize`, and at the end of the epoch `evaluate`. */
export async function serveTraining(jobFile: string): Promise<void> {
  const job = await readJob(jobFile);
  const started = performance.now();
  const device = cpuDevice({ threads: job.threads });
  const { config, initial, padId } = await model(job);
  const rows = encodedRows(job.inputIds);
  const steps: StepReport[] = [];
  const halt = gate();
  let goal = 0;
  let checkpoint: FineTuneCheckpoint | undefined;
  let evaluation: object = {};

  const haltingDevice: Device = {
    ...device,
    train: async (graph, first) => {
      const state = await device.train(graph, first);
      await halt.pause();
      return state;
    },
  };
  const finished = fineTune({
    device: haltingDevice,
    config,
    labels: job.numLabels,
    initial,
    padId,
    data: {
      rows,
      labelIds: Int32Array.from(job.labels),
      rowInputs: { weight: Float32Array.from(job.labels, (_, row) => 0.5 + (row % 8) / 7) },
    },
    loss: job.weighted === true ? weightedCrossEntropy : crossEntropy,
    settings: {
      ...defaultFineTuneSettings,
      epochs: 1,
      batchSize: job.batchSize,
      microBatchSize: job.batchSize,
      learningRate: job.learningRate ?? defaultFineTuneSettings.learningRate,
      warmupRatio: 0,
      pruneVocabulary: job.pruneVocabulary ?? true,
      seed: job.seed,
    },
    onStep: (report) => steps.push(report),
    checkpointDue: (step) => step >= goal,
    saveCheckpoint: async (given) => {
      checkpoint = given;
      await halt.pause();
    },
    evaluate: async (report) => {
      await halt.pause();
      if (job.dev === undefined) return undefined;
      const { labels, inputIds } = job.dev;
      const classifier = await loadClassifier(
        device,
        config,
        job.numLabels,
        { weights: await report.weights() },
        padId,
      );
      const logits = await classifier.run(encodedRows(inputIds));
      await classifier.release();
      const predicted = argmaxRows(logits, job.numLabels);
      const devAccuracy = labels.filter((label, i) => predicted[i] === label).length / labels.length;
      const logP = logSoftmax(logits, labels.length, job.numLabels);
      const devLoss = logLoss(logP, Int32Array.from(labels), job.numLabels);
      evaluation = { devExamples: labels.length, devAccuracy, devLoss };
      return { score: devLoss, metrics: { devAccuracy, devLoss } };
    },
  });
  // A failure is told in the answer to the command that met it; until then nobody awaits it.
  finished.catch(() => undefined);
  const pausedOrFailed = async (): Promise<void> => Promise.race([halt.paused(), finished.then(() => undefined)]);
  await pausedOrFailed();
  const startSeconds = seconds(started);

  const run = async (count: number): Promise<object> => {
    const first = steps.length;
    goal = first + count;
    const clock = performance.now();
    halt.proceed();
    await pausedOrFailed();
    const elapsed = seconds(clock);
    const done = steps.slice(first);
    const examples = done.reduce((sum, step) => sum + step.rows, 0);
    return {
      steps: done.length,
      seconds: elapsed,
      examples,
      examplesPerSecond: examples / elapsed,
      losses: done.map(({ loss }) => loss),
    };
  };
  const evaluate = async (): Promise<object> => {
    const clock = performance.now();
    halt.proceed();
    await finished;
    return { evaluateSeconds: seconds(clock), ...evaluation };
  };
  const save = async (): Promise<object> => {
    if (checkpoint === undefined || job.checkpoint === undefined) return { error: 'nothing to save, or nowhere' };
    const clock = performance.now();
    const tensors = new Map<string, CheckpointTensor>();
    for (const part of ['value', 'mean', 'variance'] as const) {
      for (const [name, data] of checkpoint.state[part]) {
        tensors.set(`${part}:${name}`, { dtype: 'float32', shape: [data.length], data });
      }
    }
    await saveCheckpoint(job.checkpoint, { meta: { step: checkpoint.progress.step }, tensors });
    return { saveSeconds: seconds(clock) };
  };
  await serve(
    { run: ([count = '1']) => run(Number(count)), evaluate, save, tokenize: () => tokenize(job) },
    { startSeconds },
  );
}

async function model(job: Job): Promise<{ config: EncoderConfig; initial: Weights; padId: number }> {
  if (job.model === undefined) {
    const config = parseConfig({ model_type: 'bert', hidden_act: 'gelu', ...job.config }, 'the job');
    return { config, initial: randomWeights(config, job.numLabels, job.seed), padId: 0 };
  }
  const folder = await readModelFolder(job.model);
  const config = parseConfig(folder.config, folder.id);
  const padId = folder.config['pad_token_id'];
  const initial = readWeights(config, folder.tensors, folder.id, job.numLabels);
  return { config, initial, padId: typeof padId === 'number' ? padId : 0 };
}

/** Uniform instead of normal, which is faster drawn and as good for timing; layer norms begin at 1. */
function randomWeights(config: EncoderConfig, labels: number, seed: number): Weights {
  const random = new Random(seed, 'benchmark weights');
  return new Map(
    parameterSpecs(config, labels).map(({ name, shape }) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      if (name.endsWith('LayerNorm.weight')) data.fill(1);
      else if (name.endsWith('.weight'))
        for (let i = 0; i < data.length; i++) data[i] = 0.07 * (random.uniform() - 0.5);
      return [name, data] as const;
    }),
  );
}

async function tokenize(job: Job): Promise<object> {
  const { texts, tokenizer: file } = job;
  if (texts === undefined || file === undefined) return { error: 'the job has no texts' };
  const tokenizer = loadTokenizer({ tokenizerJson: await readFile(file, 'utf8') });
  const rows = texts.map((text) => ({ text }));
  const clock = performance.now();
  await encodeRows(tokenizer, rows, { maxLength: job.maxLength });
  return { tokenizeSeconds: seconds(clock), examples: texts.length };
}

function seconds(since: number): number {
  return (performance.now() - since) / 1000;
}
