import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { DataApi, EditPlan, TextChange } from '../../../../src/protocol/data.ts';
import {
  applyEdits,
  controls,
  makeRun,
  query,
  realRows,
  service,
  subfolder,
  temporaryFolder,
  write,
} from './support.ts';
import type { DataCalls } from '../../../../src/worker/data/dataService.ts';

const scratch = temporaryFolder();

type Plan = DataApi['plan']['params'];
const plan = (data: DataCalls, path: string, part: Omit<Plan, 'path' | 'controls'>): Promise<EditPlan> =>
  data.plan({ path, controls, ...part });

/** The edits of a plan as an editor tells them when it has carried them out. */
function asChanges({ edits }: EditPlan, text: string): TextChange[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  return edits.map((edit): TextChange => {
    if (!('endLine' in edit)) {
      const { line, start, end, text: inserted } = edit;
      return { startLine: line, startCharacter: start, endLine: line, endCharacter: end, text: inserted };
    }
    const last = edit.endLine >= lines.length;
    return {
      startLine: edit.line,
      startCharacter: 0,
      endLine: last ? edit.endLine - 1 : edit.endLine,
      endCharacter: last ? lines[edit.endLine - 1].length : 0,
      text: '',
    };
  });
}

/** A file, open, whose second label is the suggestion everywhere. */
async function opened(
  text: string,
  labels = ['a', 'b'],
  kinds: (label: string) => unknown = (x) => x,
): Promise<{ data: DataCalls; path: string }> {
  const folder = subfolder(scratch);
  const real = write(
    folder,
    'real.jsonl',
    realRows.map((row, i) => ({ text: row.text, label: kinds(labels[i % labels.length]) })),
  );
  const path = write(folder, 's.jsonl', text);
  const run = await makeRun({
    path,
    real,
    labels,
    say: () => ({
      p: labels.map((_, i) => (i === 1 ? 0.9 : 0.1 / (labels.length - 1))),
      q: labels.map(() => 1 / labels.length),
    }),
  });
  const data = service();
  await data.open({ path, realPath: real });
  await data.attach({ path, run });
  return { data, path };
}

test('a relabel replaces the characters of the label’s value and nothing else', async () => {
  const text = [
    '{"label":"a","text":"first"}',
    '{"text":"😀 é \\"label\\": \\"a\\"","label" : "a" , "n":[1,{"label":"a"}]}',
    '',
    'broken',
    '{"text":"mine","label":"b"}',
    ' {"n":1,"label":"\\u0061","text":"escaped"} ',
  ].join('\r\n');
  const { data, path } = await opened(`\ufeff${text}`);
  const planned = await plan(data, path, { action: 'relabel', target: { rows: [3, 1, 0, 2, 1] } });
  expect(planned).toMatchObject({
    action: 'relabel',
    rows: 3,
    counts: [{ what: 'a → b', rows: 3 }],
    skipped: ['1 row has no suggestion'],
    version: 0,
    decisions: [],
  });
  expect(planned.edits).toEqual([
    { line: 0, start: 9, end: 12, text: '"b"' },
    { line: 1, start: 42, end: 45, text: '"b"' },
    { line: 5, start: 16, end: 24, text: '"b"' },
  ]);
  expect(planned.samples[0]).toEqual({
    line: 1,
    before: '{"label":"a","text":"first"}',
    after: '{"label":"b","text":"first"}',
  });
  expect(applyEdits(text, planned.edits)).toBe(
    text.replace('{"label":"a"', '{"label":"b"').replace('"label" : "a"', '"label" : "b"').replace('"\\u0061"', '"b"'),
  );
});

const kindOf = { string: (x: string): unknown => x, integer: Number, boolean: (x: string): unknown => x === 'true' };

test.each([
  ['string', ['0', '1']],
  ['integer', ['0', '1']],
  ['boolean', ['false', 'true']],
] as const)('a label keeps its JSON type: %s', async (kind, labels) => {
  const rows = [0, 1, 2].map((i) => ({ label: kindOf[kind](labels[0]), text: `t${i}` }));
  const { data, path } = await opened(
    rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    [...labels],
    kindOf[kind],
  );
  const { edits } = await plan(data, path, { action: 'relabel', target: { rows: [1] } });
  const after = applyEdits(readFileSync(path, 'utf8'), edits).split('\n').slice(0, 3);
  expect(after.map((line) => (JSON.parse(line) as { label: unknown }).label)).toEqual([
    kindOf[kind](labels[0]),
    kindOf[kind](labels[1]),
    kindOf[kind](labels[0]),
  ]);
});

