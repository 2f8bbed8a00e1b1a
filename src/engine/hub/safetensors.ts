import { UserError } from '../../base/errors.ts';

/** A named array as a checkpoint holds it: row-major, `data.length` is the product of `shape` (1 for a scalar, `[]`). */
export type TensorData =
  | { readonly dtype: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'int64'; readonly shape: readonly number[]; readonly data: BigInt64Array }
  | { readonly dtype: 'int32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: 'uint8'; readonly shape: readonly number[]; readonly data: Uint8Array };

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** Tensors by name, in the order of their bytes in the file. */
  readonly tensors: Map<string, TensorData>;
  /** The free-form `__metadata__` strings, e.g. `{ format: 'pt' }`. */
  readonly metadata: Record<string, string>;
}

/** The dtypes read, each with its bytes per element. */
const bytesPerElement = { F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, U8: 1 } as const;
type Dtype = keyof typeof bytesPerElement;

const dtypeNames = { float32: 'F32', int64: 'I64', int32: 'I32', uint8: 'U8' } as const;

/** The reference implementation refuses longer headers, so that a damaged length cannot ask for all memory. */
const maxHeaderBytes = 100_000_000;

interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors#format). F16 and BF16 become float32; F32, I64,
 * I32 and U8 are views into `bytes` wherever alignment allows, so `bytes` must not be changed or reused afterwards.
 * @param bytes The whole file.
 * @param file How error messages name it.
 * @throws {UserError} The file is cut short, damaged, or holds a dtype that is not read.
 */
export function readSafetensors(bytes: Uint8Array, file: string): SafetensorsFile {
  const { header, dataStart } = parseHeader(bytes, file);
  let metadata: Record<string, string> = {};
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = checkMetadata(value, file);
    else entries.push(checkEntry(name, value, file));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, bytes.length - dataStart, file);
  const tensors = new Map<string, TensorData>();
  for (const entry of entries) {
    tensors.set(entry.name, decode(entry, bytes.subarray(dataStart + entry.begin, dataStart + entry.end)));
  }
  return { tensors, metadata };
}

/**
 * A safetensors file as a list of byte blocks (header first, then one view per tensor, no copies), for writing one
 * after the other. The header is padded with spaces to a multiple of 8; tensors lie sorted by element size (largest
 * first, so that every tensor is aligned) and then by name, as the reference implementation orders them.
 * @throws {Error} A shape does not fit its data.
 */
export function safetensorsBlocks(
  tensors: ReadonlyMap<string, TensorData>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const sorted = [...tensors].sort(
    ([nameA, a], [nameB, b]) =>
      b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || (nameA < nameB ? -1 : nameA > nameB ? 1 : 0),
  );
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) {
    header.push(['__metadata__', Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)))]);
  }
  const blocks: Uint8Array[] = [];
  let offset = 0;
  for (const [name, tensor] of sorted) {
    if (name === '__metadata__') throw new Error('A tensor cannot be called __metadata__.');
    if (elementCount(tensor.shape) !== tensor.data.length) {
      throw new Error(`Tensor ${name}: shape [${tensor.shape.join(', ')}] does not fit ${tensor.data.length} values.`);
    }
    const begin = offset;
    offset += tensor.data.byteLength;
    header.push([name, { dtype: dtypeNames[tensor.dtype], shape: tensor.shape, data_offsets: [begin, offset] }]);
    blocks.push(new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength));
  }
  return [encodeHeader(header), ...blocks];
}

