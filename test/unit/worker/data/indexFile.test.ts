import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { CancelledError } from '../../../../src/base/errors.ts';
import { DEFAULT_MAX_LINE_BYTES } from '../../../../src/core/dataset/lines.ts';
import { FileChangedError } from '../../../../src/worker/data/byteSource.ts';
import { indexBlock } from '../../../../src/worker/data/indexBlock.ts';
import {
  defaultPlan,
  indexFile,
  type BlockPlan,
  type StartBlockIndexer,
} from '../../../../src/worker/data/indexFile.ts';
import { chunksOf, indexText, type ReadText, type TextOptions } from '../../../../src/worker/data/indexText.ts';
import { concatenate, hostileBytes, utf8 } from '../../dataset/support.ts';
import { createDataService } from '../../../../src/worker/data/dataService.ts';
import { indexThreads } from '../../../../src/worker/data/indexThreads.ts';
import { subfolder, temporaryFolder, write } from './support.ts';

const scratch = temporaryFolder();
const path = join(scratch, 'file.jsonl');

/** Threads that are none: each block is read when it is asked for, and answered early or late. */
function fakeThreads(bytes: Uint8Array, delay: (block: number) => number = () => 0): StartBlockIndexer {
  return () => {
    let asked = 0;
    return {
      width: 3,
      index: async (file, block) => {
        const scratchBytes = new Uint8Array(1 << 20);
        const found = indexBlock(
          (position, length) => {
            const read = bytes.subarray(position, position + Math.min(length, scratchBytes.length));
            // Used again for the next piece, as a thread does: nothing may hold on to it.
            scratchBytes.fill(0x3f).set(read);
            return scratchBytes.subarray(0, read.length);
          },
          block,
          file,
        );
        for (let turns = delay(asked++); turns > 0; turns--) await turn();
        return found;
      },
      close: () => Promise.resolve(),
    };
  };
}

/** All that is known of a text. */
function known(text: ReadText | undefined): unknown {
  if (text === undefined) return undefined;
  const { count, start, length, status, hashHigh, hashLow, token } = text.lines;
  const columns = [start, length, status, hashHigh, hashLow, token].map((column) => [...column.subarray(0, count)]);
  const { spellings, schema } = text.format;
  const { sampledLines, endsWithNewline, bomLength } = text;
  return {
    ...{ columns, sampledLines, endsWithNewline, bomLength, schema },
    ...{ spellings: spellings.all, unknown: [...spellings.unknown] },
  };
}

/** What came of it, failures included. */
async function outcome(work: () => Promise<ReadText | undefined>): Promise<unknown> {
  try {
    return known(await work());
  } catch (thrown) {
    return String(thrown);
  }
}

async function byBlocks(
  bytes: Uint8Array,
  options: TextOptions,
  plan: Partial<BlockPlan>,
  delays: readonly number[] = [0],
) {
  writeFileSync(path, bytes);
  const threads = fakeThreads(bytes, (block) => delays[block % delays.length]);
  return (await indexFile(path, options, threads, {}, { least: 0, head: 8192, block: 100, ...plan }))?.text;
}

/** Enough good rows for the fields to be known. */
const beginning = utf8('{"text":"a","label":"positive"}\n'.repeat(200));

test('read in blocks of any size, answered in any order, a file is what one pass finds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        bom: fc.constantFrom('', '\ufeff'),
        bytes: hostileBytes,
        head: fc.integer({ min: beginning.length + 3, max: beginning.length + 400 }),
        block: fc.integer({ min: 1, max: 300 }),
        delays: fc.array(fc.nat(4), { minLength: 1, maxLength: 5 }),
        known: fc.constantFrom(undefined, ['positive'], ['negative', 'é']),
        unlabelled: fc.boolean(),
      }),
      async ({ bom, bytes: rest, head, block, delays, known: labels, unlabelled }) => {
        const bytes = concatenate(utf8(bom), beginning, rest);
        const options: TextOptions = { name: 'f', known: labels, unlabelled, labelMap: { '1': 'positive' } };
        const expected = await outcome(() => indexText(chunksOf(bytes), options, bytes.length));
        expect(await outcome(() => byBlocks(bytes, options, { head, block }, delays))).toEqual(expected);
      },
    ),
    { numRuns: 400 },
  );
});

