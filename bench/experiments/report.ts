// Writes docs/results.md from the files that compare.ts and efforts.ts left in docs/results.
// node scripts/runTs.mjs bench/experiments/report.ts
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { comparisonTable } from '../../src/core/comparison/report.ts';
import type { Spread } from '../../src/core/comparison/summary.ts';
import type { KeptComparison } from '../../src/store/comparison.ts';
import { studies } from './studies.ts';

interface RankCorrelations {
  readonly logWeight: number;
  readonly quality: number;
}

interface Efforts {
  readonly task: string;
  readonly rows: number;
  readonly efforts: Readonly<Record<string, RankCorrelations & { withinLabels: RankCorrelations; seconds: number }>>;
}

const folder = 'docs/results';
const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
const read = async <T>(name: string): Promise<T> => JSON.parse(await readFile(path.join(folder, name), 'utf8')) as T;
const kept = new Map<string, KeptComparison>();
for (const { name } of studies) {
  if (files.includes(`${name}.json`)) kept.set(name, await read<KeptComparison>(`${name}.json`));
}
const efforts = await Promise.all(
  files.filter((name) => name.endsWith('.efforts.json')).map((name) => read<Efforts>(name)),
);
const notes = await readFile(path.join(folder, 'notes.md'), 'utf8');

const percent = (x: number): string => (100 * x).toFixed(1);
const spread = (of: Pick<Spread, 'mean' | 'sd'> | undefined): string =>
  of === undefined ? '–' : `${percent(of.mean)}${of.sd === undefined ? '' : ` ± ${percent(of.sd)}`}`;

const out: string[] = [
  '# Results',
  '',
  '<!-- Written by bench/experiments/report.ts from docs/results; the words are in docs/results/notes.md. -->',
  '',
  'Made by `counterweight compare` with encoder all-MiniLM-L6-v2 and recipe `default`, on 200 real rows unless a heading says otherwise. Macro-F1, accuracy and F1 in % on the',
  'real test rows, copies of training rows left out: mean ± standard deviation over seeds (of folds, head, batches and dropout). dev: macro-F1 on the 400 dev rows at the epoch that they',
  'chose. 95 %: bootstrap interval of the mean over test rows. To CE: paired difference of macro-F1; p: of none, over rows and seeds, Holm-corrected for all methods of the table.',
  'ESS: (Σw)²/Σw² in % of the rows. Rows: through the encoder for one seed, forward alone and forward and backward, the checkers that the method needs included.',
  '',
  '```',
  'npm run setup && npm run encoder && npm run build',
  'node scripts/runTs.mjs bench/experiments/compare.ts --datasets DIR --model .cache/encoder/all-MiniLM-L6-v2',
  'node scripts/runTs.mjs bench/experiments/efforts.ts --datasets DIR --model .cache/encoder/all-MiniLM-L6-v2',
  'node scripts/runTs.mjs bench/experiments/report.ts',
  '```',
  '',
];
for (const { name, title } of studies) {
  const study = kept.get(name);
  if (study === undefined) continue;
  const { advice, facts, comparison, passes } = study;
  const { methods, seeds, testRows } = comparison;
  out.push(`## ${title}`, '');
  out.push(
    `${String(facts.syntheticRows)} synthetic, ${String(facts.realRows)} real, ${String(facts.devRows)} dev and ${String(testRows)} test rows; seeds ${seeds.join(', ')}. The advice that \`compare\` gives: “${advice}”`,
    '',
  );
  // The product's own table, with the dev numbers in place of the seeds and the rows in place of the seconds.
  const { head, rows } = comparisonTable(comparison);
  const line = ([title, , ...cells]: readonly string[], devCell: string, cost: string): string =>
    `| ${[title, devCell, ...cells.slice(0, -1), cost].join(' | ')} |`;
  out.push(line(head, 'dev', 'rows'), `|${' --- |'.repeat(head.length)}`);
  methods.forEach(({ method, dev }, i) => {
    const cost = passes?.[method];
    out.push(
      line(rows[i], spread(dev), cost === undefined ? '' : `${String(cost.forward)} + ${String(cost.backward)}`),
    );
  });
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
console.log(`docs/results.md: ${String(kept.size)} comparisons`);
