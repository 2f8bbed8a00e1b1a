import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  calibratedJoint,
  confidentJoint,
  confidentLabels,
  confidentThresholds,
  labelIssues,
  labelQuality,
  type IssueRule,
  type LabelQuality,
} from '../../../src/core/metrics/confidentLearning.ts';

interface Case {
  name: string;
  classCount: number;
  labels: number[];
  probabilities: number[];
  thresholds: number[];
  confidentJoint: number[];
  calibratedJoint: number[];
  issueCount: number;
  issues: Record<string, number[]>;
  scores: Record<string, number[]>;
}
const cases = JSON.parse(
  readFileSync(new URL('../../fixtures/confidentLearning/cases.json', import.meta.url), 'utf8'),
) as Case[];

const rules: Record<IssueRule, string> = {
  'noise rate': 'prune_by_noise_rate',
  class: 'prune_by_class',
  both: 'both',
  'confident joint': 'confident_learning',
};
const measures: Record<LabelQuality, string> = {
  'self-confidence': 'self_confidence',
  'normalized margin': 'normalized_margin',
};

describe.each(cases)('confident learning against cleanlab: $name', (of) => {
  it('thresholds, with a label that no row is given out of reach', () => {
    const thresholds = confidentThresholds(of);
    of.thresholds.forEach((threshold, label) => {
      if (of.labels.includes(label)) expect(thresholds[label]).toBeCloseTo(threshold, 14);
      else expect(thresholds[label]).toBe(Infinity);
    });
  });

  it('counts of the confident joint, as counted and stretched to all rows', () => {
    expect(Array.from(confidentJoint(of))).toEqual(of.confidentJoint);
    expect(Array.from(calibratedJoint(of))).toEqual(of.calibratedJoint);
  });

  it.each(Object.entries(rules))('the very rows that the rule "%s" marks', (rule, name) => {
    const marked = labelIssues(of, rule as IssueRule);
    expect(Array.from(marked.keys()).filter((row) => marked[row] === 1)).toEqual(of.issues[name]);
  });

  it('as many issues as cleanlab counts', () => {
    expect(labelIssues(of, 'confident joint').reduce((a, b) => a + b, 0)).toBe(of.issueCount);
  });

  it.each(Object.entries(measures))('%s of every row, plain and adjusted', (measure, name) => {
    for (const adjusted of [false, true]) {
      const scores = labelQuality(of, measure as LabelQuality, adjusted);
      of.scores[adjusted ? `${name} adjusted` : name].forEach((score, row) => {
        expect(scores[row]).toBeCloseTo(score, 13);
      });
    }
  });
});

describe('confident learning by hand', () => {
  // Thresholds: (0.9 + 0.6 + 0.2) / 3 and (0.9 + 0.8 + 0.45) / 3.
  const input = {
    classCount: 2,
    labels: [0, 0, 0, 1, 1, 1],
    probabilities: [0.9, 0.1, 0.6, 0.4, 0.2, 0.8, 0.1, 0.9, 0.2, 0.8, 0.55, 0.45],
  };

  it('counts a row to no label where no threshold is reached', () => {
    const thresholds = confidentThresholds(input);
    expect(thresholds[0]).toBeCloseTo(1.7 / 3, 14);
    expect(thresholds[1]).toBeCloseTo(2.15 / 3, 14);
    expect(Array.from(confidentLabels(input))).toEqual([0, 0, 1, 1, 1, -1]);
    expect(Array.from(confidentJoint(input))).toEqual([2, 1, 0, 2]);
    // The second label's rows are three; two were counted, all to it.
    expect(Array.from(calibratedJoint(input))).toEqual([2, 1, 0, 3]);
    expect(Array.from(labelIssues(input, 'noise rate'))).toEqual([0, 0, 1, 0, 0, 0]);
  });

  it('breaks ties by row', () => {
    const same = { classCount: 2, labels: [0, 0, 0, 1], probabilities: [0.9, 0.1, 0.2, 0.8, 0.2, 0.8, 0.2, 0.8] };
    expect(Array.from(confidentJoint(same))).toEqual([1, 2, 0, 1]);
    expect(Array.from(labelIssues(same, 'class'))).toEqual([0, 1, 1, 0]);
  });

  it('nothing to mark among rows whose labels the model gives', () => {
    const right = { classCount: 2, labels: [0, 0, 1], probabilities: [0.9, 0.1, 0.7, 0.3, 0.4, 0.6] };
    for (const rule of Object.keys(rules)) expect(Array.from(labelIssues(right, rule as IssueRule))).toEqual([0, 0, 0]);
  });
});
