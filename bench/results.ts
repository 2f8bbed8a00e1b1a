/** What a part of the benchmark found, and how it is written down. */
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import path from 'node:path';
import type { Answer } from './contender.ts';
import type { Ratios } from './interleave.ts';

/** One line of a table: us beside another. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly other: string;
  /** Above 1: we are better. Where there is one number only, all four are the same. */
  readonly ratios?: Ratios;
  /** What is asked for. */
  readonly bar?: string;
}

export interface Part {
  readonly title: string;
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
  readonly raw: unknown;
}

/** Where and with what a part was measured. */
export interface Environment {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  /** Processes waiting for a core when the part began; well below 1 on a quiet machine. */
  readonly loadBefore: number;
  readonly date: string;
  readonly versions: Readonly<Record<string, string>>;
}

interface File {
  readonly parts: Record<string, Part & { readonly environment: Environment }>;
}

export function environment(torch: Answer | undefined, loadBefore: number): Environment {
  const version = (name: string): string => {
    const manifest = readFileSync(path.join('node_modules', name, 'package.json'), 'utf8');
    return (JSON.parse(manifest) as { version: string }).version;
  };
  const python = ['python', 'torch', 'transformers'].flatMap((name) =>
    typeof torch?.[name] === 'string' ? [[name === 'transformers' ? 'transformers (Python)' : name, torch[name]]] : [],
  );
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    loadBefore: Number(loadBefore.toFixed(2)),
    date: new Date().toISOString().slice(0, 10),
    versions: {
      node: process.versions.node,
      'onnxruntime-node': version('onnxruntime-node'),
      '@huggingface/transformers': version('@huggingface/transformers'),
      ...(Object.fromEntries(python) as Record<string, string>),
    },
  };
}

/** The load of the last minute, where the system tells. */
export function loadNow(): number {
  return loadavg()[0] ?? 0;
}

/** Adds a part to `results.json` (others stay) and writes `results.md` anew from it. */
export async function record(dir: string, name: string, part: Part, where: Environment): Promise<void> {
  await mkdir(dir, { recursive: true });
  const json = path.join(dir, 'results.json');
  const file = await readResults(json);
  file.parts[name] = { environment: where, ...part };
  file.parts = Object.fromEntries(Object.entries(file.parts).sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeFile(json, `${JSON.stringify(file, null, 1)}\n`);
  await writeFile(path.join(dir, 'results.md'), markdown(file));
}

async function readResults(json: string): Promise<{ parts: File['parts'] }> {
  try {
    return JSON.parse(await readFile(json, 'utf8')) as { parts: File['parts'] };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return { parts: {} };
    throw thrown;
  }
}

function markdown({ parts }: File): string {
  const lines = [
    '# Benchmarks',
    '',
    'Written by `npm run bench`; the numbers behind it are in `results.json`. A ratio above 1 means that Counterweight is ' +
      'better: faster, or with less memory. Contenders are processes of their own that work in turns, in short blocks; a ' +
      'ratio is taken within each block, so that a machine that slows down for a while slows both. Minimum, median and ' +
      'maximum are over blocks, “overall” is the ratio of the sums.',
    '',
  ];
  let shown = '';
  for (const [name, part] of Object.entries(parts)) {
    lines.push(`## (${name}) ${part.title}`, '', ...table(part.rows), '');
    for (const note of part.notes) lines.push(`- ${note}`);
    const where = describeEnvironment(part.environment);
    lines.push(`- ${where === shown ? 'Measured on the same machine.' : where}`, '');
    shown = where;
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

export function table(rows: readonly Row[]): string[] {
  const cells = (ratios: Ratios | undefined): string[] =>
    ratios === undefined
      ? ['', '', '', '']
      : [ratios.minimum, ratios.median, ratios.maximum, ratios.overall].map((x) => x.toFixed(2));
  return [
    '| | Counterweight | other | minimum | median | maximum | overall | asked for |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ what, ours, other, ratios, bar }) =>
        `| ${[what, ours, other, ...cells(ratios), bar ?? ''].join(' | ')} |`.replace(/ {2,}/g, ' '),
    ),
  ];
}

/** Machine, versions, date and load in one line. */
export function describeEnvironment({ cpu, cores, memoryGiB, platform, loadBefore, date, versions }: Environment): string {
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return (
    `Measured ${date} on ${cpu}, ${String(cores)} cores, ${String(memoryGiB)} GiB, ${platform}, load before ` +
    `${String(loadBefore)}; ${software.join(', ')}.`
  );
}

/** One measurement on each side, not blocks. */
export function single(ratio: number): Ratios {
  return { minimum: ratio, median: ratio, maximum: ratio, overall: ratio };
}
