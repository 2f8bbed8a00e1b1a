// Writes docs/faults.md from the files that faults.ts and faultsLabels.ts left in docs/results/faults.
// node scripts/runTs.mjs bench/experiments/faultsReport.ts
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { meanAndSd } from '../../src/core/metrics/intervals.ts';
import { DEFAULT_VERDICT_SETTINGS } from '../../src/core/weighting/verdicts.ts';
import {
  sharesOfQuality,
  sweepSettings,
  verdictOfFault,
  type DoubtName,
  type Fault,
  type FaultResult,
  type Marked,
  type Sweep,
} from './faultsMeasure.ts';
import { faultKinds, type FlipKind } from './faultsPlant.ts';

type Result = FaultResult & {
  readonly task: string;
  readonly seed: number;
  readonly effort: string;
  readonly flips: FlipKind;
  readonly folds?: number;
};

/** Of faultsLabels.ts. */
interface LabelCheck {
  readonly task: string;
  readonly judge: { readonly rows: number; readonly accuracy: number };
  readonly syntheticRows: number;
  readonly disagreement: number;
}

/** Thresholds are chosen on these seeds, and reported on the others. */
const choosingSeeds = [1, 2];
const folder = 'docs/results/faults';
const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
const read = async <T>(name: string): Promise<T> => JSON.parse(await readFile(path.join(folder, name), 'utf8')) as T;
const isLabelCheck = (name: string): boolean => name.endsWith('-labels.json');
const results = await Promise.all(names.filter((name) => !isLabelCheck(name)).map((name) => read<Result>(name)));
const labelChecks = await Promise.all(names.filter(isLabelCheck).map((name) => read<LabelCheck>(name)));
const notes = await readFile(path.join(folder, 'notes.md'), 'utf8');

const efforts = ['preview', 'standard'].filter((effort) => results.some((result) => result.effort === effort));
const tasks = ['sst2', 'financial'].filter((task) => results.some((result) => result.task === task));
const columns = tasks.flatMap((task) => efforts.map((effort) => ({ task, effort })));
const chosenBy = (result: Result): boolean => choosingSeeds.includes(result.seed);
const main = results.filter(({ flips, folds }) => flips === 'scattered' && folds === undefined);
const reported = (of: readonly Result[], task: string, effort: string): Result[] =>
  of.filter((result) => result.task === task && result.effort === effort && !chosenBy(result));

const out: string[] = [
  '# Planted faults',
  '',
  '<!-- Written by bench/experiments/faultsReport.ts from docs/results/faults; the words below are in notes.md there. -->',
  '',
];
const copies = main.map((result) => result.copies);
const least = Math.min(...copies.map(({ from07 }) => from07));
const plantedIn = tasks.map((task) => {
  const [{ rows }] = main.filter((result) => result.task === task);
  const total = rows.untouched + rows.flipped;
  return `${String(total)} of \`${task}\` (${String(rows.flipped)} flipped, ${String(rows.copy)} copies and ${String(rows['off-domain'])} other rows added)`;
});
out.push(
  `In copies of the synthetic rows, ${plantedIn.join(', ')}: a tenth of the labels is flipped to any other label; to these are added near-copies of another tenth, with one to`,
  `five small words or places of words changed (half of them share ${percent(mean(copies.map(({ median }) => median)))} % of their words with the row they were made of, at least`,
  `${percent(least)} % of them 70 % or more), and a twentieth of rows from elsewhere (half from the other task, half from \`examples/spam\`), each with the label of`,
  'some row. Each copy is scored by the real job, `counterweight score` with method IMP, encoder all-MiniLM-L6-v2 and the 200 real rows as they are. Seeds differ in what is planted and in',
  `folds, head, batches and dropout. Everything below is on seeds ${reportedSeeds()}, mean ± standard deviation; thresholds called *chosen* are those with the best F1, mean over`,
  `both tasks, on seeds ${choosingSeeds.join(' and ')}. Confident learning is \`src/core/metrics/confidentLearning.ts\`, whose counts and marks are cleanlab's (a test compares them). It`,
  "is given the very same probabilities: P̂′, of the checker trained on real rows, or Q̂, of the checker trained on the synthetic rows, each row judged by the fold model that has not seen it: cleanlab's usual input.",
  '',
  '```',
  'npm run setup && npm run encoder',
  'node scripts/runTs.mjs bench/experiments/faults.ts --datasets DIR --model .cache/encoder/all-MiniLM-L6-v2',
  'node scripts/runTs.mjs bench/experiments/faults.ts --datasets DIR --model .cache/encoder/all-MiniLM-L6-v2 --seeds 3,4 --efforts standard --folds 1',
  'node scripts/runTs.mjs bench/experiments/faults.ts --datasets DIR --model .cache/encoder/all-MiniLM-L6-v2 --seeds 3,4,5 --flips "by word"',
  'node scripts/runTs.mjs bench/experiments/faultsLabels.ts --datasets DIR --model .cache/encoder/all-MiniLM-L6-v2',
  'node scripts/runTs.mjs bench/experiments/faultsReport.ts',
  '```',
  '',
  notes.trimEnd(),
  '',
);

