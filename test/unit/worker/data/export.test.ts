import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { DataApi } from '../../../../src/protocol/data.ts';
import { mostEditableBytes } from '../../../../src/worker/data/dataset.ts';
import { withWeight } from '../../../../src/worker/data/exportRows.ts';
import { controls, makeRun, query, realRows, service, subfolder, temporaryFolder, write } from './support.ts';
import type { DataCalls } from '../../../../src/worker/data/dataService.ts';

const scratch = temporaryFolder();

const lines = [
  '{"text":"one, \\"two\\"","label":"positive"}',
  '',
  '{ "label": "negative", "text": "spaced", "weight": 7 }',
  'broken',
  '{"text":"new\\nline","label":"positive", "meta":{"label":"positive"}}  ',
  '{"label":"positive","text":"last 😀"}',
];
const text = `\ufeff${lines.slice(0, 3).join('\r\n')}\r\n${lines.slice(3).join('\n')}`;

let data: DataCalls;
let path = '';
let real = '';
beforeAll(async () => {
  const folder = subfolder(scratch);
  real = write(folder, 'real.jsonl', realRows);
  path = write(folder, 's.jsonl', text);
  const run = await makeRun({
    path,
    real,
    say: (_, i) => ({ p: [[0.1, 0.3, 0.9, 0.5][i], [0.9, 0.7, 0.1, 0.5][i]], q: [0.5, 0.5] }),
  });
  data = service();
  await data.open({ path, realPath: real });
  await data.attach({ path, run });
});

async function exported(
  part: Pick<DataApi['export']['params'], 'kind'> & { view?: number },
): Promise<{ rows: number; text: string }> {
  const to = join(subfolder(scratch), 'out.jsonl');
  const { rows } = await data.export({ path, to, controls, ...part });
  expect(readdirSync(dirname(to))).toEqual([basename(to)]);
  return { rows, text: readFileSync(to, 'utf8') };
}

test('weighted: the weight is added, all other bytes stay', async () => {
  const { rows, text: written } = await exported({ kind: 'weighted' });
  expect(rows).toBe(4);
  expect(written).toBe(
    [
      '{"text":"one, \\"two\\"","label":"positive","weight":1.8}\r\n',
      '{ "label": "negative", "text": "spaced", "weight": 0.6 }\r\n',
      '{"text":"new\\nline","label":"positive", "meta":{"label":"positive"},"weight":0.2}  \n',
      '{"label":"positive","text":"last 😀","weight":1}',
    ].join(''),
  );
});

test('filtered: the rows of the view, in the order of the file', async () => {
  const { view } = await data.query(
    query(path, { filter: 'label:positive', sort: { column: 'weight', descending: false } }),
  );
  const { rows, text: written } = await exported({ kind: 'filtered', view });
  expect([rows, written]).toEqual([3, `${lines[0]}\r\n${lines[4]}\n${lines[5]}`]);
  await expect(exported({ kind: 'filtered' })).rejects.toThrow('needs a view');
  await expect(exported({ kind: 'filtered', view: 999 })).rejects.toThrow('asked for again');
});

test('csv: quoted as RFC 4180 has it', async () => {
  const { rows, text: written } = await exported({ kind: 'csv' });
  expect(rows).toBe(4);
  expect(written).toBe(
    [
      'line,label,suggestion,weight,quality,diversity,verdict,text',
      '1,positive,,1.8,0.9,0.5,informative,"one, ""two"""',
      '3,negative,positive,0.6,0.3,0.5,ok,spaced',
      '5,positive,negative,0.2,0.1,0.5,misaligned,"new\nline"',
      '6,positive,,1,0.5,0.5,unsure,last 😀',
      '',
    ].join('\r\n'),
  );
});

test('corrected: the file with the decisions carried out, byte for byte otherwise', async () => {
  expect(await exported({ kind: 'corrected' })).toEqual({ rows: 4, text });
  const decide = async (row: number, action: 'relabelTo' | 'remove'): Promise<void> => {
    const { decisions } = await data.plan({ path, action: 'keep', target: { rows: [row] }, controls });
    const [{ textHash, occurrence }] = decisions;
    const decision = action === 'remove' ? { action } : { action: 'relabel' as const, label: 'negative' };
    await data.decide({ path, decisions: [{ textHash, occurrence, ...decision }] });
  };
  await decide(2, 'relabelTo');
  await decide(3, 'remove');
  const corrected = text.replace('"label":"positive", "meta"', '"label":"negative", "meta"').replace(lines[5], '');
  expect(await exported({ kind: 'corrected' })).toEqual({ rows: 3, text: corrected });
  // The other copies honour them as well.
  const weighted = await exported({ kind: 'weighted' });
  expect([weighted.rows, weighted.text.split('\n')[2]]).toEqual([
    3,
    '{"text":"new\\nline","label":"negative", "meta":{"label":"positive"},"weight":1.8}  ',
  ]);
  const csv = await exported({ kind: 'csv' });
  expect(csv.text.split('\r\n')[3]).toBe('5,negative,,1.8,0.9,0.5,informative,"new\nline"');
});

