import { CancelledError, messageOf, UnsupportedMachineError, UserError } from '../base/errors.ts';
import type { CallFailure } from './rpc.ts';

/** What was thrown, as the answer to a call. */
export function describeFailure(thrown: unknown): CallFailure {
  if (thrown instanceof CancelledError) return { message: thrown.message, kind: 'cancelled' };
  if (thrown instanceof UnsupportedMachineError) return { message: thrown.message, kind: 'user', unsupported: true };
  if (thrown instanceof UserError) return { message: thrown.message, kind: 'user' };
  return { message: messageOf(thrown), kind: 'defect', stack: thrown instanceof Error ? thrown.stack : undefined };
}
