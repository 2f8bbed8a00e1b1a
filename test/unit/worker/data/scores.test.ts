import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  computeWeights,
  DEFAULT_WEIGHT_SETTINGS,
  effectiveSampleSize,
} from '../../../../src/core/weighting/weights.ts';
import type { QueryResult, RowView, WeightControls } from '../../../../src/protocol/data.ts';
import { datasetFolders, runFiles } from '../../../../src/store/layout.ts';
import { readScores } from '../../../../src/store/scores.ts';
import {
  controls,
  makeRun,
  query,
  realRows,
  service,
  subfolder,
  temporaryFolder,
  write,
  type Said,
} from './support.ts';
import type { DataCalls } from '../../../../src/worker/data/dataService.ts';

const scratch = temporaryFolder();
const labels = ['negative', 'positive'];

interface Made {
  readonly data: DataCalls;
  readonly path: string;
  readonly real: string;
}

/** Rows `row 0`, `row 1`, … with the labels given, and a real file. */
async function made(given: readonly string[], extra: readonly object[] = []): Promise<Made> {
  const folder = subfolder(scratch);
  const real = write(folder, 'real.jsonl', realRows);
  const path = write(folder, 'synthetic.jsonl', [...given.map((label, i) => ({ text: `row ${i}`, label })), ...extra]);
  const data = service();
  await data.open({ path, realPath: real });
  return { data, path, real };
}

async function list(
  data: DataCalls,
  path: string,
  part = {},
): Promise<{ rows: readonly RowView[]; result: QueryResult }> {
  const result = await data.query(query(path, part));
  const { rows } = await data.rows({ path, view: result.view, from: 0, count: result.count });
  return { rows, result };
}

const said = (p: number, q = 0.5, more: Partial<Said> = {}): Said => ({ p: [1 - p, p], q: [1 - q, q], ...more });

test('the run’s own settings give the run’s own weights, verdicts and suggestions', async () => {
  const probability = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(probability, probability, fc.constantFrom(...labels), fc.nat(3)), {
        minLength: 1,
        maxLength: 30,
      }),
      async (numbers) => {
        const { data, path, real } = await made(numbers.map(([, , label]) => label));
        const say = (_: unknown, i: number): Said =>
          said(numbers[i][0], numbers[i][1], numbers[i][3] === 0 ? {} : { nearDuplicates: numbers[i][3], cluster: 0 });
        const run = await makeRun({ path, real, say });
        const facts = await data.attach({ path });
        expect(facts).toMatchObject({ folder: run, scored: numbers.length, staleRows: 0, controls });
        const stored = await readScores(runFiles(run).scores, labels);
        const { rows } = await list(data, path, { sort: { column: 'line', descending: false } });
        rows.forEach((row, i) => {
          expect(row.weight).toBeCloseTo(stored.weight[i], 6);
          expect(row.logWeight).toBeCloseTo(stored.logWeight[i], 5);
          expect([row.quality, row.diversity].map((x) => x?.toFixed(5))).toEqual(
            [stored.quality[i], stored.diversity[i]].map((x) => x.toFixed(5)),
          );
          expect(row.verdict).toBe(stored.verdicts[stored.verdictId[i]]);
          expect(row.suggested).toBe(labels[stored.suggestedId[i]]);
          expect(row.marks).toEqual([]);
        });
      },
    ),
    { numRuns: 15 },
  );
});

test('what is known of a run', async () => {
  const { data, path, real } = await made(['positive', 'negative']);
  expect(await data.attach({ path })).toBeNull();
  await makeRun({
    path,
    real,
    say: () => said(0.5),
    name: '20260101T000000Z-imp',
    created: '2026-01-01T00:00:00.000Z',
  });
  const newest = await makeRun({ path, real, say: () => said(0.6), effort: 'preview' });
  await makeRun({
    path,
    real,
    say: () => said(0.5),
    name: '20260301T000000Z-imp',
    created: '2026-03-01T00:00:00.000Z',
    change: (record) => ({ ...record, status: 'running' }),
  });
  expect(await data.attach({ path })).toEqual({
    folder: newest,
    created: '2026-01-31T14:22:33.000Z',
    effort: 'preview',
    method: 'imp',
    model: 'tiny',
    device: 'cpu',
    scored: 2,
    controls: {
      ...{ gamma: 1, clipMax: 2, misalignedBelow: 0.2 },
      ...{ truncateQuantile: null, selfNormalise: false, priorCorrection: false },
    },
    quality: { kind: 'probe', accuracy: 0.9, logLoss: 0.3, ece: 0.02 },
    warnings: ['a warning of the run'],
    staleRows: 0,
    real,
  });
  expect((await data.flags({ path, most: 10, controls })).preview).toBe(true);
  const unfinished = `${datasetFolders(path)[0]}/20260301T000000Z-imp`;
  await expect(data.attach({ path, run: unfinished })).rejects.toThrow('not a finished score run');
  // Nothing is shown then.
  expect((await data.query(query(path))).summary.scored).toBe(0);
});

