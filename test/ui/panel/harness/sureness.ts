/** What a run tells of how sure its checkers are: numbers made up, of the shapes and sizes of real ones. */
import { ECE_BINS, type Reliability } from '../../../../src/core/metrics/reliability.ts';
import type { Sureness } from '../../../../src/core/weighting/sureness.ts';
import type { HarnessOptions } from './options.ts';

/** A diagram over the upper bins, each right by `off` less often than it says, less so where it is nearly sure. */
function diagram(rows: readonly number[], off: number): Reliability {
  const all = rows.reduce((sum, each) => sum + each, 0);
  const first = ECE_BINS - rows.length;
  const bins = rows.map((each, at) => {
    const [from, to] = [(first + at) / ECE_BINS, (first + at + 1) / ECE_BINS];
    const confidence = from + 0.55 * (to - from);
    // Few rows are off by chance.
    const chance = (at % 2 === 0 ? 1 : -1) * (0.4 / Math.sqrt(each * 10));
    return { from, to, rows: each, confidence, accuracy: Math.min(1, Math.max(0, confidence - off + chance)) };
  });
  const ece = bins.reduce((sum, bin) => sum + (bin.rows / all) * Math.abs(bin.accuracy - bin.confidence), 0);
  return { ece, rows: all, bins: bins.filter((bin) => bin.rows > 0) };
}

/** `full`: everything, a checker that was too sure; `plain`: no temperature, no curve; `none`: of an earlier version. */
export function surenessOf(
  { sureness, intervals }: HarnessOptions,
  effort: HarnessOptions['effort'],
): Sureness | undefined {
  if (sureness === 'none') return undefined;
  const interval = intervals && effort === 'standard' ? { models: 5, level: 0.95, quantile: 2.776 } : undefined;
  const even = diagram([9, 14, 12, 18, 21, 30, 42, 56], 0.015);
  if (sureness === 'plain') {
    return { quality: { temperature: 1, before: even, after: even, outOfFold: true }, interval };
  }
  return {
    quality: {
      temperature: 1.83,
      before: diagram([3, 5, 6, 8, 11, 16, 31, 122], 0.13),
      after: even,
      outOfFold: true,
    },
    diversity: {
      temperature: 0.81,
      before: diagram([60, 80, 90, 100, 120, 150, 180, 220], -0.06),
      after: diagram([30, 50, 60, 90, 110, 140, 220, 300], 0.012),
      outOfFold: false,
    },
    learningCurve: {
      kind: 'probe',
      used: effort === 'preview' ? 'probe' : 'fine-tuned',
      points: [
        { rows: 20, logLoss: 0.69, accuracy: 0.61, macroF1: 0.58, low: 0.49, high: 0.66 },
        { rows: 40, logLoss: 0.63, accuracy: 0.66, macroF1: 0.64, low: 0.57, high: 0.69 },
        { rows: 80, logLoss: 0.57, accuracy: 0.71, macroF1: 0.7, low: 0.66, high: 0.73 },
        { rows: 161, logLoss: 0.52, accuracy: 0.76, macroF1: 0.74, low: 0.72, high: 0.76 },
      ],
      projected: { rows: 100, gain: 1.8, error: 0.6 },
    },
    farRows: { share: 0.31, distance: 0.42 },
    interval,
  };
}
