// How far each effort of `counterweight score` ranks rows as the published settings do: Spearman correlation of log w, and of
// P̂'(y|x), with those of --effort paper, over all rows and within each label (mean over labels): a checker that leans to one
// label moves whole labels against each other. Resumable: finished runs are kept.
// node scripts/runTs.mjs bench/experiments/efforts.ts --datasets DIR --model DIR [--tasks sst2,financial] [--rows 2000]
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { spearman } from '../../src/core/metrics/rank.ts';
import { writeJsonAtomic } from '../../src/store/atomic.ts';
import { runFiles } from '../../src/store/layout.ts';
import { readRunRecord } from '../../src/store/runRecord.ts';
import { readScores, type ScoreColumns } from '../../src/store/scores.ts';
import { taskNames } from './task.ts';

const { values: options } = parseArgs({
  options: {
    datasets: { type: 'string' },
    model: { type: 'string' },
    out: { type: 'string', default: 'docs/results' },
    cache: { type: 'string', default: '.cache/efforts' },
    tasks: { type: 'string', default: taskNames.join() },
    rows: { type: 'string', default: '2000' },
  },
});
if (options.datasets === undefined || options.model === undefined) {
  console.error('usage: runTs.mjs bench/experiments/efforts.ts --datasets DIR --model DIR');
  process.exit(2);
}

for (const task of options.tasks.split(',')) {
  const folder = path.resolve(options.cache, task);
  await mkdir(folder, { recursive: true });
  const lines = (await readFile(path.join(options.datasets, task, 'synthetic.jsonl'), 'utf8')).trimEnd().split('\n');
  const synthetic = path.join(folder, 'synthetic.jsonl');
  await writeFile(synthetic, lines.slice(0, Number(options.rows)).join('\n') + '\n');
  const scored: Record<string, { columns: ScoreColumns; seconds: number }> = {};
  for (const effort of ['preview', 'standard', 'paper']) {
    const out = path.join(folder, effort);
    const real = path.join(options.datasets, task, 'real.jsonl');
    const done = await readRunRecord(out).then(
      (record) => record.status === 'done',
      () => false,
    );
    if (!done) {
      const args = [
        'score',
        synthetic,
        '--real',
        real,
        '--effort',
        effort,
        '--model',
        options.model,
        '--out',
        out,
        '--yes',
        '--show',
        '0',
      ];
      const { status } = spawnSync(process.execPath, ['dist/cli.js', ...args], { stdio: 'inherit' });
      if (status !== 0) process.exit(status ?? 1);
    }
    const record = await readRunRecord(out);
    const seconds = Object.values(record.timings).reduce((sum, value) => sum + value, 0);
    scored[effort] = { columns: await readScores(runFiles(out).scores, record.labels), seconds };
  }
  const paper = scored['paper'].columns;
  const efforts = Object.fromEntries(
    Object.entries(scored).map(([effort, { columns, seconds }]) => [
      effort,
      {
        logWeight: spearman(columns.logWeight, paper.logWeight),
        quality: spearman(columns.quality, paper.quality),
        withinLabels: {
          logWeight: withinLabels(columns, paper, 'logWeight'),
          quality: withinLabels(columns, paper, 'quality'),
        },
        seconds: Math.round(seconds),
      },
    ]),
  );
  await mkdir(options.out, { recursive: true });
  await writeJsonAtomic(path.join(options.out, `${task}.efforts.json`), { task, rows: paper.rows, efforts });
  console.log(task, JSON.stringify(efforts));
}

/** The mean over labels of the rank correlation among the rows of each. */
function withinLabels(columns: ScoreColumns, paper: ScoreColumns, name: 'logWeight' | 'quality'): number {
  const sums = paper.labels.map((_, label) => {
    const rows = Array.from(paper.labelId.keys()).filter((row) => paper.labelId[row] === label);
    const of = (all: ScoreColumns): number[] => rows.map((row) => all[name][row]);
    return spearman(of(columns), of(paper));
  });
  return sums.reduce((a, b) => a + b) / sums.length;
}
