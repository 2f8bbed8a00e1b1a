import type { DatasetModel, Services } from './services.ts';

/**
 * Opens a dataset with the scores of a run.
 * @param run Folder of a finished scoring; the newest one where absent.
 */
export async function openWithRun(services: Services, path: string, run?: string): Promise<DatasetModel> {
  const dataset = await services.datasets.open(path);
  if (run !== undefined) await dataset.attach(run);
  return dataset;
}
