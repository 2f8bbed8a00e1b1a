import { once } from 'node:events';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import {
  openAtomic,
  replaceFolderAtomic,
  sweepLeftovers,
  writeBytesAtomic,
  writeJsonAtomic,
} from '../../../src/store/atomic.ts';
import { diskError } from '../../../src/store/diskErrors.ts';
import { compileChild, ended, start, temporaryFolder, whileReadOnly } from './support.ts';

const scratch = temporaryFolder();
let folders = 0;
async function newFolder(): Promise<string> {
  const folder = join(scratch, String(folders++));
  await mkdir(folder);
  return folder;
}

/** The name of a leftover of a process that has ended (ids stay below 2^22 on Linux). */
function deadName(target: string, role: 'aside' | 'previous', host = hostname()): string {
  return `.${target}~${host}~99999999~1~0123abcd.${role}`;
}

test('a file is replaced by streamed chunks, and nothing else stays in the folder', async () => {
  const folder = await newFolder();
  const path = join(folder, 'data.bin');
  await writeBytesAtomic(path, 'before');
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 5; i++) {
      // Until the end, readers see the old file.
      expect(await readFile(path, 'utf8')).toBe('before');
      yield await Promise.resolve(new Uint8Array(3).fill(i));
    }
  }
  await writeBytesAtomic(path, chunks());
  expect([...(await readFile(path))]).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
  expect(await readdir(folder)).toEqual(['data.bin']);
});

test('when the source of chunks fails, the old file stays and the error is passed on', async () => {
  const folder = await newFolder();
  const path = join(folder, 'data.bin');
  await writeBytesAtomic(path, 'before');
  const failure = new Error('no more');
  const chunks = function* (): Generator<Uint8Array> {
    yield new Uint8Array(10);
    throw failure;
  };
  await expect(writeBytesAtomic(path, chunks())).rejects.toBe(failure);
  expect(await readFile(path, 'utf8')).toBe('before');
  expect(await readdir(folder)).toEqual(['data.bin']);
});

test('a discarded or committed file takes no more bytes', async () => {
  const folder = await newFolder();
  const file = await openAtomic(join(folder, 'x'));
  await file.write(Buffer.from('abc'));
  await file.discard();
  await file.discard();
  await expect(file.write(Buffer.from('d'))).rejects.toThrow('already committed or discarded');
  await expect(file.commit()).rejects.toThrow('already committed or discarded');
  expect(await readdir(folder)).toEqual([]);
});

test('JSON is indented, ends with a newline, and has null for what is no number', async () => {
  const path = join(await newFolder(), 'x.json');
  await writeJsonAtomic(path, { a: [1, NaN], b: undefined, c: 'é' });
  expect(await readFile(path, 'utf8')).toBe('{\n  "a": [\n    1,\n    null\n  ],\n  "c": "é"\n}\n');
});

test('a folder that cannot be written is one clear line', async () => {
  const folder = await newFolder();
  const path = join(folder, 'x');
  const thrown = await whileReadOnly(folder, () => writeBytesAtomic(path, 'x').catch((error: unknown) => error));
  expect(thrown).toBeInstanceOf(UserError);
  expect((thrown as UserError).message).toBe(
    `Cannot write ${path}: permission denied; change its permissions or choose another folder.`,
  );
  await expect(writeBytesAtomic(join(folder, 'absent', 'x'), 'x')).rejects.toThrow(
    `Cannot write ${join(folder, 'absent', 'x')}: no such file or folder; check the path.`,
  );
});

test.each([
  ['ENOSPC', 'Cannot write /d/x: the disk is full; free some space and run again.'],
  ['EROFS', 'Cannot write /d/x: the file system is read-only; choose a folder that can be written.'],
  ['EACCES', 'Cannot write /d/x: permission denied; change its permissions or choose another folder.'],
])('%s becomes one line with the path and a way on', (code, line) => {
  const error = diskError(Object.assign(new Error(code), { code }), 'write', '/d/x');
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toBe(line);
});

