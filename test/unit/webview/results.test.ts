import { describe, expect, it } from 'vitest';
import type { TrainingRunRow } from '../../../src/protocol/training.ts';
import { accuracyMargin, results } from '../../../webview/training/results.ts';

function run(name: string, accuracy: number, macroF1: number, changes: Partial<TrainingRunRow> = {}): TrainingRunRow {
  const scores = {
    ...{ rows: 1000, accuracy, macroF1, logLoss: 0.3 },
    perClass: {
      ham: { precision: 1, recall: 1, f1: macroF1 + 0.02, support: 500 },
      spam: { precision: 1, recall: 1, f1: macroF1 - 0.02, support: 500 },
    },
  };
  return {
    ...{ folder: name, created: '2026-01-31T14:22:33Z', loss: 'imp', data: 'synthetic', seed: 42, current: false },
    ...{ group: name, testRows: 'same', testFile: 'test.jsonl', test: scores },
    ...changes,
  };
}

describe('the table of runs', () => {
  it('marks the best of each column, ties as shown', () => {
    const table = results([run('a', 0.9004, 0.85, { current: true }), run('b', 0.8996, 0.86), run('c', 0.88, 0.8)]);
    expect(table.columns.map(({ title }) => title)).toEqual(['Accuracy', 'Macro-F1', 'ham', 'spam']);
    // 90.04 and 89.96 are both shown as 90.0.
    expect(table.rows.map(({ cells }) => cells.map(({ best }) => best))).toEqual([
      [true, false, false, false],
      [true, true, true, true],
      [false, false, false, false],
    ]);
  });

  it('marks nothing where there is nothing to compare', () => {
    const { rows } = results([run('a', 0.9, 0.85, { current: true })]);
    expect(rows[0].cells.some(({ best }) => best)).toBe(false);
  });

  it('marks nothing in a column where all are alike', () => {
    const { rows } = results([run('a', 0.9, 0.85, { current: true }), run('b', 0.9, 0.8)]);
    expect(rows.map(({ cells }) => cells.map(({ best }) => best))).toEqual([
      [false, true, true, true],
      [false, false, false, false],
    ]);
  });

  it('keeps runs on other test rows out of the comparison', () => {
    const table = results([
      run('a', 0.9, 0.85, { current: true }),
      run('b', 0.99, 0.99, { testRows: 'others' }),
      run('c', 0.8, 0.7),
    ]);
    expect(table.rows.map(({ comparable }) => comparable)).toEqual([true, false, true]);
    expect(table.rows[0].cells[0]).toEqual({ value: 0.9, best: true });
    expect(table.rows[1].cells[0]).toEqual({ value: 0.99, best: false });
  });

  it('falls back to dev rows, and says that they flatter', () => {
    const dev = run('a', 0.9, 0.85).test;
    const table = results([
      run('a', 0, 0, { current: true, test: undefined, testRows: undefined, dev, devRows: 'd', devFile: 'dev.jsonl' }),
    ]);
    expect(table).toMatchObject({ on: 'dev', file: 'dev.jsonl', measured: 1000 });
    expect(table.words.join(' ')).toContain('flatter');
  });

  it('lists runs without any numbers', () => {
    const table = results([run('a', 0, 0, { test: undefined, current: true })]);
    expect(table).toMatchObject({ on: undefined, columns: [], words: [], rows: [{ comparable: false, cells: [] }] });
  });

  it('survives a class named like a member of every object', () => {
    const odd = run('a', 0.9, 0.85, { current: true });
    const other = run('b', 0.8, 0.75);
    const perClass = Object.fromEntries([
      ['__proto__', { precision: 1, recall: 1, f1: 0.5, support: 1 }],
      ['toString', { precision: 1, recall: 1, f1: 0.4, support: 1 }],
    ]);
    const table = results([{ ...odd, test: { ...odd.test!, perClass } }, other]);
    expect(table.columns.map(({ title }) => title)).toEqual([
      'Accuracy',
      'Macro-F1',
      '__proto__',
      'toString',
      'ham',
      'spam',
    ]);
    expect(table.rows.map(({ cells }) => cells.slice(2).map(({ value }) => value))).toEqual([
      [0.5, 0.4, undefined, undefined],
      [undefined, undefined, 0.77, 0.73],
    ]);
  });
});

describe('seeds', () => {
  const group = { group: 'g' };
  it('give mean and standard deviation of runs that differ in nothing else', () => {
    const { groups } = results([
      run('a', 0.9, 0.8, { ...group, current: true }),
      run('b', 0.92, 0.84, { ...group, seed: 43 }),
      run('c', 0.94, 0.88, { ...group, seed: 44 }),
      run('d', 0.7, 0.6, { loss: 'ce' }),
    ]);
    expect(groups).toHaveLength(2);
    expect(groups[0]).toMatchObject({ loss: 'imp', seeds: [42, 43, 44] });
    expect(groups[0].accuracy.mean).toBeCloseTo(0.92, 12);
    expect(groups[0].accuracy.deviation).toBeCloseTo(0.02, 12);
    expect(groups[0].macroF1.range).toBeCloseTo(0.08, 12);
    expect(groups[1].accuracy).toEqual({ mean: 0.7, deviation: undefined, range: 0 });
  });

  it('count once, however often the same one was run', () => {
    expect(results([run('a', 0.9, 0.8, group), run('b', 0.9, 0.8, group)]).groups).toEqual([]);
  });
});

describe('what the numbers can bear', () => {
  it('is the interval of the accuracy on so many rows', () => {
    expect(accuracyMargin({ accuracy: 0.9, rows: 1000 })).toBeCloseTo(0.018594, 5);
    expect(accuracyMargin({ accuracy: 1, rows: 100 })).toBeCloseTo(0.03, 12);
    const { words } = results([run('a', 0.9, 0.85, { current: true })]);
    expect(words[0]).toBe('On 1,000 test rows an accuracy of 90.0 % is known to about ± 1.9 points.');
  });

  it('asks for the baseline after the first run, and for weights after the baseline', () => {
    expect(results([run('a', 0.9, 0.85)]).words.at(-1)).toContain('train CE-Loss');
    expect(results([run('a', 0.9, 0.85, { loss: 'ce' })]).words.at(-1)).toContain('train IMP-Loss');
  });

  it('takes the larger of sampling error and the spread over seeds', () => {
    const apart = [run('a', 0.9, 0.85), run('b', 0.9, 0.95, { seed: 43 })];
    expect(results(apart).words.at(-1)).toContain('less than about 2.6 points');
    const seeds = apart.map((each) => ({ ...each, group: 'g' }));
    expect(results(seeds).words.at(-1)).toContain('less than about 10.0 points');
    expect(results(seeds).words[1]).toContain('IMP-Loss moved by 10.0 points of macro-F1 (2 seeds)');
  });
});
