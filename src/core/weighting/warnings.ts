/** What a user should know before trusting the weights, in plain words. */
import { argmaxRows, checkMajority } from '../metrics/classification.ts';
import { meanEntropy } from '../metrics/probabilistic.ts';
import { FAR_QUANTILE } from './farRows.ts';
import type { FarRows } from './sureness.ts';
import { labelCounts, labelPriors } from './weights.ts';

export type WarningCode =
  | 'small-ess'
  | 'few-real-rows'
  | 'few-rows-of-label'
  | 'imbalanced-real'
  | 'label-not-in-real'
  | 'label-not-in-synthetic'
  | 'different-priors'
  | 'far-from-real'
  | 'quality-near-uniform'
  | 'quality-no-better-than-majority';

export interface Warning {
  code: WarningCode;
  /** One line for the user: what is the matter and what to do. */
  message: string;
}

/** ESS below this share of the synthetic rows is reported. */
export const SMALL_ESS_SHARE = 0.2;
/** Fewer real rows than this are reported; the paper uses 200 to 400. */
export const FEW_REAL_ROWS = 100;
/** Fewer real rows of one label than this are reported. */
export const FEW_ROWS_OF_LABEL = 10;
/** A label with this many times the real rows of another is reported. */
export const IMBALANCE = 5;
/** More synthetic rows beyond the distance that 5 % of the real rows exceed are reported. */
export const FAR_SHARE = 0.2;
/** A label's share differing between real and synthetic rows by more than this is reported. */
export const PRIOR_GAP = 0.15;
/** Mean out-of-fold entropy of the quality checker above this share of ln C is reported. */
export const NEAR_UNIFORM = 0.95;

/** Warnings about the weights' spread. `rows` is the number of weighted rows. */
export function essWarnings(effectiveSampleSize: number, rows: number): Warning[] {
  if (rows === 0 || effectiveSampleSize >= SMALL_ESS_SHARE * rows) return [];
  const ess = Math.round(effectiveSampleSize);
  return [
    {
      code: 'small-ess',
      message:
        `A few rows carry most of the weight: ${rows} synthetic rows count as much as ${ess} equally weighted ones (effective sample size). ` +
        `Training on them varies as with ${ess} rows; a lower gamma, a lower upper clip or truncation evens the weights out.`,
    },
  ];
}

export interface DataSummary {
  labelNames: readonly string[];
  /** Label ids of the real rows. */
  realLabels: ArrayLike<number>;
  /** Label ids of the synthetic rows. */
  syntheticLabels: ArrayLike<number>;
}

/** Warnings about the two data sets, before anything is trained. */
export function dataWarnings({ labelNames, realLabels, syntheticLabels }: DataSummary): Warning[] {
  const warnings: Warning[] = [];
  const real = labelPriors(realLabels, labelNames.length);
  const synthetic = labelPriors(syntheticLabels, labelNames.length);
  if (realLabels.length < FEW_REAL_ROWS) {
    warnings.push({
      code: 'few-real-rows',
      message: `Only ${realLabels.length} real rows: the quality checker learns from nothing else, and below about ${FEW_REAL_ROWS} its probabilities are rough. Add real rows if you can.`,
    });
  }
  const counts = labelCounts(realLabels, labelNames.length);
  const few = labelNames
    .map((name, label) => ({ name, count: counts[label] }))
    .filter(({ count }) => count < FEW_ROWS_OF_LABEL);
  if (few.length > 0) {
    warnings.push({
      code: 'few-rows-of-label',
      message: `Few real rows of ${list(few.map(({ name, count }) => `'${name}' (${count})`))}: weights of synthetic rows with ${few.length === 1 ? 'this label' : 'these labels'} are rough.`,
    });
  }
  const [most, least] = [counts.indexOf(Math.max(...counts)), counts.indexOf(Math.min(...counts))];
  // A label with hardly any rows has been named already.
  if (few.length === 0 && counts[most] >= IMBALANCE * counts[least]) {
    warnings.push({
      code: 'imbalanced-real',
      message: `The real rows are imbalanced: ${counts[most]} are '${labelNames[most]}' and only ${counts[least]} '${labelNames[least]}'. The quality checker knows '${labelNames[least]}' from those alone: its weights are rougher there, and accuracy hides it (look at macro-F1). Label more rows of '${labelNames[least]}' first.`,
    });
  }
  if (syntheticLabels.length === 0) return warnings;
  const absent = labelNames.filter((_, label) => synthetic[label] === 0);
  if (absent.length > 0) {
    warnings.push({
      code: 'label-not-in-synthetic',
      message: `No synthetic row has the label ${list(absent.map((name) => `'${name}'`))}: a model trained on the synthetic rows alone will never predict it.`,
    });
  }
  const gaps = labelNames.map((_, label) => Math.abs(real[label] - synthetic[label]));
  const widest = gaps.indexOf(Math.max(...gaps));
  if (gaps[widest] > PRIOR_GAP) {
    warnings.push({
      code: 'different-priors',
      message:
        `Labels are spread differently: '${labelNames[widest]}' is ${percent(real[widest])} of the real rows but ${percent(synthetic[widest])} of the synthetic ones. ` +
        `Compare the sum of weights per label with the real shares; prior correction adjusts them.`,
    });
  }
  return warnings;
}