test('what is exported is what the editor has, line ends included', async () => {
  const folder = subfolder(scratch);
  const mine = write(folder, 's.jsonl', '{"text":"a","label":"x"}\r\n{"text":"b","label":"y"}\r\n');
  await data.open({ path: mine });
  await data.change({
    path: mine,
    version: 1,
    changes: [{ startLine: 1, startCharacter: 0, endLine: 1, endCharacter: 0, text: '{"text":"c","label":"y"}\r\n' }],
  });
  const to = join(folder, 'out.jsonl');
  expect(await data.export({ path: mine, kind: 'corrected', to, controls })).toEqual({ rows: 3 });
  expect(readFileSync(to, 'utf8')).toBe(
    '{"text":"a","label":"x"}\r\n{"text":"c","label":"y"}\r\n{"text":"b","label":"y"}\r\n',
  );
  // Nothing is scored: nothing is weighed.
  await data.export({ path: mine, kind: 'weighted', to, controls });
  expect(readFileSync(to, 'utf8')).toContain('{"text":"c","label":"y"}\r\n');
});

test('a pair has a column of its own', async () => {
  const folder = subfolder(scratch);
  const pairs = write(folder, 'p.jsonl', [{ premise: 'a', hypothesis: 'b,c', label: 'x' }]);
  await data.open({ path: pairs });
  const to = join(folder, 'out.csv');
  await data.export({ path: pairs, kind: 'csv', to, controls });
  expect(readFileSync(to, 'utf8')).toBe(
    'line,label,suggestion,weight,quality,diversity,verdict,text,text_pair\r\n1,x,,,,,,a,"b,c"\r\n',
  );
});

test('the files themselves are never written over, and nothing is left behind where writing fails', async () => {
  await expect(data.export({ path, kind: 'csv', to: path, controls })).rejects.toThrow(
    'choose another file for the copy',
  );
  await expect(data.export({ path, kind: 'csv', to: real, controls })).rejects.toThrow(
    'choose another file for the copy',
  );
  const absent = join(scratch, 'absent', 'out.csv');
  await expect(data.export({ path, kind: 'csv', to: absent, controls })).rejects.toThrow(
    `Cannot write ${absent}: no such file or folder`,
  );
});

test('a weight takes the place of one that is there, and is written as the row is', () => {
  const add = (line: string): string => withWeight(Buffer.from(line), 0.1 + 0.2).toString();
  expect(add('{"weight":{"a":1},"text":"x"}')).toBe('{"weight":0.3,"text":"x"}');
  expect(add('{"weight":1,"text":"x","weight":2}')).toBe('{"weight":1,"text":"x","weight":0.3}');
  expect(add('{"a": "}"}')).toBe('{"a": "}", "weight": 0.3}');
});

test('a file above 50 MB is copied piece by piece with its decisions carried out, and stays as it was', async () => {
  const folder = subfolder(scratch);
  const filler = 'words '.repeat(3_000);
  const rows = Array.from(
    { length: 3_000 },
    (_, i) => `{"text":"${i} ${filler}","label":"${i % 2 === 0 ? 'a' : 'b'}"}`,
  );
  rows[1000] = 'broken';
  const source = `\ufeff${rows.join('\r\n')}`;
  const large = write(folder, 'large.jsonl', source);
  expect(statSync(large).size).toBeGreaterThan(mostEditableBytes);
  const before = statSync(large, { bigint: true });
  const facts = await data.open({ path: large });
  expect([facts.rows, facts.brokenRows, facts.editable]).toEqual([2_999, 1, false]);
  const decide = async (action: 'remove' | 'relabelTo', of: number[]): Promise<void> => {
    const planned = await data.plan({ path: large, action, label: 'b', target: { rows: of }, controls });
    expect(planned.edits).toEqual([]);
    await data.decide({ path: large, decisions: planned.decisions });
  };
  await decide('remove', [1, 2_998]);
  await decide('relabelTo', [0, 1_500]);
  const to = join(folder, 'corrected.jsonl');
  expect(await data.export({ path: large, kind: 'corrected', to, controls })).toEqual({ rows: 2_997 });

  const expected = [...rows];
  for (const line of [0, 1_501]) expected[line] = expected[line].replace('"label":"a"', '"label":"b"');
  const kept = expected.filter((_, line) => line !== 1 && line !== 2_999);
  const written = readFileSync(to, 'utf8');
  // Compared by the line: a difference in 54 MB is not for reading.
  const differing = written
    .split('\r\n')
    .findIndex((line, i) => line !== (i === 0 ? `\ufeff${kept[0]}` : (kept[i] ?? '')));
  expect([differing, written.length]).toEqual([-1, `\ufeff${kept.join('\r\n')}\r\n`.length]);
  const after = statSync(large, { bigint: true });
  expect([after.ino, after.mtimeNs, readFileSync(large, 'utf8') === source]).toEqual([
    before.ino,
    before.mtimeNs,
    true,
  ]);
  expect(readdirSync(folder).sort()).toEqual(['.counterweight', 'corrected.jsonl', 'large.jsonl']);

  // A file that changes while it is copied gives no copy, and the earlier one stays.
  const copying = data.export({ path: large, kind: 'corrected', to, controls });
  appendFileSync(large, '\r\n');
  await expect(copying).rejects.toThrow('changed on disk while it was in use');
  expect(readFileSync(to, 'utf8') === written).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(['.counterweight', 'corrected.jsonl', 'large.jsonl']);
}, 60_000);
