/** What the epochs of a training say of the dataset's rows. */
import { cartography } from '../../core/metrics/cartography.ts';
import type { WeightControls } from '../../protocol/data.ts';
import { mostTrajectories, type DynamicsPoints, type Trajectory } from '../../protocol/map.ts';
import { readDynamics, type TrainingDynamics } from '../../store/dynamics.ts';
import { runFiles } from '../../store/layout.ts';
import type { DatasetState } from './dataset.ts';
import { identityTable } from './identityTable.ts';
import { packed, pointColumns } from './pointColumns.ts';

/** The points of a training's map; null where it kept no dynamics. @throws UserError where these are damaged. */
export async function dynamicsOf(
  state: DatasetState,
  run: string,
  controls: WeightControls,
): Promise<DynamicsPoints | null> {
  const dynamics = await readDynamics(runFiles(run).dynamics);
  if (dynamics === undefined) return null;
  const { confidence, variability, correctness } = cartography(dynamics);
  const { rows, entries } = rowsOf(state, dynamics, (entry) => !Number.isNaN(confidence[entry]));
  const places = new Float32Array(2 * rows.length);
  entries.forEach((entry, i) => {
    places[2 * i] = variability[entry];
    places[2 * i + 1] = confidence[entry];
  });
  return {
    ...pointColumns(await state.weighed(controls), rows, [], places),
    ...{ run, epochs: dynamics.epochs, hasWeights: dynamics.weight !== undefined },
    gone: dynamics.rows - rows.length,
    correctness: packed(Float32Array.from(entries, (entry) => correctness[entry])),
  };
}

/** Rows over the epochs; those of which nothing is known are left out. */
export async function trajectoriesOf(
  state: DatasetState,
  run: string,
  wanted: readonly number[],
): Promise<Trajectory[]> {
  const dynamics = await readDynamics(runFiles(run).dynamics);
  if (dynamics === undefined) return [];
  const { rows, entries } = rowsOf(state, dynamics, () => true);
  const entryOf = new Map(Array.from(rows, (row, i) => [row, entries[i]]));
  const { epochs, logProbability, weight } = dynamics;
  const over = (values: Float32Array, entry: number): number[] =>
    Array.from({ length: epochs }, (_, epoch) => values[epoch * dynamics.rows + entry]);
  return wanted.slice(0, mostTrajectories).flatMap((row) => {
    const entry = entryOf.get(row);
    if (entry === undefined) return [];
    return [
      {
        row,
        probability: over(logProbability, entry).map(Math.exp),
        weight: weight && over(weight, entry),
      },
    ];
  });
}

/** The dataset's rows that a training saw, ascending, and where its columns have them. */
function rowsOf(
  { rows: { size, line, occurrence, lines } }: DatasetState,
  { rows: trained, identities }: TrainingDynamics,
  wanted: (entry: number) => boolean,
): { rows: Int32Array; entries: Int32Array } {
  const table = identityTable(trained, identities.hashHigh, identities.hashLow, identities.occurrence);
  const [rows, entries] = [new Int32Array(size), new Int32Array(size)];
  let count = 0;
  for (let row = 0; row < size; row++) {
    const at = line[row] - 1;
    const entry = table.find(lines.hashHigh[at], lines.hashLow[at], occurrence[row]);
    if (entry < 0 || !wanted(entry)) continue;
    rows[count] = row;
    entries[count++] = entry;
  }
  return { rows: rows.slice(0, count), entries: entries.slice(0, count) };
}
