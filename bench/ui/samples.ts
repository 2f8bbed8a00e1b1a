/** What was measured, by measure and by number of rows. */
import { quantile } from '../../src/core/metrics/intervals.ts';

/** How a measure is written down. */
export interface Measure {
  readonly what: string;
  readonly unit: 'ms' | 'MB' | 'MB/s' | 'rows/s' | '%' | 'frames' | 'bytes';
}

export interface Spread {
  readonly median: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly count: number;
}

/** Measures of one table, in the order of their first sample. */
export class Samples {
  readonly #measures = new Map<string, { readonly measure: Measure; readonly bySize: Map<number, number[]> }>();

  add(size: number, measure: Measure, value: number): void {
    const kept = this.#measures.get(measure.what) ?? { measure, bySize: new Map<number, number[]>() };
    this.#measures.set(measure.what, kept);
    const values = kept.bySize.get(size) ?? [];
    kept.bySize.set(size, values);
    values.push(value);
  }

  /** Times what `work` does, in milliseconds. */
  async time<T>(
    size: number,
    what: string,
    work: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly ms: number }> {
    const timed = await this.timed(work);
    this.add(size, { what, unit: 'ms' }, timed.ms);
    return timed;
  }

  /** Times what `work` does, in milliseconds, without adding it. */
  async timed<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
    const start = performance.now();
    const result = await work();
    return { result, ms: performance.now() - start };
  }

  get measures(): readonly Measure[] {
    return [...this.#measures.values()].map(({ measure }) => measure);
  }

  /** Undefined where this was not measured at this size. */
  spread(what: string, size: number): Spread | undefined {
    const values = this.#measures.get(what)?.bySize.get(size);
    if (values === undefined) return undefined;
    return {
      median: quantile(values, 0.5),
      minimum: Math.min(...values),
      maximum: Math.max(...values),
      count: values.length,
    };
  }
}
