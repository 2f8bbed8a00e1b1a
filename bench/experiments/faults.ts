// Planted faults, scored by the real job: which of them do verdicts, weights and P̂' find, and does confident learning find
// more on the same probabilities? Resumable: finished and interrupted scorings are kept below --cache, each measured result is
// one small file. A scoring that is there is measured again, so a new measure needs no new scoring.
// node scripts/runTs.mjs bench/experiments/faults.ts --datasets DIR --model DIR [--tasks sst2,financial] [--seeds 1,2,3,4,5] [--efforts preview,standard]
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { stratifiedSubsample } from '../../src/core/sampling.ts';
import type { Effort } from '../../src/jobs/names.ts';
import { scoreJob } from '../../src/jobs/scoreJob.ts';
import { readRunRecord } from '../../src/store/runRecord.ts';
import { writeJsonAtomic } from '../../src/store/atomic.ts';
import { measureFaults } from './faultsMeasure.ts';
import { plantFaults, type FlipKind, type PlainRow, type PlantedRow } from './faultsPlant.ts';
import { taskNames, type TaskName } from './task.ts';

const { values: options } = parseArgs({
  options: {
    datasets: { type: 'string' },
    model: { type: 'string' },
    out: { type: 'string', default: 'docs/results/faults' },
    cache: { type: 'string', default: '.cache/faults' },
    spam: { type: 'string', default: 'examples/spam/synthetic.jsonl' },
    tasks: { type: 'string', default: taskNames.join() },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    efforts: { type: 'string', default: 'preview,standard' },
    rows: { type: 'string', default: '2000' },
    // `by word`: rows that are alike, in place of scattered ones.
    flips: { type: 'string', default: 'scattered' },
    // Folds of the diversity checker, where they shall not be the recipe's.
    folds: { type: 'string' },
    // Only measures the scorings that are finished.
    measure: { type: 'boolean', default: false },
  },
});
const { datasets, model } = options;
if (datasets === undefined || model === undefined) {
  console.error(
    'usage: runTs.mjs bench/experiments/faults.ts --datasets DIR --model DIR [--tasks …] [--seeds …] [--efforts …]',
  );
  process.exit(2);
}

const flips = options.flips as FlipKind;
const folds = options.folds === undefined ? undefined : Number(options.folds);
for (const effort of options.efforts.split(',') as Effort[]) {
  for (const seed of options.seeds.split(',').map(Number)) {
    for (const task of options.tasks.split(',') as TaskName[]) {
      const variant = [
        flips === 'scattered' ? '' : `-${flips.replace(' ', '-')}`,
        folds === undefined ? '' : `-K-${String(folds)}`,
      ];
      const folder = path.resolve(options.cache, task, `seed-${String(seed)}${variant[0]}`);
      const planted = await plant(task, seed);
      await mkdir(folder, { recursive: true });
      const synthetic = path.join(folder, 'synthetic.jsonl');
      const text = planted.map(({ text: of, label }) => `${JSON.stringify({ text: of, label })}\n`).join('');
      if ((await textOf(synthetic)) !== text) await writeFile(synthetic, text);
      const out = path.join(folder, `${effort}${variant[1]}`);
      if (!(await isDone(out))) {
        if (options.measure) continue;
        await scoreJob(
          {
            paths: { synthetic, real: path.join(datasets, task, 'real.jsonl') },
            ...{ effort, method: 'imp', model, overrides: { seed, folds }, out, device: 'cpu' },
          },
          {
            notice: (line) => {
              console.log(line);
            },
          },
        );
      }
      const measured = await measureFaults(out, planted);
      await mkdir(options.out, { recursive: true });
      await writeJsonAtomic(path.join(options.out, `${task}-${String(seed)}-${effort}${variant.join('')}.json`), {
        ...{ task, seed, effort, flips, folds },
        ...measured,
      });
      const { weight, quality } = measured.auroc.flipped.all;
      console.log(
        `${task} seed ${String(seed)} ${effort}: flipped labels, AUROC of w ${weight.toFixed(3)}, P̂' ${quality.toFixed(3)}`,
      );
    }
  }
}

/** The task's synthetic rows as `readTask` takes them, with faults; rows from elsewhere are the other tasks' and the example's. */
async function plant(task: TaskName, seed: number): Promise<PlantedRow[]> {
  const all = await readRows(path.join(datasets ?? '', task, 'synthetic.jsonl'));
  const labels = [
    ...new Set((await readRows(path.join(datasets ?? '', task, 'real.jsonl'))).map(({ label }) => label)),
  ].sort();
  const ids = all.map(({ label }) => labels.indexOf(label));
  const rows = [...stratifiedSubsample(ids, labels.length, Number(options.rows), 1)].map((row) => all[row]);
  const others = taskNames
    .filter((name) => name !== task)
    .map((name) => path.join(datasets ?? '', name, 'synthetic.jsonl'));
  const elsewhere = await Promise.all([...others, options.spam].map(readRows));
  return plantFaults(
    rows,
    labels,
    elsewhere.map((domain) => domain.map(({ text }) => text)),
    seed,
    flips,
  );
}

async function readRows(file: string): Promise<PlainRow[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => JSON.parse(line) as PlainRow);
}

async function isDone(folder: string): Promise<boolean> {
  return (await textOf(path.join(folder, 'run.json'))) !== undefined && (await readRunRecord(folder)).status === 'done';
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}
