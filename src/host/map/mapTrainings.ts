/** The trainings of a dataset whose dynamics the map can show. For tests free of `vscode`. */
import type { MapTraining } from '../../protocol/map.ts';
import { exists } from '../../store/atomic.ts';
import { checkpointFile } from '../../store/checkpoint.ts';
import { runFiles } from '../../store/layout.ts';
import { listRuns } from '../../store/listRuns.ts';

/** The finished ones that trained on synthetic rows, newest first; those of score runs where they kept dynamics. */
export async function mapTrainings(dataset: string, storage: string): Promise<MapTraining[]> {
  const { runs } = await listRuns(dataset, storage);
  const trainings: MapTraining[] = [];
  for (const { folder, record } of runs) {
    const { kind, status, settings, created, seed } = record;
    const isTraining = kind === 'train' && settings['data'] !== 'real';
    const isDimp = kind === 'score' && settings['method'] === 'dimp';
    if (status !== 'done' || !(isTraining || isDimp)) continue;
    const hasDynamics = await exists(checkpointFile(runFiles(folder).dynamics));
    if (isDimp && !hasDynamics) continue;
    const loss = isDimp ? 'dimp-score' : typeof settings['loss'] === 'string' ? settings['loss'] : '';
    trainings.push({ folder, created, loss, seed, hasDynamics });
  }
  return trainings;
}
