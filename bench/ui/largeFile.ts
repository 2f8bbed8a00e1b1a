/** (b) A file far above what an editor takes: how fast the data worker reads it, how it is given up, and what it costs. */
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { launchDataWorker, peakMemory, processorTime } from './dataWorker.ts';
import type { Generated } from './generate.ts';
import type { Samples } from './samples.ts';

export interface LargeFile {
  readonly rows: number;
  readonly path: string;
  readonly real: string;
  readonly bytes: number;
}

export const largeSteps = {
  open: 'open: read and index both files',
  speed: 'indexing (open)',
  busySpeed: 'indexing (open), by processor time',
  cancel: 'from giving up to the end of the reading',
  peak: 'peak memory of the worker',
  perRow: 'peak memory above that of an idle worker, per row',
} as const;

/** Writes the rows of a dataset as often as it takes, a number before each text: no two are the same. */
export async function writeLarge(scratch: string, source: Generated, rows: number): Promise<LargeFile> {
  const file = path.join(scratch, 'large.jsonl');
  const out = createWriteStream(file, { highWaterMark: 1 << 22 });
  const head = '{"text":"';
  for (let written = 0, round = 0; written < rows; round++) {
    let rest = '';
    for await (const chunk of createReadStream(source.path, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      const wanted = lines.slice(0, rows - written);
      written += wanted.length;
      const text = wanted.map((line) => `${head}${String(round)} ${line.slice(head.length)}\n`).join('');
      if (!out.write(text)) await once(out, 'drain');
      if (written === rows) break;
    }
  }
  out.end();
  await finished(out);
  return { rows, path: file, real: source.real, bytes: (await stat(file)).size };
}

/** Has the file read by two fresh workers: one gives it up, the other reads it to the end. */
export async function measureLargeFile(script: string, file: LargeFile, samples: Samples): Promise<void> {
  await withWorker(script, (worker) => giveUp(worker, file, samples));
  await withWorker(script, (worker) => readWhole(worker, file, samples));
}

type DataWorker = ReturnType<typeof launchDataWorker>;

async function withWorker(script: string, use: (worker: DataWorker) => Promise<void>): Promise<void> {
  const worker = launchDataWorker(script);
  try {
    // Its first answer says that it has started.
    await worker.client.call('close', { path: '' });
    await use(worker);
  } finally {
    worker.dispose();
    await worker.exited;
  }
}

async function giveUp(
  { client }: DataWorker,
  { rows, path: dataset, real }: LargeFile,
  samples: Samples,
): Promise<void> {
  const begun = new Promise<void>((resolve) => {
    client.on('reading', ({ file }) => {
      if (file === dataset) resolve();
    });
  });
  const reading = client.call('open', { path: dataset, realPath: real }).then(
    () => 'read',
    () => 'given up',
  );
  await begun;
  const { result } = await samples.time(rows, largeSteps.cancel, async () => {
    await client.call('close', { path: dataset });
    return await reading;
  });
  if (result === 'read') throw new Error('The file was read before it could be given up.');
}

async function readWhole({ client, pid }: DataWorker, file: LargeFile, samples: Samples): Promise<void> {
  const { rows, path: dataset, real, bytes } = file;
  const idle = { busy: await processorTime(pid), memory: await peakMemory(pid) };
  const { result, ms } = await samples.time(rows, largeSteps.open, () =>
    client.call('open', { path: dataset, realPath: real }),
  );
  if (result.rows !== rows) throw new Error(`The worker found ${String(result.rows)} of ${String(rows)} rows.`);
  samples.add(rows, { what: largeSteps.speed, unit: 'MB/s' }, bytes / 1e6 / (ms / 1000));
  const read = { busy: await processorTime(pid), memory: await peakMemory(pid) };
  if (idle.busy !== undefined && read.busy !== undefined)
    samples.add(rows, { what: largeSteps.busySpeed, unit: 'MB/s' }, bytes / 1e6 / ((read.busy - idle.busy) / 1000));
  if (idle.memory !== undefined && read.memory !== undefined) {
    samples.add(rows, { what: largeSteps.peak, unit: 'MB' }, read.memory / 1e6);
    samples.add(rows, { what: largeSteps.perRow, unit: 'bytes' }, (read.memory - idle.memory) / rows);
  }
}
