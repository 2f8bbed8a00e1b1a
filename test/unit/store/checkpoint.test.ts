import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Checkpoint,
  checkpointFile,
  type CheckpointTensor,
  loadCheckpoint,
  saveCheckpoint,
} from '../../../src/store/checkpoint.ts';
import { stateOf } from './checkpointState.ts';
import { compileChild, ended, start, temporaryFolder, whileReadOnly } from './support.ts';

const scratch = temporaryFolder();
let folders = 0;
const newFolder = (): string => join(scratch, String(folders++));

/** A tensor whose bytes are anything, NaN payloads included: they must come back bit by bit. */
const tensor: fc.Arbitrary<CheckpointTensor> = fc
  .record({
    dtype: fc.constantFrom('float32' as const, 'int32' as const, 'uint8' as const),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
  })
  .chain(({ dtype, shape }) => {
    const values = shape.reduce((size, dimension) => size * dimension, 1);
    const bytes = values * (dtype === 'uint8' ? 1 : 4);
    return fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((data): CheckpointTensor => {
      const buffer = data.slice().buffer;
      if (dtype === 'float32') return { dtype, shape, data: new Float32Array(buffer) };
      if (dtype === 'int32') return { dtype, shape, data: new Int32Array(buffer) };
      return { dtype, shape, data: new Uint8Array(buffer) };
    });
  });
const names = fc
  .oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'constructor', '7', 'a"\\b'))
  .filter((name) => name !== '__metadata__');
// −0 has no JSON of its own.
const meta = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Checkpoint['meta']);
const checkpoints: fc.Arbitrary<Checkpoint> = fc.record({
  meta,
  tensors: fc.array(fc.tuple(names, tensor), { maxLength: 5 }).map((entries) => new Map(entries)),
});

const bytesOf = ({ data }: CheckpointTensor): number[] => [
  ...new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
];

function expectSame(loaded: Checkpoint, saved: Checkpoint): void {
  expect(loaded.meta).toEqual(saved.meta);
  expect([...loaded.tensors.keys()].sort()).toEqual([...saved.tensors.keys()].sort());
  for (const [name, was] of saved.tensors) {
    const is = loaded.tensors.get(name);
    if (is === undefined) throw new Error(`${name} is missing`);
    expect([is.dtype, is.shape, bytesOf(is)]).toEqual([was.dtype, was.shape, bytesOf(was)]);
  }
}

async function load(folder: string): Promise<Checkpoint> {
  const result = await loadCheckpoint(folder);
  if ('absent' in result) throw new Error(result.absent);
  return result.checkpoint;
}

test('whatever is saved comes back bit by bit', async () => {
  const folder = newFolder();
  await fc.assert(
    fc.asyncProperty(checkpoints, async (checkpoint) => {
      await saveCheckpoint(folder, checkpoint);
      expectSame(await load(folder), checkpoint);
    }),
    { numRuns: 60 },
  );
  expect(await readdir(folder)).toEqual(['checkpoint.bin']);
});

test('any damage to any byte, any cut and any addition make it absent, with the reason', async () => {
  const folder = newFolder();
  await fc.assert(
    fc.asyncProperty(checkpoints, fc.nat(), fc.integer({ min: 1, max: 255 }), async (checkpoint, at, flip) => {
      await saveCheckpoint(folder, checkpoint);
      const bytes = await readFile(checkpointFile(folder));
      const index = at % bytes.length;
      const flipped = Buffer.from(bytes);
      flipped[index] ^= flip;
      for (const damaged of [flipped, bytes.subarray(0, index), Buffer.concat([bytes, Buffer.from([flip])])]) {
        await writeFile(checkpointFile(folder), damaged);
        const result = await loadCheckpoint(folder);
        if (!('absent' in result)) throw new Error(`taken for whole: byte ${index} of ${bytes.length}`);
        expect(result.absent).toMatch(/checkpoint\.bin: (damaged|cut off|version)/);
      }
    }),
    { numRuns: 80 },
  );
});

test('the file is laid out as safetensors', async () => {
  const folder = newFolder();
  await saveCheckpoint(folder, {
    meta: { step: 3 },
    tensors: new Map<string, CheckpointTensor>([
      ['b', { dtype: 'float32', shape: [2], data: new Float32Array([1.5, -2]) }],
      ['a', { dtype: 'int32', shape: [], data: new Int32Array([-1]) }],
    ]),
  });
  const bytes = await readFile(checkpointFile(folder));
  const length = Number(bytes.readBigUInt64LE(0));
  expect(length % 8).toBe(0);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, Record<string, unknown>>;
  expect(header['__metadata__']).toMatchObject({
    format: 'counterweight-checkpoint',
    version: '1',
    meta: '{"step":3}',
  });
  expect(header['b']).toEqual({ dtype: 'F32', shape: [2], data_offsets: [0, 8] });
  expect(header['a']).toEqual({ dtype: 'I32', shape: [], data_offsets: [8, 12] });
  expect(bytes.subarray(8 + length).toString('hex')).toBe('0000c03f000000c0ffffffff');
});

