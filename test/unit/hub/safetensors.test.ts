import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { readSafetensors, writeSafetensors, type TensorData } from '../../../src/engine/hub/safetensors.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/safetensors');

/** A file with any header and data, sound or not. */
function rawFile(header: string | object, data: Uint8Array | number = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const body = typeof data === 'number' ? new Uint8Array(data) : data;
  const bytes = new Uint8Array(8 + json.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(body, 8 + json.length);
  return bytes;
}

const shape = fc.array(fc.nat({ max: 4 }), { maxLength: 3 });
const count = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
const tensor: fc.Arbitrary<TensorData> = shape.chain((sizes) => {
  const length = { minLength: count(sizes), maxLength: count(sizes) };
  return fc.oneof(
    fc.float32Array(length).map((data): TensorData => ({ dtype: 'float32', shape: sizes, data })),
    fc.bigInt64Array(length).map((data): TensorData => ({ dtype: 'int64', shape: sizes, data })),
    fc.int32Array(length).map((data): TensorData => ({ dtype: 'int32', shape: sizes, data })),
    fc.uint8Array(length).map((data): TensorData => ({ dtype: 'uint8', shape: sizes, data })),
  );
});
const name = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => text !== '__metadata__');
const tensorMap = fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key }).map((list) => new Map(list));