test('a label that its type cannot hold becomes a string', async () => {
  const { data, path } = await opened('{"text":"x","label":1}\n{"text":"y","label":true}\n{"text":"z","label":"1"}\n', [
    '1',
    'none',
    'true',
  ]);
  const { edits } = await plan(data, path, { action: 'relabel', target: { rows: [0, 1, 2] } });
  expect(edits.map((edit) => 'text' in edit && edit.text)).toEqual(['"none"', '"none"', '"none"']);
});

test('behind a label map the file’s own spelling is written', async () => {
  const folder = subfolder(scratch);
  const labelMap = { pos: 'positive', POS: 'positive', '1': 'positive', neg: 'negative', positive: 'odd' };
  const real = write(
    folder,
    'real.jsonl',
    realRows.flatMap((row) => [row, { ...row, label: row.label === 'positive' ? 'pos' : 'neg' }]),
  );
  const path = write(
    folder,
    's.jsonl',
    '{"text":"a","label":"neg"}\n{"text":"b","label":"POS"}\n{"text":"c","label":"POS"}\n{"text":"d","label":"pos"}\n{"text":"e","label":-3}\n',
  );
  const fields = { labelMap: { ...labelMap, '-3': 'negative' } };
  const data = service();
  await data.open({ path, realPath: real, fields });
  const facts = await data.facts({ path });
  expect(facts.labels.map(({ label }) => label)).toEqual(['negative', 'odd', 'positive']);
  const texts = async (label: string): Promise<unknown[]> =>
    (await plan(data, path, { action: 'relabelTo', label, target: { rows: [0, 1, 4] } })).edits.map(
      (edit) => 'text' in edit && edit.text,
    );
  // The commonest spelling; for a number the map's own number.
  expect(await texts('positive')).toEqual(['"POS"', '1']);
  expect(await texts('negative')).toEqual(['"neg"']);
  // What reads back as "odd" is "positive".
  expect(await texts('odd')).toEqual(['"odd"', '"odd"', '"odd"']);
});

test('a label that no spelling reads back as is left alone', async () => {
  const folder = subfolder(scratch);
  const path = write(folder, 's.jsonl', [
    { text: 'x', label: 'a' },
    { text: 'y', label: 'c' },
  ]);
  const data = service();
  await data.open({ path, fields: { labelMap: { b: 'a' } } });
  const planned = await plan(data, path, { action: 'relabelTo', label: 'b', target: { rows: [0] } });
  expect([planned.rows, planned.skipped]).toEqual([
    0,
    ['1 row cannot hold the label: the label map reads every way to write it as another one'],
  ]);
});

test('labels are those of the real data', async () => {
  const { data, path } = await opened('{"text":"x","label":"a"}\n');
  const to = (label: string): Promise<EditPlan> =>
    plan(data, path, { action: 'relabelTo', label, target: { rows: [0] } });
  await expect(to('c')).rejects.toThrow("The label 'c' is not one of the real data");
  await expect(to(' ')).rejects.toThrow('must not be empty');
  expect((await to('a')).skipped).toEqual(['1 row has the label already']);
});

test('removed lines next to each other are one edit, and the last line may lack its end', async () => {
  const lines = Array.from({ length: 8 }, (_, i) => `{"text":"t${i}","label":"${i === 3 ? 'b' : 'a'}"}`);
  const { data, path } = await opened(lines.join('\n'));
  const planned = await plan(data, path, { action: 'remove', target: { rows: [7, 1, 2, 3, 5] } });
  expect(planned).toMatchObject({
    rows: 5,
    counts: [
      { what: 'a', rows: 4 },
      { what: 'b', rows: 1 },
    ],
    edits: [
      { line: 1, endLine: 4 },
      { line: 5, endLine: 6 },
      { line: 7, endLine: 8 },
    ],
    samples: [{ line: 2, before: lines[1], after: '' }, { line: 3 }, { line: 4 }, { line: 6 }, { line: 8 }],
  });
  expect(applyEdits(lines.join('\n'), planned.edits)).toBe(`${[lines[0], lines[4], lines[6]].join('\n')}\n`);
});

