/** (a) The data worker: a process of its own, asked as the extension asks it. */
import { readFile, rm } from 'node:fs/promises';
import { Random } from '../../src/base/random.ts';
import { columns } from '../../src/core/table/columns.ts';
import { launchWorker, type LaunchedWorker } from '../../src/host/launchWorker.ts';
import type { DataApi, DataEvents, Query, QueryResult } from '../../src/protocol/data.ts';
import { runFiles } from '../../src/store/layout.ts';
import { keptColumnsFile } from '../../src/store/keptColumns.ts';
import { commonWord, rareWord, type Generated } from './generate.ts';
import type { Samples } from './samples.ts';

const controls = { gamma: 1, clipMax: 2, misalignedBelow: 0.2 };
const windowRows = 60;
const windows = 100;

export const steps = {
  open: 'open: read and index both files',
  attach: 'attach: read the scores',
  query: 'first query: weights, ranks, order, counts',
  firstRows: 'from the indexed file to its first rows: attach, query, 60 rows',
  reopen: 'open again, closed and unchanged',
  attachAgain: 'attach again after that',
  attachText: 'attach where only `scores.jsonl` is there',
  peak: 'peak memory of the worker',
  speed: 'indexing (open)',
  busySpeed: 'indexing (open), by processor time',
  busyAttach: 'attach, processor time',
} as const;

const filters: readonly (readonly [what: string, filter: string])[] = [
  ['number', 'weight<0.3'],
  ['verdict', 'verdict:misaligned'],
  ['verdict, number and label', 'verdict:misaligned weight<0.1 label:positive'],
  ['rare word, first time', rareWord],
  ['rare word, again', `${rareWord} weight<2`],
  ['common word, first time', commonWord],
  ['common word, again', `${commonWord} weight<2`],
];

/** Starts a data worker that complains on standard error. */
export function launchDataWorker(script: string): LaunchedWorker<DataApi, DataEvents> {
  const complain = (line: string): void => console.error(line);
  return launchWorker<DataApi, DataEvents>({
    ...{ name: 'data worker', script },
    log: { debug: () => undefined, info: complain, warn: complain },
  });
}

/** Takes a fresh worker through everything, once. */
export async function measureDataWorker(
  script: string,
  dataset: Generated,
  samples: Samples,
  seed: number,
): Promise<void> {
  const { rows: size, path, real, run, bytes } = dataset;
  const worker = launchDataWorker(script);
  const { client } = worker;
  const time = <T>(what: string, work: () => Promise<T>): Promise<{ readonly result: T; readonly ms: number }> =>
    samples.time(size, what, work);
  try {
    await time('start of the process, to its first answer', () => client.call('close', { path }));
    const idle = await processorTime(worker.pid);
    const opened = await time(steps.open, () => client.call('open', { path, realPath: real }));
    if (opened.result.rows !== size)
      throw new Error(`The worker found ${String(opened.result.rows)} of ${String(size)} rows.`);
    samples.add(size, { what: steps.speed, unit: 'MB/s' }, bytes / 1e6 / (opened.ms / 1000));
    samples.add(size, { what: 'indexing (open), rows', unit: 'rows/s' }, size / (opened.ms / 1000));
    const indexed = await processorTime(worker.pid);
    if (idle !== undefined && indexed !== undefined)
      samples.add(size, { what: steps.busySpeed, unit: 'MB/s' }, bytes / 1e6 / ((indexed - idle) / 1000));
    const attach = async (what: string): Promise<number> => {
      const { result, ms } = await time(what, () => client.call('attach', { path, run }));
      if (result?.scored !== size) throw new Error('The worker did not find every score.');
      return ms;
    };
    const attachMs = await attach(steps.attach);
    const ready = await processorTime(worker.pid);
    if (indexed !== undefined && ready !== undefined)
      samples.add(size, { what: steps.busyAttach, unit: 'ms' }, ready - indexed);
    const firstMs = await browse(client, path, size, samples, seed);
    samples.add(size, { what: steps.firstRows, unit: 'ms' }, attachMs + firstMs);
    const peak = await peakMemory(worker.pid);
    if (peak !== undefined) samples.add(size, { what: steps.peak, unit: 'MB' }, peak / 1e6);

    const reopen = async (what?: string): Promise<void> => {
      await client.call('close', { path });
      const { ms } = await samples.timed(() => client.call('open', { path, realPath: real }));
      if (what !== undefined) samples.add(size, { what, unit: 'ms' }, ms);
    };
    await reopen(steps.reopen);
    await attach(steps.attachAgain);
    // As after a run of an older version; who reads them makes their columns again.
    await rm(keptColumnsFile(runFiles(run).scores), { force: true });
    await reopen();
    await attach(steps.attachText);
  } finally {
    worker.dispose();
    await worker.exited;
  }
}

