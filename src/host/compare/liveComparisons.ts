import type { CompareLive } from '../../protocol/compare.ts';
import { LiveJobs, type LiveJob } from '../liveJobs.ts';
import type { Services } from '../services.ts';

type Progress = Omit<CompareLive, 'job'>;

/** How far a comparison is. */
export interface Compared {
  readonly so: { far: Progress };
}

/** A comparison of this window. */
export type LiveComparison = LiveJob<Compared>;

/** The comparisons of this window. */
export class LiveComparisons extends LiveJobs<Compared> {
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