const labelOf = fc.constantFrom('"a"', '"b"', ' "a"', '"\\u0062"');
const rowOf = fc
  .tuple(labelOf, fc.constantFrom('x', 'é😀', '\\"label\\":\\"a\\"', 'y\\n'), fc.boolean())
  .map(([label, text, first]) =>
    first ? `{"label":${label},"text":"${text}"}` : `{"text":"${text}", "label" :${label}}`,
  );

test('what is planned, carried out and undone, line by line', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 6, arbitrary: rowOf }, fc.constantFrom('', 'broken', '{"text":"z","label":"q"}')), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.array(fc.nat(11), { maxLength: 12 }),
      fc.constantFrom('remove' as const, 'relabelTo' as const),
      async (lines, end, ended, chosen, action) => {
        const text =
          ['{"text":"first","label":"a"}', '{"text":"second","label":"b"}', ...lines].join(end) + (ended ? end : '');
        const path = write(subfolder(scratch), 's.jsonl', text);
        const real = write(
          subfolder(scratch),
          'real.jsonl',
          realRows.map((row, i) => ({ ...row, label: 'ab'[i % 2] })),
        );
        const data = service();
        const before = await data.open({ path, realPath: real });
        // A file without rows is another story.
        const rows = chosen.filter((row) => row > 0 && row < before.rows);
        const planned = await plan(data, path, {
          action,
          target: { rows },
          ...(action === 'remove' ? {} : { label: 'b' }),
        });
        const changes = asChanges(planned, text);
        const after = await data.change({ path, version: 1, changes });
        const editedText = applyEdits(text, planned.edits);

        // The rows that were not meant are the same, those that were are gone or have the label.
        const window = async (): Promise<unknown> => {
          const { view, count } = await data.query(query(path, { sort: { column: 'line', descending: false } }));
          return (await data.rows({ path, view, from: 0, count })).rows.map(({ text: t, label }) => [t, label]);
        };
        const shown = await window();
        const fresh = service();
        const copy = write(subfolder(scratch), 's.jsonl', editedText);
        const facts = await fresh.open({ path: copy, realPath: real });
        expect([after.rows, after.labels, after.brokenRows]).toEqual([facts.rows, facts.labels, facts.brokenRows]);
        expect(after.rows).toBe(action === 'remove' ? before.rows - planned.rows : before.rows);
        if (action === 'relabelTo') {
          expect(after.labels[1].rows).toBe(before.labels[1].rows + planned.rows);
          // The same bytes but for the labels' values.
          const bare = (value: string): string => value.replace(/("label" ?:) ?"(?:[ab]|\\u0062)"/g, '$1');
          expect(bare(editedText)).toBe(bare(text));
        }
        const freshQuery = await fresh.query(query(copy, { sort: { column: 'line', descending: false } }));
        const freshRows = await fresh.rows({ path: copy, view: freshQuery.view, from: 0, count: 99 });
        expect(shown).toEqual(freshRows.rows.map(({ text: t, label }) => [t, label]));

        // One undo.
        await data.change({ path, version: 2, changes: [], full: text });
        expect(await data.facts({ path })).toEqual({ ...before, bytes: before.bytes });
      },
    ),
    { numRuns: 120 },
  );
});

test('everything of a verdict, and everything of a view', async () => {
  const { data, path } = await opened(
    ['a', 'a', 'b', 'a'].map((label, i) => `{"text":"t${i}","label":"${label}"}\n`).join(''),
  );
  const keep = await plan(data, path, { action: 'keep', target: { rows: [1] } });
  expect([keep.rows, keep.edits, keep.decisions.length]).toEqual([1, [], 1]);
  await data.decide({ path, decisions: keep.decisions });
  const all = await plan(data, path, { action: 'relabel', target: { verdict: 'misaligned' } });
  expect([all.edits.map(({ line }) => line), all.skipped]).toEqual([[0, 3], ['1 row is kept']]);
  const { view } = await data.query(query(path, { filter: 'label:a' }));
  const shown = await plan(data, path, { action: 'remove', target: { view } });
  expect(shown.edits).toEqual([
    { line: 0, endLine: 2 },
    { line: 3, endLine: 4 },
  ]);
  const again = await plan(data, path, { action: 'keep', target: { rows: [0, 1] } });
  expect([again.rows, again.skipped]).toEqual([1, ['1 row is kept']]);
  const clear = await plan(data, path, { action: 'clear', target: { view } });
  expect([clear.rows, clear.counts, clear.skipped]).toEqual([
    1,
    [{ what: 'kept', rows: 1 }],
    ['nothing was decided about 2 rows'],
  ]);
  await expect(plan(data, path, { action: 'open', target: { rows: [0] } })).rejects.toThrow('changes nothing');
  await expect(plan(data, path, { action: 'remove', target: { rows: [4] } })).rejects.toThrow('there is no row 4');
});