out.push(
  '## Flipped labels',
  '',
  'AUROC against all other rows, copies and rows from elsewhere among them; 0.5 is chance:',
  '',
);
const weightNames: Readonly<Record<string, string>> = {
  weight: 'w',
  'lower bound': 'lower bound of w',
  'over largest': 'P̂′(y∣x) / max Q̂(·∣x)',
  'over largest, balanced': 'P̂′(y∣x) / max Q̂(·∣x), P̂′ balanced',
};
const flippedNumbers: readonly (readonly [string, string])[] = [
  ['weight', 'weight w, lowest first'],
  ['lower bound', 'lower bound of w'],
  ['over largest', 'P̂′(y∣x) / max Q̂(·∣x)'],
  ['over largest, balanced', 'P̂′(y∣x) / max Q̂(·∣x), P̂′ balanced'],
  ['quality', 'P̂′(y∣x), which is confident learning on P̂′, self-confidence'],
  ['quality: margin', 'confident learning on P̂′, normalized margin'],
  ['quality: adjusted self-confidence', 'confident learning on P̂′, self-confidence, adjusted'],
  ['quality: adjusted margin', 'confident learning on P̂′, normalized margin, adjusted'],
  ['quality, balanced', 'P̂′(y∣x), balanced'],
  ['diversity', 'Q̂(y∣x), which is confident learning on Q̂, self-confidence'],
  ['diversity: margin', 'confident learning on Q̂, normalized margin'],
  ['diversity: adjusted self-confidence', 'confident learning on Q̂, self-confidence, adjusted'],
  ['diversity: adjusted margin', 'confident learning on Q̂, normalized margin, adjusted'],
  ...sharesOfQuality.map((a): [string, string] => [`product ${String(a)}`, a === 1 ? 'P̂′·Q̂' : `P̂′^${String(a)}·Q̂`]),
  ['together', 'P̂′^a·Q̂^b, a and b fitted to the given labels'],
];
aurocTable('flipped', flippedNumbers, 'all');
out.push(
  'Products are normalised over the labels. *Balanced*: each label of P̂′ is raised or lowered until, on average over the synthetic rows, it is as probable as it is frequent among them.',
  '',
  'Ahead of confident learning: difference of AUROC to the way of ranking that did best on the choosing seeds, mean over both tasks:',
  '',
);
const rivals = ['quality', 'quality: margin', 'quality: adjusted self-confidence', 'quality: adjusted margin'];
const rivalsOnQ = [
  'diversity',
  'diversity: margin',
  'diversity: adjusted self-confidence',
  'diversity: adjusted margin',
];
table(
  ['', ...columns.map(title)],
  [
    ...aheadRows('P̂′', rivals, ['quality, balanced', 'over largest, balanced', 'product 0.2', 'together']),
    ...aheadRows('Q̂', rivalsOnQ, ['quality', 'quality, balanced', 'weight', 'product 0.1', 'product 0.2', 'together']),
  ],
);
out.push('Marked as wrong, precision / recall in %:', '');
const rules = {
  'noise rate': 'prune by noise rate',
  class: 'prune by class',
  both: 'both',
  'confident joint': 'confident joint',
};
table(
  ['', ...columns.map(title)],
  [
    ...verdictRows('flipped'),
    precisionRow(
      '`misaligned`, defaults, were the distance to real rows not looked at',
      'flipped',
      ({ distance }) => distance.misalignedWithout,
    ),
    doubtRow('quality, balanced', 'P̂′(y∣x), balanced, below chosen'),
    doubtRow('diversity', 'Q̂(y∣x) below chosen'),
    doubtRow('product 0.2', 'P̂′^0.2·Q̂ below chosen'),
    doubtRow('product 1', 'P̂′·Q̂ below chosen'),
    ...(['quality', 'diversity'] as const).flatMap((judge) =>
      (Object.keys(rules) as (keyof typeof rules)[]).map((rule) =>
        precisionRow(
          `confident learning on ${judge === 'quality' ? 'P̂′' : 'Q̂'}: ${rules[rule]}`,
          'flipped',
          (result) => result.confidentLearning[judge][rule],
        ),
      ),
    ),
  ],
);