test('of two runs asked for at once the last is shown', async () => {
  const { data, path, real } = await made(['positive']);
  const one = await makeRun({ path, real, say: () => said(0.4) });
  const two = await makeRun({ path, real, say: () => said(0.6), name: '20260201T000000Z-imp' });
  const facts = await Promise.all([data.attach({ path, run: one }), data.attach({ path, run: two })]);
  expect(facts[1]?.folder).toBe(two);
  expect((await list(data, path)).rows[0].quality?.toFixed(2)).toBe('0.60');
  await expect(data.attach({ path, run: `${path}-absent` })).rejects.toThrow('no such file or folder');
  expect((await data.query(query(path))).summary.scored).toBe(0);
});

test('a clip without a bound and one in sample quality come back as such', async () => {
  const { data, path, real } = await made(['positive']);
  await makeRun({
    path,
    real,
    say: () => said(0.5),
    change: (record) => ({
      ...record,
      settings: { ...record.settings, weights: { gamma: 0.5, clip: { min: null, max: null } } },
      metrics: { quality: { used: { kind: 'fine-tuned', accuracy: 1 }, outOfFold: false } },
    }),
  });
  const facts = await data.attach({ path });
  expect(facts?.controls.gamma).toBe(0.5);
  expect(Math.log(facts?.controls.clipMax ?? 0)).toBeCloseTo(80, 9);
  expect(facts?.quality).toEqual({ kind: 'fine-tuned', accuracy: undefined, logLoss: undefined, ece: undefined });
});

test('other settings weigh and judge again', async () => {
  const { data, path, real } = await made(['positive', 'positive', 'positive']);
  await makeRun({ path, real, say: (_, i) => said([0.1, 0.3, 0.9][i], [0.5, 0.6, 0.2][i]) });
  await data.attach({ path });
  const at = async (gamma: number, clipMax: number, misalignedBelow: number): Promise<unknown[]> => {
    const { rows } = await list(data, path, {
      controls: { gamma, clipMax, misalignedBelow },
      sort: { column: 'line', descending: false },
    });
    return rows.map(({ weight, verdict, rank }) => [weight?.toFixed(3), verdict, rank]);
  };
  expect(await at(1, 2, 0.2)).toEqual([
    ['0.200', 'misaligned', 3],
    ['0.500', 'ok', 2],
    ['2.000', 'informative', 1],
  ]);
  expect(await at(2, 100, 0.35)).toEqual([
    ['0.040', 'misaligned', 3],
    ['0.250', 'misaligned', 2],
    ['20.250', 'informative', 1],
  ]);
  expect(await at(0, 1, 0.05)).toEqual([
    ['1.000', 'ok', 1],
    ['1.000', 'ok', 2],
    ['1.000', 'ok', 3],
  ]);
});

test('self-normalised weights and prior correction hold for the whole set', async () => {
  const { data, path, real } = await made(['positive', 'positive', 'negative', 'positive']);
  await makeRun({
    path,
    real,
    say: () => said(0.5),
    change: (record) => ({
      ...record,
      settings: {
        ...record.settings,
        weights: { gamma: 1, clip: { min: -10, max: 10 }, selfNormalise: true, priorCorrection: true },
      },
      metrics: { ...record.metrics, realPriors: { negative: 0.5, positive: 0.5 } },
    }),
  });
  await data.attach({ path });
  const { rows } = await list(data, path, {
    controls: { ...controls, clipMax: Math.exp(10) },
    sort: { column: 'line', descending: false },
  });
  // 0.5/0.75 and 0.5/0.25 have a mean of 1 over these rows already.
  expect(rows.map(({ weight }) => weight?.toFixed(4))).toEqual(['0.6667', '0.6667', '2.0000', '0.6667']);
});

