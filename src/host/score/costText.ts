/** What an effort costs, in words, before anything is measured. Free of `vscode`. */
import type { RoughCost, ScoreRequest } from '../../protocol/jobs.ts';
import type { Translate } from '../l10n.ts';
import { duration } from '../train/duration.ts';

type Effort = ScoreRequest['effort'];
export type Costs = Readonly<Record<Effort, RoughCost>>;

/**
 * @param pace How much longer jobs take on this machine than the rough cost says, by those that were measured.
 * @param previewFirst Whether a preview comes before the scores.
 */
export function costText(effort: Effort, costs: Costs, pace: number, previewFirst: boolean, t: Translate): string {
  const seconds = (of: Effort): string => roundedDuration(costs[of].seconds * pace);
  if (effort === 'preview') return t('about {0}', seconds(effort));
  return previewFirst
    ? t('about {0}, a preview after {1}', seconds(effort), seconds('preview'))
    : t('about {0}', seconds(effort));
}

/** No more digits than a rough cost has. */
export function roundedDuration(seconds: number): string {
  const unit = seconds < 60 ? 5 : seconds < 600 ? 60 : seconds < 3600 ? 300 : 1800;
  return duration(Math.max(unit, Math.ceil(seconds / unit) * unit));
}

/** The pace after a measured estimate: half of what was known, half of what is new, within reason. */
export function nextPace(before: number, roughSeconds: number, measuredSeconds: number): number {
  if (!(roughSeconds > 0) || !(measuredSeconds > 0)) return before;
  const measured = Math.min(20, Math.max(0.05, measuredSeconds / roughSeconds));
  return before === 1 ? measured : (before + measured) / 2;
}
