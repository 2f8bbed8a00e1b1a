/** What a reliability diagram says, in words. Pure. */
import { formatCount } from '../../src/core/table/format.ts';
import type { CheckerCalibration } from '../../src/core/weighting/sureness.ts';
import { t } from '../shared/l10n.ts';
import { rowCount } from '../shared/numbers.ts';

/** Temperatures that differ from 1 by less than this change next to nothing. */
const noChange = 0.02;
/** Fewer rows than this leave few in a bin. */
const fewRows = 500;

/** Percentage points, e.g. `4.1`. */
export function points(share: number): string {
  return (100 * share).toFixed(1);
}

/** Whether a temperature other than 1 was fitted. */
export function isScaled({ temperature }: CheckerCalibration): boolean {
  return Math.abs(temperature - 1) >= noChange;
}

/** How far off a checker's probabilities are, before and after temperature scaling; one or two sentences. */
export function calibrationWords(calibration: CheckerCalibration): string {
  const { before, after } = calibration;
  const now = t(
    'Its probabilities are off by {0} points on average (ECE {1}).',
    points(after.ece),
    after.ece.toFixed(3),
  );
  if (!isScaled(calibration)) return now;
  return `${now} ${t(scalingTemplate(calibration), points(before.ece), calibration.temperature.toFixed(2))}`;
}

/** With the points before scaling and the temperature to be filled in. */
function scalingTemplate({ temperature, before, after }: CheckerCalibration): string {
  if (after.ece >= before.ece)
    return 'Before temperature scaling, by {1}, they were off by {0} points: it did not help here.';
  return temperature > 1
    ? 'Before temperature scaling it was surer than right, off by {0} points; dividing its logits by {1} corrects that.'
    : 'Before temperature scaling it was less sure than right, off by {0} points; dividing its logits by {1} corrects that.';
}

/** What the diagram rests on, and what it cannot show. */
export function calibrationBasis({ after, outOfFold }: CheckerCalibration): string {
  const basis = outOfFold
    ? t('Measured on {0}, each judged by a model that was not trained on it.', rowCount(after.rows))
    : t('Measured on the {0} that it was trained on, which flatters it.', rowCount(after.rows));
  if (after.rows >= fewRows) return basis;
  return `${basis} ${t('Small dots stand for few rows and are off by chance too.')}`;
}

/** The diagram in one sentence, for those who cannot see it. */
export function diagramSummary(name: string, { after }: CheckerCalibration): string {
  const last = after.bins.at(-1);
  if (last === undefined) return '';
  return t(
    'Reliability diagram, {0}. Where it gives its label {1} to {2} %, it is right for {3} % of {4} rows. All numbers are in the table.',
    name,
    Math.round(100 * last.from),
    Math.round(100 * last.to),
    Math.round(100 * last.accuracy),
    formatCount(last.rows),
  );
}
