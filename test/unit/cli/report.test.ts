import { describe, expect, it } from 'vitest';
import { progressMeter, progressText } from '../../../src/cli/progress.ts';
import { columnsOf, cut, histogram, metricsTable, scoreReport } from '../../../src/cli/report.ts';
import { estimateText } from '../../../src/cli/terminal.ts';
import type { ScoreResult } from '../../../src/jobs/scoreJob.ts';
import { bytes, duration } from '../../../src/cli/units.ts';

describe('histogram', () => {
  it('counts every value once, extremes in the outermost bins', () => {
    const values = [...Array.from({ length: 200 }, (_, i) => i / 100), -1000, 1000];
    const lines = histogram(values, 80, 10).split('\n');
    expect(lines).toHaveLength(10);
    const counts = lines.map((line) => Number(/…\s+-?[\d.]+\s+(\d+)/.exec(line)?.[1]));
    expect(counts.reduce((a, b) => a + b, 0)).toBe(202);
    // Without the extremes every bin holds about a tenth.
    for (const count of counts) expect(Math.abs(count - 20)).toBeLessThan(6);
  });

  it('draws one bar for equal values, and nothing for none', () => {
    const lines = histogram([0.5, 0.5, 0.5], 80, 5).split('\n');
    expect(lines.filter((line) => line.includes('█'))).toHaveLength(1);
    expect(histogram([], 80)).toBe('  no rows');
  });
});

describe('the report of score', () => {
  it('shows shares of the labels that add to 100 %', () => {
    const label = (name: string, share: number, realShare: number): ScoreResult['perLabel'][number] => ({
      ...{ label: name, sumOfWeights: 10 * share, shareOfWeights: share, realShare, syntheticShare: 1 / 3 },
    });
    const result = {
      ...{ ranked: [], scored: 30, errors: 0, method: 'imp', effort: 'preview', verdicts: { ok: 30 }, ess: 20 },
      perLabel: [label('a', 0.0005, 0.5), label('b', 0.4995, 0.25), label('c', 0.5, 0.25)],
      quality: { kind: 'probe', accuracy: 0.9, logLoss: 0.3, eceBefore: 0.1, eceAfter: 0.05 },
      ...{ sureness: {}, warnings: [], metrics: {}, folder: '/run' },
    } as unknown as ScoreResult;
    const rows = scoreReport(result, { width: 100, show: 3 })
      .split('\n')
      .filter((line) => /^ +[abc] /.test(line))
      .map((line) => line.trim().split(/ {2,}/).slice(2));
    expect(rows).toEqual([
      ['0.1 %', '50.0 %', '33.4 %'],
      ['49.9 %', '25.0 %', '33.3 %'],
      ['50.0 %', '25.0 %', '33.3 %'],
    ]);
  });
});

describe('text of terminals', () => {
  it('measures wide and combining characters', () => {
    expect(columnsOf('abc')).toBe(3);
    expect(columnsOf('日本')).toBe(4);
    expect(columnsOf('e\u0301')).toBe(1);
    expect(columnsOf('🎉!')).toBe(3);
  });

  it('cuts by columns, whole characters only', () => {
    expect(cut('abcdef', 6)).toBe('abcdef');
    expect(cut('abcdefg', 6)).toBe('abcde…');
    expect(cut('日本語日本語', 6)).toBe('日本…');
    expect(columnsOf(cut('日本語日本語', 6))).toBeLessThanOrEqual(6);
  });

  it('says times and sizes in words', () => {
    expect([0, 59.4, 61, 3599, 7500].map(duration)).toEqual(['0 s', '59 s', '1 min 1 s', '59 min 59 s', '2 h 5 min']);
    expect([512, 1500, 2.5e9, 123e6].map(bytes)).toEqual(['512 B', '1.5 kB', '2.5 GB', '123 MB']);
    const estimate = { seconds: 90, forwardRows: 10, backwardRows: 20, memoryBytes: 1e9, diskBytes: 2e9 };
    expect(estimateText(estimate)).toBe(
      'Estimated: 1 min 30 s (20 rows forward and backward, 10 forward only), memory 1.0 GB at the peak, disk 2.0 GB.',
    );
  });

  it('shows metrics by label', () => {
    const of = { precision: 0.5, recall: 1, f1: 2 / 3, support: 4 };
    const text = metricsTable({ rows: 8, accuracy: 0.625, macroF1: 0.6, logLoss: 0.7, perClass: { neg: of, pos: of } });
    expect(text).toMatch(/neg\s+50\.0 %\s+100\.0 %\s+66\.7 %\s+4/);
    expect(text).toContain('accuracy 62.50 %, macro-F1 60.00 %, log-loss 0.7000 on 8 rows');
  });
});

describe('progressMeter', () => {
  const at = (done: number, stage = 'training') => ({ stage, done, total: 100, unit: 'steps' as const, loss: 0.5 });

  it('writes a line every few seconds where there is no terminal', () => {
    let time = 0;
    const written: string[] = [];
    const meter = progressMeter({ write: (text) => written.push(text), terminal: false, now: () => time });
    for (let step = 1; step <= 100; step++) {
      time += 200;
      meter.show(at(step));
    }
    expect(written).toHaveLength(4);
    expect(written[1]).toBe('training  26/100 steps  loss 0.5000  15 s left\n');
  });

  it('draws one line over and over on a terminal, and clears it for text', () => {
    let time = 0;
    let screen = '';
    const meter = progressMeter({ write: (text) => (screen += text), terminal: true, columns: 60, now: () => time });
    meter.show(at(1));
    time = 50;
    meter.show(at(2));
    expect(screen.match(/\r/g)).toHaveLength(1);
    time = 200;
    meter.show(at(50));
    meter.line('a notice');
    expect(screen).toContain('[##########----------]  50/100');
    expect(screen.endsWith('\r\u001b[Ka notice\n')).toBe(true);
    for (const part of screen.split('\r')) expect(part.replace('\u001b[K', '').split('\n')[0].length).toBeLessThan(60);
  });

  it('estimates the time left from the steps of this stage', () => {
    expect(progressText(at(50), 10_000, 25, false)).toBe('training  50/100 steps  loss 0.5000  20 s left');
    expect(progressText({ ...at(0), total: 0 }, 0, 0, true)).toContain('[####################]');
  });
});
