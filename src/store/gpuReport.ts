/** What was found out about this machine's GPU, through WebGPU and through CUDA, kept for the user, outside of any dataset's folder. */
import { rmSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { makeFolder, writeJsonAtomic } from './atomic.ts';
import { isIntegerFrom, isJsonObject, type JsonObject } from './json.ts';
import { isRunning, thisProcess, type ProcessIdentity } from './processIdentity.ts';

interface KeptReport {
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly made: number;
  readonly report: JsonObject;
}

/**
 * The file in the user's cache folder, as each platform has one.
 * @param name Which report: `gpu` of WebGPU, `cuda` of CUDA.
 */
export function gpuReportFile(
  env: NodeJS.ProcessEnv = process.env,
  platform = process.platform,
  name: 'gpu' | 'cuda' = 'gpu',
): string {
  const home = homedir();
  const cache =
    platform === 'win32'
      ? (env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'))
      : platform === 'darwin'
        ? join(home, 'Library', 'Caches')
        : (env['XDG_CACHE_HOME'] ?? join(home, '.cache'));
  return join(cache, 'counterweight', `${name}.json`);
}

/** The report kept under this key, if it is not older than `maxAgeMs`. A file that cannot be read counts as none. */
export async function readGpuReport(
  key: string,
  maxAgeMs: number,
  file = gpuReportFile(),
): Promise<JsonObject | undefined> {
  const kept = await readFile(file, 'utf8').then(parseKept, () => undefined);
  if (kept?.key !== key) return undefined;
  const age = Date.now() - kept.made;
  return age >= 0 && age < maxAgeMs ? kept.report : undefined;
}

/** Keeps a report. Where the folder cannot be written to, the next job finds out anew, which costs seconds only. */
export async function writeGpuReport(key: string, report: object, file = gpuReportFile()): Promise<void> {
  try {
    await makeFolder(dirname(file));
    await writeJsonAtomic(file, { key, made: Date.now(), report });
  } catch {
    // Not worth a job, nor a word: see above.
  }
}

/**
 * Notes that this process computes on the GPU, until the function that comes back is called. A note whose process is gone
 * tells of one that a driver took down. Where it cannot be written, nothing is told later.
 */
export async function noteGpuUse(file = gpuReportFile()): Promise<() => void> {
  const note = join(dirname(file), `${notePrefix(file)}${String(process.pid)}.json`);
  try {
    await makeFolder(dirname(file));
    await writeJsonAtomic(note, thisProcess());
  } catch {
    return () => undefined;
  }
  return () => rmSync(note, { force: true });
}

/** Whether a process ended while it computed on the GPU, without a word. Told once: its note is removed. */
export async function gpuUseBrokenOff(file = gpuReportFile()): Promise<boolean> {
  const folder = dirname(file);
  const names = await readdir(folder).catch(() => []);
  let found = false;
  for (const name of names.filter((each) => each.startsWith(notePrefix(file)) && each.endsWith('.json'))) {
    const identity = await readFile(join(folder, name), 'utf8').then(parseIdentity, () => undefined);
    if (identity === undefined || isRunning(identity) !== false) continue;
    found = true;
    await rm(join(folder, name), { force: true });
  }
  return found;
}

/** Notes lie beside the report of what they are about. */
function notePrefix(file: string): string {
  return `${basename(file, '.json')}-in-use-`;
}

function parseIdentity(text: string): ProcessIdentity | undefined {
  const { host, pid, started } = parseObject(text) ?? {};
  return typeof host === 'string' && isIntegerFrom(1, pid) && typeof started === 'string'
    ? { host, pid, started }
    : undefined;
}

function parseKept(text: string): KeptReport | undefined {
  const { key, made, report } = parseObject(text) ?? {};
  return typeof key === 'string' && typeof made === 'number' && isJsonObject(report)
    ? { key, made, report }
    : undefined;
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
