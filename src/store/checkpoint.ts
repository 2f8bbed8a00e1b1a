/**
 * A checkpoint: tensors and a little JSON in one file, so that one rename replaces it as a whole and the last one stays
 * until the next is complete. The layout is safetensors (https://huggingface.co/docs/safetensors, "Format"): the header's
 * length as a little-endian uint64, the header in JSON, the tensors one after the other; other tools can open it. In
 * `__metadata__`: our format's name and version, the JSON (`meta`), and a CRC-32 of the whole file.
 */
import { endianness } from 'node:os';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { UserError } from '../base/errors.ts';
import { makeFolder, openAtomic } from './atomic.ts';
import { diskError, errorCode } from './diskErrors.ts';
import { assertSurvivesJson, isIntegerFrom, isJsonObject, type Json } from './json.ts';
import { formatVersions } from './versions.ts';

/** A tensor in row-major order; `data` has as many values as the shape asks for ([] is one). */
export type CheckpointTensor =
  | { readonly dtype: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'int32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: 'uint8'; readonly shape: readonly number[]; readonly data: Uint8Array };

/** All that a computation resumes from. */
export interface Checkpoint {
  readonly meta: Json;
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
}

/** The file in a checkpoint's folder. */
export function checkpointFile(folder: string): string {
  return join(folder, 'checkpoint.bin');
}

/**
 * Replaces the checkpoint in a folder, which is created when absent. The arrays are written from where they are, without
 * a copy, so they must not change until the promise is fulfilled.
 *
 * @throws UserError where it cannot be written; the checkpoint that was there stays.
 * @throws Error where the tensors changed meanwhile, TypeError where `meta` would not survive JSON: defects of the caller.
 */
export async function saveCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const prefix = header(checkpoint);
  try {
    await makeFolder(folder);
  } catch (thrown) {
    throw diskError(thrown, 'create', folder);
  }
  const file = await openAtomic(checkpointFile(folder));
  try {
    await file.write(prefix.bytes);
    let checksum = prefix.ownChecksum;
    for (const chunk of chunks(checkpoint)) {
      // Before the write: what is summed up is then at most as new as what is written.
      checksum = crc32(chunk, checksum);
      await file.write(chunk);
    }
    if (checksum !== prefix.checksum) throw new Error('The tensors changed while their checkpoint was being saved.');
    await file.commit();
  } finally {
    await file.discard();
  }
}

/**
 * Reads the checkpoint in a folder.
 *
 * @returns The checkpoint, bit by bit as it was saved; or why there is none to resume from, in one line: it does not
 *   exist, was damaged, or is of another version. The tensors own their memory.
 * @throws UserError where a file is there and the system does not let us read it.
 */
export async function loadCheckpoint(folder: string): Promise<{ checkpoint: Checkpoint } | { absent: string }> {
  const path = checkpointFile(folder);
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    return { checkpoint: await read(handle) };
  } catch (thrown) {
    if (thrown instanceof Unusable) return { absent: `${path}: ${thrown.message}` };
    if (errorCode(thrown) === 'ENOENT') return { absent: `${path}: no checkpoint` };
    throw diskError(thrown, 'read', path);
  } finally {
    await handle?.close();
  }
}

/** Why a file cannot be resumed from; becomes `absent`. */
class Unusable extends Error {}

const formatName = 'counterweight-checkpoint';
const bytesPerValue = { float32: 4, int32: 4, uint8: 1 } as const;
const dtypeNames = { float32: 'F32', int32: 'I32', uint8: 'U8' } as const;
const dtypes: Readonly<Record<string, CheckpointTensor['dtype']>> = { F32: 'float32', I32: 'int32', U8: 'uint8' };
const chunkBytes = 16 * 1024 * 1024;
/** The limit of the safetensors library. */
const longestHeader = 100_000_000;

/** While the checksum is computed these stand in its place, at the very beginning of the header. */
const checksumKey = '{"__metadata__":{"crc32":"';
const noChecksum = '00000000';

/** The bytes before the tensors, their own CRC-32 with the checksum's place blank, and that of the whole file. */
function header({ meta, tensors }: Checkpoint): { bytes: Buffer; ownChecksum: number; checksum: number } {
  if (endianness() !== 'LE') throw new UserError('Checkpoints can be written on little-endian machines only.');
  assertSurvivesJson(meta, 'meta');
  const metadata = {
    crc32: noChecksum,
    format: formatName,
    version: String(formatVersions.checkpoint),
    meta: JSON.stringify(meta),
  };
  // Put together by hand: an object would sort names that look like numbers to the front, and take "__proto__" amiss.
  const members = [`"__metadata__":${JSON.stringify(metadata)}`];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    if (name === '__metadata__') throw new TypeError('A tensor cannot be called "__metadata__".');
    if (!shape.every((size) => isIntegerFrom(0, size)) || sizeOf(shape) !== data.length) {
      throw new TypeError(`Tensor "${name}": ${data.length} values do not fill the shape [${shape.join(', ')}].`);
    }
    const end = offset + data.byteLength;
    members.push(
      `${JSON.stringify(name)}:${JSON.stringify({ dtype: dtypeNames[dtype], shape, data_offsets: [offset, end] })}`,
    );
    offset = end;
  }
  const json = Buffer.from(`{${members.join(',')}}`, 'utf8');
  // Spaces align the tensors to 8 bytes, as the format asks.
  const length = Math.ceil(json.length / 8) * 8;
  if (length > longestHeader) throw new RangeError('The checkpoint has too much metadata.');
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length), 0);
  json.copy(bytes, 8);
  const ownChecksum = crc32(bytes);
  let checksum = ownChecksum;
  for (const chunk of chunks({ tensors })) checksum = crc32(chunk, checksum);
  bytes.write(checksumText(checksum), 8 + checksumKey.length, 'latin1');
  return { bytes, ownChecksum, checksum };
}

