/** Saves checkpoint after checkpoint until it is killed; says the step of each that is complete. Arguments: folder, first step. */
import { saveCheckpoint } from '../../../../src/store/checkpoint.ts';
import { stateOf } from '../checkpointState.ts';

const [folder, first] = process.argv.slice(2);
for (let step = Number(first); ; step++) {
  await saveCheckpoint(folder, stateOf(step));
  process.send?.(step);
}