out.push('## Near-copies', '', 'AUROC against all other rows:', '');
aurocTable(
  'copy',
  [
    ['weight', 'weight w, lowest first'],
    ['lower bound', 'lower bound of w'],
    ['quality', 'P̂′(y∣x), lowest first'],
    ['diversity', 'Q̂(y∣x), highest first'],
    ['nearDuplicates', 'number of near-copies'],
  ],
  'all',
);
out.push('Verdict, precision / recall in %, and the share of untouched rows that have it:', '');
table(['', ...columns.map(title)], [...verdictRows('copy'), shareRow('redundant')]);

out.push('## Rows of other domains', '', 'AUROC against all other rows:', '');
aurocTable(
  'off-domain',
  [
    ['weight', 'weight w, lowest first'],
    ['lower bound', 'lower bound of w'],
    ['quality', 'P̂′(y∣x), lowest first'],
    ['entropy', 'entropy of P̂′'],
    ['distance', 'distance to the nearest real row'],
  ],
  'all',
);
out.push('Verdict, precision / recall in %, and the share of untouched rows that have it:', '');
table(
  ['', ...columns.map(title)],
  [
    ...verdictRows('off-domain'),
    precisionRow('far from all real rows (0.99), entropy left out', 'off-domain', ({ distance }) => distance.far),
    shareRow('unsure'),
  ],
);

out.push('## Weights of planted rows', '', 'Mean weight w, and what it would be otherwise:', '');
table(
  ['', ...columns.map(title)],
  ['weight', 'lower bound', 'over largest', 'over largest, balanced'].flatMap((weight) =>
    faultKinds.map((kind) => [
      `${weightNames[weight]}: ${kind}`,
      ...cells(main, (result) => result.meanWeight[weight]?.[kind], 2),
    ]),
  ),
);

out.push('## Variants', '');
out.push(
  'AUROC of flipped labels against all other rows where the diversity checker judges in-sample (`--folds 1`), and where the flipped labels are not scattered: rows of one label',
  'that hold a certain word, then another word, until they are a tenth (`--flips "by word"`).',
  '',
);
const byWord = results.filter(({ flips, folds }) => flips === 'by word' && folds === undefined);
const inSample = results.filter(({ flips, folds }) => flips === 'scattered' && folds === 1);
const variants = (
  [
    ['scattered, as above', main],
    ['scattered, in-sample Q̂', inSample],
    ['by word', byWord],
  ] as const
).map(([variant, list]) => [`${variant} (seeds ${seedsByEffort(list)})`, list] as const);
for (const [of, name] of [
  ['weight', 'weight'],
  ['quality', 'P̂′(y∣x)'],
  ['diversity', 'Q̂(y∣x)'],
  ['product 0.2', 'P̂′^0.2·Q̂'],
  ['product 1', 'P̂′·Q̂'],
  ['over largest, balanced', 'P̂′(y∣x) / max Q̂(·∣x), P̂′ balanced'],
] as const) {
  out.push(`${name}:`, '');
  table(
    ['', ...columns.map(title)],
    variants.map(([variant, list]) => [variant, ...cells(list, (result) => result.auroc.flipped.all[of], 3)]),
  );
}
out.push('Mean weight of flipped rows / of untouched rows:', '');
table(
  ['', ...columns.map(title)],
  variants.map(([variant, list]) => {
    const flipped = cells(list, (result) => result.meanWeight['weight'].flipped, 2);
    const untouched = cells(list, (result) => result.meanWeight['weight'].untouched, 2);
    return [variant, ...flipped.map((value, i) => (value === '' ? '' : `${value} / ${untouched[i]}`))];
  }),
);