test('a run of other labels is one clear line', async () => {
  const { data, path, real } = await made(['positive', 'negative']);
  const run = await makeRun({
    path,
    real,
    labels: ['negative', 'neutral', 'positive'],
    say: () => ({ p: [0.2, 0.3, 0.5], q: [0.2, 0.3, 0.5] }),
  });
  await expect(data.attach({ path })).rejects.toThrow(
    "The run 20260131T142233Z-imp was scored with the labels 'negative', 'neutral', 'positive', but those of the data are now 'negative', 'positive'; score the file again.",
  );
  // Without the real file the data may lack labels that it has.
  await data.open({ path });
  expect((await data.attach({ path, run }))?.scored).toBe(2);
  const { result } = await list(data, path);
  expect(result.labels).toEqual([
    { label: 'negative', rows: 1 },
    { label: 'neutral', rows: 0 },
    { label: 'positive', rows: 1 },
  ]);
  // A label that the run cannot know is shown without a weight.
  await data.change({
    path,
    version: 1,
    changes: [],
    full: '{"text":"row 0","label":"mixed"}\n{"text":"row 1","label":"negative"}',
  });
  const { rows } = await list(data, path, { sort: { column: 'line', descending: false } });
  expect(rows).toMatchObject([
    { label: 'mixed', marks: ['relabelled'] },
    { label: 'negative', marks: [] },
  ]);
  expect([rows[0].weight, rows[0].verdict, rows[1].weight?.toFixed(2)]).toEqual([undefined, undefined, '1.00']);
});

test('copies of a text keep their own scores; rows that could not be scored have none', async () => {
  const copies = [
    { text: 'same', label: 'positive' },
    { text: 'same', label: 'positive' },
    { text: 'failed', label: 'positive' },
  ];
  const { data, path, real } = await made(['negative'], copies);
  await makeRun({ path, real, say: (_, i) => (i === 3 ? { error: 'too long' } : said([0.3, 0.2, 0.4][i])) });
  const facts = await data.attach({ path });
  expect([facts?.scored, facts?.staleRows]).toEqual([3, 1]);
  const { rows } = await list(data, path, { sort: { column: 'line', descending: false } });
  expect(rows.map(({ weight, marks }) => [weight?.toFixed(2), ...marks])).toEqual([
    ['1.40'],
    ['0.40'],
    ['0.80'],
    [undefined, 'stale'],
  ]);
});

test('queries filter, toggle, brush and count', async () => {
  const { data, path, real } = await made(['positive', 'positive', 'negative', 'negative', 'positive']);
  await makeRun({ path, real, say: (_, i) => said([0.05, 0.9, 0.9, 0.3, 0.6][i]) });
  await data.attach({ path });
  const lines = async (part: object): Promise<number[]> => (await list(data, path, part)).rows.map(({ line }) => line);
  expect(await lines({})).toEqual([2, 4, 5, 3, 1]);
  expect(await lines({ sort: { column: 'quality', descending: false } })).toEqual([1, 3, 5, 4, 2]);
  expect(await lines({ filter: 'weight<0.3' })).toEqual([3, 1]);
  expect(await lines({ filter: 'label:positive ROW' })).toEqual([2, 5, 1]);
  expect(await lines({ filter: '"row 3" | "row 0"' })).toEqual([4, 1]);
  expect(await lines({ verdicts: ['misaligned'] })).toEqual([3, 1]);
  expect(await lines({ labels: ['negative'], verdicts: ['misaligned'] })).toEqual([3]);
  expect(await lines({ brush: [-1.1, -0.6] })).toEqual([3, 1]);

  const { result } = await list(data, path, { labels: ['negative'] });
  expect([result.count, result.total]).toEqual([2, 5]);
  expect(result.labels.map(({ rows }) => rows)).toEqual([2, 3]);
  expect(result.verdicts.find(({ verdict }) => verdict === 'misaligned')?.rows).toBe(1);
  expect(result.histogram.all.reduce((a, b) => a + b)).toBe(5);
  expect(result.histogram.matching.reduce((a, b) => a + b)).toBe(2);
  const weights = [0.1, 1.8, 0.2, 1.4, 1.2];
  const sum = weights.reduce((a, b) => a + b);
  expect(result.summary.ess).toBeCloseTo(sum ** 2 / weights.reduce((a, b) => a + b * b, 0), 5);
  expect(
    result.summary.perLabel.map(({ label, realShare, syntheticShare }) => [label, realShare, syntheticShare]),
  ).toEqual([
    ['negative', 0.5, 0.4],
    ['positive', 0.5, 0.6],
  ]);
  expect(result.summary.perLabel[0].weightShare).toBeCloseTo(1.6 / sum, 6);
  expect(result.summary).toMatchObject({ scored: 5, kept: 0, relabelled: 0, removed: 0, stale: 0 });

  const faulty = await data.query(query(path, { filter: 'weight<' }));
  expect([faulty.count, faulty.fault?.start, faulty.fault?.end]).toEqual([5, 0, 7]);
});

