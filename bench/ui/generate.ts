/** Datasets of any size with a finished score run beside them, the same in every run of the benchmark. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { Random } from '../../src/base/random.ts';
import { occurrenceCounter, textHash } from '../../src/core/dataset/identity.ts';
import { datasetFolders, runFiles } from '../../src/store/layout.ts';
import { writeRunRecord } from '../../src/store/runRecord.ts';
import { openScoresWriter } from '../../src/store/scores.ts';

export interface Generated {
  readonly rows: number;
  readonly path: string;
  readonly real: string;
  readonly run: string;
  /** Of the synthetic file. */
  readonly bytes: number;
  /** Of the run's scores. */
  readonly scoreBytes: number;
}

const labels = ['negative', 'positive'] as const;
const realRows = 200;
/** Characters gathered before they are written. */
const bufferedCharacters = 1 << 20;

const words = (
  'the a of and to in it is that film story actor scene camera plot ending music director script laugh minute moment ' +
  'audience character dialogue picture comedy drama love war family summer city night light long slow quick warm cold ' +
  'never always almost really quite too very one two both every some any watch feel see find leave keep want think know'
).split(' ');

/** About one text in a hundred holds this word. */
export const rareWord = 'refund';
/** Nearly every text holds this one. */
export const commonWord = 'film';

/** 12 to 48 words, and the row's number: no two texts are the same. */
function textOf(random: Random, row: number): string {
  const length = 12 + random.integer(37);
  const chosen = Array.from({ length }, () => words[random.integer(words.length)]);
  chosen[0] = commonWord;
  if (random.integer(100) === 0) chosen[1] = rareWord;
  return `${chosen.join(' ')} ${String(row + 1)}.`;
}

/** Writes files and run into a folder of their own. */
export async function generate(scratch: string, rows: number): Promise<Generated> {
  const folder = path.join(scratch, String(rows));
  const file = path.join(folder, 'synthetic.jsonl');
  const run = path.join(datasetFolders(file)[0], '20260131T142233Z-imp');
  await mkdir(run, { recursive: true });
  const real = path.join(folder, 'real.jsonl');
  await writeFile(real, realFile());

  const random = new Random(rows, 'bench-ui');
  const out = createWriteStream(file);
  const scores = await openScoresWriter(runFiles(run).scores, labels);
  const occurrence = occurrenceCounter();
  let buffered: string[] = [];
  let characters = 0;
  const flush = async (): Promise<void> => {
    const text = buffered.join('');
    buffered = [];
    characters = 0;
    await new Promise<void>((resolve, reject) => {
      out.write(text, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  };
  for (let row = 0; row < rows; row++) {
    const text = textOf(random, row);
    const id = random.integer(2);
    const line = `${JSON.stringify({ text, label: labels[id] })}\n`;
    buffered.push(line);
    characters += line.length;
    if (characters >= bufferedCharacters) await flush();

    // Most labels fit; a few are what the quality checker would not say.
    const quality = Math.min(0.995, Math.max(0.005, 1 - random.uniform() ** 3));
    const diversity = 0.25 + 0.74 * random.uniform();
    const ofBoth = (own: number): number[] => (id === 0 ? [own, 1 - own] : [1 - own, own]).map(Math.log);
    const weight = Math.min(2, quality / diversity);
    const hash = textHash(text);
    await scores.write({
      ...{ line: row + 1, textHash: hash, occurrence: occurrence(hash), label: labels[id] },
      ...{ logP: ofBoth(quality), logQ: ofBoth(diversity), weight, logWeight: Math.log(weight), quality, diversity },
    });
  }
  await flush();
  out.end();
  await finished(out);
  await scores.finish();

  const input = { rows, errors: 0 };
  await writeRunRecord(run, {
    ...{ version: 1, kind: 'score', status: 'done' },
    ...{ created: '2026-01-31T14:22:33.000Z', finished: '2026-01-31T14:23:33.000Z' },
    inputs: [
      { ...input, role: 'synthetic', path: file, sha256: '0'.repeat(64) },
      { ...input, role: 'real', path: real, rows: realRows, sha256: await sha256(real) },
    ],
    schema: { synthetic: { text: 'text', label: 'label' } },
    labels,
    settings: { effort: 'standard', method: 'imp', weights: { gamma: 1, clip: { max: Math.log(2) } } },
    ...{ seed: 1, device: 'cpu', versions: { counterweight: '0.1.0', node: process.version } },
    ...{ timings: { total: 60 }, passes: { forward: rows, backward: rows }, metrics: {}, warnings: [] },
  });
  const size = async (of: string): Promise<number> => (await stat(of)).size;
  return { rows, path: file, real, run, bytes: await size(file), scoreBytes: await size(runFiles(run).scores) };
}

function realFile(): string {
  const random = new Random(realRows, 'bench-ui real');
  const lines = Array.from({ length: realRows }, (_, row) =>
    JSON.stringify({ text: `real ${textOf(random, row)}`, label: labels[row % 2] }),
  );
  return `${lines.join('\n')}\n`;
}

async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
