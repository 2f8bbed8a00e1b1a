/** A curve over training steps whose memory does not grow with their number. Pure. */

/** The mean of the values of some neighbouring steps. */
export interface CurvePoint {
  /** The last of the steps. */
  readonly step: number;
  readonly value: number;
  /** How many steps it stands for. */
  readonly count: number;
}

/** A curve is drawn a few hundred pixels wide: more points than this say nothing more. */
export const mostPoints = 600;

interface Bin {
  step: number;
  sum: number;
  count: number;
}

/** When there are too many points, neighbours are merged into their mean; from then on a point stands for twice the steps. */
export class ThinnedCurve {
  #bins: Bin[] = [];
  #perBin = 1;

  /** @param points Of an earlier curve that this one goes on with; anything that is no point is left out. */
  constructor(points: readonly CurvePoint[] = []) {
    this.#bins = points
      .filter(({ step, value, count }) => [step, value, count].every(Number.isFinite) && count > 0)
      .slice(-mostPoints)
      .map(({ step, value, count }) => ({ step, sum: value * count, count }));
    for (const { count } of this.#bins) while (this.#perBin < count) this.#perBin *= 2;
  }

  /** Adds a step; one whose value is not finite is left out. */
  add(step: number, value: number): void {
    if (!Number.isFinite(value)) return;
    const last = this.#bins.at(-1);
    if (last !== undefined && last.count < this.#perBin) {
      last.step = step;
      last.sum += value;
      last.count++;
    } else {
      this.#bins.push({ step, sum: value, count: 1 });
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

  /** In the order of the steps. */
  get points(): CurvePoint[] {
    return this.#bins.map(({ step, sum, count }) => ({ step, value: sum / count, count }));
  }
}
