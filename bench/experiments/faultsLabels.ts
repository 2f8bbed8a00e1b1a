// How many labels of the synthetic rows a checker contradicts that was trained on other real rows, those of dev and test: an upper
// bound of the labels that were wrong before any was flipped, where it errs independently of them.
// node scripts/runTs.mjs bench/experiments/faultsLabels.ts --datasets DIR --model DIR [--tasks sst2,financial]
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { argmaxRows } from '../../src/core/metrics/classification.ts';
import { cpuDevice } from '../../src/engine/runtime/cpu.ts';
import { embedRows, openEncoder } from '../../src/jobs/encoder.ts';
import { embeddingFeatures, probeQualityChecker } from '../../src/jobs/qualityChecker.ts';
import { concatLabelled } from '../../src/jobs/selectRows.ts';
import { noStages, type Workspace } from '../../src/jobs/workspace.ts';
import { writeJsonAtomic } from '../../src/store/atomic.ts';
import { readTask, taskNames, type TaskName } from './task.ts';

const { values: options } = parseArgs({
  options: {
    datasets: { type: 'string' },
    model: { type: 'string' },
    out: { type: 'string', default: 'docs/results/faults' },
    tasks: { type: 'string', default: taskNames.join() },
    rows: { type: 'string', default: '2000' },
  },
});
if (options.datasets === undefined || options.model === undefined) {
  console.error('usage: runTs.mjs bench/experiments/faultsLabels.ts --datasets DIR --model DIR [--tasks …]');
  process.exit(2);
}

const encoder = await openEncoder(options.model);
const work: Workspace = {
  device: cpuDevice(),
  checkpointSeconds: 60,
  passes: { forward: 0, backward: 0 },
  stages: noStages,
};
await mkdir(options.out, { recursive: true });
for (const name of options.tasks.split(',') as TaskName[]) {
  const task = await readTask(options.datasets, name, encoder, Number(options.rows));
  const real = concatLabelled(task.dev, task.test);
  const embeddings = [real, task.synthetic].map(({ rows }) => embedRows(work, encoder, rows, 'embeddings'));
  const [ofReal, ofSynthetic] = await Promise.all(embeddings);
  const { used, logP } = await probeQualityChecker({
    ...{ labels: task.labels, real, recipe: { folds: 5 }, seed: 1 },
    probeFeatures: { kind: 'probe', features: embeddingFeatures(ofReal, ofSynthetic, encoder.config.hiddenSize) },
  });
  const guessed = argmaxRows(logP, task.labels.length);
  const { labelIds } = task.synthetic;
  const result = {
    task: name,
    judge: { rows: real.labelIds.length, accuracy: used.accuracy },
    syntheticRows: labelIds.length,
    disagreement: guessed.filter((label, row) => label !== labelIds[row]).length / labelIds.length,
  };
  await writeJsonAtomic(path.join(options.out, `${name}-labels.json`), result);
  console.log(JSON.stringify(result));
}
