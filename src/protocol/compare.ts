/** Host ⇄ Compare view: a live view while methods are compared, then what the comparison comes to. */
import { addsRealRows } from '../core/comparison/methods.ts';
import type { JobView } from './panel.ts';

/** Makes a sentence in the user's language: `vscode.l10n.t` in the host, `t` in the views. */
type Translate = (message: string, ...args: string[]) => string;

/** What a method is called, by its name in `core/comparison/methods.ts`; its own name where it is unknown. */
export function methodTitle(name: string, t: Translate): string {
  if (name.includes('@')) {
    const [alone, ...settings] = name.replace(/\+real$/, '').split('@');
    const title = [methodTitle(alone, t), ...settings.map((setting) => settingTitle(setting, t))].join(', ');
    return addsRealRows(name) ? t('{0}, with real rows', title) : title;
  }
  const [, alone, kind, value, real] = /^(([a-z]+)(?:-(\d*\.?\d+))?)(\+real)?$/.exec(name) ?? [];
  const withReal = real !== undefined;
  if (value !== undefined) {
    switch (kind) {
      case 'filter':
        return withReal ? t('Filter, τ = {0}, with real rows', value) : t('Filter, τ = {0}', value);
      case 'imp':
        return withReal ? t('IMP, K = {0}, with real rows', value) : t('IMP, K = {0}', value);
      case 'rho':
        return withReal ? t('RHO, top {0} %, with real rows', value) : t('RHO, top {0} %', value);
    }
  }
  return (withReal ? titleWithReal(alone, t) : titleAlone(name, t)) ?? name;
}

/** A setting of the weights that a method has of its own. */
function settingTitle(setting: string, t: Translate): string {
  const [name, value = ''] = setting.split('=');
  switch (name) {
    case 'gamma':
      return t('γ = {0}', value);
    case 'clip-max':
      return t('w ≤ {0}', value);
    case 'truncate':
      return t('cap at quantile {0}', value);
    case 'self-normalise':
      return t('mean weight 1');
    case 'prior-correction':
      return t('prior correction');
    default:
      return setting;
  }
}

function titleWithReal(alone: string, t: Translate): string | undefined {
  switch (alone) {
    case 'focal':
      return t('Focal loss with real rows');
    case 'quality':
      return t('Quality with real rows');
    case 'dimp':
      return t('DIMP with real rows');
    case 'random':
      return t('Random weights with real rows');
    default:
      return undefined;
  }
}

function titleAlone(name: string, t: Translate): string | undefined {
  switch (name) {
    case 'real':
      return t('Real rows only');
    case 'ce':
      return t('CE');
    case 'focal':
      return t('Focal loss');
    case 'quality':
      return t('Quality only');
    case 'dimp':
      return t('DIMP');
    case 'random':
      return t('Random weights');
    case 'both':
      return t('Real + synthetic');
    default:
      return undefined;
  }
}

/** The method that every other one is held against, and whether one adds the real rows to the synthetic ones. */
export { addsRealRows, baseline } from '../core/comparison/methods.ts';

/** How a method stands to CE, by the corrected test of macro-F1. */
export type Standing = 'better' | 'worse' | 'not separated';

/** A mean over seeds, in shares of one; `sd` over seeds, absent with one. */
export interface SeedMean {
  readonly mean: number;
  readonly sd?: number;
}

/** What came of a method, over the seeds that it was run with. */
export interface MethodResult {
  /** Its name; see {@link methodTitle}. */
  readonly method: string;
  /** The seeds that it was run with, in the order of `bySeed`. */
  readonly seeds: readonly number[];
  readonly failures: readonly { readonly seed: number; readonly reason: string }[];
  /** Absent where it could not be run; `low` to `high`: 95 % bootstrap interval of the mean over test rows. */
  readonly macroF1?: SeedMean & { readonly low: number; readonly high: number; readonly bySeed: readonly number[] };
  readonly accuracy?: SeedMean;
  /** F1 by label. */
  readonly perClass: Readonly<Record<string, SeedMean>>;
  /** Of macro-F1 to CE, same seeds and rows: with its 95 % interval and p-value, corrected for all methods. */
  readonly difference?: SeedMean & {
    readonly low: number;
    readonly high: number;
    readonly p: number;
    readonly standing: Standing;
  };
  /** Of one seed; the checkers that it needs included, as if it were run alone. */
  readonly seconds: { readonly training: number; readonly checkers: number };
  /** Rows through the encoder for one seed, the checkers included. */
  readonly passes?: { readonly forward: number; readonly backward: number };
  readonly trainedRows: number;
  /** Effective sample size as a share of the rows trained on. */
  readonly ess?: number;
  /** Whether a classifier can be trained in this way. */
  readonly trainable: boolean;
}

