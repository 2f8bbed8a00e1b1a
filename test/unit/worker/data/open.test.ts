import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDataset } from '../../../../src/core/dataset/dataset.ts';
import { UserError } from '../../../../src/base/errors.ts';
import type { DataEvents } from '../../../../src/protocol/data.ts';
import { hostileBytes, stream } from '../../dataset/support.ts';
import { query, realRows, service, subfolder, temporaryFolder, write } from './support.ts';

const scratch = temporaryFolder();

test('both files are told before there is any model', async () => {
  const folder = subfolder(scratch);
  const real = write(folder, 'real.jsonl', realRows);
  const path = write(
    folder,
    'synthetic.jsonl',
    [
      '{"text":"a fine film","label":"positive"}',
      '',
      '{"text":"a fine film","label":"positive"}',
      '{"text":"a bad film","label":"negative"',
      '{"text":"real text number 3","label":"negative"}',
      '{"text":"half a film","label":"Positive"}',
      '{"text":"half a film","label":"positive"}',
    ].join('\n'),
  );
  const facts = await service().open({ path, realPath: real });
  expect(facts).toMatchObject({
    path,
    realPath: real,
    rows: 4,
    realRows: 120,
    brokenRows: 2,
    brokenRealRows: 0,
    fields: { text: 'text', label: 'label' },
    labels: [
      { label: 'negative', rows: 1, realRows: 60 },
      { label: 'positive', rows: 3, realRows: 60 },
    ],
    exactCopies: 1,
    copiesOfReal: 1,
    editable: true,
  });
  expect(facts.broken).toEqual([
    { line: 4, column: 40, message: "not JSON: the line ends where ',' or '}' is expected" },
    {
      line: 6,
      column: 31,
      message:
        "label 'Positive' is unknown to the real data; did you mean 'positive'? Fix it or pass --label-map Positive=positive",
    },
  ]);
  expect(facts.warnings).toEqual([
    "Labels are spread differently: 'negative' is 50 % of the real rows but 25 % of the synthetic ones. Compare the sum of weights per label with the real shares; prior correction adjusts them.",
  ]);
});

test('without a real file the labels are those of the file itself', async () => {
  const folder = subfolder(scratch);
  const path = write(folder, 's.jsonl', [
    { text: 'ten', label: 10 },
    { text: 'two', label: 2 },
    { text: 'two more', label: '2' },
  ]);
  const facts = await service().open({ path });
  expect(facts.labels).toEqual([
    { label: '2', rows: 2, realRows: 0 },
    { label: '10', rows: 1, realRows: 0 },
  ]);
  expect([facts.realRows, facts.realPath, facts.warnings]).toEqual([0, undefined, []]);
});

test('fields and label map are the user’s to decide', async () => {
  const folder = subfolder(scratch);
  const real = write(
    folder,
    'real.jsonl',
    realRows.map(({ text, label }) => ({ body: text, y: label })),
  );
  const path = write(folder, 's.jsonl', [
    { text: 'no', body: 'yes', y: 'pos' },
    { text: 'no', body: 'no', y: 'negative' },
  ]);
  const fields = { textField: 'body', labelField: 'y', labelMap: { pos: 'positive' } };
  const facts = await service().open({ path, realPath: real, fields });
  expect(facts.fields).toEqual({ text: 'body', textPair: undefined, label: 'y' });
  expect(facts.labels.map(({ rows }) => rows)).toEqual([1, 1]);
});

/** The same questions to `core`. */
async function byCore(bytes: Uint8Array, name: string): Promise<unknown> {
  try {
    const { rows, errors, labelCounts, schema } = await readDataset(stream(bytes), { name });
    return {
      rows: rows.length,
      brokenRows: errors.length,
      broken: errors.map(({ line, column, message }) => ({ line, column, message })),
      labels: [...labelCounts].map(([label, count]) => ({ label, rows: count, realRows: 0 })),
      exactCopies: rows.length - new Set(rows.map(({ textHash }) => textHash)).size,
      fields: { text: schema.text, textPair: schema.textPair, label: schema.label },
      list: rows.map(({ line, text, label, textPair }) => ({ line, text, label, textPair })),
    };
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    return thrown.message;
  }
}