function checksumText(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

/** The tensors' bytes in order, as views. */
function* chunks({ tensors }: Pick<Checkpoint, 'tensors'>): Generator<Uint8Array> {
  for (const { data } of tensors.values()) {
    for (let begin = 0; begin < data.byteLength; begin += chunkBytes) {
      yield new Uint8Array(data.buffer, data.byteOffset + begin, Math.min(chunkBytes, data.byteLength - begin));
    }
  }
}

async function read(handle: FileHandle): Promise<Checkpoint> {
  const { size } = await handle.stat();
  if (size < 8) throw new Unusable('cut off');
  const prefix = Buffer.alloc(8);
  await fill(handle, prefix, 0);
  const headerLength = Number(prefix.readBigUInt64LE(0));
  if (headerLength > longestHeader) throw new Unusable('damaged, or not a checkpoint');
  if (headerLength > size - 8) throw new Unusable('cut off');
  const headerBytes = Buffer.alloc(headerLength);
  await fill(handle, headerBytes, 8);
  const { meta, expected, entries } = parseHeader(headerBytes);
  if (8 + headerLength + (entries.at(-1)?.end ?? 0) !== size) throw new Unusable('cut off, or with bytes too many');

  headerBytes.write(noChecksum, checksumKey.length, 'latin1');
  let checksum = crc32(headerBytes, crc32(prefix));
  const tensors = new Map<string, CheckpointTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const bytes = new Uint8Array(end - begin);
    checksum = await fill(handle, bytes, 8 + headerLength + begin, checksum);
    tensors.set(name, viewOf(bytes, dtype, shape));
  }
  if (checksumText(checksum) !== expected) throw new Unusable('damaged: its checksum does not match');
  return { meta: parseJson(meta, 'its metadata is not JSON') as Json, tensors };
}

/** Fills `bytes` from a position in the file, and carries a CRC-32 on over them. */
async function fill(handle: FileHandle, bytes: Uint8Array, position: number, checksum = 0): Promise<number> {
  for (let offset = 0; offset < bytes.length;) {
    const length = Math.min(chunkBytes, bytes.length - offset);
    const { bytesRead } = await handle.read(bytes, offset, length, position + offset);
    if (bytesRead === 0) throw new Unusable('cut off');
    checksum = crc32(bytes.subarray(offset, offset + bytesRead), checksum);
    offset += bytesRead;
  }
  return checksum;
}

interface Entry {
  readonly name: string;
  readonly dtype: CheckpointTensor['dtype'];
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function parseHeader(bytes: Buffer): { meta: string; expected: string; entries: Entry[] } {
  const value = parseJson(bytes.toString('utf8'), 'damaged, or not a checkpoint');
  const metadata = isJsonObject(value) ? value['__metadata__'] : undefined;
  if (!isJsonObject(value) || !isJsonObject(metadata) || metadata['format'] !== formatName) {
    throw new Unusable('damaged, or not a checkpoint');
  }
  const { version, meta, crc32: expected } = metadata;
  if (version !== String(formatVersions.checkpoint)) {
    throw new Unusable(`version ${String(version)}, but this Counterweight reads version ${formatVersions.checkpoint}`);
  }
  const startsRight = bytes.toString('latin1', 0, checksumKey.length) === checksumKey;
  if (typeof meta !== 'string' || typeof expected !== 'string' || !startsRight) throw new Unusable('damaged');
  const entries = Object.entries(value)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, description]) => parseEntry(name, description))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let offset = 0;
  for (const { begin, end } of entries) {
    if (begin !== offset) throw new Unusable('damaged: its tensors do not follow each other');
    offset = end;
  }
  return { meta, expected, entries };
}

function parseEntry(name: string, description: unknown): Entry {
  const bad = new Unusable(`damaged: its description of "${name}"`);
  if (!isJsonObject(description)) throw bad;
  const { dtype: dtypeName, shape, data_offsets: offsets } = description;
  const dtype = typeof dtypeName === 'string' && Object.hasOwn(dtypes, dtypeName) ? dtypes[dtypeName] : undefined;
  if (dtype === undefined || !isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) throw bad;
  const [begin, end] = offsets;
  if (end - begin !== sizeOf(shape) * bytesPerValue[dtype]) throw bad;
  return { name, dtype, shape, begin, end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => isIntegerFrom(0, size));
}

/** The same bytes as the tensor's own type. */
function viewOf(
  bytes: Uint8Array<ArrayBuffer>,
  dtype: CheckpointTensor['dtype'],
  shape: readonly number[],
): CheckpointTensor {
  switch (dtype) {
    case 'float32':
      return { dtype, shape, data: new Float32Array(bytes.buffer) };
    case 'int32':
      return { dtype, shape, data: new Int32Array(bytes.buffer) };
    case 'uint8':
      return { dtype, shape, data: bytes };
  }
}

function parseJson(text: string, otherwise: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new Unusable(otherwise, { cause: thrown });
  }
}