/** A comparison, or as much of it as is done. */
export interface ComparisonResults {
  /** In plain words, said by the extension. */
  readonly advice: string;
  readonly labels: readonly string[];
  /** Rows that the methods are judged on, and those left out as copies of training rows; absent where there are none. */
  readonly testRows: number;
  readonly leftOut?: number;
  readonly syntheticRows: number;
  readonly realRows: number;
  readonly devRows?: number;
  readonly encoder: string;
  readonly resamples: number;
  /** In the order in which they were run. */
  readonly methods: readonly MethodResult[];
  /** The method to train with, as far as is known: the best of those that beat CE, else CE. */
  readonly recommended: string;
  /** Trainings done, of how many, where it is not finished. */
  readonly unfinished?: { readonly done: number; readonly total: number };
}

/** A comparison among those of the dataset. */
export interface ComparisonRow {
  readonly folder: string;
  /** ISO 8601. */
  readonly created: string;
  readonly methods: number;
  readonly seeds: readonly number[];
  readonly status: 'running' | 'done' | 'cancelled' | 'failed' | 'interrupted';
  /** Whether it is the one that the view is about. */
  readonly current: boolean;
}

/** What changes while methods are compared. */
export interface CompareLive {
  readonly job?: JobView;
  /** Trainings whose outcome is known, of how many. */
  readonly done?: number;
  readonly total?: number;
  /** What is trained now. */
  readonly next?: { readonly method: string; readonly seed: number };
}

export interface CompareState extends CompareLive {
  /** Absolute path of the synthetic file. */
  readonly dataset: string;
  /** What is compared, by the plan; empty without a comparison. */
  readonly methods: readonly string[];
  readonly seeds: readonly number[];
  readonly results?: ComparisonResults;
  /** Why the results cannot be read, one line. */
  readonly fault?: string;
  /** Base names of the files. */
  readonly realFile?: string;
  readonly devFile?: string;
  readonly testFile?: string;
  /** How the checkers are made. */
  readonly effort?: string;
  readonly device?: string;
  /** What the job will cost, measured in its first steps. */
  readonly estimate?: { readonly seconds: number; readonly memoryBytes: number; readonly diskBytes: number };
  /** Folder of the run that the view is about, once there is one. */
  readonly run?: string;
  /** How that run ended; absent while its job runs, and without a run. */
  readonly ended?: 'done' | 'cancelled' | 'failed' | 'interrupted';
  /** Why it failed, one line. */
  readonly error?: string;
  readonly warnings: readonly string[];
  /** This dataset's comparisons, newest first. */
  readonly runs: readonly ComparisonRow[];
}

export type CompareApi = {
  ready: { params: Record<string, never>; result: CompareState };
  cancel: { params: Record<string, never>; result: null };
  /** Answers the job's question: it may begin. */
  begin: { params: Record<string, never>; result: null };
  /** Takes up the unfinished comparison again. */
  resume: { params: Record<string, never>; result: null };
  /** Asks what to compare on this dataset, and compares it. */
  again: { params: Record<string, never>; result: null };
  /** Makes the view about another comparison of the dataset. */
  show: { params: { folder: string }; result: null };
  /** Puts the report as Markdown on the clipboard. */
  copyReport: { params: Record<string, never>; result: null };
  /** Asks where to write the report, as Markdown or HTML. */
  saveReport: { params: Record<string, never>; result: null };
  openFolder: { params: Record<string, never>; result: null };
  /** Begins to plan a training as the method has it. */
  train: { params: { method: string }; result: null };
  showLog: { params: Record<string, never>; result: null };
};

export type CompareEvents = { state: CompareState; live: CompareLive };
