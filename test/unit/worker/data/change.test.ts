import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../../../../src/base/errors.ts';
import type { TextChange } from '../../../../src/protocol/data.ts';
import { controls, makeRun, query, realRows, service, subfolder, temporaryFolder, write } from './support.ts';
import type { DataCalls } from '../../../../src/worker/data/dataService.ts';
import { applyToText, changesOf } from './textEdits.ts';

const scratch = temporaryFolder();

/** Everything that is shown of a dataset; why nothing is, where that is so. */
async function shown(data: DataCalls, path: string): Promise<unknown> {
  try {
    const facts = { ...(await data.facts({ path })), bytes: 0 };
    const all = { sort: { column: 'line', descending: false } } as const;
    const { view, count, summary, verdicts, labels, histogram } = await data.query(query(path, all));
    const { rows } = await data.rows({ path, view, from: 0, count });
    const { count: hits } = await data.query(query(path, { ...all, filter: 'film' }));
    const { flags } = await data.flags({ path, most: 100, controls });
    return { facts, count, hits, summary, verdicts, labels, histogram, rows, flags };
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    return 'no rows';
  }
}

const goodLines = [
  '{"text":"good film","label":"positive"}',
  '{"text":"bad film","label":"negative"}',
  '{"label":"positive","text":"é😀 film \\n"}',
  '{"text":"bad film","label":"positive"}',
  '{"text":"unknown label","label":"neutral"}',
  '{"text":"","label":"negative"}',
  '{"content":"other field","label":"negative"}',
  '',
];
const texts = fc
  .tuple(fc.array(fc.constantFrom(...goodLines), { maxLength: 12 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, ended]) => lines.join(end) + (ended && lines.length > 0 ? end : ''));
const edits = fc.array(
  fc.array(
    fc.tuple(
      fc.nat(600),
      fc.oneof(fc.constant(0), fc.nat(4), fc.nat(120)),
      fc.constantFrom(
        '',
        'x',
        '"',
        '😀',
        '\n',
        'positive',
        `${goodLines[0]}\n`,
        `\n${goodLines[1]}`,
        `${goodLines[3]}\n${goodLines[4]}\n`,
      ),
    ),
    { minLength: 1, maxLength: 3 },
  ),
  { minLength: 1, maxLength: 6 },
);

/** More rows than the schema is decided from. */
const manyLines = Array.from({ length: 205 }, (_, i) => `{"text":"film ${i}","label":"positive"}\n`).join('');

test('any sequence of edits shows what a fresh reading of the resulting text shows', async () => {
  const folder = subfolder(scratch);
  const real = write(folder, 'real.jsonl', realRows);
  // Scores of all good lines, several times, so that the edited text finds some again.
  const path = write(folder, 's.jsonl', [...goodLines.slice(0, 4), ...goodLines.slice(0, 4)].join('\n'));
  const run = await makeRun({
    path,
    real,
    say: (_, i) => ({ p: [0.1 + i / 10, 0.9 - i / 10], q: [0.5, 0.5] }),
  });
  await fc.assert(
    fc.asyncProperty(texts, edits, fc.boolean(), fc.boolean(), async (tail, steps, withReal, long) => {
      // Behind the rows that decide the schema, and among them.
      const start = long ? manyLines + tail : tail;
      writeFileSync(path, start);
      const edited = service();
      const realPath = withReal ? real : undefined;
      await edited.open({ path, realPath }).catch(onlyUserErrors);
      await edited.attach({ path, run }).catch(onlyUserErrors);
      const normal = (text: string): string =>
        text.replace(/\r\n/g, '\n').replace(/\n/g, start.includes('\r') ? '\r\n' : '\n');
      let text = start;
      for (const [version, wanted] of steps.entries()) {
        // An editor keeps to one kind of line end.
        const changes = changesOf(
          text,
          wanted.map(([at, length, inserted]) => [Math.max(0, text.length - at), length, normal(inserted)] as const),
        );
        text = applyToText(text, changes);
        await edited.change({ path, version: version + 1, changes }).catch(onlyUserErrors);
      }
      const fresh = service();
      writeFileSync(path, text);
      await fresh.open({ path, realPath }).catch(onlyUserErrors);
      await fresh.attach({ path, run }).catch(onlyUserErrors);
      // The run survives a time without rows in one, and could not be shown then in the other.
      await edited.attach({ path, run }).catch(onlyUserErrors);
      const [a, b] = [await shown(edited, path), await shown(fresh, path)];
      expect(withoutVersion(a)).toEqual(withoutVersion(b));
    }),
    { numRuns: 250 },
  );
});