test('any file is read as core reads it', async () => {
  const folder = subfolder(scratch);
  const path = write(folder, 'any.jsonl', '');
  const data = service();
  await fc.assert(
    fc.asyncProperty(hostileBytes, async (bytes) => {
      writeFileSync(path, bytes);
      let ours: unknown;
      try {
        const { rows, brokenRows, broken, labels, exactCopies, fields } = await data.open({ path });
        const { view } = await data.query(query(path, { sort: { column: 'line', descending: false } }));
        const window = await data.rows({ path, view, from: 0, count: 1000 });
        const list = window.rows.map(({ line, label, text, textPair }) => ({ line, text, label, textPair }));
        ours = { rows, brokenRows, broken, labels, exactCopies, fields, list };
      } catch (thrown) {
        if (!(thrown instanceof UserError)) throw thrown;
        ours = thrown.message;
      }
      const expected = await byCore(bytes, path);
      // Texts are shown on one line.
      const shown = JSON.parse(JSON.stringify(expected), (key, value: unknown) =>
        key === 'text' && typeof value === 'string' ? value.replace(/[\r\n\u2028\u2029]+/g, ' ') : value,
      ) as unknown;
      expect(JSON.parse(JSON.stringify(ours))).toEqual(shown);
    }),
    { numRuns: 400 },
  );
});

test('byte order mark, CRLF and a missing last newline change nothing', async () => {
  const folder = subfolder(scratch);
  const lines = ['{"text":"ä one","label":"a"}', '', '{"text":"two","label":"b"}', '{"text":"three","label":"a"}'];
  const read = async (name: string, text: string): Promise<unknown> => {
    const data = service();
    const path = write(folder, name, text);
    const facts = await data.open({ path });
    const { view } = await data.query(query(path, { sort: { column: 'line', descending: false } }));
    const { rows } = await data.rows({ path, view, from: 0, count: 9 });
    return { ...facts, path: '', bytes: 0, rows };
  };
  const plain = await read('plain.jsonl', lines.join('\n') + '\n');
  expect(plain).toMatchObject({ rows: [{ line: 1, text: 'ä one' }, { line: 3 }, { line: 4 }] });
  expect(await read('crlf.jsonl', lines.join('\r\n'))).toEqual(plain);
  expect(await read('bom.jsonl', `\ufeff${lines.join('\n')}`)).toEqual(plain);
});

test('reading is told, ends with the whole file, and other calls are answered meanwhile', async () => {
  const folder = subfolder(scratch);
  const row = `{"text":"${'x'.repeat(1000)}","label":"a"}\n`;
  const path = write(folder, 'large.jsonl', row.repeat(12_000));
  const small = write(folder, 'small.jsonl', realRows);
  const told: DataEvents['reading'][] = [];
  const data = service((_, payload) => 'file' in payload && told.push(payload));
  let done = false;
  const opening = data.open({ path }).then(() => (done = true));
  await data.open({ path: small });
  expect(done).toBe(false);
  await opening;
  const ours = told.filter(({ file }) => file === path);
  const total = row.length * 12_000;
  expect(ours.at(-1)).toEqual({ path, file: path, bytes: total, total });
  expect(ours.map(({ bytes }) => bytes)).toEqual(ours.map(({ bytes }) => bytes).sort((a, b) => a - b));
});

test('what cannot be used is one clear line', async () => {
  const folder = subfolder(scratch);
  const data = service();
  const real = write(folder, 'real.jsonl', realRows);
  const absent = `${folder}/absent.jsonl`;
  await expect(data.open({ path: absent })).rejects.toThrow(`Cannot read ${absent}: no such file or folder`);
  await expect(data.query(query(absent))).rejects.toThrow(`Cannot read ${absent}: no such file or folder`);
  const empty = write(folder, 'empty.jsonl', '');
  await expect(data.open({ path: empty })).rejects.toThrow(`${empty} is empty`);
  const other = write(folder, 'other.jsonl', [{ text: 'x', label: 'spam' }]);
  await expect(data.open({ path: other, realPath: real })).rejects.toThrow(
    `${other} has no label in common with the real data: its labels are 'spam', those of the real data 'negative', 'positive'.`,
  );
  const one = write(folder, 'one.jsonl', [{ text: 'x', label: 'spam' }]);
  await expect(data.open({ path: real, realPath: one })).rejects.toThrow(`${one} has only the label 'spam'`);
  const ids = write(
    folder,
    'ids.jsonl',
    Array.from({ length: 10_001 }, (_, i) => ({ text: `t${i}`, label: `l${i}` })),
  );
  await expect(data.open({ path: ids })).rejects.toThrow(
    `${ids}: the field 'label' holds more than 10000 different labels; choose the field that holds the class.`,
  );
  await expect(data.query(query('/nowhere'))).rejects.toThrow('/nowhere is not open.');
});

test('closing ends an opening, and nothing answers afterwards', async () => {
  const folder = subfolder(scratch);
  const path = write(folder, 'large.jsonl', `{"text":"${'x'.repeat(1000)}","label":"a"}\n`.repeat(20_000));
  const data = service();
  const opening = data.open({ path });
  await data.close({ path });
  await expect(opening).rejects.toThrow(UserError);
  await expect(data.facts({ path })).rejects.toThrow('is not open');
});

