// How the quality checker is tuned: out-of-fold log-loss on the real rows, and log-loss on dev, for several settings.
// node scripts/runTs.mjs bench/experiments/quality.ts DATASETS MODEL LR,EPOCHS,BATCH …
import { cpuDevice } from '../../src/engine/runtime/cpu.ts';
import { embedRows, openEncoder } from '../../src/jobs/encoder.ts';
import { embeddingFeatures, qualityChecker } from '../../src/jobs/qualityChecker.ts';
import { recipe } from '../../src/jobs/recipes.ts';
import { concatLabelled } from '../../src/jobs/selectRows.ts';
import { memoryStages, type Workspace } from '../../src/jobs/workspace.ts';
import { logLoss } from '../../src/core/metrics/probabilistic.ts';
import { argmaxRows, classificationReport } from '../../src/core/metrics/classification.ts';
import { auroc } from '../../src/core/metrics/rank.ts';
import { readTask, type TaskName } from './task.ts';

const [datasets, model, name, seed, ...settings] = process.argv.slice(2);
const encoder = await openEncoder(model);
const task = await readTask(datasets, name as TaskName, encoder, 2000);
for (const setting of settings) {
  const [lr, epochs, batch] = setting.split(',').map(Number);
  const work: Workspace = {
    ...{ device: cpuDevice(), stages: memoryStages(), checkpointSeconds: 1e9, passes: { forward: 0, backward: 0 } },
  };
  const base = recipe('default').quality;
  const candidateEpochs = [0.4, 0.6, 0.8, 1].map((share) => Math.round(share * epochs));
  const started = performance.now();
  // Dev stands in for the synthetic rows: nothing about it is seen in training.
  const both = concatLabelled(task.real, task.dev);
  const embeddings = await embedRows(work, encoder, both.rows, 'embeddings');
  const split = task.real.rows.count * encoder.config.hiddenSize;
  const result = await qualityChecker(work, encoder, {
    labels: task.labels,
    real: task.real,
    synthetic: task.dev.rows,
    seed: Number(seed),
    recipe: {
      ...base,
      candidateEpochs,
      settings: { ...base.settings, learningRate: lr, epochs, batchSize: batch, microBatchSize: batch },
    },
    probeFeatures: {
      kind: 'probe',
      features: embeddingFeatures(embeddings.subarray(0, split), embeddings.subarray(split), encoder.config.hiddenSize),
    },
  });
  const classes = task.labels.length;
  const labels = task.dev.labelIds;
  console.log(
    JSON.stringify({
      task: name,
      seed,
      setting,
      used: result.used.kind,
      candidates: result.candidates.map((c) => ({
        kind: c.kind,
        logLoss: c.logLoss.toFixed(4),
        accuracy: c.accuracy.toFixed(3),
        T: c.temperature.toFixed(2),
        ...c.chosen,
      })),
      dev: {
        logLoss: logLoss(result.logP, labels, classes).toFixed(4),
        accuracy: classificationReport(labels, argmaxRows(result.logP, classes), classes).accuracy.toFixed(4),
        auroc:
          classes === 2
            ? auroc(
                Float64Array.from(labels, (_, i) => result.logP[i * 2 + 1]),
                labels,
              ).toFixed(4)
            : undefined,
      },
      seconds: ((performance.now() - started) / 1000).toFixed(0),
    }),
  );
}