test('a view holds its rows and its settings, until rows get other numbers', async () => {
  const { data, path, real } = await made(Array.from({ length: 500 }, (_, i) => labels[i % 2]));
  await makeRun({ path, real, say: (_, i) => said(0.1 + (0.8 * i) / 500) });
  await data.attach({ path });
  const one = await data.query(query(path, { filter: 'label:positive' }));
  const two = await data.query(query(path, { controls: { ...controls, gamma: 0 } }));
  const window = await data.rows({ path, view: one.view, from: 247, count: 60 });
  expect([window.from, window.rows.map(({ line }) => line)]).toEqual([247, [6, 4, 2]]);
  expect((await data.rows({ path, view: two.view, from: 0, count: 1 })).rows[0].weight).toBe(1);
  expect(await data.place({ path, view: one.view, row: 5 })).toBe(247);
  expect(await data.place({ path, view: one.view, row: 4 })).toBe(-1);
  // A relabel keeps the numbers, a removed line does not.
  await data.change({
    path,
    version: 1,
    changes: [{ startLine: 0, startCharacter: 25, endLine: 0, endCharacter: 33, text: 'positive' }],
  });
  expect((await data.rows({ path, view: two.view, from: 0, count: 1 })).rows).toMatchObject([
    { line: 1, label: 'positive' },
  ]);
  await data.change({
    path,
    version: 2,
    changes: [{ startLine: 0, startCharacter: 0, endLine: 1, endCharacter: 0, text: '' }],
  });
  await expect(data.rows({ path, view: two.view, from: 0, count: 1 })).rejects.toThrow('asked for again');
  await expect(data.place({ path, view: 99, row: 0 })).rejects.toThrow('asked for again');
  expect(await data.rowAtLine({ path, line: 1 })).toBe(0);
  expect(await data.rowAtLine({ path, line: 500 })).toBeNull();
});

test('flags: misaligned first, lightest first, at most so many, with true totals and exact ranges', async () => {
  const folder = subfolder(scratch);
  const real = write(folder, 'real.jsonl', realRows);
  const path = write(
    folder,
    's.jsonl',
    [
      '\ufeff{"text":"ordinary","label":"positive"}',
      '{ "label" : "negative" , "text":"a" }',
      '',
      '{"text":"😀 é \\"q\\"","label": "positive", "n": 1}',
      'broken',
      '{"text":"copy","label":"positive"}',
      '{"text":"light","label":"positive"}',
    ].join('\r\n'),
  );
  const near = [{ line: 2, cosine: 0.75 }];
  const sayOf = (text: string): Said =>
    text === 'copy'
      ? said(0.9, 0.95, { nearDuplicates: 1, cluster: 0, nearestReal: near })
      : said({ a: 0.97, ordinary: 0.8, light: 0.03 }[text] ?? 0.1, 0.5, {
          nearestReal: near,
          ...(text === 'ordinary' ? { nearDuplicates: 1, cluster: 0 } : {}),
        });
  await makeRun({ path, real, say: ({ text }) => sayOf(text) });
  const data = service();
  await data.open({ path, realPath: real });
  await data.attach({ path });
  const { flags, ...totals } = await data.flags({ path, most: 500, controls });
  expect(
    flags.map(({ line, verdict, labelStart, labelEnd, label, suggested }) => [
      line,
      verdict,
      labelStart,
      labelEnd,
      label,
      suggested,
    ]),
  ).toEqual([
    [2, 'misaligned', 12, 22, 'negative', 'positive'],
    [7, 'misaligned', 24, 34, 'positive', 'negative'],
    [4, 'misaligned', 30, 40, 'positive', 'negative'],
    [6, 'redundant', 23, 33, 'positive', undefined],
  ]);
  expect(flags[0].message).toBe("label 'negative', real data says 'positive' (97 %), weight 0.06");
  expect(flags[0].nearestReal).toEqual({ line: 2, cosine: 0.75, label: 'positive' });
  expect(totals).toMatchObject({
    version: 0,
    misaligned: 3,
    redundant: 1,
    brokenTotal: 1,
    broken: [{ line: 5, column: 1 }],
    scored: 5,
    preview: false,
  });
  const few = await data.flags({ path, most: 2, controls });
  expect([few.flags.map(({ line }) => line), few.misaligned, few.redundant]).toEqual([[2, 7], 3, 1]);
  const notes = await data.lineWeights({ path, fromLine: 2, toLine: 5, controls });
  expect(notes.map(({ line, weight, verdict, kept }) => [line, weight.toFixed(2), verdict, kept])).toEqual([
    [2, '0.06', 'misaligned', false],
    [4, '0.20', 'misaligned', false],
  ]);
});

