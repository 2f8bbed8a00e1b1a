/** Passes progress on, about ten times a second at most, with rates over the last seconds. */
import type { JobProgress } from '../../protocol/jobs.ts';

/** Progress as a job tells it. */
export type RawProgress = Omit<JobProgress, 'rate' | 'rowRate'>;

export interface ProgressRelay {
  show(progress: RawProgress): void;
  /** Passes on what was held back. */
  flush(): void;
}

/** Milliseconds between two messages of one stage. */
const intervalMs = 100;
/** Rates look back this far, in milliseconds, and say nothing before they can look back this far. */
const [windowMs, leastWindowMs] = [5000, 500];

interface Sample {
  readonly time: number;
  readonly done: number;
  readonly rows: number;
}

/**
 * A relay. The first and the last of a stage always pass, so that whoever adds rows up misses none.
 * @param now Milliseconds.
 */
export function progressRelay(
  emit: (progress: JobProgress) => void,
  now: () => number = performance.now.bind(performance),
): ProgressRelay {
  let last: RawProgress | undefined;
  let held: JobProgress | undefined;
  let emitted = -Infinity;
  let samples: Sample[] = [];

  const send = (progress: JobProgress, time: number): void => {
    held = undefined;
    emitted = time;
    emit(progress);
  };
  const flush = (): void => {
    if (held !== undefined) send(held, now());
  };
  return {
    flush,
    show: (raw) => {
      const time = now();
      // The same name again, from the start: an evaluation after each epoch.
      const begins = last === undefined || last.stage !== raw.stage || last.unit !== raw.unit || raw.done < last.done;
      if (begins) {
        flush();
        samples = [];
      }
      last = raw;
      samples.push({ time, done: raw.done, rows: raw.encoderRows ?? 0 });
      while (samples.length > 2 && time - samples[1].time >= windowMs) samples.shift();
      const [oldest] = samples;
      const seconds = (time - oldest.time) / 1000;
      const known = seconds * 1000 >= leastWindowMs;
      const progress: JobProgress = {
        ...raw,
        ...(known ? { rate: (raw.done - oldest.done) / seconds } : {}),
        ...(known && raw.encoderRows !== undefined ? { rowRate: (raw.encoderRows - oldest.rows) / seconds } : {}),
      };
      if (begins || raw.done >= raw.total || time - emitted >= intervalMs) send(progress, time);
      else held = progress;
    },
  };
}