out.push('## Labels that were wrong before', '');
out.push(
  'Rows keep the faults that they had, and nobody marked those. A judge that knew every true label would rank flipped labels with an AUROC of 1 − ε against untouched rows, ε being the share of',
  'labels that were wrong before: a flip puts such a label right. Q̂ does better, since it judges by what the generator is used to write and not by what is true. ε is at most the share of labels that a checker contradicts which errs independently of them. Logistic regression on',
  'embeddings of the real dev and test rows, which nothing else here has seen:',
  '',
);
table(
  ['task', 'real rows', 'accuracy on them, out of fold', 'synthetic rows', 'labels contradicted'],
  labelChecks.map(({ task, judge, syntheticRows, disagreement }) => [
    ...[task, String(judge.rows), `${percent(judge.accuracy)} %`, String(syntheticRows), `${percent(disagreement)} %`],
  ]),
);
out.push('How far untouched labels are what each checker prefers, in %:', '');
table(
  ['', ...columns.map(title)],
  [
    ['P̂′', ...cells(main, (result) => 100 * result.agreement.quality, 1)],
    ['Q̂, out of fold', ...cells(main, (result) => 100 * result.agreement.diversity, 1)],
    ['accuracy of P̂′ on held-out real rows', ...cells(main, (result) => 100 * result.quality.accuracy, 1)],
  ],
);
await writeFile('docs/faults.md', `${out.join('\n').trimEnd()}\n`);
console.log(`docs/faults.md: ${String(results.length)} results`);

function reportedSeeds(): string {
  return [...new Set(main.filter((result) => !chosenBy(result)).map(({ seed }) => seed))].sort().join(', ');
}

function seedsByEffort(of: readonly Result[]): string {
  return efforts
    .map(
      (effort) =>
        [effort, [...new Set(tasks.flatMap((task) => reported(of, task, effort)).map(({ seed }) => seed))]] as const,
    )
    .filter(([, seeds]) => seeds.length > 0)
    .map(([effort, seeds]) => `${effort} ${[...seeds].sort().join(', ')}`)
    .join('; ');
}

