// npm run demo [-- --quick]: the whole path on real mail: score synthetic rows, train with CE, IMP and DIMP, test on real rows.
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './setup.mjs';

const quick = process.argv.includes('--quick');
const seed = 42;
const root = fileURLToPath(new URL('..', import.meta.url));
const example = path.join('examples', 'spam');
const output = path.join('demo-output', quick ? 'quick' : 'full');
const file = (name) => path.join(example, `${name}.jsonl`);
const started = Date.now();

run(process.execPath, ['scripts/encoder.mjs']);
// A demo shows the work, so it starts from nothing; an interrupted real job would go on where it stopped.
rmSync(path.join(root, output), { recursive: true, force: true });

const counterweight = (...args) => run(process.execPath, ['dist/cli.js', ...args, '--seed', String(seed), '--yes']);
const common = ['--real', file('real'), '--max-length', quick ? '32' : '64'];

title(`1. Score ${file('synthetic')}: which rows does the real data support?`);
const scores = path.join(output, 'score');
const effort = ['--effort', quick ? 'preview' : 'standard'];
counterweight('score', file('synthetic'), ...common, ...effort, '--out', scores);

title('2. Which of the faults planted in the synthetic rows were found?');
reportFaults();

title('3. Train with plain cross-entropy and with weights, test on real mail');
const trainings = [
  { name: 'ce-synthetic', title: 'CE, synthetic rows only', args: ['--loss', 'ce', '--data', 'synthetic'] },
  { name: 'ce', title: 'CE, synthetic and real rows', args: ['--loss', 'ce'] },
  { name: 'imp', title: 'IMP, synthetic and real rows', args: ['--loss', 'imp', '--scores', scores] },
  { name: 'dimp', title: 'DIMP, synthetic and real rows', args: ['--loss', 'dimp', '--scores', scores] },
];
const results = [];
for (const { name, title: what, args } of trainings) {
  const out = path.join(output, name);
  counterweight(
    ...['train', file('synthetic'), ...common, ...effort, ...args, '--epochs', quick ? '1' : '3'],
    ...['--test', file('test'), '--out', out],
  );
  const { metrics } = JSON.parse(readFileSync(path.join(root, out, 'run.json'), 'utf8'));
  results.push({ what, ...metrics });
}

title(
  `Results on ${results[0].rows} real rows, seed ${seed}${quick ? ', quick: preview scores, 32 tokens, 1 epoch' : ''}`,
);
console.log(`${'trained with'.padEnd(30)} accuracy   macro-F1`);
for (const { what, accuracy, macroF1 } of results) {
  console.log(`${what.padEnd(30)} ${percent(accuracy)}    ${percent(macroF1)}`);
}
console.log(`\nOne seed on one small example: the size of the differences is shown by docs/results.md, not here.`);
console.log(
  `Files: ${output}${path.sep} (score${path.sep}scores.jsonl, and model${path.sep} in each of ${trainings.map(({ name }) => name).join(', ')})`,
);
console.log(`Took ${((Date.now() - started) / 60_000).toFixed(1)} minutes.`);

/** For each kind of planted fault: how many of its rows have a verdict that fits it, and where they rank. */
function reportFaults() {
  const faults = JSON.parse(readFileSync(path.join(root, example, 'faults.json'), 'utf8'));
  const scored = readFileSync(path.join(root, scores, 'scores.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(JSON.parse);
  const byLine = new Map(scored.map((row) => [row.line, row]));
  const byWeight = [...scored].sort((a, b) => a.weight - b.weight);
  const lowest = new Set(byWeight.slice(0, Math.round(scored.length / 4)).map((row) => row.line));
  const flagged = new Set(
    scored.filter((row) => ['misaligned', 'redundant', 'unsure'].includes(row.verdict)).map((row) => row.line),
  );
  console.log(`planted       rows   flagged   in the lowest quarter by weight`);
  for (const kind of [...new Set(faults.map(({ fault }) => fault))].sort()) {
    // A copy may stand before its original; what is flagged is the later one of the two.
    const rows = faults.filter(({ fault, line }) => fault === kind && byLine.has(line));
    const count = (set) => String(rows.filter(({ line, of }) => set.has(line) || set.has(of)).length);
    console.log(
      `${kind.padEnd(13)} ${String(rows.length).padStart(4)}   ${count(flagged).padStart(7)}   ${count(lowest).padStart(7)}`,
    );
  }
  const planted = new Set(faults.map(({ line }) => line));
  const clean = scored.filter(({ line }) => !planted.has(line));
  const cleanFlagged = clean.filter(({ line }) => flagged.has(line)).length;
  const cleanLowest = clean.filter(({ line }) => lowest.has(line)).length;
  const cells = [
    `(no fault)`.padEnd(13),
    String(clean.length).padStart(4),
    String(cleanFlagged).padStart(9),
    String(cleanLowest).padStart(9),
  ];
  console.log(cells.join(' '));
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`.padStart(7);
}

function title(text) {
  console.log(`\n== ${text}\n`);
}
