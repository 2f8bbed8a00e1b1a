import { ThinnedCurve } from '../../core/metrics/thinnedCurve.ts';
import type { JobEvents, JobProgress } from '../../protocol/jobs.ts';
import type { EpochPoint, LossPoint, TrainingLive } from '../../protocol/training.ts';

/** Whether progress is about the classifier itself: its checkers train too, and their losses are another matter. */
export function isClassifierStage(stage: string): boolean {
  return /^classifier\b/.test(stage);
}

/** The curves of a classifier in training, as its job tells of them. Memory does not grow with the number of steps. */
export class LiveCurves {
  #losses = new ThinnedCurve();
  #epochs: EpochPoint[] = [];
  #step: number | undefined;
  #steps: number | undefined;
  #stepsPerEpoch: number | undefined;

  /** @param epochCount Epochs that it will train, where known. */
  constructor(public epochCount?: number) {}

  /** Takes up what a job tells; anything that is not about the classifier's steps is ignored. */
  progress({ stage, unit, done, total, loss }: JobProgress): void {
    if (unit !== 'steps' || !isClassifierStage(stage)) return;
    // A job that begins anew: what was drawn is no longer true.
    if (this.#step !== undefined && done < this.#step) this.#losses = new ThinnedCurve();
    this.#step = done;
    this.#steps = total;
    if (this.epochCount !== undefined && total % this.epochCount === 0) this.#stepsPerEpoch = total / this.epochCount;
    if (loss !== undefined) this.#losses.add(done, loss);
  }

  /** The classifier goes on from a checkpoint: what went before belongs to its curves. */
  resumed({ stage, step, steps, losses, epochs }: JobEvents['resumed']): void {
    if (!isClassifierStage(stage)) return;
    this.#losses = new ThinnedCurve(losses);
    this.#step = step;
    this.#steps = steps;
    this.#epochs = epochs.map(({ epoch, accuracy, macroF1, logLoss }) => ({ epoch, accuracy, macroF1, logLoss }));
    if (this.epochCount !== undefined && steps % this.epochCount === 0) this.#stepsPerEpoch = steps / this.epochCount;
  }

  /** An epoch has ended. */
  evaluation(point: EpochPoint): void {
    this.#epochs = [...this.#epochs.filter(({ epoch }) => epoch < point.epoch), point];
    if (this.#stepsPerEpoch === undefined && this.#step !== undefined && this.#step % point.epoch === 0) {
      this.#stepsPerEpoch = this.#step / point.epoch;
    }
  }

  get view(): Omit<TrainingLive, 'job'> {
    return {
      losses: this.#losses.points.map(({ step, value }): LossPoint => ({ step, loss: value })),
      step: this.#step,
      steps: this.#steps,
      epochs: this.#epochs,
      stepsPerEpoch: this.#stepsPerEpoch,
    };
  }
}
