import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import {
  appendDecisions,
  type Decision,
  decisionKey,
  type Decisions,
  formatDecision,
  readDecisions,
} from '../../../src/store/decisions.ts';
import { temporaryFolder, whileReadOnly } from './support.ts';

const scratch = temporaryFolder();
let files = 0;
const newFile = (): string => join(scratch, `${files++}.jsonl`);

const time = '2026-01-31T14:22:33.000Z';
const decision: fc.Arbitrary<Decision> = fc
  .record({
    // Few rows, so that decisions about the same one are common.
    textHash: fc.constantFrom('a', 'b', '__proto__'),
    occurrence: fc.nat(2),
    action: fc.constantFrom('keep' as const, 'relabel' as const, 'remove' as const, 'clear' as const),
    label: fc.string({ unit: 'binary' }),
  })
  .map(({ label, ...rest }) => ({ ...rest, time, ...(rest.action === 'relabel' ? { label } : {}) }));

/** What stands, told in the simplest way. */
function standing(decisions: readonly Decision[]): Decisions {
  const last = new Map(decisions.map((item) => [decisionKey(item), item]));
  return new Map([...last].filter(([, { action }]) => action !== 'clear'));
}

const sorted = (decisions: Decisions): unknown[] => [...decisions].sort(([a], [b]) => (a < b ? -1 : 1));

test('the last decision about a row stands; clear takes it back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(decision, { maxLength: 4 }), { maxLength: 5 }), async (batches) => {
      const file = newFile();
      for (const batch of batches) await appendDecisions(file, batch);
      const { decisions, problems } = await readDecisions([file]);
      expect(sorted(decisions)).toEqual(sorted(standing(batches.flat())));
      expect(problems).toEqual([]);
    }),
    { numRuns: 30 },
  );
});

test('cut off at any byte, nothing before the torn line is lost, and the next append mends it', async () => {
  const some = fc.array(decision, { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(some, fc.nat(), decision, async (earlier, at, later) => {
      const file = newFile();
      await appendDecisions(file, earlier);
      const bytes = await readFile(file);
      const cut = bytes.subarray(0, at % (bytes.length + 1));
      await writeFile(file, cut);
      // A line that only lacks its newline is whole.
      const lengths = earlier.map((item) => Buffer.byteLength(formatDecision(item)));
      let whole = 0;
      for (let end = 0; whole < earlier.length && end + lengths[whole] <= cut.length; whole++)
        end += lengths[whole] + 1;

      const read = await readDecisions([file]);
      expect(read.problems).toEqual([]);
      expect(sorted(read.decisions)).toEqual(sorted(standing(earlier.slice(0, whole))));

      await appendDecisions(file, [later]);
      const expected = [...earlier.slice(0, whole), later];
      expect(await readFile(file, 'utf8')).toBe(expected.map((item) => `${formatDecision(item)}\n`).join(''));
    }),
    { numRuns: 60 },
  );
});

test('a line is compact JSON with its version', async () => {
  const file = newFile();
  await appendDecisions(file, [{ textHash: 'f00', occurrence: 1, action: 'relabel', label: 'positive', time }]);
  await appendDecisions(file, []);
  await appendDecisions(file, [{ textHash: 'f00', occurrence: 1, action: 'keep', time }]);
  expect(await readFile(file, 'utf8')).toBe(
    `{"version":1,"textHash":"f00","occurrence":1,"action":"relabel","label":"positive","time":"${time}"}\n` +
      `{"version":1,"textHash":"f00","occurrence":1,"action":"keep","time":"${time}"}\n`,
  );
});

test('a torn line longer than a block, and zeros that a power loss left, are cut away', async () => {
  const file = newFile();
  const good = { textHash: 'a', occurrence: 0, action: 'keep', time } as const;
  for (const torn of [Buffer.from(`{"version":1,"label":"${'x'.repeat(10_000)}`), Buffer.alloc(5000)]) {
    await writeFile(file, Buffer.concat([Buffer.from(`${formatDecision(good)}\n`), torn]));
    await appendDecisions(file, [good]);
    expect(await readFile(file, 'utf8')).toBe(`${formatDecision(good)}\n`.repeat(2));
  }
});

test('a damaged line inside is reported with its place, and the rest counts', async () => {
  const file = newFile();
  const good = formatDecision({ textHash: 'a', occurrence: 0, action: 'keep', time });
  const bad = [
    'garbage',
    '[]',
    '{}',
    good.replace('keep', 'burn'),
    good.replace('"a"', '7'),
    good.replace(':0,', ':-1,'),
    good.replace('keep', 'relabel'),
  ];
  await writeFile(
    file,
    Buffer.concat([Buffer.from(`${bad.join('\n')}\n`), Buffer.from([0xff, 0x0a]), Buffer.from(`\r\n${good}\r\n`)]),
  );
  const { decisions, problems } = await readDecisions([file]);
  expect([...decisions.keys()]).toEqual(['0:a']);
  expect(problems).toEqual(
    [
      'not JSON',
      'not a JSON object',
      '"version" must be a number',
      '"action" must be one of keep, relabel, remove, clear',
      '"textHash" must be a string',
      '"occurrence" must be an integer from 0',
      '"label" must be a string',
      'not UTF-8',
    ].map((what, i) => `${file}:${i + 1}: ${what}; this decision is passed over.`),
  );
});

test('decisions of a newer version are not ignored', async () => {
  const file = newFile();
  const line = formatDecision({ textHash: 'a', occurrence: 0, action: 'keep', time }).replace(
    '"version":1',
    '"version":2',
  );
  await writeFile(file, `${line}\n`);
  await expect(readDecisions([file])).rejects.toThrow(
    `${file}:1: version 2, but this Counterweight reads version 1; it was written by a newer Counterweight: ` +
      'update this one to read it.',
  );
});

test('files are read in order, later over earlier; an absent one holds nothing', async () => {
  const [beside, storage] = [newFile(), newFile()];
  const row = { textHash: 'a', occurrence: 0, time };
  await appendDecisions(beside, [{ ...row, action: 'keep' }]);
  await appendDecisions(storage, [{ ...row, action: 'remove' }]);
  const { decisions } = await readDecisions([beside, newFile(), storage]);
  expect(decisions.get(decisionKey(row))?.action).toBe('remove');
});

test('appends at the same time all arrive', async () => {
  const folder = join(scratch, 'crowd');
  await mkdir(folder);
  const file = join(folder, 'decisions.jsonl');
  await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      appendDecisions(file, [{ textHash: 'a', occurrence: i, action: 'keep', time }]),
    ),
  );
  expect((await readDecisions([file])).decisions.size).toBe(6);
  expect(await readdir(folder)).toEqual(['decisions.jsonl']);
});

test('a folder that cannot be written is one clear line, and the file stays', async () => {
  const folder = join(scratch, 'readonly');
  await mkdir(folder);
  const file = join(folder, 'decisions.jsonl');
  const keep = { textHash: 'a', occurrence: 0, action: 'keep', time } as const;
  await appendDecisions(file, [keep]);
  const thrown = await whileReadOnly(folder, () => appendDecisions(file, [keep]).catch((error: unknown) => error));
  expect(thrown).toBeInstanceOf(UserError);
  expect((thrown as UserError).message).toContain('permission denied');
  expect(await readFile(file, 'utf8')).toBe(`${formatDecision(keep)}\n`);
});