describe('safetensors', () => {
  it('reads back what it wrote, at any alignment, whatever the names', () => {
    const metadata = fc.dictionary(fc.string(), fc.string());
    fc.assert(
      fc.property(tensorMap, metadata, fc.nat({ max: 7 }), (tensors, strings, shift) => {
        const file = writeSafetensors(tensors, strings);
        const moved = new Uint8Array(file.length + shift).subarray(shift);
        moved.set(file);
        const read = readSafetensors(moved, 'file');
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(strings).sort());
        expect(read.tensors.size).toBe(tensors.size);
        for (const [key, value] of tensors) {
          const found = read.tensors.get(key);
          expect(found?.dtype).toBe(value.dtype);
          expect(found?.shape).toEqual(value.shape);
          expect(found?.data).toEqual(value.data);
        }
      }),
    );
  });

  it('writes an aligned header and aligned, sorted tensors', () => {
    const tensors = new Map<string, TensorData>([
      ['u', { dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
      ['b', { dtype: 'float32', shape: [1], data: Float32Array.of(1) }],
      ['a', { dtype: 'float32', shape: [1], data: Float32Array.of(2) }],
      ['l', { dtype: 'int64', shape: [1], data: BigInt64Array.of(5n) }],
    ]);
    const file = writeSafetensors(tensors, { format: 'pt' });
    const headerLength = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(headerLength % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerLength)))).toEqual({
      __metadata__: { format: 'pt' },
      l: { dtype: 'I64', shape: [1], data_offsets: [0, 8] },
      a: { dtype: 'F32', shape: [1], data_offsets: [8, 12] },
      b: { dtype: 'F32', shape: [1], data_offsets: [12, 16] },
      u: { dtype: 'U8', shape: [3], data_offsets: [16, 19] },
    });
    expect(file.length).toBe(8 + headerLength + 19);
    const reordered = new Map([...tensors].reverse());
    expect(writeSafetensors(reordered, { format: 'pt' })).toEqual(file);
  });

  it('gives views of the file, not copies, where they are aligned', () => {
    const file = writeSafetensors(new Map([['w', { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) }]]));
    expect(readSafetensors(file, 'file').tensors.get('w')?.data.buffer).toBe(file.buffer);
  });

  it('reads the file of the reference implementation', () => {
    const described = JSON.parse(readFileSync(join(fixtures, 'dtypes.json'), 'utf8')) as Record<
      string,
      { shape: number[]; values: (number | string)[] }
    >;
    const { tensors, metadata } = readSafetensors(readFileSync(join(fixtures, 'dtypes.safetensors')), 'fixture');
    expect(metadata).toEqual({ format: 'pt', note: 'für alle' });
    expect([...tensors.keys()].sort()).toEqual(Object.keys(described).sort());
    for (const [key, { shape: sizes, values }] of Object.entries(described)) {
      expect(tensors.get(key)?.shape, key).toEqual(sizes);
      const data = [...(tensors.get(key)?.data ?? [])].map((value) =>
        typeof values[0] === 'string' ? String(value) : value,
      );
      expect(data, key).toEqual(values);
    }
    expect([...tensors].map(([, { dtype }]) => dtype).sort()).toEqual([
      'float32',
      'float32',
      'float32',
      'float32',
      'float32',
      'float32',
      'int32',
      'int64',
      'uint8',
    ]);
  });

  it('widens all 65536 half-precision and bfloat16 numbers exactly', () => {
    const all = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
    const read = (dtype: string): Float32Array => {
      const entry = { dtype, shape: [65536], data_offsets: [0, 131072] };
      return readSafetensors(rawFile({ h: entry }, all), 'file').tensors.get('h')?.data as Float32Array;
    };
    const half = read('F16');
    const brain = read('BF16');
    const single = new DataView(new ArrayBuffer(4));
    for (let bits = 0; bits < 65536; bits++) {
      const sign = bits & 0x8000 ? -1 : 1;
      const exponent = (bits >> 10) & 31;
      const fraction = (bits & 1023) / 1024;
      const special = fraction === 0 ? sign * Infinity : NaN;
      const value = exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
      if (!Object.is(half[bits], exponent === 31 ? special : value)) expect(half[bits], `F16 ${bits}`).toBe(value);
      single.setUint32(0, bits * 65536);
      if (!Object.is(brain[bits], single.getFloat32(0))) expect(brain[bits], `BF16 ${bits}`).toBe(single.getFloat32(0));
    }
  });

  const f32 = (begin: number, end: number, sizes = [(end - begin) / 4]): object => ({
    dtype: 'F32',
    shape: sizes,
    data_offsets: [begin, end],
  });
  it.each<[what: string, file: Uint8Array, message: string]>([
    ['an empty file', new Uint8Array(0), 'only 0 bytes'],
    [
      'a header longer than the file',
      Uint8Array.of(99, 0, 0, 0, 0, 0, 0, 0, 123),
      'claims 99 bytes, but only 1 follow',
    ],
    ['an absurd header length', new Uint8Array(16).fill(255), 'header claims 18446744073709551615 bytes'],
    ['a header that is not JSON', rawFile('{"a":'), 'not JSON'],
    ['a header that is not UTF-8', rawFile('{}', 0).fill(0xff, 8), 'not JSON'],
    ['a header that is a list', rawFile('[]'), 'not a JSON object'],
    ['metadata that are not strings', rawFile({ __metadata__: { a: 1 } }), '__metadata__ entry "a"'],
    ['metadata that are not an object', rawFile({ __metadata__: 'x' }), '__metadata__ is not an object'],
    ['a tensor that is a number', rawFile({ w: 3 }), 'tensor "w" is not described'],
    ['a tensor without a dtype', rawFile({ w: { shape: [], data_offsets: [0, 4] } }, 4), 'tensor "w" has no dtype'],
    ['an unknown dtype', rawFile({ w: { dtype: 'F64', shape: [1], data_offsets: [0, 8] } }, 8), 'has dtype "F64"'],
    ['a dtype called toString', rawFile({ w: { dtype: 'toString', shape: [], data_offsets: [0, 4] } }, 4), 'toString'],
    ['a negative size', rawFile({ w: { dtype: 'U8', shape: [-1], data_offsets: [0, 0] } }), 'shape of tensor "w"'],
    [
      'three offsets',
      rawFile({ w: { dtype: 'U8', shape: [], data_offsets: [0, 1, 2] } }, 1),
      'data_offsets of tensor "w"',
    ],
    ['a size that does not fit', rawFile({ w: f32(0, 8, [3]) }, 8), 'needs 12 bytes, but has 8'],
    ['reversed offsets', rawFile({ w: { dtype: 'U8', shape: [4], data_offsets: [8, 4] } }, 8), 'but has -4'],
    ['overlapping tensors', rawFile({ a: f32(0, 8), b: f32(4, 12) }, 12), 'tensor "b" overlaps'],
    ['a hole', rawFile({ a: f32(0, 4), b: f32(8, 12) }, 12), '4 unused bytes lie before tensor "b"'],
    ['a file cut short', rawFile({ a: f32(0, 8) }, 6), 'tensor "a" ends 2 bytes behind'],
    ['bytes at the end', rawFile({ a: f32(0, 8) }, 9), '1 bytes follow'],
  ])('refuses %s, naming the file', (_, file, message) => {
    expect(() => readSafetensors(file, 'dir/model.safetensors')).toThrow(UserError);
    expect(() => readSafetensors(file, 'dir/model.safetensors')).toThrow(message);
    expect(() => readSafetensors(file, 'dir/model.safetensors')).toThrow('dir/model.safetensors');
  });

  it('reads or refuses damaged files, and nothing else', () => {
    const sound = writeSafetensors(
      new Map<string, TensorData>([
        ['a', { dtype: 'float32', shape: [2, 2], data: new Float32Array(4) }],
        ['b', { dtype: 'int64', shape: [3], data: new BigInt64Array(3) }],
      ]),
      { format: 'pt' },
    );
    const damage = fc.array(fc.tuple(fc.nat({ max: sound.length - 1 }), fc.nat({ max: 255 })), { maxLength: 4 });
    fc.assert(
      fc.property(damage, fc.nat({ max: sound.length }), (changes, length) => {
        const file = sound.slice(0, length);
        for (const [at, value] of changes) if (at < length) file[at] = value;
        try {
          readSafetensors(file, 'file');
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(UserError);
          expect((thrown as UserError).message).not.toContain('\n');
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('does not write a tensor whose shape does not fit', () => {
    const tensors = new Map<string, TensorData>([['w', { dtype: 'uint8', shape: [2], data: new Uint8Array(3) }]]);
    expect(() => writeSafetensors(tensors)).toThrow('Tensor w: shape [2] does not fit 3 values');
  });
});

const python = [process.env.COUNTERWEIGHT_PYTHON, 'python3'].find(
  (command) => command && spawnSync(command, ['-c', 'import safetensors.numpy']).status === 0,
);
describe(`safetensors in Python${python ? '' : ' (skipped: no Python with the safetensors and numpy packages)'}`, () => {
  it.skipIf(python === undefined)('reads what is written here', () => {
    const dir = mkdtempSync(join(tmpdir(), 'safetensors-'));
    const file = join(dir, 'here.safetensors');
    const tensors = new Map<string, TensorData>([
      ['weight', { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, -2.5, 3e-8, 4) }],
      ['ids', { dtype: 'int64', shape: [1, 2], data: BigInt64Array.of(-1n, 2n ** 62n) }],
      ['counts', { dtype: 'int32', shape: [2], data: Int32Array.of(-7, 8) }],
      ['名 "bytes"', { dtype: 'uint8', shape: [3], data: Uint8Array.of(0, 128, 255) }],
      ['nothing', { dtype: 'float32', shape: [0, 3], data: new Float32Array(0) }],
    ]);
    writeFileSync(file, writeSafetensors(tensors, { format: 'pt' }));
    const script = [
      'import json, sys',
      'from safetensors import safe_open',
      'with safe_open(sys.argv[1], "numpy") as f:',
      '    t = {k: f.get_tensor(k) for k in f.keys()}',
      '    print(json.dumps([f.metadata(), {k: [str(v.dtype), list(v.shape), [str(x) for x in v.flatten().tolist()]] for k, v in t.items()}]))',
    ].join('\n');
    const { stdout, stderr } = spawnSync(String(python), ['-c', script, file], { encoding: 'utf8' });
    rmSync(dir, { recursive: true });
    expect(stderr).toBe('');
    const [metadata, read] = JSON.parse(stdout) as [unknown, Record<string, [string, number[], string[]]>];
    expect(metadata).toEqual({ format: 'pt' });
    expect(Object.keys(read).sort()).toEqual([...tensors.keys()].sort());
    for (const [key, { dtype, shape: sizes, data }] of tensors) {
      expect(read[key].slice(0, 2)).toEqual([dtype, sizes]);
      expect(read[key][2].map(Number)).toEqual([...data].map(Number));
    }
    expect(read.ids[2]).toEqual(['-1', String(2n ** 62n)]);
  });
});
