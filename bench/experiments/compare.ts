// Runs the comparisons that docs/results.md is made of, by `counterweight compare` as it is shipped. Resumable: what is done is
// kept below --cache and never run again; each finished comparison becomes one file in --out.
// npm run build && node scripts/runTs.mjs bench/experiments/compare.ts --datasets DIR --model DIR [--studies sst2,financial,…] [--threads N]
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeJsonAtomic } from '../../src/store/atomic.ts';
import { readComparison } from '../../src/store/comparison.ts';
import { runFiles } from '../../src/store/layout.ts';
import { studies, type Study } from './studies.ts';
import { writeVariant } from './variants.ts';

const { values: options } = parseArgs({
  options: {
    datasets: { type: 'string' },
    model: { type: 'string' },
    out: { type: 'string', default: 'docs/results' },
    cache: { type: 'string', default: '.cache/results' },
    studies: { type: 'string', default: studies.map(({ name }) => name).join() },
    threads: { type: 'string', default: '1' },
    // Only of some seeds: parts that are run beside each other, and put together by a run with all.
    seeds: { type: 'string' },
  },
});
const { datasets, model } = options;
if (datasets === undefined || model === undefined) {
  console.error('usage: runTs.mjs bench/experiments/compare.ts --datasets DIR --model DIR [--studies …] [--threads N]');
  process.exit(2);
}
await mkdir(options.out, { recursive: true });
for (const name of options.studies.split(',')) {
  const study = studies.find((known) => known.name === name);
  if (study === undefined) throw new Error(`there is no study ${name}`);
  console.log(`${name}: ${study.title}`);
  const folder = compare(await writeVariant(datasets, options.cache, study.variant), model, study);
  const kept = await readComparison(runFiles(folder).comparison.json);
  if (kept === undefined) throw new Error(`${folder} holds no comparison`);
  if (options.seeds === undefined) await writeJsonAtomic(path.join(options.out, `${name}.json`), kept);
}

/** @returns The folder of the run. */
function compare(data: string, encoder: string, { methods, seeds }: Study): string {
  const file = (role: string): string => path.join(data, `${role}.jsonl`);
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      ...[
        'dist/cli.js',
        'compare',
        file('synthetic'),
        '--real',
        file('real'),
        '--dev',
        file('dev'),
        '--test',
        file('test'),
      ],
      ...['--methods', methods, '--seeds', options.seeds ?? seeds, '--model', encoder, '--threads', options.threads],
      ...['--json', '--yes'],
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 28 },
  );
  if (status !== 0) throw new Error(`the comparison ended with ${String(status)}`);
  return (JSON.parse(stdout) as { readonly run: string }).run;
}
