/** The rows of a dataset as columns: what is filtered, sorted and counted. */
import type { Verdict } from '../weighting/verdicts.ts';

/** One entry per usable row, in file order. */
export interface TableColumns {
  readonly size: number;
  /** By label id. */
  readonly labels: readonly string[];
  /** By verdict id. */
  readonly verdicts: readonly Verdict[];
  /** 1-based, ascending. */
  readonly line: Int32Array;
  /** −1: none. */
  readonly labelId: Int32Array;
  /** The label that the quality checker prefers where it is not the row's own; −1: none. */
  readonly suggestedId: Int32Array;
  /** w, ≥ 0; NaN: not scored. */
  readonly weight: Float32Array;
  /** Lower bound of the weight's interval, 0 to weight; NaN: not scored, or not known. */
  readonly weightLow: Float32Array;
  /** P̂'(y|x), 0 to 1; NaN: not scored. */
  readonly quality: Float32Array;
  /** Q̂(y|x), 0 to 1; NaN: not scored. */
  readonly diversity: Float32Array;
  /** −1: not scored. */
  readonly verdictId: Int8Array;
  /** Sum of `markBits`. */
  readonly marks: Uint8Array;
  /** 1-based rank by weight, heaviest first; 0: not scored. */
  readonly rank: Int32Array;
  /** 1 for a row that was picked elsewhere, e.g. on the map; absent where none was. */
  readonly picked?: Uint8Array;
}

/** What is special about a row, one bit each. */
export const markBits = { kept: 1, relabelled: 2, removed: 4, stale: 8 } as const;
export type Mark = keyof typeof markBits;

/** The marks of a bit set, in the order of `markBits`. */
export function marksOf(bits: number): Mark[] {
  return (Object.keys(markBits) as Mark[]).filter((mark) => (bits & markBits[mark]) !== 0);
}
