// The benchmarks; see bench/run.mjs, and `npm run bench -- --help`.
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, UserError } from '../src/base/errors.ts';
import { benchBertBase } from './bertBase.ts';
import type { Answer, Workshop } from './contender.ts';
import { readMaterial } from './data.ts';
import { benchFineTuning } from './fineTuning.ts';
import { benchMemory } from './memory.ts';
import { serveScoring } from './ourScoring.ts';
import { serveTraining } from './ourTraining.ts';
import { findPython } from './python.ts';
import { environment, loadNow, record, table, type Part } from './results.ts';
import { benchScoring } from './scoring.ts';

const usage = `npm run bench -- [--quick] [--only a,b,c,d] [--blocks N] [--threads N] [--datasets DIR] [--out DIR]
  a fine-tuning   b scoring   c peak memory   d the shape of BERT-base
  --quick      small sizes, a few minutes; results go to .cache/bench
  --only       some parts; what others found before stays in the results
  --blocks     blocks of five training steps in part a, at least 2; all data unless told
  --threads    default 2
  --datasets   the folder with sst2/synthetic.jsonl and sst2/dev.jsonl; default ../shared/datasets
  --out        where results.md and results.json go; default bench
PyTorch is found in .venv (npm run python) or by COUNTERWEIGHT_PYTHON; without it only our own numbers are measured.`;

if (process.argv[2] === 'contender') await contender(process.argv[3] ?? '', process.argv[4] ?? '');
else {
  try {
    await main();
  } catch (thrown) {
    if (!(thrown instanceof UserError) && !isUsageError(thrown)) throw thrown;
    console.error(messageOf(thrown));
    process.exitCode = 2;
  }
}

async function contender(engine: string, job: string): Promise<void> {
  if (engine === 'train') await serveTraining(job);
  else await serveScoring(job, engine === 'transformers.js' ? 'transformers.js' : 'ours');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: 'a,b,c,d' },
      blocks: { type: 'string' },
      threads: { type: 'string', default: '2' },
      datasets: { type: 'string', default: '../shared/datasets' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const { quick } = values;
  const threads = Number(values.threads);
  const parts = values.only.split(',');
  const blocks = values.blocks === undefined ? (quick ? 3 : Infinity) : Number(values.blocks);
  // The first block warms up and is not counted.
  if (!(blocks >= 2)) throw new UserError('--blocks must be a number of 2 or more.', 2);
  if (!(threads >= 1)) throw new UserError('--threads must be a number of 1 or more.', 2);
  const out = values.out ?? (quick ? '.cache/bench' : 'bench');
  const python = findPython();
  const scratch = await mkdtemp(path.join(tmpdir(), 'counterweight-bench-'));
  const shop: Workshop = { python, scratch };
  if (loadNow() > 0.3 * availableParallelism()) {
    console.error('Other programs keep this machine busy: ratios will scatter, and times mean little.');
  }
  try {
    const material = parts.some((part) => part !== 'd') ? await readMaterial(values.datasets, scratch) : undefined;
    const available: Record<string, () => Promise<[Part, Answer?]>> = {
      a: () => benchFineTuning(shop, material!, { threads, blocks, contextBlocks: quick ? 2 : 5 }),
      b: () => benchScoring(shop, material!, { threads, rows: quick ? 480 : 3200 }),
      c: () => benchMemory(shop, material!, { threads, rowsPerLength: quick ? 2 : 16 }),
      d: () => benchBertBase(shop, { threads, blocks: quick ? 2 : 5 }),
    };
    for (const name of parts) {
      const bench = available[name];
      if (bench === undefined) throw new UserError(`There is no part ${name}; there are a, b, c and d.`, 2);
      const loadBefore = loadNow();
      console.error(`(${name})`);
      const [part, torch] = await bench();
      console.log(
        ['', `(${name}) ${part.title}`, ...table(part.rows), ...part.notes.map((note) => `- ${note}`)].join('\n'),
      );
      await record(out, name, part, environment(torch, loadBefore));
    }
    console.log(`\nWritten: ${path.join(out, 'results.md')}, ${path.join(out, 'results.json')}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function isUsageError(thrown: unknown): boolean {
  return thrown instanceof TypeError && String((thrown as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
}
