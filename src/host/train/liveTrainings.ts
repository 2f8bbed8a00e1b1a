import type { Services } from '../services.ts';
import { LiveJobs, type LiveJob } from '../liveJobs.ts';
import { LiveCurves } from './liveCurves.ts';

/** A training's curves from the first step on. */
export interface Trained {
  readonly curves: LiveCurves;
}

/** A training of this window. */
export type LiveTraining = LiveJob<Trained>;

/** The trainings of this window. */
export class LiveTrainings extends LiveJobs<Trained> {
  constructor(jobs: Services['jobs']) {
    super(jobs, (job, tell, own) => {
      if (job.request.kind !== 'train') return undefined;
      const curves = new LiveCurves(job.request.request.epochs);
      own(
        job.on('progress', (progress) => {
          curves.progress(progress);
          tell();
        }),
      );
      own(
        job.on('evaluation', ({ epoch, accuracy, macroF1, logLoss }) => {
          curves.evaluation({ epoch, accuracy, macroF1, logLoss });
          tell();
        }),
      );
      own(
        job.on('resumed', (resumed) => {
          curves.resumed(resumed);
          tell();
        }),
      );
      return { curves };
    });
  }
}
