/** What a comparison costs, in words, before anything is measured. Free of `vscode`. */
import type { RoughComparison } from '../../protocol/jobs.ts';
import type { Translate } from '../l10n.ts';
import { roundedDuration } from '../score/costText.ts';

/** @param pace How much longer jobs take on this machine than the rough cost says. */
export function costWords({ trainings, seconds, memoryBytes }: RoughComparison, pace: number, t: Translate): string {
  return t(
    '{0}, about {1}, {2} of memory',
    ...[trainingsText(trainings, t), roundedDuration(seconds * pace), roundedMemory(memoryBytes)],
  );
}

/** e.g. `24 trainings`. */
export function trainingsText(trainings: number, t: Translate): string {
  return trainings === 1 ? t('1 training') : t('{0} trainings', trainings);
}

/** No more digits than a rough cost has. */
function roundedMemory(bytes: number): string {
  return bytes < 1e9 ? `${String(Math.ceil(bytes / 1e8) * 100)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