test('details: from 200 near-copies on it is said that there may be more', async () => {
  const { data, path, real } = await made(['positive', 'positive', 'positive']);
  await makeRun({
    ...{ path, real },
    say: (_, i) => said(0.9, 0.5, { cluster: 0, nearDuplicates: [200, 199, 4000][i] }),
  });
  await data.attach({ path });
  const told = await Promise.all([0, 1, 2].map((row) => data.details({ path, row, controls })));
  expect(told.map(({ nearCopyCount, nearCopiesMayBeMore }) => [nearCopyCount, nearCopiesMayBeMore])).toEqual([
    [200, true],
    [199, false],
    [4000, true],
  ]);
  expect(told[1].reason).toContain('near-copy of line 1 and 198 others');
  expect(told[2].reason).toContain('near-copy of line 1 and at least 3999 others');
});

test('details: text, probabilities, reason and neighbours', async () => {
  const { data, path, real } = await made(['positive', 'positive', 'positive', 'negative']);
  const embeddings = Float32Array.from([1, 0, 0.98, Math.sqrt(1 - 0.98 ** 2), 0.96, -Math.sqrt(1 - 0.96 ** 2), 0, 1]);
  const run = await makeRun({
    path,
    real,
    embeddings,
    say: (_, i) =>
      said(0.1, 0.4, {
        ...(i < 3 ? { cluster: 0, nearDuplicates: 2 } : {}),
        nearestReal: [
          { line: 3, cosine: 0.9 },
          { line: 1, cosine: 0.5 },
        ],
      }),
  });
  await data.attach({ path });
  const details = await data.details({ path, row: 0, controls });
  expect(details).toMatchObject({
    view: { row: 0, line: 1, label: 'positive', suggested: 'negative', verdict: 'misaligned' },
    text: 'row 0',
    truncated: false,
    json: '{"text":"row 0","label":"positive"}',
    reason: "label 'positive', real data says 'negative' (90 %), weight 0.25",
    nearestReal: [
      { source: 'real', line: 3, label: 'negative', text: 'real text number 2' },
      { source: 'real', line: 1, label: 'negative', text: 'real text number 0' },
    ],
    nearCopies: [
      { source: 'synthetic', line: 2, row: 1, label: 'positive', text: 'row 1' },
      { source: 'synthetic', line: 3, row: 2 },
    ],
    nearCopyCount: 2,
    nearCopiesMayBeMore: false,
    neighboursMissing: undefined,
  });
  expect(details.nearCopies.map(({ cosine }) => cosine.toFixed(2))).toEqual(['0.98', '0.96']);
  expect(
    details.probabilities?.map(({ label, quality, diversity }) => [label, quality.toFixed(2), diversity.toFixed(2)]),
  ).toEqual([
    ['negative', '0.90', '0.60'],
    ['positive', '0.10', '0.40'],
  ]);
  const similar = await data.similar({ path, row: 3, count: 2 });
  expect(similar.map(({ row, cosine }) => [row, cosine.toFixed(3)])).toEqual([
    [1, '0.199'],
    [0, '0.000'],
  ]);
  await expect(data.details({ path, row: 4, controls })).rejects.toThrow('has 4 rows; there is no row 4');

  // Another real file: its lines are not those of the run.
  writeFileSync(
    real,
    realRows
      .map((row) => `${JSON.stringify(row)}\n`)
      .reverse()
      .join(''),
  );
  await data.reload({ path });
  const later = await data.details({ path, row: 0, controls });
  expect([later.nearestReal, later.neighboursMissing]).toEqual([
    [],
    'The real file has changed since these scores were made; score again to see the nearest real rows.',
  ]);
  rmSync(`${run}/checkers`, { recursive: true });
  await data.open({ path, realPath: real });
  await data.attach({ path });
  await expect(data.similar({ path, row: 0, count: 2 })).rejects.toThrow('kept no embeddings');
  await data.change({
    path,
    version: 1,
    changes: [{ startLine: 0, startCharacter: 9, endLine: 0, endCharacter: 9, text: 'new ' }],
  });
  const stale = await data.details({ path, row: 0, controls });
  expect([stale.probabilities, stale.reason, stale.view.marks]).toEqual([undefined, undefined, ['stale']]);
  expect(stale.neighboursMissing).toContain('has not been scored yet');
});