test('a hundred thousand rows are planned, and followed when they are carried out', async () => {
  const rows = Array.from(
    { length: 100_000 },
    (_, i) => `{"text":"a row of some length, number ${i}","label":"${i % 3 === 0 ? 'b' : 'a'}"}`,
  );
  const path = write(subfolder(scratch), 's.jsonl', rows.join('\n') + '\n');
  const data = service();
  await data.open({ path });
  const { view } = await data.query(query(path));
  const relabel = await plan(data, path, { action: 'relabelTo', label: 'b', target: { view } });
  expect([relabel.rows, relabel.edits.length]).toEqual([66_666, 66_666]);
  const relabelled = await data.change({ path, version: 1, changes: asChanges(relabel, rows.join('\n') + '\n') });
  expect(relabelled.labels).toEqual([{ label: 'b', rows: 100_000, realRows: 0 }]);
  const even = Array.from({ length: 50_000 }, (_, i) => 2 * i);
  const remove = await plan(data, path, { action: 'remove', target: { rows: even } });
  const removed = await data.change({ path, version: 2, changes: asChanges(remove, rows.join('\n') + '\n') });
  expect([remove.edits.length, removed.rows]).toEqual([50_000, 50_000]);
  expect((await data.details({ path, row: 1, controls })).text).toBe('a row of some length, number 3');
}, 60_000);

/** Above 50 MB: few rows, but long ones. */
const large = { data: service(), path: '', real: '' };
beforeAll(async () => {
  const folder = subfolder(scratch);
  const filler = 'long '.repeat(40_000);
  large.real = write(folder, 'real.jsonl', realRows);
  large.path = write(
    folder,
    's.jsonl',
    Array.from({ length: 270 }, (_, i) => ({ text: `${i} ${filler}`, label: i % 2 === 0 ? 'negative' : 'positive' })),
  );
  const run = await makeRun({
    path: large.path,
    real: large.real,
    say: (_, i) => ({ p: i < 4 ? [0.9, 0.1] : [0.5, 0.5], q: [0.5, 0.5] }),
  });
  await large.data.open({ path: large.path, realPath: large.real });
  await large.data.attach({ path: large.path, run });
});

test('above 50 MB nothing is edited: corrections are decisions, and honoured', async () => {
  const { data, path, real } = large;
  expect((await data.facts({ path })).editable).toBe(false);
  await expect(
    data.change({
      path,
      version: 1,
      changes: [{ startLine: 0, startCharacter: 0, endLine: 0, endCharacter: 1, text: '' }],
    }),
  ).rejects.toThrow('above 50 MB');
  const relabel = await plan(data, path, { action: 'relabel', target: { verdict: 'misaligned' } });
  expect([relabel.edits, relabel.rows]).toEqual([[], 2]);
  expect(relabel.decisions.map(({ action, label, occurrence }) => [action, label, occurrence])).toEqual([
    ['relabel', 'negative', 0],
    ['relabel', 'negative', 0],
  ]);
  const remove = await plan(data, path, { action: 'remove', target: { rows: [5, 6] } });
  await data.decide({ path, decisions: [...relabel.decisions, ...remove.decisions] });
  const shown = async (from: DataCalls): Promise<unknown> => {
    const { view, summary } = await from.query(query(path, { sort: { column: 'line', descending: false } }));
    const { rows } = await from.rows({ path, view, from: 0, count: 7 });
    return { marks: rows.map(({ label, weight, marks }) => [label[0], weight?.toFixed(1), ...marks]), summary };
  };
  const now = await shown(data);
  expect(now).toMatchObject({
    marks: [
      ['n', '1.8'],
      ['n', '1.8', 'relabelled'],
      ['n', '1.8'],
      ['n', '1.8', 'relabelled'],
      ['n', '1.0'],
      ['p', '1.0', 'removed'],
      ['n', '1.0', 'removed'],
    ],
    summary: { scored: 270, relabelled: 2, removed: 2, kept: 0, stale: 0 },
  });
  // They survive, and can be taken back.
  const again = service();
  await again.open({ path, realPath: real });
  await again.attach({ path });
  expect(await shown(again)).toEqual(now);
  const back = await plan(data, path, { action: 'relabelTo', label: 'positive', target: { rows: [1] } });
  expect(back.decisions).toMatchObject([{ action: 'clear' }]);
  expect((await plan(data, path, { action: 'remove', target: { rows: [4, 5] } })).skipped).toEqual([
    '1 row is removed already',
  ]);
  const clear = await plan(data, path, { action: 'clear', target: { rows: [0, 1, 3, 5, 6] } });
  expect(clear.counts).toEqual([
    { what: 'relabelled', rows: 2 },
    { what: 'removed', rows: 2 },
  ]);
  await data.decide({ path, decisions: clear.decisions });
  expect(await shown(data)).toMatchObject({ summary: { relabelled: 0, removed: 0 } });
});

