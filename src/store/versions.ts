/**
 * The format versions this build writes and reads. A version goes up when an older build would misread the file; a field
 * that older builds may ignore does not raise it. `scores.jsonl` has no version of its own: it is described, with the order
 * of its labels, by the `run.json` beside it, and changes version with that.
 */
import { UserError } from '../base/errors.ts';

export const formatVersions = {
  run: 1,
  decisions: 1,
  checkpoint: 1,
  outcome: 1,
  comparison: 1,
  dynamics: 1,
  map: 1,
} as const;

/**
 * The one clear line for a file of a version this build does not know.
 *
 * @param where The file, with the line where there is one.
 * @param found What stood in its `version` field, of any type.
 */
export function unknownVersion(where: string, found: unknown, known: number): UserError {
  const shown = found === undefined ? 'no version' : `version ${JSON.stringify(found)}`;
  const wayOn =
    typeof found === 'number' && found > known
      ? 'it was written by a newer Counterweight: update this one to read it'
      : 'it was not written by Counterweight, or was damaged: move it away and run again';
  return new UserError(`${where}: ${shown}, but this Counterweight reads version ${known}; ${wayOn}.`);
}