/**
 * Warning about synthetic rows whose label no real row has: the quality checker cannot judge them, so they are left out.
 *
 * @param labels Those labels, as they stand in the file.
 * @param rows How many rows have them.
 */
export function lackedLabelWarnings(labels: readonly string[], rows: number): Warning[] {
  if (rows === 0) return [];
  const shown = labels.slice(0, mostNamed).map((name) => `'${name}'`);
  const names = labels.length > mostNamed ? [...shown, `${labels.length - mostNamed} others`] : shown;
  return [
    {
      code: 'label-not-in-real',
      message: `${rows} synthetic row${rows === 1 ? ' has' : 's have'} the label ${list(names)}, which no real row has: ${rows === 1 ? 'it is' : 'they are'} left out. Add real rows with ${labels.length === 1 ? 'this label' : 'these labels'}, or map ${labels.length === 1 ? 'it' : 'them'} to a known one.`,
    },
  ];
}

/** Labels that one warning names. */
const mostNamed = 5;

/** Warning about synthetic rows that are unlike all real ones. */
export function farRowsWarnings({ share, distance }: FarRows): Warning[] {
  if (share <= FAR_SHARE) return [];
  return [
    {
      code: 'far-from-real',
      message: `${percent(share)} of the synthetic rows lie farther from every real row than ${percent(FAR_QUANTILE)} of the real rows lie from each other (cosine distance above ${distance.toFixed(2)}; ${percent(1 - FAR_QUANTILE)} would be usual). There the quality checker guesses, and its intervals do not show it. Add real rows like them, or check that both sets are about the same.`,
    },
  ];
}

/**
 * Warnings about the quality checker, from what it says about real rows it was not trained on.
 *
 * @param logP Calibrated out-of-fold log P̂'(·|x) of the real rows, [real rows, labels].
 * @param realLabels Their label ids.
 */
export function qualityCheckerWarnings(
  logP: Float64Array,
  realLabels: ArrayLike<number>,
  labelNames: readonly string[],
): Warning[] {
  const classCount = labelNames.length;
  if (realLabels.length === 0 || classCount < 2) return [];
  const warnings: Warning[] = [];
  const share = meanEntropy(logP, classCount) / Math.log(classCount);
  if (share > NEAR_UNIFORM) {
    warnings.push({
      code: 'quality-near-uniform',
      message: `The quality checker gives all labels nearly the same probability (entropy ${percent(share)} of the maximum): its weights are mostly noise. Add real rows or use another encoder.`,
    });
  }
  const predicted = argmaxRows(logP, classCount);
  const { majorityLabel, majorityShare, noBetterThanMajority } = checkMajority(realLabels, predicted, classCount);
  if (noBetterThanMajority) {
    const correct = predicted.reduce((count, label, row) => count + (label === realLabels[row] ? 1 : 0), 0);
    warnings.push({
      code: 'quality-no-better-than-majority',
      message: `On real rows it was not trained on, the quality checker is right ${percent(correct / realLabels.length)} of the time; always answering '${labelNames[majorityLabel]}' is right ${percent(majorityShare)}. Do not trust its weights: add real rows, above all of the rarer labels.`,
    });
  }
  return warnings;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function list(items: string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}
