import type { CompareLive } from '../../protocol/compare.ts';
import { LiveJobs, type LiveJob } from '../liveJobs.ts';
import type { Services } from '../services.ts';

type Progress = Omit<CompareLive, 'job'>;

/** A comparison of this window, with how far it is. */
export type LiveComparison = LiveJob<{ readonly so: { far: Progress } }>;

/** The comparisons of this window. */
export class LiveComparisons extends LiveJobs<{ readonly so: { far: Progress } }> {
  constructor(jobs: Services['jobs']) {
    super(jobs, (job, tell, own) => {
      if (job.request.kind !== 'compare') return undefined;
      const so = { far: {} as Progress };
      own(
        job.on('compared', (far) => {
          so.far = far;
          tell();
        }),
      );
      return { so };
    });
  }
}
