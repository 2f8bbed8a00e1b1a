/** How sure the numbers of a score run are: what `run.json` keeps under `sureness` and the panel draws. */
import type { Reliability } from '../metrics/reliability.ts';

/** What is known of how far a run's checkers can be trusted. Absent members were not measured. */
export interface Sureness {
  /** P̂' on the real rows. */
  readonly quality?: CheckerCalibration;
  /** Q̂ on the synthetic rows that it was trained on; absent for DIMP, whose diversity checker is the model in training. */
  readonly diversity?: CheckerCalibration;
  /** Of the quality checker over the number of real rows. */
  readonly learningCurve?: LearningCurve;
  /** How far the synthetic rows lie from the real ones; absent without embeddings. */
  readonly farRows?: FarRows;
  /** Of the rows' weight intervals; absent where there are none (one model, or a run of an earlier version). */
  readonly interval?: IntervalFacts;
}

/** A checker's probabilities against how often it is right, on rows with a label. */
export interface CheckerCalibration {
  /** What divides the logits; 1 where none was fitted. */
  readonly temperature: number;
  /** At temperature 1. */
  readonly before: Reliability;
  /** At `temperature`. */
  readonly after: Reliability;
  /** Whether each row was judged by a model that was not trained on it. Otherwise the diagram flatters the checker. */
  readonly outOfFold: boolean;
}

/** What the rows' intervals rest on. */
export interface IntervalFacts {
  /** Fold models of the quality checker, at least 2. */
  readonly models: number;
  /** Coverage aimed at, 0 to 1. */
  readonly level: number;
  /** Standard errors to either side of the log weight: Student's t with `models` − 1 degrees of freedom. */
  readonly quantile: number;
}

/** See `farRows`. */
export interface FarRows {
  /** Synthetic rows whose nearest real row is farther than `distance`, as a share of all; 0.05 is what like rows would have. */
  readonly share: number;
  /** 95th percentile of the real rows' own distances, each to its nearest other real row (1 − cosine). */
  readonly distance: number;
}

/** How good the quality checker is with so many real rows. */
export interface LearningPoint {
  /** Real rows that each fold model was trained on, on average, rounded. */
  readonly rows: number;
  /** On held-out real rows, nats, after temperature scaling. */
  readonly logLoss: number;
  /** 0 to 1. */
  readonly accuracy: number;
  /** 0 to 1. */
  readonly macroF1: number;
  /** Least and largest macro-F1 among the repeats with other subsets and folds, 0 to 1. */
  readonly low: number;
  readonly high: number;
}

export interface LearningCurve {
  /** By rows, ascending; the last has all of them (but the fold that is held out). */
  readonly points: readonly LearningPoint[];
  /** What was measured; not always the kind of checker that is used. */
  readonly kind: 'probe' | 'fine-tuned' | 'tf-idf';
  /** Kind of the quality checker that is used. */
  readonly used: 'probe' | 'fine-tuned' | 'tf-idf';
  /** What more labelled rows would bring; absent where the curve has too few points. */
  readonly projected?: Projection;
}

export interface Projection {
  /** Further labelled rows, e.g. 100. */
  readonly rows: number;
  /** Macro-F1 points (0 to 100) that they would add; may be negative. */
  readonly gain: number;
  /** Standard error of `gain`, points. */
  readonly error: number;
}
