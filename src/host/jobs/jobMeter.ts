/** From what a worker tells to what is shown of a job: stage, share, rate, and the time that is left. Pure. */
import type { JobEvents, JobProgress } from '../../protocol/jobs.ts';
import type { JobView } from '../../protocol/panel.ts';

/** The part of a job's view that moves. */
export type Metered = Pick<JobView, 'stage' | 'fraction' | 'rate' | 'secondsLeft'>;

/** A row forward costs about this share of a row forward and backward. */
const forwardShare = 1 / 3;
/** Steps of the last stage after which its pace is known. */
const leastSteps = 5;
/** Below this share of the work the pace so far says little, at `known` it says everything; between, both are mixed. */
const [unknown, known] = [0.02, 0.15];

/**
 * Follows a job. Where its cost was estimated, the time left is that of the whole job: by the estimate at first, more and
 * more by the pace at which rows really go through the encoder. Jobs without an estimate are short: the time left is that
 * of the stage.
 */
export class JobMeter {
  #progress: JobProgress | undefined;
  #estimate: { readonly at: number; readonly seconds: number; readonly work: number } | undefined;
  /** Work done since the estimate, in rows forward and backward. */
  #done = 0;
  /** Steps of the last stage: when they were first seen, and how far it is. */
  #steps: { readonly at: number; readonly from: number; seen: number; done: number; total: number } | undefined;
  /** The last of each stage: a training goes on after each evaluation. */
  readonly #last = new Map<string, JobProgress>();
  #note: string | undefined;
  /** The run has told what its earlier tries had saved. */
  #saved = false;
  /** Trainings of a comparison: how many were done when this try began, and how many are by now, with the times. */
  #trainings: { readonly at: number; readonly from: number; seen: number; done: number; total: number } | undefined;

  /**
   * @param now Seconds.
   * @param isLast Whether little is left to do after the training of a stage.
   */
  constructor(
    private readonly now: () => number,
    private readonly isLast: (stage: string) => boolean = () => false,
  ) {}

  /** Something else than work: waiting, beginning. Until the next progress. */
  note(text: string): void {
    this.#note = text;
  }

  estimate({ seconds, forwardRows, backwardRows }: JobEvents['estimate']): void {
    if (!Number.isFinite(seconds)) return;
    this.#estimate = { at: this.now(), seconds, work: backwardRows + forwardShare * forwardRows };
    this.#done = 0;
  }

  /** The time that the user took to answer does not count as work. */
  approved(): void {
    if (this.#estimate !== undefined) this.#estimate = { ...this.#estimate, at: this.now() };
  }

  /** The run begins, or goes on: the estimate counted what earlier tries have saved too, which is not done again. */
  begun({ forward, backward }: NonNullable<JobEvents['run']['passes']>): void {
    this.#saved = true;
    this.#takeOff(backward + forwardShare * forward);
  }

  /** A training goes on where an earlier try stopped; what it had saved is told by the run, where the worker tells that. */
  resumed({ encoderRows }: Pick<JobEvents['resumed'], 'encoderRows'>): void {
    if (!this.#saved) this.#takeOff(encoderRows);
  }

  /** A comparison has come so far: its share is that of its trainings, and their pace tells where nothing was estimated. */
  compared({ done, total }: Pick<JobEvents['compared'], 'done' | 'total'>): void {
    const seen = this.now();
    const { at, from } = this.#trainings ?? { at: seen, from: done };
    this.#trainings = { at, from, seen, done, total };
  }

  progress(progress: JobProgress): void {
    const { encoderRows = 0, unit, stage, done } = progress;
    const name = `${stage} ${unit}`;
    const before = this.#last.get(name);
    // With fewer done than before it is another one of the same name.
    const rows = encoderRows - (before !== undefined && before.done <= done ? (before.encoderRows ?? 0) : 0);
    this.#last.set(name, progress);
    this.#done += Math.max(0, rows) * (unit === 'steps' ? 1 : forwardShare);
    this.#progress = progress;
    this.#note = undefined;
    if (unit !== 'steps' || !this.isLast(stage)) return;
    const seen = this.now();
    if (this.#steps === undefined || done < this.#steps.done)
      this.#steps = { at: seen, from: done, seen, done, total: 0 };
    Object.assign(this.#steps, { seen, done, total: progress.total });
  }

  get shown(): Metered {
    if (this.#note !== undefined || this.#progress === undefined) return { stage: this.#note };
    const { stage, done, total } = this.#progress;
    return {
      stage: stage.charAt(0).toUpperCase() + stage.slice(1),
      fraction: this.#ofTrainings()?.share ?? (total > 0 ? Math.min(1, done / total) : undefined),
      rate: rateText(this.#progress),
      secondsLeft: this.#secondsLeft(),
    };
  }

  #takeOff(rows: number): void {
    if (this.#estimate === undefined) return;
    const { seconds, work } = this.#estimate;
    const rest = Math.max(0, work - rows);
    this.#estimate = { ...this.#estimate, work: rest, seconds: work > 0 ? (seconds * rest) / work : seconds };
  }

  #secondsLeft(): number | undefined {
    const { rate, done, total, unit } = this.#progress ?? {};
    const ofStage = rate === undefined || rate <= 0 || done === undefined ? undefined : ((total ?? 0) - done) / rate;
    // The stage alone takes so long, whatever else is known. Not so forward passes, whose longest rows come first.
    const least = unit === 'rows' && this.#progress?.encoderRows !== undefined ? 0 : (ofStage ?? 0);
    const ofSteps = this.#ofSteps();
    if (ofSteps !== undefined) return Math.max(ofSteps, unit === 'steps' ? 0 : least);
    const { secondsLeft: ofTrainings } = this.#ofTrainings() ?? {};
    if (this.#estimate === undefined) return this.#trainings === undefined ? ofStage : ofTrainings;
    const { at, seconds, work } = this.#estimate;
    const elapsed = this.now() - at;
    const share = work > 0 ? Math.min(0.99, this.#done / work) : 0;
    const trust = Math.min(1, Math.max(0, (share - unknown) / (known - unknown)));
    const byPace = trust === 0 ? 0 : (elapsed * (1 - share)) / share;
    const left = (1 - trust) * seconds * (1 - share) + trust * byPace;
    return Math.max(left, least);
  }

  /** How far the trainings of a comparison are, and what the others take at the pace so far. */
  #ofTrainings(): { readonly share: number; readonly secondsLeft?: number } | undefined {
    if (this.#trainings === undefined) return undefined;
    const { at, from, seen, done, total } = this.#trainings;
    const share = total > 0 ? done / total : 0;
    if (done === from) return { share };
    const each = (seen - at) / (done - from);
    // The one that goes on may take longer than those before; the others still come.
    const rest = Math.max(0, total - done - 1);
    return { share, secondsLeft: each * rest + Math.max(0, each - (this.now() - seen)) };
  }

  /** What the steps of the last stage still take, at their pace so far, with the evaluations between them. */
  #ofSteps(): number | undefined {
    if (this.#steps === undefined) return undefined;
    const { at, from, seen, done, total } = this.#steps;
    return done - from < leastSteps ? undefined : ((seen - at) / (done - from)) * (total - done);
  }
}

/** Rows per second, or what else is counted. */
export function rateText({ unit, rate, rowRate }: JobProgress): string | undefined {
  const [value, what] = rowRate !== undefined ? [rowRate, 'rows'] : [rate, unit];
  if (value === undefined || value <= 0) return undefined;
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(1)} ${what}/s`;
}
