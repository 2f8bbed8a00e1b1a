import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { appendDecisions, readDecisions } from '../../../src/store/decisions.ts';
import {
  datasetFolders,
  decisionsFile,
  openDatasetFolder,
  openRun,
  parseRunId,
  runFiles,
  runId,
} from '../../../src/store/layout.ts';
import { listRuns } from '../../../src/store/listRuns.ts';
import { parseRunRecord, readRunRecord, type RunRecord, writeRunRecord } from '../../../src/store/runRecord.ts';
import { temporaryFolder, whileReadOnly } from './support.ts';

const scratch = temporaryFolder();
let folders = 0;
async function newFolder(): Promise<string> {
  const folder = join(scratch, `data-${folders++}`);
  await mkdir(folder);
  return folder;
}

const record: RunRecord = {
  version: 1,
  kind: 'score',
  status: 'done',
  created: '2026-01-31T14:22:33.000Z',
  finished: '2026-01-31T14:25:00.000Z',
  inputs: [{ role: 'synthetic', path: '/data/synthetic.jsonl', sha256: 'ab', rows: 10, errors: 1 }],
  schema: { synthetic: { text: 'text', label: 'label' } },
  labels: ['negative', 'positive'],
  labelMap: { pos: 'positive' },
  settings: { folds: 5, clip: [-4, 4], dev: null },
  seed: 42,
  recipe: 'default',
  model: { id: 'all-MiniLM-L6-v2', hash: 'cd' },
  device: 'cpu',
  versions: { counterweight: '0.1.0', node: '20.20.2' },
  timings: { checkers: 12.5 },
  passes: { forward: 20, backward: 10 },
  metrics: { ess: 7.5, accuracy: null },
  warnings: [],
  sureness: {
    quality: {
      ...{ temperature: 1.5, outOfFold: true },
      before: { ece: 0.1, rows: 2, bins: [{ from: 0.8, to: 1, rows: 2, confidence: 0.9, accuracy: 1 }] },
      after: { ece: 0, rows: 2, bins: [] },
    },
    interval: { models: 5, level: 0.95, quantile: 2.78 },
  },
};
const now = new Date('2026-01-31T14:22:33.456Z');
const options = { kind: 'score', method: 'imp', now } as const;

test('a run is a new folder beside the dataset; the first write hides all from git', async () => {
  const folder = await newFolder();
  const dataset = join(folder, 'synthetic.jsonl');
  const first = await openRun({ ...options, dataset });
  expect(first).toEqual({
    folder: join(folder, '.counterweight', 'synthetic.jsonl', '20260131T142233Z-imp'),
    id: '20260131T142233Z-imp',
  });
  expect((await openRun({ ...options, dataset })).id).toBe('20260131T142233Z-imp-2');
  expect((await openRun({ ...options, dataset })).id).toBe('20260131T142233Z-imp-3');
  expect(await readFile(join(folder, '.counterweight', '.gitignore'), 'utf8')).toBe('*\n');
  expect(await readdir(folder)).toEqual(['.counterweight']);
  expect((await readdir(join(folder, '.counterweight'))).sort()).toEqual(['.gitignore', 'synthetic.jsonl']);
  // The user's own ignore file stays.
  await writeFile(join(folder, '.counterweight', '.gitignore'), '!*\n');
  await openRun({ ...options, dataset });
  expect(await readFile(join(folder, '.counterweight', '.gitignore'), 'utf8')).toBe('!*\n');
});

test('runs opened at the same moment get names of their own', async () => {
  const dataset = join(await newFolder(), 'd.jsonl');
  const runs = await Promise.all(Array.from({ length: 5 }, () => openRun({ ...options, dataset })));
  expect(runs.map(({ id }) => parseRunId(id)?.taken).sort()).toEqual([1, 2, 3, 4, 5]);
});

test('names of runs: written and read', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
      fc.stringMatching(/^[a-z]{1,5}(-[a-z]{1,5}){0,2}$/),
      fc.integer({ min: 2, max: 99 }),
      (date, method, taken) => {
        const id = runId(date, method);
        const time = id.slice(0, 16);
        expect(Date.parse(time.replace(/(.{4})(..)(..T..)(..)/, '$1-$2-$3:$4:'))).toBe(
          Math.floor(date.getTime() / 1000) * 1000,
        );
        expect(parseRunId(id)).toEqual({ time, method, taken: 1 });
        expect(parseRunId(`${id}-${taken}`)).toEqual({ time, method, taken });
      },
    ),
  );
  expect(() => runId(now, 'imp-2')).toThrow(TypeError);
  expect(['imp', '20260131T142233Z', '20260131T142233Z-', '.gitignore'].map(parseRunId)).toEqual(
    new Array(4).fill(undefined),
  );
});

