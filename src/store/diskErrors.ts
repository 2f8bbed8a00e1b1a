import { UserError } from '../base/errors.ts';

/** The system's error code (`ENOENT`, `ENOSPC`, …) of anything that was thrown. */
export function errorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** What happened and the way on, by the system's error code. */
const explanations: Readonly<Record<string, readonly [what: string, wayOn: string]>> = {
  ENOSPC: ['the disk is full', 'free some space and run again'],
  EDQUOT: ['the disk quota is used up', 'free some space and run again'],
  EFBIG: ['the file would be larger than this file system allows', 'choose a folder on another disk'],
  EROFS: ['the file system is read-only', 'choose a folder that can be written'],
  EACCES: ['permission denied', 'change its permissions or choose another folder'],
  EPERM: ['the operation is not permitted', 'change its permissions or choose another folder'],
  ENOTDIR: ['a file is where a folder should be', 'move that file away or choose another folder'],
  EEXIST: ['a file is where a folder should be', 'move that file away or choose another folder'],
  EISDIR: ['a folder is where a file should be', 'move that folder away or choose another one'],
  ENOENT: ['no such file or folder', 'check the path'],
  ENAMETOOLONG: ['the path is too long for this file system', 'choose a shorter name or folder'],
  EBUSY: ['another program is using it', 'close that program and run again'],
  EMFILE: ['too many files are open', 'close other programs or raise the limit (ulimit -n)'],
  EIO: ['the disk reported an error', 'check the disk'],
};

/**
 * Turns a system error into one line for the user, with the path and a way on. Anything else is returned as it is: it is
 * a defect, or already a `UserError`.
 *
 * @param thrown What was caught.
 * @param doing The verb of the failed action: `Cannot <doing> <path>: …`.
 * @returns What to throw in its place.
 */
export function diskError(thrown: unknown, doing: 'write' | 'read' | 'create', path: string): unknown {
  const explanation = explanations[errorCode(thrown) ?? ''];
  if (explanation === undefined) return thrown;
  const [what, wayOn] = explanation;
  return new UserError(`Cannot ${doing} ${path}: ${what}; ${wayOn}.`, 1, { cause: thrown });
}

/** Whether an error says that this place cannot be written by us, as opposed to a full or broken disk. */
export function isReadOnly(thrown: unknown): boolean {
  return ['EROFS', 'EACCES', 'EPERM'].includes(errorCode(thrown) ?? '');
}