test('rows whose log weight changed most between two runs', async () => {
  const { data, path, real } = await made(['positive', 'positive', 'positive']);
  const before = await makeRun({ path, real, say: (_, i) => said([0.1, 0.5, 0.5][i]) });
  const after = await makeRun({ path, real, say: (_, i) => said([0.9, 0.5, 0.25][i]), name: '20260201T000000Z-imp' });
  await data.change({
    path,
    version: 1,
    changes: [
      { startLine: 0, startCharacter: 0, endLine: 0, endCharacter: 0, text: '{"text":"x","label":"positive"}\n' },
    ],
  });
  const differences = await data.compareRuns({ path, before, after, most: 5 });
  expect(
    differences.map((d) => [
      d.line,
      d.text,
      d.before.weight.toFixed(2),
      d.before.verdict,
      d.after.weight.toFixed(2),
      d.after.verdict,
    ]),
  ).toEqual([
    [2, 'row 0', '0.20', 'misaligned', '1.80', 'informative'],
    [4, 'row 2', '1.00', 'unsure', '0.50', 'ok'],
  ]);
  expect(await data.compareRuns({ path, before, after, most: 1 })).toHaveLength(1);
  expect(await data.compareRuns({ path, before, after: before, most: 5 })).toEqual([]);
});

test('weights have the interval of the fold models, also under another label, controls and in orders and filters', async () => {
  const { data, path, real } = await made(['positive', 'positive', 'negative', 'negative']);
  const spreads = [[0.3, 0.01], [0.2, 0.05], undefined, [0.1, 0.4]];
  const run = await makeRun({
    ...{ path, real },
    say: (_, i) =>
      said([0.4, 0.3, 0.5, 0.1][i], 0.8, { pSpread: spreads[i], qSpread: i === 3 ? [0.02, 0.1] : undefined }),
    // Two of the five were lost on the way: what the record says of the intervals counts.
    change: (record) => ({ ...record, sureness: { interval: { models: 3, level: 0.95, quantile: 4 } } }),
  });
  const facts = await data.attach({ path, run });
  expect(facts?.sureness?.interval?.models).toBe(3);
  const { rows } = await list(data, path, { sort: { column: 'line', descending: false } });
  const near = (value: number): unknown => expect.closeTo(value, 5);
  const bounds = rows.map(({ weightLow, weightHigh }) => [weightLow, weightHigh]);
  expect(bounds[0]).toEqual([near(0.5 * Math.exp(-0.04)), near(0.5 * Math.exp(0.04))]);
  expect(bounds[1]).toEqual([near(0.375 * Math.exp(-0.2)), near(0.375 * Math.exp(0.2))]);
  expect(bounds[2]).toEqual([undefined, undefined]);
  // 0.9 / 0.2 is clipped to 2, its lower end is not; P̂' goes no further than 1.
  expect(bounds[3]).toEqual([near(2), near(2)]);
  expect(4.5 * Math.exp(-Math.hypot(0.4, 0.08))).toBeGreaterThan(2);

  const order = async (descending: boolean): Promise<number[]> =>
    (await list(data, path, { sort: { column: 'weightLow', descending } })).rows.map(({ line }) => line);
  expect(await order(true)).toEqual([4, 1, 2, 3]);
  expect(await order(false)).toEqual([2, 1, 4, 3]);
  expect((await list(data, path, { filter: 'low<0.4' })).rows.map(({ line }) => line)).toEqual([2]);
  expect((await list(data, path, { filter: 'low>=0' })).result.count).toBe(3);

  const wide = { ...controls, clipMax: 10, selfNormalise: true };
  const unclipped = await data.details({ path, row: 3, controls: wide });
  const mean = (0.5 + 0.375 + 0.5 / 0.2 + 4.5) / 4;
  expect(unclipped.view.weight).toEqual(near(4.5 / mean));
  expect(unclipped.view.weightLow).toEqual(near((4.5 * Math.exp(-Math.hypot(0.4, 0.08))) / mean));
  expect(unclipped.view.weightHigh).toEqual(near((4.5 * Math.exp(Math.hypot(-Math.log(0.9), 0.08))) / mean));

  const { textHash } = (await readScores(runFiles(run).scores, labels)) as { textHash: readonly string[] };
  await data.decide({
    path,
    decisions: [{ textHash: textHash[0], occurrence: 0, action: 'relabel', label: 'negative' }],
  });
  const { view } = await data.details({ path, row: 0, controls: { ...controls, clipMax: 10 } });
  expect([view.weight, view.weightLow]).toEqual([near(0.6 / 0.2), near((0.6 / 0.2) * Math.exp(-1.2))]);
  expect(view.weightHigh).toEqual(near(1 / 0.2));
});

