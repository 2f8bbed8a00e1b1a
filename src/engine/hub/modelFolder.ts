import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { messageOf, UserError } from '../../base/errors.ts';
import {
  optionalTokenizerFiles,
  pickledWeightsFile,
  requiredFiles,
  shardsOf,
  weightsFile,
  weightsIndexFile,
} from './modelFiles.ts';
import { readSafetensors, safetensorsBlocks, type TensorData } from './safetensors.ts';

/** A Hugging Face model folder in memory. */
export interface ModelFolder {
  readonly dir: string;
  /** The hub's name, or the folder where it has none. */
  readonly id: string;
  /** SHA-256 of `model.safetensors`, hexadecimal; of the lines "hash  file" of all shards where there are several. */
  readonly hash: string;
  /** `config.json`. */
  readonly config: Record<string, unknown>;
  /** Weights by name; views into the files' bytes. */
  readonly tensors: Map<string, TensorData>;
  /** `tokenizer.json` and its companions, by file name. */
  readonly tokenizerFiles: Map<string, string | Uint8Array>;
}

/**
 * Reads a model folder: `config.json`, `tokenizer.json` and its companions, `model.safetensors` (or shards and their
 * index).
 * @param id Its name on the hub, if it came from there.
 * @throws {UserError} A file is missing or damaged: names it, and says what to do.
 */
export async function readModelFolder(dir: string, { id = dir }: { readonly id?: string } = {}): Promise<ModelFolder> {
  const names = new Set(await listFolder(dir));
  for (const name of requiredFiles) if (!names.has(name)) throw missing(dir, name);
  const config = parseConfig(await readText(join(dir, 'config.json')), join(dir, 'config.json'));
  const tokenizerFiles = new Map<string, string>();
  for (const name of ['tokenizer.json', ...optionalTokenizerFiles]) {
    if (names.has(name)) tokenizerFiles.set(name, await readText(join(dir, name)));
  }
  const { tensors, hash } = await readWeights(dir, names);
  return { dir, id, hash, config, tensors, tokenizerFiles };
}

/** What {@link saveModelFolder} writes. */
export interface ModelToSave {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, TensorData>;
  readonly tokenizerFiles: ReadonlyMap<string, string | Uint8Array>;
  /** Further files by path relative to the folder, with `/`, e.g. `onnx/model.onnx`. */
  readonly files?: ReadonlyMap<string, string | Uint8Array>;
}

/**
 * Writes a model folder that `AutoModelForSequenceClassification.from_pretrained` loads. The whole folder appears at
 * once, or not at all: everything is written to `DIR.partial` and synced, then renamed. A model folder that is already
 * there is replaced.
 * @throws {UserError} `dir` holds something else, or the disk refuses.
 */
export async function saveModelFolder(dir: string, model: ModelToSave): Promise<void> {
  const target = resolve(dir);
  const occupied = await checkReplaceable(target);
  const partial = `${target}.partial`;
  const weights = safetensorsBlocks(model.tensors, { format: 'pt' });
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await writeSynced(join(partial, 'config.json'), [`${JSON.stringify(model.config, null, 2)}\n`]);
    await writeSynced(join(partial, weightsFile), weights);
    for (const [name, content] of [...model.tokenizerFiles, ...(model.files ?? [])]) {
      await mkdir(dirname(join(partial, name)), { recursive: true });
      await writeSynced(join(partial, name), [content]);
    }
    await syncFolder(partial);
    if (occupied) await swapFolders(partial, target);
    else await rename(partial, target);
    await syncFolder(dirname(target));
  } catch (thrown) {
    await rm(partial, { recursive: true, force: true });
    throw new UserError(`Cannot write the model to ${dir}: ${messageOf(thrown)}.`, 1, { cause: thrown });
  }
}

/** Puts a folder in the place of another, which stays if that fails. */
async function swapFolders(fresh: string, target: string): Promise<void> {
  const replaced = `${target}.replaced`;
  await rm(replaced, { recursive: true, force: true });
  await rename(target, replaced);
  try {
    await rename(fresh, target);
  } catch (thrown) {
    await rename(replaced, target);
    throw thrown;
  }
  await rm(replaced, { recursive: true, force: true });
}

