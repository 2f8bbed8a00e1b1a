import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { documentedAt, problemsOf, problemTotal, totalsOf } from '../../../src/host/diagnostics/problems.ts';
import { flagOf, flagsOf } from './flags.ts';
import { translate } from './translate.ts';

const broken = (line: number): { line: number; column: number; message: string } => ({
  ...{ line, column: 5, message: 'not JSON: unexpected end' },
});

describe('problems of a file', () => {
  it('marks the label of a misaligned row and points at the nearest real row', () => {
    const flag = flagOf(7, { nearestReal: { line: 12, cosine: 0.834, label: 'negative' } });
    expect(problemsOf(flagsOf({ flags: [flag], misaligned: 1 }), 500, translate)).toEqual([
      {
        ...{ code: 'misaligned', severity: 'warning', line: 6, start: 10, end: 20 },
        message: "label 'positive', real data says 'negative' (97 %), weight 0.03",
        nearestReal: { line: 11, message: "nearest real row, labelled 'negative' (cosine 0.83)" },
      },
    ]);
  });

  it('points at the exact column of a broken row, and hints at redundant ones', () => {
    const flags = flagsOf({ flags: [flagOf(2, { verdict: 'redundant' })], broken: [broken(4)] });
    expect(problemsOf(flags, 500, translate)).toMatchObject([
      { code: 'broken-row', severity: 'error', line: 3, start: 4, end: 5, message: 'not JSON: unexpected end' },
      { code: 'redundant', severity: 'hint', line: 1 },
    ]);
  });

  it('says where a weight is provisional', () => {
    const [problem] = problemsOf(flagsOf({ flags: [flagOf(1, { provisional: true })] }), 500, translate);
    expect(problem.message).toMatch(/weight 0\.03 \(provisional: the label changed since it was scored\)$/);
  });

  it('keeps to the limit, worst first, without one kind crowding out the other', () => {
    const flags = Array.from({ length: 30 }, (_, i) => flagOf(i + 1));
    const rows = Array.from({ length: 30 }, (_, i) => broken(i + 100));
    const codes = (shown: typeof flags, left: typeof rows): string[] =>
      problemsOf(flagsOf({ flags: shown, broken: left }), 10, translate).map(({ code }) => code);
    const count = (all: string[]): [number, number] => [
      all.filter((code) => code === 'broken-row').length,
      all.filter((code) => code === 'misaligned').length,
    ];
    expect(count(codes(flags, rows))).toEqual([5, 5]);
    expect(count(codes(flags, rows.slice(0, 2)))).toEqual([2, 8]);
    expect(count(codes(flags.slice(0, 3), rows))).toEqual([7, 3]);
    expect(codes(flags, rows).indexOf('misaligned')).toBe(5);
    expect(problemsOf(flagsOf({ flags, broken: rows }), 0, translate)).toEqual([]);
    const worst = problemsOf(flagsOf({ flags }), 3, translate).map(({ line }) => line);
    expect(worst).toEqual([0, 1, 2]);
  });

  it('lets a preview call no label wrong', () => {
    const flags = flagsOf({
      ...{ flags: [flagOf(1), flagOf(2, { verdict: 'redundant' })], misaligned: 1, redundant: 1, brokenTotal: 3 },
      preview: true,
    });
    expect(problemsOf(flags, 500, translate).map(({ code }) => code)).toEqual(['redundant']);
    expect(problemTotal(flags)).toBe(4);
    expect(problemTotal({ ...flags, preview: false })).toBe(5);
  });

  it('counts what the status bar tells', () => {
    const flags = flagsOf({ misaligned: 17, redundant: 5, brokenTotal: 1 });
    expect(totalsOf(flags, translate)).toBe('17 misaligned, 5 redundant, 1 broken');
    expect(totalsOf({ ...flags, preview: true }, translate)).toBe('5 redundant, 1 broken');
    expect(totalsOf(flagsOf(), translate)).toBeUndefined();
  });

  it('shows hostile labels as they are, on one line, cut', () => {
    const [problem] = problemsOf(
      flagsOf({ flags: [flagOf(1, { message: `a\u202E\n${'x'.repeat(5000)}` })] }),
      5,
      translate,
    );
    expect(problem.message.startsWith('a\\u202e\\u000ax')).toBe(true);
    expect(problem.message.length).toBeLessThan(1100);
  });

  it('links to the lines of the documentation that explain it', async () => {
    const page = (await readFile(new URL('../../../docs/verdicts.md', import.meta.url), 'utf8')).split('\n');
    for (const [code, line] of Object.entries(documentedAt)) expect(page[line - 1]).toBe(`## ${code}`);
  });
});
