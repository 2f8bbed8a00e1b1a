/** (c) A large file with scores: what the panel asks of the data worker from opening it on, and how its memory grows. */
import * as crypto from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { copyFile, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { datasetFolders, runFiles } from '../../src/store/layout.ts';
import { readRunRecord, writeRunRecord } from '../../src/store/runRecord.ts';
import { browse, launchDataWorker, peakMemory, processorTime, residentMemory, steps } from './dataWorker.ts';
import type { Generated } from './generate.ts';
import type { Samples } from './samples.ts';

const textBegins = '{"text":"';
const textEnds = '","label":';
const identityEnds = '"occurrence":';
/** Characters gathered before they are written. */
const bufferedCharacters = 1 << 22;

export const scoredSteps = {
  attachText: 'attach: read `scores.jsonl`, keep its columns',
  busyAttachText: 'attach from `scores.jsonl`, processor time',
  /** Resident, after the step before it. */
  opened: 'memory once the file is indexed',
  attached: 'memory once the scores are read',
  browsed: 'memory once everything below was asked',
} as const;

/**
 * Writes the rows of a dataset and their scores as often as it takes, a number before each text: no two are the same. The
 * scores' hashes are those of the new texts.
 */
export async function writeLargeScored(scratch: string, source: Generated, rows: number): Promise<Generated> {
  const folder = path.join(scratch, `scored-${String(rows)}`);
  const file = path.join(folder, 'synthetic.jsonl');
  const run = path.join(datasetFolders(file)[0], path.basename(source.run));
  await mkdir(run, { recursive: true });
  const real = path.join(folder, path.basename(source.real));
  await copyFile(source.real, real);

  const lines = await linesOf(source.path);
  const scoreTails = (await linesOf(runFiles(source.run).scores)).map((line) => line.slice(line.indexOf(identityEnds)));
  const [data, scores] = [file, runFiles(run).scores].map((to) => createWriteStream(to, { highWaterMark: 1 << 22 }));
  let [dataText, scoreText] = ['', ''];
  for (let row = 0; row < rows; row++) {
    const at = row % lines.length;
    const rest = lines[at].slice(textBegins.length);
    const number = `${String(Math.floor(row / lines.length))} `;
    const hash = crypto.hash('sha256', number + rest.slice(0, rest.lastIndexOf(textEnds))).slice(0, 16);
    dataText += `${textBegins}${number}${rest}\n`;
    scoreText += `{"line":${String(row + 1)},"textHash":"${hash}",${scoreTails[at]}\n`;
    if (scoreText.length < bufferedCharacters && row + 1 < rows) continue;
    await Promise.all([written(data, dataText), written(scores, scoreText)]);
    [dataText, scoreText] = ['', ''];
  }
  for (const stream of [data, scores]) {
    stream.end();
    await finished(stream);
  }
  const record = await readRunRecord(source.run);
  const inputs = record.inputs.map((input) =>
    input.role === 'synthetic' ? { ...input, path: file, rows } : { ...input, path: real },
  );
  await writeRunRecord(run, { ...record, inputs, passes: { forward: rows, backward: rows } });
  const size = async (of: string): Promise<number> => (await stat(of)).size;
  return { rows, path: file, real, run, bytes: await size(file), scoreBytes: await size(runFiles(run).scores) };
}

async function linesOf(file: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) lines.push(line);
  return lines;
}

async function written(stream: WriteStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}

/** Takes two fresh workers through it: one finds the scores as text, the other as columns, and is asked what a panel asks. */
export async function measureLargeScored(script: string, dataset: Generated, samples: Samples): Promise<void> {
  await withWorker(script, async (worker) => {
    const { client, pid } = worker;
    const { rows, path: file, real, run } = dataset;
    await client.call('open', { path: file, realPath: real });
    const before = await processorTime(pid);
    const { result } = await samples.time(rows, scoredSteps.attachText, () =>
      client.call('attach', { path: file, run }),
    );
    if (result?.scored !== rows) throw new Error('The worker did not find every score.');
    const after = await processorTime(pid);
    if (before !== undefined && after !== undefined)
      samples.add(rows, { what: scoredSteps.busyAttachText, unit: 'ms' }, after - before);
  });
  await withWorker(script, (worker) => openAndBrowse(worker, dataset, samples));
}

async function openAndBrowse(
  { client, pid }: ReturnType<typeof launchDataWorker>,
  { rows, path: file, real, run, bytes }: Generated,
  samples: Samples,
): Promise<void> {
  const memory = async (what: string): Promise<void> => {
    const resident = await residentMemory(pid);
    if (resident !== undefined) samples.add(rows, { what, unit: 'MB' }, resident / 1e6);
  };
  const opened = await samples.time(rows, steps.open, () => client.call('open', { path: file, realPath: real }));
  if (opened.result.rows !== rows) throw new Error(`The worker found ${String(opened.result.rows)} rows.`);
  samples.add(rows, { what: steps.speed, unit: 'MB/s' }, bytes / 1e6 / (opened.ms / 1000));
  await memory(scoredSteps.opened);
  await samples.time(rows, steps.attach, () => client.call('attach', { path: file, run }));
  await memory(scoredSteps.attached);
  await browse(client, file, rows, samples, 0);
  await memory(scoredSteps.browsed);
  const peak = await peakMemory(pid);
  if (peak !== undefined) samples.add(rows, { what: steps.peak, unit: 'MB' }, peak / 1e6);
}

async function withWorker(
  script: string,
  use: (worker: ReturnType<typeof launchDataWorker>) => Promise<void>,
): Promise<void> {
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