/** Whether there is a folder to be replaced; refuses to replace what is not a model. */
async function checkReplaceable(target: string): Promise<boolean> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined) return false;
  const names = found.isDirectory() ? await readdir(target) : undefined;
  if (names?.length === 0 || names?.includes('config.json')) return true;
  throw new UserError(`${target} is there already and is not a model folder; choose another one.`);
}

async function writeSynced(path: string, blocks: readonly (string | Uint8Array)[]): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const block of blocks) await file.writeFile(block);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes renames in a folder last. Windows does it by itself and does not open folders. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function readWeights(
  dir: string,
  names: ReadonlySet<string>,
): Promise<{ tensors: Map<string, TensorData>; hash: string }> {
  if (names.has(weightsFile)) return readWeightsFile(join(dir, weightsFile));
  if (!names.has(weightsIndexFile)) throw missing(dir, weightsFile, names.has(pickledWeightsFile));
  const tensors = new Map<string, TensorData>();
  const lines: string[] = [];
  for (const shard of shardsOf(await readText(join(dir, weightsIndexFile)), join(dir, weightsIndexFile))) {
    if (!names.has(shard)) throw missing(dir, shard);
    const part = await readWeightsFile(join(dir, shard));
    lines.push(`${part.hash}  ${shard}\n`);
    for (const [name, tensor] of part.tensors) {
      if (tensors.has(name))
        throw new UserError(`${join(dir, shard)} holds tensor ${name}, which another shard has too.`);
      tensors.set(name, tensor);
    }
  }
  return { tensors, hash: createHash('sha256').update(lines.join('')).digest('hex') };
}

/** Files are read in pieces of this size: one read is limited to 2 GiB, and hashing keeps up in the cache. */
const pieceBytes = 8 * 2 ** 20;

async function readWeightsFile(path: string): Promise<{ tensors: Map<string, TensorData>; hash: string }> {
  const hash = createHash('sha256');
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const start = new Uint8Array(8);
      await file.read(start, 0, 8, 0);
      // Header lengths are not always multiples of 8. Shifting the file in memory aligns the tensors, so that none is copied.
      const shift = (8 - (start[0] % 8)) % 8;
      const bytes = new Uint8Array(new ArrayBuffer(shift + size), shift);
      let filled = 0;
      while (filled < size) {
        const { bytesRead } = await file.read(bytes, filled, Math.min(pieceBytes, size - filled), filled);
        if (bytesRead === 0) throw new Error('the file shrank while it was read');
        hash.update(bytes.subarray(filled, filled + bytesRead));
        filled += bytesRead;
      }
      return { tensors: readSafetensors(bytes, path).tensors, hash: hash.digest('hex') };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw thrown instanceof UserError ? thrown : unreadable(path, thrown);
  }
}

async function listFolder(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new UserError(`There is no model folder ${dir}.`, 1, { cause: thrown });
    if (code === 'ENOTDIR')
      throw new UserError(`${dir} is a file; give the model folder it lies in.`, 1, { cause: thrown });
    throw unreadable(dir, thrown);
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

function parseConfig(json: string, file: string): Record<string, unknown> {
  let config: unknown;
  try {
    config = JSON.parse(json);
  } catch (thrown) {
    throw new UserError(`${file} is not JSON: ${messageOf(thrown)}.`, 1, { cause: thrown });
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new UserError(`${file} is not a JSON object.`);
  }
  return config as Record<string, unknown>;
}

function unreadable(path: string, thrown: unknown): UserError {
  return new UserError(`Cannot read ${path}: ${messageOf(thrown)}.`, 1, { cause: thrown });
}

function missing(dir: string, name: string, pickled = false): UserError {
  const advice = pickled
    ? `it has ${pickledWeightsFile} only, which is not read because it can run code; save it in Python with model.save_pretrained(DIR, safe_serialization=True)`
    : name === 'tokenizer.json'
      ? 'save the fast tokenizer in Python with AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR)'
      : 'fetch the model again, or name a folder that has config.json, tokenizer.json and model.safetensors';
  return new UserError(`The model folder ${dir} has no ${name}: ${advice}.`);
}
