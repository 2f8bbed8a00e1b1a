import { CallError } from '../../src/protocol/rpc.ts';
import { t } from '../shared/l10n.ts';

/** Whether a call came to nothing because the user wanted it so: nothing to tell. */
export function isCancelled(thrown: unknown): boolean {
  return thrown instanceof CallError && thrown.failure.kind === 'cancelled';
}

/** What went wrong, in one line. */
export function lineOf(thrown: unknown): string {
  if (thrown instanceof CallError && thrown.failure.kind !== 'defect') return thrown.message;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return t('Something went wrong in the panel: {0}', message.split('\n')[0]);
}