test('absent: no file, another version, another format; a folder we may not read is an error', async () => {
  const folder = newFolder();
  const path = checkpointFile(folder);
  expect(await loadCheckpoint(folder)).toEqual({ absent: `${path}: no checkpoint` });
  await saveCheckpoint(folder, stateOf(1));
  const bytes = await readFile(path);
  await writeFile(path, bytes.toString('latin1').replace('"version":"1"', '"version":"9"'), 'latin1');
  expect(await loadCheckpoint(folder)).toEqual({
    absent: `${path}: version 9, but this Counterweight reads version 1`,
  });
  await writeFile(path, bytes.toString('latin1').replace('counterweight-', 'somebodyelse--'), 'latin1');
  expect(await loadCheckpoint(folder)).toEqual({ absent: `${path}: damaged, or not a checkpoint` });
  const directory = newFolder();
  await mkdir(checkpointFile(directory), { recursive: true });
  await expect(loadCheckpoint(directory)).rejects.toThrow(
    `Cannot read ${checkpointFile(directory)}: a folder is where`,
  );
});

test('defects of the caller are thrown and leave the last checkpoint', async () => {
  const folder = newFolder();
  await saveCheckpoint(folder, stateOf(1));
  const one: CheckpointTensor = { dtype: 'float32', shape: [3], data: new Float32Array(2) };
  await expect(saveCheckpoint(folder, { meta: null, tensors: new Map([['x', one]]) })).rejects.toThrow(
    'Tensor "x": 2 values do not fill the shape [3].',
  );
  await expect(saveCheckpoint(folder, { meta: { best: [Infinity] }, tensors: new Map() })).rejects.toThrow(
    'meta.best[0] is Infinity, which JSON cannot hold.',
  );
  const changing = stateOf(2);
  const saving = saveCheckpoint(folder, changing);
  changing.tensors.get('weights')?.data.fill(7);
  await expect(saving).rejects.toThrow('The tensors changed while their checkpoint was being saved.');
  expectWhole(await load(folder), 1);
  expect(await readdir(folder)).toEqual(['checkpoint.bin']);
});

test('a folder that cannot be written keeps its checkpoint', async () => {
  const folder = newFolder();
  await saveCheckpoint(folder, stateOf(1));
  const thrown = await whileReadOnly(folder, () => saveCheckpoint(folder, stateOf(2)).catch((error: unknown) => error));
  expect(String(thrown)).toContain(`Cannot write ${checkpointFile(folder)}: permission denied`);
  expectWhole(await load(folder), 1);
});

test.skipIf(process.platform === 'win32')(
  'a disk that takes no more in the middle of a save keeps the last one',
  async () => {
    const folder = newFolder();
    await saveCheckpoint(folder, stateOf(1));
    const script = await compileChild('saveForever', scratch);
    // No file may grow beyond 512 kB: the system refuses the write in the middle, as on a full disk.
    const limited = spawnSync('sh', ['-c', 'ulimit -f 1000; exec "$@"', 'sh', process.execPath, script, folder, '2'], {
      encoding: 'utf8',
    });
    expect(limited.stderr).toContain(
      `UserError: Cannot write ${checkpointFile(folder)}: the file would be larger than this file system allows; ` +
        'choose a folder on another disk.',
    );
    expectWhole(await load(folder), 1);
    expect(await readdir(folder)).toEqual(['checkpoint.bin']);
  },
);

test('a process killed at random moments of saving leaves a whole, newest state', { timeout: 40_000 }, async () => {
  const folder = newFolder();
  const script = await compileChild('saveForever', scratch);
  let first = 0;
  let cutOff = 0;
  for (let kill = 0; kill < 15; kill++) {
    const child = start(script, [folder, String(first)]);
    let complete = -1;
    child.on('message', (step) => {
      complete = Number(step);
    });
    await once(child, 'message');
    await sleep(Math.random() * 40);
    child.kill('SIGKILL');
    await ended(child);
    if ((await readdir(folder)).length > 1) cutOff++;
    const loaded = await load(folder);
    const { step } = loaded.meta as { step: number };
    // What was said to be complete is there; at most its successor was completed but not yet said.
    expect([complete, complete + 1]).toContain(step);
    expectWhole(loaded, step);
    first = step + 1;
  }
  // Otherwise the moments were not random enough to have met a write.
  expect(cutOff).toBeGreaterThan(0);
  await saveCheckpoint(folder, stateOf(first));
  expect(await readdir(folder)).toEqual(['checkpoint.bin']);
});

/** As `expectSame`, quick enough for half a million values. */
function expectWhole(loaded: Checkpoint, step: number): void {
  const saved = stateOf(step);
  expect(loaded.meta).toEqual(saved.meta);
  for (const [name, { data }] of saved.tensors) {
    const is = loaded.tensors.get(name)?.data;
    if (is === undefined) throw new Error(`${name} is missing`);
    expect(Buffer.from(is.buffer).equals(Buffer.from(data.buffer))).toBe(true);
  }
}
