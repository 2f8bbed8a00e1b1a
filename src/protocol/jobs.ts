/** What the job worker is asked to do, and what it tells while it works. One process runs one job. */
import type { FieldOverrides } from './data.ts';

export interface JobFiles {
  readonly synthetic: string;
  readonly real: string;
  readonly dev?: string;
  readonly test?: string;
}

interface JobBase {
  readonly files: JobFiles;
  readonly fields?: FieldOverrides;
  /** A hub name or a folder; absent for the default encoder. */
  readonly model?: string;
  readonly device?: 'auto' | 'cpu' | 'webgpu' | 'cuda';
  /** What a GPU computes matrix products in. */
  readonly precision?: 'float32' | 'float16';
  readonly threads?: number;
  /** Where results are kept if the dataset's folder is read-only. */
  readonly storage?: string;
  readonly seed?: number;
}

export interface ScoreRequest extends JobBase {
  readonly effort: 'preview' | 'standard' | 'paper';
  readonly method: 'imp' | 'dimp';
  /** Never fetches the encoder: without it at hand, TF-IDF features (preview only). */
  readonly offline?: boolean;
}

/** What a training is on where the request does not say and no recipe is named: real rows too, with weight 1. */
export const defaultTrainingSet = 'both';

export interface TrainRequest extends JobBase {
  readonly loss: 'ce' | 'focal' | 'quality' | 'filter' | 'imp' | 'dimp' | 'random';
  /** {@link defaultTrainingSet}; with the recipe `paper` the synthetic rows alone. */
  readonly data?: 'synthetic' | 'real' | 'both';
  readonly recipe?: 'default' | 'paper';
  readonly effort?: 'preview' | 'standard' | 'paper';
  readonly epochs?: number;
  readonly gamma?: number;
  readonly clipMax?: number;
  /** Caps weights at this quantile of all weights, in (0, 1); absent: no cap. Like those below refused by `dimp`. */
  readonly truncateQuantile?: number;
  /** Divides weights by their mean. */
  readonly selfNormalise?: boolean;
  /** Multiplies weights by their label's real share over its synthetic one. */
  readonly priorCorrection?: boolean;
  /** Folds of the diversity checker, where they are not the recipe's; 1: in-sample. */
  readonly folds?: number;
  /** Of the loss `filter`: rows with P̂'(y|x) above it are kept. */
  readonly filterThreshold?: number;
  /**
   * Folder of a finished score run: the weights come from its scores, whatever its settings were. Absent: from the newest
   * run that these very settings would make, else the checkers are made first. Without effect where rows have no weights.
   */
  readonly scores?: string;
}

/** Trains every method with every seed and tests it on the same rows. */
export interface CompareRequest extends JobBase {
  readonly files: JobFiles & { readonly test: string };
  /** Names as `core/comparison/methods.ts` has them. */
  readonly methods: readonly string[];
  /** At least one; `seed` has no effect. */
  readonly seeds: readonly number[];
  readonly recipe?: 'default' | 'paper';
  /** How the checkers are made; as the recipe says where absent. */
  readonly effort?: 'preview' | 'standard' | 'paper';
  /** Settings of every method, by their names in `jobs/settings.ts`; what is absent stays as the recipe has it. */
  readonly overrides?: Readonly<Record<string, number | boolean>>;
}

/** Scores again the rows whose text is new since a run, with its checkers. */
export interface RescoreRequest extends JobBase {
  readonly run: string;
}