test('a plan knows how to bring back exactly what stood before it', async () => {
  const { data, path } = large;
  const marks = async (): Promise<unknown> => {
    const { view } = await data.query(query(path, { sort: { column: 'line', descending: false } }));
    const { rows } = await data.rows({ path, view, from: 20, count: 4 });
    return rows.map((row) => [row.label, ...row.marks]);
  };
  const untouched = await marks();
  const decide = async (of: Omit<Plan, 'path' | 'controls'>): Promise<EditPlan> => {
    const planned = await plan(data, path, of);
    await data.decide({ path, decisions: planned.decisions });
    return planned;
  };
  const other = (untouched as string[][])[1][0] === 'positive' ? 'negative' : 'positive';
  const kept = await decide({ action: 'keep', target: { rows: [20] } });
  const relabelled = await decide({ action: 'relabelTo', label: other, target: { rows: [21] } });
  const before = await marks();
  expect((before as string[][]).map(([, mark]) => mark)).toEqual(['kept', 'relabelled', undefined, undefined]);
  const removed = await decide({ action: 'remove', target: { rows: [20, 21, 22] } });
  expect(removed.restore.map(({ action, label }) => [action, label])).toEqual([
    ['keep', undefined],
    ['relabel', other],
    ['clear', undefined],
  ]);
  expect(await marks()).not.toEqual(before);
  await data.decide({ path, decisions: removed.restore });
  expect(await marks()).toEqual(before);
  // Taking decisions back can be undone too.
  const cleared = await decide({ action: 'clear', target: { rows: [20, 21] } });
  expect(await marks()).toEqual(untouched);
  await data.decide({ path, decisions: cleared.restore });
  expect(await marks()).toEqual(before);
  await data.decide({ path, decisions: [...kept.restore, ...relabelled.restore] });
  expect(await marks()).toEqual(untouched);
});

test('decisions of others are noticed, and those without effect are told', async () => {
  const { data, path, real } = large;
  const other = service();
  await other.open({ path, realPath: real });
  const remove = await plan(other, path, { action: 'remove', target: { rows: [9] } });
  await other.decide({
    path,
    decisions: [...remove.decisions, { ...remove.decisions[0], occurrence: 0, action: 'relabel', label: 'mixed' }],
  });
  expect((await data.facts({ path })).warnings).toEqual([
    '1 decision gives a row a label that the real data lack; the label in the file is used.',
  ]);
  await other.decide({ path, decisions: [{ ...remove.decisions[0], action: 'remove' }] });
  await data.attach({ path });
  expect((await data.query(query(path, { filter: 'is:removed' }))).count).toBe(1);
  await other.decide({ path, decisions: [{ ...remove.decisions[0], action: 'clear' }] });
});

test('a decision from a larger time is taken back where the file can be edited again', async () => {
  const { data, path } = await opened('{"text":"x","label":"a"}\n{"text":"y","label":"a"}\n');
  const [{ textHash }] = (await plan(data, path, { action: 'keep', target: { rows: [0] } })).decisions;
  await data.decide({ path, decisions: [{ textHash, occurrence: 0, action: 'relabel', label: 'b' }] });
  const away = await plan(data, path, { action: 'relabelTo', label: 'a', target: { rows: [0] } });
  expect([away.edits, away.decisions]).toEqual([[], [{ textHash, occurrence: 0, action: 'clear' }]]);
  writeFileSync(path, '{"text":"x","label":"a"}\n');
});