test('a run of an earlier version has no intervals', async () => {
  const { data, path, real } = await made(['positive']);
  await makeRun({ path, real, say: () => said(0.4) });
  const facts = await data.attach({ path });
  expect(facts?.sureness).toBeUndefined();
  const { rows } = await list(data, path);
  expect(rows[0].weight).toBeCloseTo(0.8, 6);
  expect([rows[0].weightLow, rows[0].weightHigh]).toEqual([undefined, undefined]);
  expect((await list(data, path, { filter: 'low>=0' })).result.count).toBe(0);
});

test('truncation, normalisation and prior correction are the run’s, unless the panel says otherwise', async () => {
  const { data, path, real } = await made(['positive', 'positive', 'negative']);
  await makeRun({
    ...{ path, real },
    say: (_, i) => said([0.4, 0.2, 0.5][i], 0.5),
    change: (record) => ({
      ...record,
      settings: { ...record.settings, weights: { gamma: 1, clip: {}, selfNormalise: true, truncateQuantile: 0.5 } },
      metrics: { ...record.metrics, realPriors: { negative: 0.5, positive: 0.5 } },
    }),
  });
  const facts = await data.attach({ path });
  expect(facts?.controls).toMatchObject({ truncateQuantile: 0.5, selfNormalise: true, priorCorrection: false });
  const weights = async (part: object): Promise<(number | undefined)[]> =>
    (
      await list(data, path, {
        sort: { column: 'line', descending: false },
        controls: { gamma: 1, clipMax: 10, misalignedBelow: 0.2, ...part },
      })
    ).rows.map(({ weight }) => weight);
  const near = (...values: number[]): unknown[] => values.map((value) => expect.closeTo(value, 5) as unknown);
  // 0.8, 0.4, 1: the median caps the last, and 2 / 3 is the mean.
  expect(await weights({})).toEqual(near(1.2, 0.6, 1.2));
  expect(await weights({ selfNormalise: false })).toEqual(near(0.8, 0.4, 0.8));
  expect(await weights({ selfNormalise: false, truncateQuantile: null })).toEqual(near(0.8, 0.4, 1));
  expect(await weights({ selfNormalise: false, truncateQuantile: null, priorCorrection: true })).toEqual(
    near((0.8 * 3) / 4, (0.4 * 3) / 4, (1 * 3) / 2),
  );
});