test('a read-only folder: the given storage, and it says so; without one, a clear line', async () => {
  const folder = await newFolder();
  const dataset = join(folder, 'synthetic.jsonl');
  const storage = await newFolder();
  await whileReadOnly(folder, async () => {
    const thrown = await openRun({ ...options, dataset }).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(UserError);
    expect((thrown as UserError).message).toContain('choose another folder with --out DIR');
  });
  expect(await readdir(folder)).toEqual([]);
  await chmod(storage, 0o777);
  const run = await whileReadOnly(folder, () => openRun({ ...options, dataset, storage }));
  const [, fallback] = datasetFolders(dataset, storage);
  expect(run).toEqual({
    folder: join(fallback, '20260131T142233Z-imp'),
    id: '20260131T142233Z-imp',
    notice: `${folder} cannot be written; results are kept in ${fallback}.`,
  });
  expect(fallback.startsWith(storage)).toBe(true);
  // Datasets of the same name in other folders have storage of their own.
  expect(datasetFolders(join(await newFolder(), 'synthetic.jsonl'), storage)[1]).not.toBe(fallback);
  await writeRunRecord(run.folder, record);
  expect((await listRuns(dataset, storage)).runs.map(({ folder: at }) => at)).toEqual([run.folder]);
  expect((await listRuns(dataset)).runs).toEqual([]);
});

test('a folder of ours that became read-only later is noticed too', async () => {
  const folder = await newFolder();
  const dataset = join(folder, 'd.jsonl');
  const storage = await newFolder();
  await chmod(storage, 0o777);
  const { folder: beside } = await openDatasetFolder(dataset);
  const opened = await whileReadOnly(beside, () => openDatasetFolder(dataset, storage));
  expect(opened.folder).toBe(datasetFolders(dataset, storage)[1]);
  const row = { textHash: 'a', occurrence: 0, time: record.created };
  await appendDecisions(decisionsFile(beside), [{ ...row, action: 'keep' }]);
  await appendDecisions(decisionsFile(opened.folder), [{ ...row, action: 'remove' }]);
  const { decisions } = await readDecisions(datasetFolders(dataset, storage).map(decisionsFile));
  expect([...decisions.values()].map(({ action }) => action)).toEqual(['remove']);
});

test('a file where our folder should be is a clear line', async () => {
  const folder = await newFolder();
  await writeFile(join(folder, '.counterweight'), '');
  await expect(openRun({ ...options, dataset: join(folder, 'd.jsonl') })).rejects.toThrow(
    'a file is where a folder should be',
  );
});

test('--out: absent, empty, cut off before its record, or a run of the same kind; nothing else', async () => {
  const dataset = join(await newFolder(), 'd.jsonl');
  const parent = await newFolder();
  const out = join(parent, 'a', 'b');
  expect(await openRun({ ...options, dataset, out })).toEqual({ folder: out, id: 'b' });
  expect(await openRun({ ...options, dataset, out })).toEqual({ folder: out, id: 'b' });
  await writeFile(join(out, 'lock'), '');
  await writeFile(join(out, '.run.json~host~99999999~1~0123abcd.aside'), '');
  expect(await openRun({ ...options, dataset, out })).toEqual({ folder: out, id: 'b' });
  await writeFile(join(out, 'notes.txt'), '');
  await expect(openRun({ ...options, dataset, out })).rejects.toThrow(
    `--out ${out}: the folder holds other files; choose an empty or a new one.`,
  );
  await writeRunRecord(out, record);
  expect((await openRun({ ...options, dataset, out })).earlier).toEqual(record);
  await expect(openRun({ ...options, kind: 'train', dataset, out })).rejects.toThrow(
    `--out ${out}: the folder holds a score run, not a train run; choose another one.`,
  );
  await writeFile(runFiles(out).record, '{"version":2}');
  await expect(openRun({ ...options, dataset, out })).rejects.toThrow(
    'version 2, but this Counterweight reads version 1',
  );
  const file = join(parent, 'file');
  await writeFile(file, '');
  await expect(openRun({ ...options, dataset, out: file })).rejects.toThrow(`Cannot create ${file}: a file is where`);
  // Nothing was written beside the dataset.
  expect(await readdir(join(dataset, '..'))).toEqual([]);
});