/**
 * Asks what a panel asks of a dataset with scores: filters, every order, a slider, windows at random places.
 * @returns Milliseconds to its first rows.
 */
export async function browse(
  client: LaunchedWorker<DataApi, DataEvents>['client'],
  path: string,
  size: number,
  samples: Samples,
  seed: number,
): Promise<number> {
  const ask = (change: Partial<Query>): Promise<QueryResult> =>
    client.call('query', { path, filter: '', sort: { column: 'weight', descending: false }, controls, ...change });
  const time = <T>(what: string, work: () => Promise<T>): Promise<{ readonly result: T; readonly ms: number }> =>
    samples.time(size, what, work);
  const first = await time(steps.query, () => ask({}));
  const firstWindow = { path, view: first.result.view, from: 0, count: windowRows };
  const shown = await samples.timed(() => client.call('rows', firstWindow));

  for (const [what, filter] of filters) {
    const { result } = await time(`filter: ${what} (\`${filter}\`)`, () => ask({ filter }));
    if (result.fault !== undefined || result.count === 0) throw new Error(`The filter ${filter} finds nothing.`);
  }
  for (const { id, title, descendingFirst } of columns) {
    const sort = { column: id, descending: descendingFirst };
    await time(`sort: ${title}`, () => ask({ sort }));
  }
  await time('slider: γ from 1 to 0.7', () => ask({ controls: { ...controls, gamma: 0.7 } }));

  const { view, count } = await ask({});
  const random = new Random(seed, 'windows');
  for (let i = 0; i < windows; i++) {
    const from = random.integer(count - windowRows);
    const params = { path, view, from, count: windowRows };
    const { result } = await time(`window of ${String(windowRows)} rows at a random place`, () =>
      client.call('rows', params),
    );
    if (result.rows.length !== windowRows) throw new Error('A window is not whole.');
  }
  return first.ms + shown.ms;
}

/** Resident memory of a living process now, bytes; undefined where the system does not tell (not Linux). */
export function residentMemory(pid: number | undefined): Promise<number | undefined> {
  return memoryOf(pid, 'VmRSS');
}

/** Largest resident memory of a living process so far, bytes; undefined where the system does not tell (not Linux). */
export function peakMemory(pid: number | undefined): Promise<number | undefined> {
  return memoryOf(pid, 'VmHWM');
}

async function memoryOf(pid: number | undefined, which: 'VmRSS' | 'VmHWM'): Promise<number | undefined> {
  if (process.platform !== 'linux' || pid === undefined) return undefined;
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  const kibibytes = new RegExp(`^${which}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** Ticks per second in `/proc`, the same on every Linux. */
const ticks = 100;

/**
 * How long a living process has had a processor so far, all its threads together, those that ended too, milliseconds: on a
 * busy machine less than time that passed. Undefined where the system does not tell (not Linux).
 */
export async function processorTime(pid: number | undefined): Promise<number | undefined> {
  if (process.platform !== 'linux' || pid === undefined) return undefined;
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
  // The name, in brackets, may hold anything; user and system time are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticks;
}
