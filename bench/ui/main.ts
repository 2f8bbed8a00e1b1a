// What a user waits for in the weights panel; see bench/ui/run.mjs, and `npm run bench:ui -- --help`.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, UserError } from '../../src/base/errors.ts';
import { launchChromium, noBrowser } from '../../test/ui/support/browser.ts';
import { servePanel } from '../../test/ui/panel/serve.ts';
import { describeEnvironment, environment, loadNow } from '../results.ts';
import { measureDataWorker } from './dataWorker.ts';
import { generate, type Generated } from './generate.ts';
import { measureLargeFile, writeLarge } from './largeFile.ts';
import { measureLargeScored, writeLargeScored } from './largeScored.ts';
import { measurePanel } from './panel.ts';
import { markdown } from './report.ts';
import { Samples } from './samples.ts';

const usage = `npm run bench:ui -- [--repetitions N] [--sizes N,N] [--large N] [--scored N] [--latency MS] [--out FILE]
  --repetitions   default 5
  --sizes         rows, default 10000,100000,1000000
  --large         rows of a large file that is only read, default 10000000 (2 GB in the temporary folder); 0: none
  --scored        rows of a large file with scores, once: default 10000000 (4.5 GB in the temporary folder); 0: none
  --latency       how long the host behind the panel takes to answer; default 5
  --out           default bench/results-ui.md`;

try {
  await main();
} catch (thrown) {
  if (!(thrown instanceof UserError) && !isUsageError(thrown)) throw thrown;
  console.error(messageOf(thrown));
  process.exitCode = 2;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      worker: { type: 'string', default: 'dist/worker/data.js' },
      repetitions: { type: 'string', default: '5' },
      sizes: { type: 'string', default: '10000,100000,1000000' },
      large: { type: 'string', default: '10000000' },
      scored: { type: 'string', default: '10000000' },
      latency: { type: 'string', default: '5' },
      out: { type: 'string', default: 'bench/results-ui.md' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const repetitions = Number(values.repetitions);
  const latency = Number(values.latency);
  const large = Number(values.large);
  const scored = Number(values.scored);
  const sizes = values.sizes.split(',').map(Number);
  if (!Number.isInteger(repetitions) || repetitions < 1) throw new UserError('--repetitions must be 1 or more.', 2);
  if (!(latency >= 0)) throw new UserError('--latency must be 0 or more.', 2);
  if (!sizes.every((size) => Number.isInteger(size) && size >= 1000))
    throw new UserError('--sizes must be numbers of 1000 or more, separated by commas.', 2);
  if (!Number.isInteger(large) || large < 0) throw new UserError('--large must be a number of rows, or 0.', 2);
  if (!Number.isInteger(scored) || scored < 0) throw new UserError('--scored must be a number of rows, or 0.', 2);
  sizes.sort((a, b) => a - b);

  const loadBefore = loadNow();
  if (loadBefore > 0.3 * availableParallelism()) {
    console.error('Other programs keep this machine busy: times will scatter.');
  }
  const scratch = await mkdtemp(path.join(tmpdir(), 'counterweight-bench-ui-'));
  try {
    const datasets: Generated[] = [];
    for (const size of sizes) {
      console.error(`Writing ${String(size)} rows …`);
      datasets.push(await generate(scratch, size));
    }
    const worker = new Samples();
    await inTurns(repetitions, datasets, async (dataset, repetition) => {
      console.error(`Data worker, ${String(dataset.rows)} rows, ${String(repetition + 1)} of ${String(repetitions)}`);
      await measureDataWorker(path.resolve(values.worker), dataset, worker, repetition);
    });
    const largest = datasets.at(-1);
    const file = large === 0 || largest === undefined ? undefined : await writeLarge(scratch, largest, large);
    const reading = new Samples();
    for (let repetition = 0; file !== undefined && repetition < repetitions; repetition++) {
      console.error(`Large file, ${String(file.rows)} rows, ${String(repetition + 1)} of ${String(repetitions)}`);
      await measureLargeFile(path.resolve(values.worker), file, reading);
    }
    if (file !== undefined) await rm(file.path);
    const browsed =
      scored === 0 ? undefined : await measureScored(scratch, path.resolve(values.worker), datasets, scored);
    const front = noBrowser === undefined ? await measureFront(repetitions, sizes, latency) : undefined;
    const { versions, ...where } = environment(undefined, loadBefore);
    const described = describeEnvironment({
      ...where,
      versions: { node: versions['node'], ...(front === undefined ? {} : { Chromium: front.browser }) },
    });
    const text = markdown({
      large: file && { ...file, samples: reading },
      scored: browsed,
      ...{ datasets, repetitions, latency, worker, panel: front?.samples, environment: described },
      missing: noBrowser === undefined ? [] : [`The panel in Chromium: ${noBrowser}.`],
    });
    await mkdir(path.dirname(values.out), { recursive: true });
    await writeFile(values.out, text);
    console.log(`${text}\nWritten: ${values.out}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Once: it takes minutes, and what it shows is how things grow. */
async function measureScored(
  scratch: string,
  script: string,
  datasets: readonly Generated[],
  rows: number,
): Promise<Generated & { readonly samples: Samples }> {
  console.error(`Writing ${String(rows)} rows with scores …`);
  const dataset = await writeLargeScored(scratch, datasets[0], rows);
  console.error(`Data worker, ${String(rows)} rows with scores`);
  const samples = new Samples();
  await measureLargeScored(script, dataset, samples);
  await rm(path.dirname(dataset.path), { recursive: true });
  return { ...dataset, samples };
}

async function measureFront(
  repetitions: number,
  sizes: readonly number[],
  latency: number,
): Promise<{ readonly samples: Samples; readonly browser: string }> {
  const samples = new Samples();
  const server = await servePanel();
  const browser = await launchChromium();
  try {
    await inTurns(repetitions, sizes, async (size, repetition) => {
      console.error(`Panel, ${String(size)} rows, ${String(repetition + 1)} of ${String(repetitions)}`);
      await measurePanel(browser, server, size, samples, { seed: repetition, latency });
    });
    return { samples, browser: browser.version() };
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** Every item once per repetition, so that a machine that is slower for a while is slower for all sizes. */
async function inTurns<T>(
  repetitions: number,
  items: readonly T[],
  measure: (item: T, repetition: number) => Promise<void>,
): Promise<void> {
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const item of items) await measure(item, repetition);
  }
}

function isUsageError(thrown: unknown): boolean {
  return thrown instanceof TypeError && String((thrown as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
}
