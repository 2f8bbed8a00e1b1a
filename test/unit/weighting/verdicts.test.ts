import { describe, expect, it } from 'vitest';
import {
  DEFAULT_VERDICT_SETTINGS,
  type RowEvidence,
  explainRow,
  farFromRealThreshold,
  judgeRow,
  uniformity,
} from '../../../src/core/weighting/verdicts.ts';

const names = ['negative', 'positive'];
const row = (p: number[], rest: Partial<RowEvidence> = {}): RowEvidence => ({
  logP: p.map(Math.log),
  label: 1,
  weight: 1,
  ...rest,
});
const sentence = (evidence: RowEvidence, settings = DEFAULT_VERDICT_SETTINGS): string =>
  explainRow(evidence, judgeRow(evidence, settings), names, settings);

describe('verdicts', () => {
  it('misaligned: the quality checker contradicts the label', () => {
    const evidence = row([0.97, 0.03], { weight: 0.03 });
    expect(judgeRow(evidence)).toEqual({ verdict: 'misaligned', suggested: 0 });
    expect(sentence(evidence)).toBe("label 'positive', real data says 'negative' (97 %), weight 0.03");
  });

  it('not misaligned where no other label is clearly preferred', () => {
    expect(judgeRow(row([0.48, 0.1, 0.42])).verdict).toBe('ok');
    expect(judgeRow(row([0.62, 0.1, 0.28])).verdict).toBe('misaligned');
    expect(judgeRow(row([0.75, 0.25])).verdict).toBe('ok');
  });

  it('redundant: a near-copy of an earlier row, whatever the diversity checker says', () => {
    const evidence = row([0.1, 0.9], { nearDuplicates: 5, copyOf: 7, diversity: 0.96, weight: 0.94 });
    expect(judgeRow(evidence)).toEqual({ verdict: 'redundant', suggested: 1 });
    expect(sentence(evidence)).toBe('near-copy of line 7 and 4 others, weight 0.94');
    expect(sentence({ ...evidence, nearDuplicates: 2 })).toBe('near-copy of line 7 and 1 other, weight 0.94');
    expect(sentence({ ...evidence, nearDuplicates: 1 })).toBe('near-copy of line 7, weight 0.94');
    // From 200 on not all are counted.
    expect(sentence({ ...evidence, nearDuplicates: 199 })).toBe('near-copy of line 7 and 198 others, weight 0.94');
    expect(sentence({ ...evidence, nearDuplicates: 200 })).toBe(
      'near-copy of line 7 and at least 199 others, weight 0.94',
    );
    expect(judgeRow({ ...evidence, diversity: 0.01 }).verdict).toBe('redundant');
    expect(judgeRow({ ...evidence, diversity: undefined }).verdict).toBe('redundant');
    expect(judgeRow({ ...evidence, nearDuplicates: 0 }).verdict).toBe('ok');
    expect(judgeRow({ ...evidence, copyOf: undefined }).verdict).toBe('ok');
  });

  it('redundant, where the settings ask for it, only if the label is foreseen', () => {
    const settings = { ...DEFAULT_VERDICT_SETTINGS, redundantDiversityFrom: 0.5 };
    const evidence = row([0.1, 0.9], { nearDuplicates: 5, copyOf: 7 });
    const verdict = (diversity?: number): string => judgeRow({ ...evidence, diversity }, settings).verdict;
    expect([verdict(0.5), verdict(0.49), verdict()]).toEqual(['redundant', 'ok', 'ok']);
  });

  it('informative: agreement and a weight well above 1', () => {
    const evidence = row([0.07, 0.93], { diversity: 0.31, weight: 3 });
    expect(judgeRow(evidence).verdict).toBe('informative');
    expect(sentence(evidence)).toBe(
      "real data agrees with 'positive' (93 %), and the generator's data foresees it less (31 %), weight 3.00",
    );
    expect(judgeRow({ ...evidence, weight: 1.1 }).verdict).toBe('ok');
    expect(judgeRow(row([0.7, 0.3], { weight: 3 })).verdict).toBe('ok');
  });

  it('unsure: near-uniform, or far from all real rows', () => {
    const uniform = row([0.52, 0.48]);
    expect(judgeRow(uniform).verdict).toBe('unsure');
    expect(sentence(uniform)).toBe("real data cannot tell: label 'positive' 48 %, 'negative' 52 %, weight 1.00");
    const settings = { ...DEFAULT_VERDICT_SETTINGS, farFromReal: 0.8 };
    const far = row([0.1, 0.9], { distanceToReal: 0.91 });
    expect(judgeRow(far).verdict).toBe('ok');
    expect(judgeRow(far, settings).verdict).toBe('unsure');
    expect(sentence(far, settings)).toBe('unlike every real row (distance 0.91, limit 0.80), weight 1.00');
  });

  it('ok: says which way the real data leans', () => {
    expect(sentence(row([0.19, 0.81], { weight: 0.97 }))).toBe("real data agrees with 'positive' (81 %), weight 0.97");
    expect(sentence(row([0.7, 0.3], { weight: 0.004 }))).toBe(
      "label 'positive' (30 %), real data leans to 'negative' (70 %), weight < 0.01",
    );
  });

  it('misaligned comes before redundant, redundant before unsure', () => {
    const copies = { nearDuplicates: 9, copyOf: 2, diversity: 0.99 };
    expect(judgeRow(row([0.97, 0.03], copies)).verdict).toBe('misaligned');
    expect(judgeRow(row([0.5, 0.5], copies)).verdict).toBe('redundant');
  });

  it('far from every real row comes before all of them', () => {
    const settings = { ...DEFAULT_VERDICT_SETTINGS, farFromReal: 0.8 };
    const far = { nearDuplicates: 9, copyOf: 2, distanceToReal: 0.9 };
    expect(judgeRow(row([0.97, 0.03], far), settings).verdict).toBe('unsure');
    expect(judgeRow(row([0.97, 0.03], { ...far, distanceToReal: 0.79 }), settings).verdict).toBe('misaligned');
  });

  it('suggests the row’s own label where it ties', () => {
    expect(judgeRow(row([0.5, 0.5])).suggested).toBe(1);
    expect(judgeRow({ ...row([0.5, 0.5]), label: 0 }).suggested).toBe(0);
  });

  it('never rounds to certainty', () => {
    expect(sentence(row([0.998, 0.002], { weight: 0 }))).toBe(
      "label 'positive', real data says 'negative' (> 99 %), weight 0.00",
    );
  });

  it('the far threshold is the quantile of the real rows’ own distances', () => {
    expect(farFromRealThreshold([0.1, 0.2, 0.3], 0.5)).toBe(0.2);
    expect(farFromRealThreshold([])).toBe(Infinity);
  });

  it('uniformity is 1 for uniform, 0 for certain', () => {
    expect(uniformity([0.25, 0.25, 0.25, 0.25].map(Math.log))).toBeCloseTo(1, 14);
    expect(uniformity([0, -Infinity])).toBeCloseTo(0, 15);
  });
});