function onlyUserErrors(thrown: unknown): void {
  if (!(thrown instanceof UserError)) throw thrown;
}

/** The editor's text carries its version; the disk's carries none. */
function withoutVersion(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, inner: unknown) => (key === 'version' ? undefined : inner));
}

const at = (
  startLine: number,
  startCharacter: number,
  endLine: number,
  endCharacter: number,
  text: string,
): TextChange => {
  return { startLine, startCharacter, endLine, endCharacter, text };
};

async function opened(rows: readonly object[] = realRows.slice(0, 10)): Promise<{ data: DataCalls; path: string }> {
  const path = write(subfolder(scratch), 's.jsonl', rows);
  const data = service();
  await data.open({ path });
  return { data, path };
}

test('scores follow their rows: moved, relabelled, retyped, undone', async () => {
  const folder = subfolder(scratch);
  const real = write(folder, 'real.jsonl', realRows);
  const path = write(folder, 's.jsonl', [
    { text: 'one', label: 'positive' },
    { text: 'two', label: 'positive' },
    { text: 'three', label: 'negative' },
  ]);
  const run = await makeRun({
    path,
    real,
    say: ({ text }) => ({ p: text === 'two' ? [0.9, 0.1] : [0.3, 0.7], q: [0.4, 0.6] }),
  });
  const data = service();
  await data.open({ path, realPath: real });
  await data.attach({ path, run });
  const weights = async (): Promise<unknown[]> => {
    const { view } = await data.query(query(path, { sort: { column: 'line', descending: false } }));
    const { rows } = await data.rows({ path, view, from: 0, count: 10 });
    return rows.map(({ line, text, weight, verdict, marks }) => [line, text, weight?.toFixed(2), verdict, ...marks]);
  };
  const before = [
    [1, 'one', '1.17', 'ok'],
    [2, 'two', '0.17', 'misaligned'],
    [3, 'three', '0.75', 'ok'],
  ];
  expect(await weights()).toEqual(before);

  // A line above: all move.
  await data.change({ path, version: 1, changes: [at(0, 0, 0, 0, '{"text":"new","label":"negative"}\n')] });
  expect(await weights()).toEqual([
    [1, 'new', undefined, undefined, 'stale'],
    [2, 'one', '1.17', 'ok'],
    [3, 'two', '0.17', 'misaligned'],
    [4, 'three', '0.75', 'ok'],
  ]);
  // A new label is weighed at once, from the log-probabilities there are.
  await data.change({ path, version: 2, changes: [at(2, 23, 2, 31, 'negative')] });
  expect((await weights())[2]).toEqual([3, 'two', '2.00', 'informative', 'relabelled']);
  // A new text has no score.
  await data.change({ path, version: 3, changes: [at(2, 9, 2, 12, 'deux')] });
  expect((await weights())[2]).toEqual([3, 'deux', undefined, undefined, 'stale']);
  // Everything undone.
  await data.change({
    path,
    version: 4,
    changes: [at(0, 0, 1, 0, ''), at(2, 9, 2, 13, 'two'), at(2, 24, 2, 32, 'positive')],
  });
  expect(await weights()).toEqual(before);
});

test('a text sent in full counts as if it had been typed, and the disk counts again after reload', async () => {
  const { data, path } = await opened();
  const facts = await data.change({
    path,
    version: 7,
    changes: [],
    full: '{"text":"a","label":"b"}\r\n{"text":"ö","label":"c"}',
  });
  expect([facts.rows, facts.labels.map(({ label }) => label), facts.bytes]).toEqual([2, ['b', 'c'], 51]);
  expect((await data.flags({ path, most: 1, controls })).version).toBe(7);
  const more = await data.change({ path, version: 8, changes: [at(1, 9, 1, 10, 'u'), at(1, 24, 1, 24, '\r\n')] });
  expect([more.rows, more.bytes]).toEqual([2, 52]);
  expect((await data.reload({ path })).rows).toBe(10);
  expect((await data.flags({ path, most: 1, controls })).version).toBe(0);
});

