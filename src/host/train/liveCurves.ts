import type { JobProgress } from '../../protocol/jobs.ts';
import type { EpochPoint, LossPoint, TrainingLive } from '../../protocol/training.ts';

/** A curve is drawn a few hundred pixels wide: more points than this say nothing more. */
export const mostPoints = 600;

interface Bin {
  step: number;
  sum: number;
  count: number;
}

/** Whether progress is about the classifier itself: its checkers train too, and their losses are another matter. */
export function isClassifierStage(stage: string): boolean {
  return /^classifier\b/.test(stage);
}

/**
 * The curves of a classifier in training, as its job tells of them. Memory does not grow with the number of steps: when
 * there are too many points, neighbours are merged into their mean, and from then on a point stands for twice the steps.
 */
export class LiveCurves {
  #bins: Bin[] = [];
  #perBin = 1;
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
    if (this.#step !== undefined && done < this.#step) this.#bins = [];
    this.#step = done;
    this.#steps = total;
    if (this.epochCount !== undefined && total % this.epochCount === 0) this.#stepsPerEpoch = total / this.epochCount;
    if (loss !== undefined && Number.isFinite(loss)) this.#add(done, loss);
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
      losses: this.#bins.map(({ step, sum, count }): LossPoint => ({ step, loss: sum / count })),
      step: this.#step,
      steps: this.#steps,
      epochs: this.#epochs,
      stepsPerEpoch: this.#stepsPerEpoch,
    };
  }

  #add(step: number, loss: number): void {
    const last = this.#bins.at(-1);
    if (last !== undefined && last.count < this.#perBin) {
      last.step = step;
      last.sum += loss;
      last.count++;
    } else {
      this.#bins.push({ step, sum: loss, count: 1 });
    }
    if (this.#bins.length <= mostPoints) return;
    const merged: Bin[] = [];
    for (let i = 0; i + 1 < this.#bins.length; i += 2) {
      const [a, b] = [this.#bins[i], this.#bins[i + 1]];
      merged.push({ step: b.step, sum: a.sum + b.sum, count: a.count + b.count });
    }
    if (this.#bins.length % 2 === 1) merged.push(this.#bins[this.#bins.length - 1]);
    this.#bins = merged;
    this.#perBin *= 2;
  }
}
