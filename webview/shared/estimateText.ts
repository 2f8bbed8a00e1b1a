import { t } from './l10n.ts';
import { bytes, duration } from './numbers.ts';

/** What a job was found to cost before it began, in a sentence. */
export function estimateText(cost: {
  readonly seconds: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}): string {
  const { seconds, memoryBytes, diskBytes } = cost;
  return t(
    'Measured before it began: {0} in all, {1} of memory, {2} on disk.',
    ...[duration(seconds), bytes(memoryBytes), bytes(diskBytes)],
  );
}