test('the panel’s caps, means and corrections are those of the weights that jobs compute', async () => {
  const numbers = [
    [0.9, 0.3, 'positive'],
    [0.2, 0.7, 'positive'],
    [0.6, 0.5, 'positive'],
    [0.95, 0.1, 'negative'],
    [0.4, 0.4, 'positive'],
  ] as const;
  const { data, path, real } = await made(numbers.map(([, , label]) => label));
  const priors = { negative: 0.6, positive: 0.4 };
  const run = await makeRun({
    ...{ path, real, say: (_, i) => said(numbers[i][0], numbers[i][1]) },
    change: (record) => ({ ...record, metrics: { ...record.metrics, realPriors: priors } }),
  });
  await data.attach({ path });
  const stored = await readScores(runFiles(run).scores, labels);
  for (const [truncateQuantile, selfNormalise, priorCorrection] of [
    [0.75, false, false],
    [null, true, false],
    [null, false, true],
    [0.9, true, true],
  ] as const) {
    const now = {
      ...{ gamma: 0.8, clipMax: 6, misalignedBelow: 0.2 },
      truncateQuantile,
      selfNormalise,
      priorCorrection,
    };
    const expected = computeWeights({
      logP: Float64Array.from(stored.logP),
      logQ: Float64Array.from(stored.logQ),
      labels: numbers.map(([, , label]) => labels.indexOf(label)),
      classCount: labels.length,
      settings: {
        ...DEFAULT_WEIGHT_SETTINGS,
        ...{ gamma: 0.8, clip: { min: -10, max: Math.log(6) }, selfNormalise },
        truncateQuantile: truncateQuantile ?? undefined,
        priorCorrection: priorCorrection ? { real: [0.6, 0.4], synthetic: [0.2, 0.8] } : undefined,
      },
    });
    const { result, rows } = await list(data, path, { controls: now, sort: { column: 'line', descending: false } });
    rows.forEach((row, i) => {
      expect(row.weight).toBeCloseTo(expected.weight[i], 5);
    });
    // What stands beside them follows, and what is exported.
    expect(result.summary.ess).toBeCloseTo(effectiveSampleSize(expected.weight), 3);
    const sum = expected.weight.reduce((total, weight) => total + weight, 0);
    expect(result.summary.perLabel.map(({ weightShare }) => weightShare)).toEqual(
      [expected.weight[3] / sum, 1 - expected.weight[3] / sum].map((share) => expect.closeTo(share, 5) as unknown),
    );
    const to = join(subfolder(scratch), 'weighted.jsonl');
    await data.export({ path, kind: 'weighted', to, controls: now });
    const written = readFileSync(to, 'utf8').trim().split('\n');
    written.forEach((line, i) => {
      expect((JSON.parse(line) as { weight: number }).weight).toBeCloseTo(expected.weight[i], 5);
    });
  }
});

test('a removed row has no say in the other rows’ weights', async () => {
  const { data, path, real } = await made(['positive', 'positive', 'negative']);
  const run = await makeRun({
    ...{ path, real, say: (_, i) => said([0.4, 0.2, 0.5][i], 0.5) },
    change: (record) => ({ ...record, metrics: { ...record.metrics, realPriors: { negative: 0.5, positive: 0.5 } } }),
  });
  await data.attach({ path });
  const { textHash } = (await readScores(runFiles(run).scores, labels)) as { textHash: readonly string[] };
  await data.decide({ path, decisions: [{ textHash: textHash[2], occurrence: 0, action: 'remove' }] });
  const weights = async (part: Partial<WeightControls>): Promise<unknown[]> =>
    (
      await list(data, path, { sort: { column: 'line', descending: false }, controls: { ...controls, ...part } })
    ).rows.map(({ weight }) => weight);
  const near = (...values: number[]): unknown[] => values.map((value) => expect.closeTo(value, 5) as unknown);
  // 0.8 and 0.4 have a mean of 0.6; 1 is what is removed.
  expect(await weights({ selfNormalise: true })).toEqual(near(0.8 / 0.6, 0.4 / 0.6, 1 / 0.6));
  expect(await weights({ truncateQuantile: 0.5 })).toEqual(near(Math.sqrt(0.32), 0.4, Math.sqrt(0.32)));
  // All that are left are positive, half of the real rows is; nothing corrects a label that no row has.
  expect(await weights({ priorCorrection: true })).toEqual(near(0.4, 0.2, 1));
});
