// Writes docs/results.md from the files that run.ts and efforts.ts left in docs/results.
// node scripts/runTs.mjs bench/experiments/report.ts
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { meanAndSd } from '../../src/core/metrics/intervals.ts';

interface Result {
  readonly task: string;
  readonly method: string;
  readonly seed: number;
  readonly rows: number;
  readonly test: { readonly accuracy: number; readonly macroF1: number };
  readonly ess?: number;
  readonly classWeights?: readonly number[];
  readonly realPriors: readonly number[];
  readonly syntheticPriors: readonly number[];
  readonly quality?: {
    readonly used: { readonly kind: string };
    readonly candidates: readonly {
      readonly kind: string;
      readonly logLoss: number;
      readonly accuracy: number;
      readonly eceBefore: number;
      readonly eceAfter: number;
    }[];
  };
}

interface RankCorrelations {
  readonly logWeight: number;
  readonly quality: number;
}

interface Efforts {
  readonly task: string;
  readonly rows: number;
  readonly efforts: Readonly<Record<string, RankCorrelations & { withinLabels: RankCorrelations; seconds: number }>>;
}

const order = [
  'real only',
  'CE',
  'focal',
  'quality',
  'filter',
  'IMP, K = 1',
  'IMP, K = 2',
  'DIMP',
  'random',
  'real + synthetic',
];
const folder = 'docs/results';
const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
const read = async <T>(name: string): Promise<T> => JSON.parse(await readFile(path.join(folder, name), 'utf8')) as T;
const results = await Promise.all(
  files.filter((name) => !name.endsWith('.efforts.json')).map((name) => read<Result>(name)),
);
const efforts = await Promise.all(
  files.filter((name) => name.endsWith('.efforts.json')).map((name) => read<Efforts>(name)),
);
const notes = await readFile(path.join(folder, 'notes.md'), 'utf8');

const percent = (x: number): string => (100 * x).toFixed(1);
const spread = (values: readonly number[]): string => {
  const { mean, sd } = meanAndSd(values);
  return values.length > 1 ? `${percent(mean)} ± ${percent(sd)}` : percent(mean);
};
const mean = (values: readonly number[]): number => meanAndSd(values).mean;
const out: string[] = [
  '# Results',
  '',
  '<!-- Written by bench/experiments/report.ts from docs/results; the words are in docs/results/notes.md. -->',
  '',
  'Encoder all-MiniLM-L6-v2, 200 real rows, recipe `default`; accuracy and macro-F1 in % on the real test rows, mean ± standard deviation over',
  'seeds (of folds, head, batches and dropout). The epoch of every method is chosen by macro-F1 on the same 400 dev rows, ties by log-loss. ESS: (Σw)²/Σw² as a',
  'share of the rows. Σw: mean weight per label as a share of all rows, beside the label’s share among real and synthetic rows.',
  '',
  '```',
  'npm run setup && npm run encoder',
  'node scripts/runTs.mjs bench/experiments/run.ts --datasets DIR --model .cache/encoder/all-MiniLM-L6-v2',
  'node scripts/runTs.mjs bench/experiments/efforts.ts --datasets DIR --model .cache/encoder/all-MiniLM-L6-v2',
  'node scripts/runTs.mjs bench/experiments/report.ts',
  '```',
  '',
];
for (const task of [...new Set(results.map((result) => result.task))].sort().reverse()) {
  const ofTask = results.filter((result) => result.task === task);
  const [{ realPriors, syntheticPriors }] = ofTask;
  const synthetic = Math.max(...ofTask.filter(({ method }) => method === 'CE').map(({ rows }) => rows));
  out.push(`## ${task}`, '');
  out.push(
    `${String(synthetic)} synthetic rows. Label shares, real: ${realPriors.map(percent).join(' / ')}; synthetic: ${syntheticPriors.map(percent).join(' / ')}.`,
    '',
  );
  out.push('| method | seeds | accuracy | macro-F1 | ESS | Σw per label |', '| --- | --- | --- | --- | --- | --- |');
  for (const method of order) {
    const rows = ofTask.filter((result) => result.method === method);
    if (rows.length === 0) continue;
    const ess = rows.flatMap((row) => (row.ess === undefined ? [] : [row.ess]));
    const sums = rows.flatMap((row) => (row.classWeights === undefined ? [] : [row.classWeights]));
    const perLabel = realPriors.map((_, label) => percent(mean(sums.map((row) => row[label]))));
    const cells = [
      method,
      rows
        .map(({ seed }) => seed)
        .sort()
        .join(', '),
      spread(rows.map(({ test }) => test.accuracy)),
      spread(rows.map(({ test }) => test.macroF1)),
      ess.length > 0 ? percent(mean(ess)) : '',
      sums.length > 0 ? perLabel.join(' / ') : '',
    ];
    out.push(`| ${cells.join(' | ')} |`);
  }
  out.push('', 'The quality checker, out of fold, after temperature scaling:', '');
  out.push(
    '| seed | kind | accuracy | log-loss | ECE before → after | used |',
    '| --- | --- | --- | --- | --- | --- |',
  );
  for (const { seed, quality } of ofTask.filter(({ method }) => method === 'quality')) {
    for (const c of quality?.candidates ?? []) {
      const ece = `${c.eceBefore.toFixed(3)} → ${c.eceAfter.toFixed(3)}`;
      const used = c.kind === quality?.used.kind ? 'yes' : '';
      out.push(`| ${String(seed)} | ${c.kind} | ${percent(c.accuracy)} | ${c.logLoss.toFixed(3)} | ${ece} | ${used} |`);
    }
  }
  out.push('');
}
if (efforts.length > 0) {
  out.push('## Efforts', '');
  out.push(
    'Spearman correlation with `--effort paper` (seed 42), over all synthetic rows and, after the slash, within each label (mean over labels). Seconds',
    'are those of a machine that did other work meanwhile.',
    '',
  );
  out.push('| task | rows | effort | log w | P̂′(y∣x) | seconds |', '| --- | --- | --- | --- | --- | --- |');
  for (const { task, rows, efforts: byName } of efforts) {
    for (const [effort, { logWeight, quality, withinLabels, seconds }] of Object.entries(byName)) {
      const both = (name: keyof RankCorrelations, all: number): string =>
        `${all.toFixed(2)} / ${withinLabels[name].toFixed(2)}`;
      const cells = [task, rows, effort, both('logWeight', logWeight), both('quality', quality), seconds];
      out.push(`| ${cells.join(' | ')} |`);
    }
  }
  out.push('');
}
out.push(notes.trimEnd(), '');
await writeFile('docs/results.md', out.join('\n'));
console.log(`docs/results.md: ${String(results.length)} results`);