test('other errors are defects and pass unchanged', () => {
  const defect = new TypeError('x is not a function');
  expect(diskError(defect, 'write', '/d/x')).toBe(defect);
});

test('the next writer of a file sweeps what a killed one left of it, and only that', async () => {
  const folder = await newFolder();
  await writeFile(join(folder, deadName('data.bin', 'aside')), 'half');
  await writeFile(join(folder, deadName('other.bin', 'aside')), 'half');
  await writeBytesAtomic(join(folder, 'data.bin'), 'whole');
  expect((await readdir(folder)).sort()).toEqual([deadName('other.bin', 'aside'), 'data.bin']);
  expect(await sweepLeftovers(folder)).toEqual([deadName('other.bin', 'aside')]);
  expect(await readdir(folder)).toEqual(['data.bin']);
});

test('sweeping leaves running writers, other machines for a day, and names that are not ours', async () => {
  const folder = await newFolder();
  const running = await openAtomic(join(folder, 'mine'));
  const mine = (await readdir(folder))[0];
  // A former process had our id: only its start time tells the two apart.
  const former = mine.replace(/~\d+~([0-9a-f]{8})/, '~1~$1');
  const recent = deadName('a', 'aside', 'elsewhere');
  const old = deadName('b', 'aside', 'elsewhere');
  const names = ['.hidden', 'x.aside', '.x~y.aside', former, recent, old];
  for (const name of names) await writeFile(join(folder, name), '');
  await utimes(join(folder, old), new Date(), new Date(Date.now() - 25 * 60 * 60 * 1000));
  const swept = process.platform === 'linux' ? [former, old] : [old];
  expect(await sweepLeftovers(folder)).toEqual(swept.sort());
  expect((await readdir(folder)).sort()).toEqual([mine, ...names].filter((name) => !swept.includes(name)).sort());
  await running.discard();
});

test('a folder is replaced as a whole; when its builder fails the old one stays', async () => {
  const folder = await newFolder();
  const target = join(folder, 'model');
  const build = (names: readonly string[]) => async (aside: string) => {
    await mkdir(join(aside, 'sub'));
    for (const name of names) await writeFile(join(aside, 'sub', name), name);
  };
  await replaceFolderAtomic(target, build(['a', 'b']));
  expect(await readdir(join(target, 'sub'))).toEqual(['a', 'b']);
  await replaceFolderAtomic(target, build(['c']));
  expect(await readdir(join(target, 'sub'))).toEqual(['c']);
  const failure = new Error('builder');
  await expect(
    replaceFolderAtomic(target, async (aside) => {
      await build(['d'])(aside);
      throw failure;
    }),
  ).rejects.toBe(failure);
  expect(await readdir(join(target, 'sub'))).toEqual(['c']);
  expect(await readdir(folder)).toEqual(['model']);
});

test('a replacement cut off between its two renames is brought back; after them it is removed', async () => {
  const folder = await newFolder();
  for (const name of [deadName('gone', 'previous'), deadName('there', 'previous'), 'there']) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'from'), name);
  }
  await sweepLeftovers(folder);
  expect((await readdir(folder)).sort()).toEqual(['gone', 'there']);
  expect(await readFile(join(folder, 'gone', 'from'), 'utf8')).toBe(deadName('gone', 'previous'));
  expect(await readFile(join(folder, 'there', 'from'), 'utf8')).toBe('there');
});

test('a folder whose writer is killed at random moments is always whole', { timeout: 30_000 }, async () => {
  const folder = await newFolder();
  const target = join(folder, 'model');
  const script = await compileChild('replaceForever', scratch);
  for (let kill = 0; kill < 8; kill++) {
    const child = start(script, [target]);
    await once(child, 'message');
    await sleep(Math.random() * 30);
    child.kill('SIGKILL');
    await ended(child);
    await sweepLeftovers(folder);
    expect(await readdir(folder)).toEqual(['model']);
    const [a, b] = [await readFile(join(target, 'a'), 'utf8'), await readFile(join(target, 'b'), 'utf8')];
    expect(a).toMatch(/^\d+$/);
    expect(b).toBe(a);
  }
});