test('a line longer than any allowed, over many blocks, is one faulty line, and what follows is found', async () => {
  const long = `{"text":"${'x'.repeat(DEFAULT_MAX_LINE_BYTES)}","label":"positive"}`;
  const good = '{"text":"last","label":"negative"}';
  const bytes = concatenate(beginning, utf8(`${long}\r\n\r\n${good}`));
  const options = { name: 'f' };
  const expected = await outcome(() => indexText(chunksOf(bytes), options, bytes.length));
  expect(await outcome(() => byBlocks(bytes, options, { block: 1 << 20 }))).toEqual(expected);
  expect(expected).toMatchObject({ endsWithNewline: false, spellings: [{ label: 'positive' }, { label: 'negative' }] });
});

test('spellings get the ids of one pass, and too many labels are told as by it', async () => {
  const rows = (count: number): Uint8Array =>
    utf8(Array.from({ length: count }, (_, i) => `{"text":"a","label":${(i * 7919) % count}}\n`).join(''));
  for (const bytes of [concatenate(beginning, rows(300)), rows(10_001)]) {
    const expected = await outcome(() => indexText(chunksOf(bytes), { name: 'f' }, bytes.length));
    expect(await outcome(() => byBlocks(bytes, { name: 'f' }, { block: 64 }, [3, 0, 1]))).toEqual(expected);
  }
});

test('small files, and those whose fields their beginning does not tell, are left to one pass', async () => {
  const bytes = concatenate(beginning, beginning);
  expect(await byBlocks(bytes, { name: 'f' }, { least: bytes.length + 1 })).toBeUndefined();
  expect(await byBlocks(bytes, { name: 'f' }, { head: 1000 })).toBeUndefined();
  expect(await byBlocks(bytes, { name: 'f' }, { least: bytes.length })).toBeDefined();
});

test('progress grows to the end; a signal, a failure or a change of the file ends the reading and the threads', async () => {
  const bytes = concatenate(beginning, beginning, beginning);
  writeFileSync(path, bytes);
  const plan = { least: 0, head: 8192, block: 1000 };
  const told: number[] = [];
  const read = async (start: StartBlockIndexer, signal?: AbortSignal): Promise<{ ended: number; result: unknown }> => {
    let ended = 0;
    const counted: StartBlockIndexer = () => ({ ...start(), close: () => Promise.resolve(void ended++) });
    const onProgress = (done: number, total: number): void => {
      expect(total).toBe(bytes.length);
      told.push(done);
    };
    const result = await indexFile(path, { name: 'f' }, counted, { signal, onProgress }, plan).catch(
      (thrown: unknown) => thrown,
    );
    return { ended, result };
  };
  expect((await read(fakeThreads(bytes))).ended).toBe(1);
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(told.at(-1)).toBe(bytes.length);

  const cancelled = await read(fakeThreads(bytes), AbortSignal.abort());
  expect([cancelled.ended, cancelled.result]).toEqual([1, expect.any(CancelledError)]);
  const failing: StartBlockIndexer = () => ({
    ...{ width: 2, index: () => Promise.reject(new Error('a thread failed')), close: () => Promise.resolve() },
  });
  const failed = await read(failing);
  expect([failed.ended, failed.result]).toEqual([1, new Error('a thread failed')]);
  const changing: StartBlockIndexer = () => ({
    ...fakeThreads(bytes)(),
    index: (file, block) => {
      writeFileSync(path, concatenate(readFileSync(path), utf8('\n')));
      return fakeThreads(bytes)().index(file, block);
    },
  });
  expect((await read(changing)).result).toBeInstanceOf(FileChangedError);
});

test('where threads cannot be started, a file is read without them and the log says why', async () => {
  const file = write(subfolder(scratch), 'large.jsonl', `{"text":"${'x'.repeat(1000)}","label":"a"}\n`.repeat(68_000));
  expect(statSync(file).size).toBeGreaterThan(defaultPlan.least);
  const said = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const threads = indexThreads(pathToFileURL(join(scratch, 'absent.js')), 2);
  expect(threads).toBeDefined();
  expect((await createDataService(() => undefined, threads).open({ path: file })).rows).toBe(68_000);
  expect(said.mock.calls.map(([line]) => String(line))).toEqual([
    expect.stringMatching(/^The threads that read large files failed: .*absent\.js.* is read without them\.$/),
  ]);
  said.mockRestore();
  // With one processor they would only take turns.
  expect(indexThreads(pathToFileURL(join(scratch, 'absent.js')), 1)).toBeUndefined();
});