test('a text that is unusable for a while is mended by later changes', async () => {
  const path = write(subfolder(scratch), 's.jsonl', [{ text: 'x', label: 'a' }]);
  const data = service();
  await data.open({ path });
  await expect(data.change({ path, version: 1, changes: [at(0, 0, 1, 0, '')] })).rejects.toThrow(`${path} is empty`);
  await expect(data.query(query(path))).rejects.toThrow(`${path} is empty`);
  const facts = await data.change({ path, version: 2, changes: [at(0, 0, 0, 0, '{"text":"y","label":"b"}')] });
  expect(facts.labels).toEqual([{ label: 'b', rows: 1, realRows: 0 }]);
  // Also one that was so from the beginning.
  writeFileSync(path, 'not JSON\n');
  await expect(data.reload({ path })).rejects.toThrow('no usable row');
  expect((await data.change({ path, version: 1, changes: [at(0, 0, 0, 8, '{"text":"z","label":"a"}')] })).rows).toBe(1);
});

test('changes that do not fit ask for the whole text', async () => {
  const { data, path } = await opened();
  await expect(data.change({ path, version: 1, changes: [at(99, 0, 99, 1, '')] })).rejects.toThrow(RangeError);
  await expect(data.query(query(path))).rejects.toThrow('lies outside the text');
  expect((await data.change({ path, version: 2, changes: [], full: readFileSync(path, 'utf8') })).rows).toBe(10);
  const rows = { sort: { column: 'line', descending: false } } as const;
  expect((await data.query(query(path, rows))).count).toBe(10);
});

test('once the editor’s text counts, the disk may change without harm', async () => {
  const { data, path } = await opened();
  await data.change({ path, version: 1, changes: [at(0, 0, 1, 0, '')] });
  writeFileSync(path, '{"text":"elsewhere","label":"x"}\n');
  const { view, count } = await data.query(query(path));
  expect(count).toBe(9);
  expect((await data.rows({ path, view, from: 0, count: 1 })).rows[0].text).toBe('real text number 1');
  // And where the first change comes too late, the editor must say what it has.
  const late = await opened();
  writeFileSync(late.path, '{"text":"elsewhere","label":"x"}\n');
  await expect(late.data.change({ path: late.path, version: 1, changes: [at(0, 0, 1, 0, '')] })).rejects.toThrow(
    'changed on disk',
  );
});

test('lone carriage returns end lines in an editor', async () => {
  const path = write(subfolder(scratch), 's.jsonl', '{"text":"a","label":"x"}\r{"text":"b","label":"x"}\n');
  const data = service();
  await expect(data.open({ path })).rejects.toThrow('a second value begins here');
  const facts = await data.change({ path, version: 1, changes: [at(1, 9, 1, 10, 'c')] });
  expect(facts.rows).toBe(2);
});

test('half of a surrogate pair is what the file will hold once saved', async () => {
  const { data, path } = await opened([{ text: 'x', label: 'a' }]);
  await data.change({ path, version: 1, changes: [at(0, 9, 0, 10, '\ud83d')] });
  const details = await data.details({ path, row: 0, controls });
  expect(details.text).toBe('\ufffd');
});

test('many changes, many times: bytes of old lines do not pile up', async () => {
  const text = 'z'.repeat(300_000);
  const { data, path } = await opened([
    { text, label: 'a' },
    { text: 'short', label: 'b' },
  ]);
  for (let version = 1; version <= 250; version++) {
    await data.change({ path, version, changes: [at(0, 9, 0, 10, String.fromCharCode(97 + (version % 26)))] });
  }
  const details = await data.details({ path, row: 0, controls });
  expect(details.text.slice(0, 3)).toBe('qzz');
  expect((await data.details({ path, row: 1, controls })).text).toBe('short');
}, 60_000);