test('a file that changed on disk is read again, never taken for what it was', async () => {
  const folder = subfolder(scratch);
  const path = write(folder, 's.jsonl', realRows);
  const data = service();
  await data.open({ path });
  const { view } = await data.query(query(path));
  appendFileSync(path, '{"text":"appended","label":"positive"}\n');
  await expect(data.rows({ path, view, from: 0, count: 10 })).rejects.toThrow('changed on disk');
  const { total, view: next } = await data.query(query(path));
  expect(total).toBe(121);
  await expect(data.rows({ path, view, from: 0, count: 10 })).rejects.toThrow('asked for again');
  const { rows } = await data.rows({ path, view: next, from: 120, count: 10 });
  expect(rows).toMatchObject([{ row: 120, line: 121, text: 'appended' }]);
  rmSync(path);
  await expect(data.reload({ path })).rejects.toThrow('no such file or folder');
  await expect(data.query(query(path))).rejects.toThrow('no such file or folder');
  writeFileSync(path, '{"text":"back","label":"a"}\n');
  expect((await data.reload({ path })).rows).toBe(1);
});

test('hostile rows do no harm', async () => {
  const folder = subfolder(scratch);
  const long = 'y'.repeat(10_000_000);
  const path = write(
    folder,
    'hostile.jsonl',
    Buffer.concat([
      Buffer.from(`{"__proto__":"x","text":"</script><script>alert(1)</script>","label":"a"}\n`),
      Buffer.from(`{"text":"nul \0 byte","label":"a"}\n`),
      Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a]),
      Buffer.from(`{"text":"${long}","label":"b"}\n`),
      Buffer.from(`{"text":"\\u202ertl \\u0007 bell","label":"a"}\n`),
      Buffer.from(`${'z'.repeat(17 * 1024 * 1024)}\n`),
      Buffer.from(`{"text":"last","label":"b"}`),
    ]),
  );
  const data = service();
  const facts = await data.open({ path });
  expect(facts.broken.map(({ line, column, message }) => [line, column, message.slice(0, 30)])).toEqual([
    [2, 14, 'the line holds a NUL byte; rem'],
    [3, 2, 'byte 0xFF is not valid UTF-8; '],
    [6, 1, 'the line has 17825792 bytes, m'],
  ]);
  const { view } = await data.query(query(path, { sort: { column: 'line', descending: false } }));
  const { rows } = await data.rows({ path, view, from: 0, count: 10 });
  expect(rows.map(({ line, text }) => [line, text.length])).toEqual([
    [1, 34],
    [4, 400],
    [5, 11],
    [7, 4],
  ]);
  const details = await data.details({ path, row: 1, controls: query(path).controls });
  expect([details.text.length, details.truncated, details.json.length]).toEqual([200_000, true, long.length + 23]);
});

test('a dataset that was closed is back without being read again, unless a file has changed meanwhile', async () => {
  const folder = subfolder(scratch);
  const real = write(folder, 'real.jsonl', realRows);
  const path = write(folder, 's.jsonl', [
    { text: 'x', label: 'positive' },
    { text: 'y', label: 'neutral' },
  ]);
  let read: string[] = [];
  const data = service((name, payload) =>
    name === 'reading' ? read.push((payload as { file: string }).file) : undefined,
  );
  const open = async (part: object = {}): Promise<unknown> => {
    read = [];
    const { rows, brokenRows, realRows: reals } = await data.open({ path, realPath: real, ...part });
    return { read: [...new Set(read)], rows, brokenRows, reals };
  };
  const both = { read: [real, path], rows: 1, brokenRows: 1, reals: 120 };
  expect(await open()).toEqual(both);
  expect(await open()).toEqual({ ...both, read: [] });
  await data.close({ path });
  expect(await open()).toEqual({ ...both, read: [] });
  expect(await open({ fields: { labelMap: { neutral: 'positive' } } })).toEqual({ ...both, rows: 2, brokenRows: 0 });
  expect(await open()).toEqual(both);

  // Other rows, then other labels: what was known is not shown.
  write(folder, 's.jsonl', [{ text: 'z', label: 'negative' }]);
  expect(await open()).toEqual({ read: [path], rows: 1, brokenRows: 0, reals: 120 });
  write(folder, 'real.jsonl', [...realRows, { text: 'so so', label: 'neutral' }]);
  expect(await open()).toEqual({ read: [real, path], rows: 1, brokenRows: 0, reals: 121 });

  // What an editor had in mind is forgotten with it.
  await data.change({
    path,
    version: 1,
    changes: [],
    full: '{"text":"edited","label":"neutral"}\n{"text":"2","label":"neutral"}\n',
  });
  expect(await open()).toMatchObject({ read: [real, path], rows: 1 });
  const other = write(folder, 'other.jsonl', realRows);
  await data.open({ path: other });
  await data.close({ path });
  await data.open({ path: other });
  expect(await open()).toMatchObject({ read: [real, path], rows: 1 });
});