/** The same file in one array; see {@link safetensorsBlocks}. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, TensorData>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const blocks = safetensorsBlocks(tensors, metadata);
  const file = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let offset = 0;
  for (const block of blocks) {
    file.set(block, offset);
    offset += block.length;
  }
  return file;
}

/** Names like `10` must keep their place and `__proto__` must survive, which an object literal would not grant. */
function encodeHeader(entries: readonly [string, unknown][]): Uint8Array {
  const json = `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
  const encoded = new TextEncoder().encode(json);
  const padded = Math.ceil(encoded.length / 8) * 8;
  const block = new Uint8Array(8 + padded).fill(0x20);
  new DataView(block.buffer).setBigUint64(0, BigInt(padded), true);
  block.set(encoded, 8);
  return block;
}

function parseHeader(bytes: Uint8Array, file: string): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) throw damaged(file, `it is only ${bytes.length} bytes long`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) throw damaged(file, `its header claims ${length} bytes`);
  const dataStart = 8 + Number(length);
  if (dataStart > bytes.length) {
    throw damaged(file, `its header claims ${length} bytes, but only ${bytes.length - 8} follow`);
  }
  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataStart)),
    );
  } catch (thrown) {
    throw damaged(file, 'its header is not JSON', thrown);
  }
  if (!isRecord(header)) throw damaged(file, 'its header is not a JSON object');
  return { header, dataStart };
}

function checkMetadata(value: unknown, file: string): Record<string, string> {
  if (!isRecord(value)) throw damaged(file, '__metadata__ is not an object');
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw damaged(file, `__metadata__ entry ${JSON.stringify(key)} is not a string`);
  }
  return value as Record<string, string>;
}

function checkEntry(name: string, value: unknown, file: string): Entry {
  const where = `tensor ${JSON.stringify(name)}`;
  if (!isRecord(value)) throw damaged(file, `${where} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw damaged(file, `${where} has no dtype`);
  if (!isDtype(dtype)) {
    throw new UserError(
      `${file}: ${where} has dtype ${JSON.stringify(dtype)}, which is not read; save it as one of ${Object.keys(bytesPerElement).join(', ')}.`,
    );
  }
  if (!isSizes(shape)) throw damaged(file, `the shape of ${where} is not a list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2) throw damaged(file, `data_offsets of ${where} are not two sizes`);
  const [begin, end] = offsets;
  const bytes = elementCount(shape) * bytesPerElement[dtype];
  if (end - begin !== bytes) {
    throw damaged(file, `${where} (${dtype} [${shape.join(', ')}]) needs ${bytes} bytes, but has ${end - begin}`);
  }
  return { name, dtype, shape, begin, end };
}

/** The format demands that the tensors fill the data exactly: no overlap, no hole, nothing behind the end. */
function checkCoverage(sorted: readonly Entry[], dataBytes: number, file: string): void {
  let filled = 0;
  for (const entry of sorted) {
    const where = `tensor ${JSON.stringify(entry.name)}`;
    if (entry.begin < filled) throw damaged(file, `${where} overlaps the one before it`);
    if (entry.begin > filled) throw damaged(file, `${entry.begin - filled} unused bytes lie before ${where}`);
    if (entry.end > dataBytes)
      throw damaged(file, `${where} ends ${entry.end - dataBytes} bytes behind the file's end`);
    filled = entry.end;
  }
  if (filled !== dataBytes) throw damaged(file, `${dataBytes - filled} bytes follow the last tensor`);
}

function decode({ dtype, shape }: Entry, raw: Uint8Array): TensorData {
  switch (dtype) {
    case 'F32': {
      const { buffer, byteOffset, byteLength } = aligned(raw, 4);
      return { dtype: 'float32', shape, data: new Float32Array(buffer, byteOffset, byteLength / 4) };
    }
    case 'I64': {
      const { buffer, byteOffset, byteLength } = aligned(raw, 8);
      return { dtype: 'int64', shape, data: new BigInt64Array(buffer, byteOffset, byteLength / 8) };
    }
    case 'I32': {
      const { buffer, byteOffset, byteLength } = aligned(raw, 4);
      return { dtype: 'int32', shape, data: new Int32Array(buffer, byteOffset, byteLength / 4) };
    }
    case 'U8':
      return { dtype: 'uint8', shape, data: raw };
    case 'F16':
      return { dtype: 'float32', shape, data: widen(raw, float16Bits) };
    case 'BF16':
      return { dtype: 'float32', shape, data: widen(raw, (bits) => bits << 16) };
  }
}

/** The same bytes at an address that is a multiple of `size`; copied only if they are not there already. */
function aligned(raw: Uint8Array, size: number): Uint8Array {
  return raw.byteOffset % size === 0 ? raw : raw.slice();
}

function widen(raw: Uint8Array, toFloat32Bits: (bits: number) => number): Float32Array {
  const words = new Int32Array(raw.length / 2);
  for (let i = 0; i < words.length; i++) words[i] = toFloat32Bits(raw[2 * i] | (raw[2 * i + 1] << 8));
  return new Float32Array(words.buffer);
}

/** IEEE 754 half precision → single precision, both as bit patterns; every value is representable, NaN payloads stay. */
function float16Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Subnormal: shift the leading one out of the fraction and lower the exponent as often.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isDtype(name: string): name is Dtype {
  return Object.hasOwn(bytesPerElement, name);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function damaged(file: string, what: string, cause?: unknown): UserError {
  return new UserError(`${file} is not a sound safetensors file: ${what}; fetch or save it again.`, 1, { cause });
}