function title({ task, effort }: { readonly task: string; readonly effort: string }): string {
  return `${task}, ${effort}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  out.push(
    `| ${head.join(' | ')} |`,
    `|${' --- |'.repeat(head.length)}`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
  );
}

function aurocTable(fault: Fault, numbers: readonly (readonly [string, string])[], against: 'all' | 'untouched'): void {
  const rows = numbers.map(([number, name]) => [
    name,
    ...cells(
      main,
      (result) => (number in result.auroc[fault][against] ? result.auroc[fault][against][number] : undefined),
      3,
    ),
  ]);
  // A number that no run has is no row.
  table(
    ['', ...columns.map(title)],
    rows.filter(([, ...values]) => values.some((value) => value !== '')),
  );
}

/** One cell a column: mean ± sd over the reported seeds. */
function cells(of: readonly Result[], value: (result: Result) => number | undefined, digits: number): string[] {
  return columns.map(({ task, effort }) => {
    const values = reported(of, task, effort).flatMap((result) => value(result) ?? []);
    if (values.length === 0) return '';
    const { mean: average, sd } = meanAndSd(values);
    return values.length > 1 ? `${average.toFixed(digits)} ± ${sd.toFixed(digits)}` : average.toFixed(digits);
  });
}

/** How far numbers are ahead of confident learning on one checker's probabilities. */
function aheadRows(judge: string, rivals: readonly string[], numbers: readonly string[]): string[][] {
  const rival = new Map(
    efforts.map((effort) => {
      const of = main.filter((result) => result.effort === effort && chosenBy(result));
      const average = (name: string): number => mean(of.map((result) => result.auroc.flipped.all[name]));
      return [effort, rivals.reduce((a, b) => (average(b) > average(a) ? b : a))];
    }),
  );
  return numbers.map((number) => [
    `${flippedNumbers.find(([key]) => key === number)?.[1].replace(/, (which is|lowest first|a and b).*/u, '') ?? number} against confident learning on ${judge}`,
    ...cells(
      main,
      (result) => result.auroc.flipped.all[number] - result.auroc.flipped.all[rival.get(result.effort) ?? ''],
      4,
    ),
  ]);
}

function precisionRow(name: string, fault: Fault, marked: (result: Result, effort: string) => Marked): string[] {
  return [
    name,
    ...columns.map(({ task, effort }) => {
      const of = reported(main, task, effort);
      if (of.length === 0) return '';
      const precision = mean(of.map((result) => precisionOf(marked(result, effort))));
      const recall = mean(of.map((result) => marked(result, effort).hits / result.rows[fault]));
      return `${percent(precision)} / ${percent(recall)}`;
    }),
  ];
}

/** With the defaults, and with the thresholds chosen for each effort. */
function verdictRows(fault: Fault): string[][] {
  const verdict = verdictOfFault[fault];
  const settingNames = Object.keys(sweepSettings[fault]);
  const chosen = new Map(efforts.map((effort) => [effort, best(effort, fault, (result) => result.sweeps[fault])]));
  const byDefault = settingNames.map((name) =>
    name === 'farQuantile' ? '0.99' : String(DEFAULT_VERDICT_SETTINGS[name as keyof typeof DEFAULT_VERDICT_SETTINGS]),
  );
  const describe = efforts.map((effort) => `${effort} ${(chosen.get(effort) ?? '').replace('/', ', ')}`).join('; ');
  const ofRun = (result: Result): Marked => ({
    marked: faultKinds.reduce((sum, kind) => sum + result.verdicts[kind][verdict], 0),
    hits: result.verdicts[fault][verdict],
  });
  return [
    precisionRow(`\`${verdict}\`, defaults (${settingNames.join(', ')}: ${byDefault.join(', ')})`, fault, ofRun),
    precisionRow(`\`${verdict}\`, chosen (${describe})`, fault, (result, effort) =>
      at(result.sweeps[fault], chosen.get(effort)),
    ),
  ];
}

function doubtRow(doubt: DoubtName, name: string): string[] {
  const chosen = new Map(efforts.map((effort) => [effort, best(effort, 'flipped', (result) => result.doubts[doubt])]));
  const describe = efforts.map((effort) => `${effort} ${chosen.get(effort) ?? ''}`).join('; ');
  return precisionRow(`${name} (${describe})`, 'flipped', (result, effort) =>
    at(result.doubts[doubt], chosen.get(effort)),
  );
}

function shareRow(verdict: 'redundant' | 'unsure'): string[] {
  return [
    'untouched rows',
    ...cells(main, (result) => (100 * result.verdicts.untouched[verdict]) / result.rows.untouched, 1),
  ];
}

/** The thresholds with the best F1, mean over tasks and choosing seeds; the first of equals. */
function best(effort: string, fault: Fault, sweepOf: (result: Result) => Sweep): string | undefined {
  const of = main.filter((result) => result.effort === effort && chosenBy(result));
  if (of.length === 0) return undefined;
  const f1 = (key: string): number =>
    mean(
      of.map((result) => (2 * at(sweepOf(result), key).hits) / (at(sweepOf(result), key).marked + result.rows[fault])),
    );
  return Object.keys(sweepOf(of[0])).reduce((a, b) => (f1(b) > f1(a) ? b : a));
}

function at(sweep: Sweep, key: string | undefined): Marked {
  if (key === undefined) return { marked: 0, hits: 0 };
  const [marked, hits] = sweep[key];
  return { marked, hits };
}

function precisionOf({ marked, hits }: Marked): number {
  return marked === 0 ? 0 : hits / marked;
}

function mean(values: readonly number[]): number {
  return meanAndSd(values).mean;
}

function percent(x: number): string {
  return (100 * x).toFixed(1);
}