test('a record reads back as it was written, members of later builds included', async () => {
  const folder = await newFolder();
  const later = { ...record, labelMap: undefined, later: [1, { x: 2 }] };
  await writeRunRecord(folder, later);
  const expected = JSON.parse(JSON.stringify(later)) as RunRecord;
  expect(await readRunRecord(folder)).toEqual(expected);
});

test('a wrong member is named, whichever it is', () => {
  const optional = ['finished', 'labelMap', 'recipe', 'model', 'sureness', 'error'];
  for (const name of Object.keys(record).filter((key) => key !== 'version')) {
    const wrong = { ...record, [name]: [[0]] };
    expect(() => parseRunRecord(JSON.stringify(wrong), 'run.json')).toThrow(`run.json: "${name}" must be `);
    const missing = { ...record, [name]: undefined };
    const parse = (): RunRecord => parseRunRecord(JSON.stringify(missing), 'run.json');
    if (optional.includes(name)) expect(parse()).toEqual(JSON.parse(JSON.stringify(missing)));
    else expect(parse).toThrow(`run.json: "${name}" must be `);
  }
});

test('no text makes reading a record fail in any other way than by one clear line', () => {
  const damaged = fc.tuple(fc.nat(), fc.nat(40), fc.string({ maxLength: 5 })).map(([at, remove, insert]) => {
    const text = JSON.stringify(record);
    const index = at % text.length;
    return text.slice(0, index) + insert + text.slice(index + remove);
  });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.json(), fc.string()), (text) => {
      try {
        const read = parseRunRecord(text, '/r/run.json');
        expect(read.version).toBe(1);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(UserError);
        expect((thrown as UserError).message).toMatch(/^\/r\/run\.json: [^\n]+\.$/);
      }
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['{"version":7}', 'version 7, but this Counterweight reads version 1; it was written by a newer Counterweight'],
  ['{"version":0}', 'version 0, but this Counterweight reads version 1; it was not written by Counterweight'],
  ['{"version":"1"}', 'version "1", but this'],
  ['{}', 'no version, but this'],
  ['null', 'no version, but this'],
])('a version we do not know: %s', (text, message) => {
  expect(() => parseRunRecord(text, 'run.json')).toThrow(`run.json: ${message}`);
});

test('runs are listed newest first; broken ones are reported and do not hide the others', async () => {
  const dataset = join(await newFolder(), 'd.jsonl');
  expect(await listRuns(dataset)).toEqual({ runs: [], broken: [] });
  const opened = [];
  for (const [time, method] of [
    ['2026-01-31T14:22:33Z', 'imp'],
    ['2026-02-01T00:00:00Z', 'ce'],
    ['2026-01-31T14:22:33Z', 'imp'],
    ['2025-12-31T00:00:00Z', 'dimp'],
  ] as const) {
    const run = await openRun({ ...options, dataset, method, now: new Date(time) });
    await writeRunRecord(run.folder, { ...record, created: new Date(time).toISOString() });
    opened.push(run);
  }
  const torn = await openRun({ ...options, dataset, method: 'torn' });
  await writeFile(runFiles(torn.folder).record, '{"version":1,');
  const empty = await openRun({ ...options, dataset, method: 'empty' });
  await mkdir(join(empty.folder, '..', 'notes'));
  await writeFile(join(empty.folder, '..', 'decisions.jsonl'), '');

  const { runs, broken } = await listRuns(dataset);
  expect(runs.map(({ id }) => id)).toEqual([opened[1].id, opened[2].id, opened[0].id, opened[3].id]);
  expect(runs[0].record.created).toBe('2026-02-01T00:00:00.000Z');
  expect(broken.map(({ id }) => id).sort()).toEqual([empty.id, torn.id].sort());
  expect(broken.find(({ id }) => id === torn.id)?.reason).toContain('run.json: not JSON; the file was damaged');
  expect(broken.find(({ id }) => id === empty.id)?.reason).toContain('no such file or folder');
});
