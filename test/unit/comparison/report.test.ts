import { describe, expect, it } from 'vitest';
import { comparisonTable, htmlReport, markdownReport } from '../../../src/core/comparison/report.ts';
import { comparisonOf } from './support.ts';

const comparison = comparisonOf([
  { method: 'ce', title: 'CE', seconds: 60.4 },
  { method: 'imp-2', title: 'IMP, K = 2', gain: 0.021, sd: 0.006, p: 0.0001 },
  { method: 'focal', title: 'focal', gain: -0.02, sd: 0.01, p: 0.02 },
  { method: 'dimp', title: 'DIMP', failures: [{ seed: 1, reason: 'the loss <broke>' }] },
]);
const facts = {
  ...{ dataset: 'my_<b>rows</b>.jsonl', syntheticRows: 2000, realRows: 200, encoder: 'all-MiniLM-L6-v2' },
  ...{ recipe: 'default', warnings: ['Only 40 real rows & few labels.'] },
};

describe('comparisonTable', () => {
  it('has a line for each method, with dashes where it could not be run', () => {
    const { head, rows } = comparisonTable(comparison);
    expect(head).toEqual([
      'method',
      'seeds',
      'macro-F1',
      '95 %',
      'to CE',
      'p',
      'accuracy',
      'F1 neg',
      'F1 a|b',
      'ESS',
      'seconds',
    ]);
    expect(rows[0]).toEqual(['CE', '3', '70.0 ± 1.0', '68.0 … 72.0', '', '', '80.0 ± 1.0', '60.0', '80.0', '', '60']);
    expect(rows[1].slice(0, 6)).toEqual(['IMP, K = 2', '3', '72.1 ± 1.0', '70.1 … 74.1', '+2.1 ± 0.6', '< 0.001']);
    expect(rows[1][9]).toBe('64.0');
    expect(rows[3]).toEqual(['DIMP', '0', '–', '–', '', '', '–', '–', '–', '', '–']);
  });
});

describe('markdownReport', () => {
  const text = markdownReport(comparison, facts);
  it('has the advice, a whole table and what to know', () => {
    expect(text).toContain('**IMP, K = 2 beats CE by 2.1 ± 0.6 macro-F1 on your 400 test rows (p < 0.001).');
    const table = text.split('\n').filter((line) => line.startsWith('|'));
    expect(table).toHaveLength(2 + 4);
    // Every line has as many cells as the head, a label with a bar in it notwithstanding.
    for (const line of table) expect(line.replaceAll('\\|', '').match(/\|/g)).toHaveLength(12);
    expect(text).toContain('no dev rows: the last epoch of each training is used');
    expect(text).toContain('- DIMP, seed 1: the loss \\<broke>');
    expect(text).toContain('- Only 40 real rows & few labels.');
    expect(text.split('\n')[0]).toBe('# Methods compared on my\\_\\<b>rows\\</b>.jsonl');
  });
});

describe('htmlReport', () => {
  const page = htmlReport(comparison, facts);
  it('needs nothing from elsewhere and shows text as it is', () => {
    expect(page).not.toMatch(/<script|src=|href=|url\(|@import/);
    expect(page).not.toContain('<b>rows');
    expect(page).not.toContain('<broke>');
    expect(page).toContain('&#60;broke&#62;');
  });
  it('draws every method that ran at its place, coloured where it is separated', () => {
    const marks = [
      ...page.matchAll(
        /<g class="([^"]*)"><title>([^<]*)<\/title>.*?<line[^>]*x1="([\d.]+)" x2="([\d.]+)".*?cx="([\d.]+)"/g,
      ),
    ];
    expect(marks.map(([, standing]) => standing)).toEqual(['', 'better', 'worse']);
    const [ce, imp, focal] = marks.map(([, , , low, high, mean]) => [low, mean, high].map(Number));
    for (const [low, mean, high] of [ce, imp, focal]) {
      expect(low).toBeLessThan(mean);
      expect(mean).toBeLessThan(high);
    }
    expect(imp[1]).toBeGreaterThan(ce[1]);
    expect(focal[1]).toBeLessThan(ce[1]);
    // 4.1 points between IMP and focal, 2.1 between IMP and CE: the axis is linear.
    expect((imp[1] - ce[1]) / (imp[1] - focal[1])).toBeCloseTo(2.1 / 4.1, 2);
    expect(page).toContain(`class="base" x1="${ce[1].toFixed(1)}"`);
  });
  it('leaves room for the longest name', () => {
    const left = (title: string): number => {
      const wide = htmlReport(
        comparisonOf([
          { method: 'ce', title: 'CE' },
          { method: 'x', title, gain: 0.01 },
        ]),
        facts,
      );
      return Number(/class="grid" x1="([\d.]+)"/.exec(wide)?.[1]);
    };
    const short = left('focal');
    expect(left('random weights')).toBe(short);
    // Six to seven pixels a letter.
    expect(left('filter, τ = 0.125, with real rows') - short).toBeGreaterThan(40);
  });
  it('has a row of the table for each method, and no chart where nothing ran', () => {
    expect(page.match(/<tr>/g)).toHaveLength(5);
    expect(page.match(/<th scope="row">/g)).toHaveLength(4);
    expect(htmlReport(comparisonOf([{ method: 'dimp' }]), facts)).not.toContain('<svg');
  });
});