export interface ScoreOutcome {
  readonly folder: string;
  readonly rows: number;
  readonly scored: number;
  readonly ess: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

export interface SetScores {
  readonly rows: number;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly logLoss: number;
  readonly perClass: Readonly<Record<string, { precision: number; recall: number; f1: number; support: number }>>;
}

export interface TrainOutcome {
  readonly folder: string;
  readonly model: string;
  readonly loss: string;
  readonly dev?: SetScores;
  readonly test?: SetScores;
  readonly bestEpoch?: number;
  readonly warnings: readonly string[];
}

export interface CompareOutcome {
  readonly folder: string;
  /** In plain words. */
  readonly advice: string;
  /** Methods × seeds. */
  readonly trainings: number;
  readonly warnings: readonly string[];
}

/** What came of a job, by its kind. */
export type JobOutcome = ScoreOutcome | TrainOutcome | CompareOutcome;

export interface EncoderStatus {
  /** On this machine. */
  readonly present: boolean;
  readonly id: string;
  readonly dir?: string;
  /** Bytes to fetch where absent. */
  readonly bytes: number;
  /** Where it would come from. */
  readonly source: string;
  /** Why it cannot be had at all, one line: a folder in the settings that is not there. */
  readonly problem?: string;
  /** Why models cannot run on this machine at all, one line: whether it is here or not, it is of no use. */
  readonly unsupported?: string;
}

/** What scoring with an effort will cost, roughly: told from the files' sizes, before anything is measured. */
export interface RoughCost {
  readonly seconds: number;
  readonly forwardRows: number;
  readonly backwardRows: number;
}

/** What a comparison will do and cost, roughly: told before anything is measured. */
export interface RoughComparison extends RoughCost {
  /** Methods × seeds; one takes the checkers that it needs from those that it shares them with. */
  readonly trainings: number;
  /** Bytes of memory at the peak. */
  readonly memoryBytes: number;
}

/** A device that jobs can run on. */
export interface DeviceView {
  readonly kind: 'cpu' | 'webgpu' | 'cuda';
  readonly name: string;
  readonly threads: number;
  /** Where known. */
  readonly memoryBytes?: number;
  /** Bytes of the largest array that it holds, where it says so. */
  readonly maxBufferBytes?: number;
  /** Whether it can be chosen. */
  readonly usable: boolean;
  /** What to know of it, in a few words. */
  readonly note?: string;
}

export type JobApi = {
  score: { params: ScoreRequest; result: ScoreOutcome };
  train: { params: TrainRequest; result: TrainOutcome };
  rescore: { params: RescoreRequest; result: ScoreOutcome };
  compare: { params: CompareRequest; result: CompareOutcome };
  encoder: { params: { model?: string }; result: EncoderStatus };
  /** The cost of each effort; `bytes` are those of the synthetic file. */
  costs: {
    params: { rows: number; bytes: number; realRows: number; threads?: number };
    result: Readonly<Record<ScoreRequest['effort'], RoughCost>>;
  };
  /** The cost of a comparison; `bytes` are those of the synthetic file. */
  compareCost: {
    params: {
      readonly rows: number;
      readonly bytes: number;
      readonly realRows: number;
      readonly devRows: number;
      readonly testRows: number;
      readonly methods: readonly string[];
      readonly seeds: readonly number[];
      readonly effort: NonNullable<CompareRequest['effort']>;
      readonly threads?: number;
    };
    result: RoughComparison;
  };
  /** What this machine can compute on, the default first. */
  devices: { params: Record<string, never>; result: readonly DeviceView[] };
  /** Loads a classifier once, then answers texts with the probability of every label. */
  classify: {
    params: { model: string; texts: readonly { text: string; textPair?: string }[] };
    result: { labels: readonly string[]; probabilities: readonly (readonly number[])[] };
  };
  /** Answers an `estimate` event: go on, or give up. */
  approve: { params: { go: boolean }; result: null };
  /** Stops the job at the next step with everything resumable kept; the job's own call then fails as cancelled. */
  cancel: { params: Record<string, never>; result: null };
};

export interface JobProgress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly unit: 'rows' | 'steps' | 'MB';
  /** Training loss of the last step. */
  readonly loss?: number;
  /** Units per second over the last seconds. */
  readonly rate?: number;
  /** Rows through the encoder in this stage so far; with unit `steps` forward and backward, else forward only. */
  readonly encoderRows?: number;
  /** Of these per second over the last seconds. */
  readonly rowRate?: number;
}

export type JobEvents = {
  progress: JobProgress;
  /** One line that is no error. */
  notice: { line: string };
  /** Rows left out, `path:line:column: message`. */
  rowErrors: { lines: readonly string[] };
  /** What the job will cost; the job waits for `approve` where `ask` is set. */
  estimate: {
    ask: boolean;
    seconds: number;
    memoryBytes: number;
    diskBytes: number;
    forwardRows: number;
    backwardRows: number;
  };
  /** After an epoch of the classifier, on the dev rows where there are some. */
  evaluation: { epoch: number; accuracy?: number; macroF1?: number; logLoss?: number; trainLoss?: number };
  /** A training goes on from a checkpoint: what went before. `losses` are means of `count` steps up to `step`. */
  resumed: {
    stage: string;
    step: number;
    steps: number;
    /** Rows that went forward and backward in these steps. */
    encoderRows: number;
    losses: readonly { readonly step: number; readonly value: number; readonly count: number }[];
    epochs: readonly JobEvents['evaluation'][];
  };
  /**
   * The run's folder, once it is known, what computes, and the rows that went through the encoder in what earlier tries
   * have saved: the estimate counted them too.
   */
  run: {
    folder: string;
    resumed: boolean;
    device?: string;
    passes?: { readonly forward: number; readonly backward: number };
  };
  /**
   * How far a comparison is, before each training and after the last: trainings done and of how many, and what comes
   * next. What came of those that are done is in the run's folder by then.
   */
  compared: { done: number; total: number; next?: { readonly method: string; readonly seed: number } };
};
