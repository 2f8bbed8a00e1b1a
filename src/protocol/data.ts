/** What the data worker answers: everything about a dataset's rows, from typed-array columns, without inference. */
import type { RowActionId } from '../core/table/actions.ts';
import type { FilterFault } from '../core/table/filter.ts';
import type { TableSort } from '../core/table/sort.ts';
import type { Sureness } from '../core/weighting/sureness.ts';
import type { Verdict } from '../core/weighting/verdicts.ts';
import type { MapDataApi, Mapping } from './map.ts';

/** A `clipMax` that bounds nothing: e⁸⁰, as the paper's recipe has it. */
export const unboundedWeight = Math.exp(80);

/** Settings that turn log-probabilities into weights and verdicts; a change needs no inference. */
export interface WeightControls {
  /** Exponent γ of the ratio, ≥ 0. */
  readonly gamma: number;
  /** Largest weight of a row, > 0 and finite (messages are JSON on their way to a webview); {@link unboundedWeight}: no bound. */
  readonly clipMax: number;
  /** `misaligned` below this P̂'(y|x), 0 to 1. */
  readonly misalignedBelow: number;
  /** Caps weights at this quantile of all weights, in (0, 1]; null: no cap. Absent, like those below: as the run has it. */
  readonly truncateQuantile?: number | null;
  /** Divide the weights by their mean. */
  readonly selfNormalise?: boolean;
  /** Multiply weights by their label's real share over its synthetic one. */
  readonly priorCorrection?: boolean;
}

/** How to find the parts of a row; what is absent is detected. */
export interface FieldOverrides {
  readonly textField?: string;
  readonly textPairField?: string;
  readonly labelField?: string;
  readonly labelMap?: Readonly<Record<string, string>>;
}

export interface OpenDataset {
  /** Absolute path of the synthetic file; names the dataset in every other call. */
  readonly path: string;
  /** Absolute path of the real file, once known. Without it labels are those of the file itself. */
  readonly realPath?: string;
  readonly fields?: FieldOverrides;
  /** Where results are kept if the dataset's folder is read-only. */
  readonly storage?: string;
}

/** A line of a file that is left out. */
export interface BrokenRow {
  /** 1-based. */
  readonly line: number;
  /** 1-based, UTF-16 code units. */
  readonly column: number;
  readonly message: string;
}

/** What is known of a file without a model. */
export interface DatasetFacts {
  readonly path: string;
  readonly realPath?: string;
  readonly bytes: number;
  /** Usable rows of the synthetic file. */
  readonly rows: number;
  /** Usable rows of the real file; 0 without one. */
  readonly realRows: number;
  readonly brokenRows: number;
  /** The first of them, at most 1000. */
  readonly broken: readonly BrokenRow[];
  readonly brokenRealRows: number;
  readonly fields: { readonly text: string; readonly textPair?: string; readonly label: string };
  readonly realFields?: { readonly text: string; readonly textPair?: string; readonly label: string };
  /** In the order of label ids. */
  readonly labels: readonly { readonly label: string; readonly rows: number; readonly realRows: number }[];
  /** Rows that repeat the exact text of an earlier row. */
  readonly exactCopies: number;
  /** Rows whose exact text is in the real file too. */
  readonly copiesOfReal: number;
  /** One line each, in plain words. */
  readonly warnings: readonly string[];
  /** Above 50 MB the file is never edited: corrections are decisions. */
  readonly editable: boolean;
}

/** What is known of a score run that is shown. */
export interface RunFacts {
  readonly folder: string;
  /** ISO 8601. */
  readonly created: string;
  readonly effort: 'preview' | 'standard' | 'paper';
  readonly method: 'imp' | 'dimp';
  readonly model?: string;
  readonly device: string;
  readonly scored: number;
  /** The settings of the run. */
  readonly controls: WeightControls;
  readonly quality: {
    /** e.g. `fine-tuned`, `probe`, `tf-idf`. */
    readonly kind: string;
    /** Out of fold, on the real rows, 0 to 1; absent where in-sample. */
    readonly accuracy?: number;
    readonly logLoss?: number;
    readonly ece?: number;
  };
  readonly warnings: readonly string[];
  /** Rows of the file whose text changed since, or that are new: they have no score. */
  readonly staleRows: number;
  /** Absolute path of the real file that it was scored by. */
  readonly real?: string;
  /** How far its checkers can be trusted; absent in runs of earlier versions. */
  readonly sureness?: Sureness;
}

export type Sorting = TableSort;

export interface Query {
  readonly path: string;
  /** The filter language of `core/table/filter.ts`; empty for all. */
  readonly filter: string;
  /** Only these verdicts and labels; undefined for all. */
  readonly verdicts?: readonly string[];
  readonly labels?: readonly string[];
  /** Range of log₁₀ weight brushed in the histogram. */
  readonly brush?: readonly [number, number];
  readonly sort: Sorting;
  readonly controls: WeightControls;
}

export interface QueryResult {
  /** Names this order of rows in `rows`, `place` and bulk targets, until the next query of the same dataset and client. */
  readonly view: number;
  /** Rows that match. */
  readonly count: number;
  /** Rows of the dataset. */
  readonly total: number;
  /** Set where the filter could not be read; the rows are then those without it. */
  readonly fault?: FilterFault;
  /** Over log₁₀ weight; `edges` has one more element than the counts. Empty where nothing is scored. */
  readonly histogram: {
    readonly edges: readonly number[];
    readonly all: readonly number[];
    readonly matching: readonly number[];
  };
  /** Counts of rows that match everything but the toggles of the same kind. */
  readonly verdicts: readonly { readonly verdict: Verdict; readonly rows: number }[];
  readonly labels: readonly { readonly label: string; readonly rows: number }[];
  readonly summary: {
    readonly scored: number;
    readonly ess: number;
    /** Per label: Σw as a share of all weights, beside the label's share among real and synthetic rows. */
    readonly perLabel: readonly {
      readonly label: string;
      readonly weightShare: number;
      readonly realShare: number;
      readonly syntheticShare: number;
    }[];
    readonly warnings: readonly string[];
    readonly kept: number;
    readonly relabelled: number;
    readonly removed: number;
    readonly stale: number;
  };
}

/** What is special about a row, beside its verdict. */
export type RowMark =
  /** The user decided that it stays as it is. */
  | 'kept'
  /** The label differs from the one that was scored: weight and verdict are provisional. */
  | 'relabelled'
  /** Removed by a decision (files above 50 MB). */
  | 'removed'
  /** Its text was never scored, or changed since. */
  | 'stale';

/** One row as the list shows it. */
export interface RowView {
  /** Index among the dataset's usable rows; stable until the file changes. */
  readonly row: number;
  /** 1-based line of the file. */
  readonly line: number;
  /** 1-based rank by weight among all scored rows; absent where not scored. */
  readonly rank?: number;
  readonly label: string;
  readonly suggested?: string;
  readonly weight?: number;
  readonly logWeight?: number;
  /** 95 % interval of the weight, low ≤ weight ≤ high; absent where it is not known (`Sureness.interval`). */
  readonly weightLow?: number;
  readonly weightHigh?: number;
  /** P̂'(y|x) and Q̂(y|x), 0 to 1. */
  readonly quality?: number;
  readonly diversity?: number;
  readonly verdict?: Verdict;
  readonly marks: readonly RowMark[];
  /** The beginning of the text, at most `rowTextLength` UTF-16 code units, line breaks as spaces. */
  readonly text: string;
  readonly textPair?: string;
}

export const rowTextLength = 400;

export interface RowWindow {
  readonly view: number;
  readonly from: number;
  readonly rows: readonly RowView[];
}

export interface Neighbour {
  /** Which file it is in. */
  readonly source: 'real' | 'synthetic';
  readonly line: number;
  /** For a synthetic neighbour. */
  readonly row?: number;
  readonly label: string;
  /** −1 to 1. */
  readonly cosine: number;
  readonly text: string;
}

export interface RowDetails {
  readonly view: RowView;
  /** The whole text, at most `detailTextLength` UTF-16 code units of it. */
  readonly text: string;
  readonly textPair?: string;
  readonly truncated: boolean;
  /** The line of the file as it stands. */
  readonly json: string;
  /** Per label, 0 to 1; absent where not scored. */
  readonly probabilities?: readonly { readonly label: string; readonly quality: number; readonly diversity: number }[];
  /** Why it has its verdict, one sentence. */
  readonly reason?: string;
  readonly nearestReal: readonly Neighbour[];
  readonly nearCopies: readonly Neighbour[];
  /** How many near-copies there are in all. */
  readonly nearCopyCount: number;
  /** There may be more than that: of very many, not all are counted. */
  readonly nearCopiesMayBeMore?: boolean;
  /** Why there are no neighbours to show, where that is so. */
  readonly neighboursMissing?: string;
}

export const detailTextLength = 200_000;

/** What a bulk action is about: single rows, or every row of a view. */
export type Target =
  | { readonly rows: readonly number[] }
  | { readonly view: number }
  /** Every row with this verdict that is not kept. */
  | { readonly verdict: Verdict };

/** A change of one line; lines and positions (UTF-16 code units) 0-based, as they are before any change. */
export type LineEdit =
  | { readonly line: number; readonly start: number; readonly end: number; readonly text: string }
  /** Whole lines go, from `line` up to and without `endLine`, with their line ends. */
  | { readonly line: number; readonly endLine: number };

export interface EditPlan {
  readonly action: RowActionId;
  /** Rows that change. */
  readonly rows: number;
  /** Rows of the target that stay as they are, and why, e.g. "12 rows have no suggestion". */
  readonly skipped: readonly string[];
  /** e.g. "positive → negative": 12. */
  readonly counts: readonly { readonly what: string; readonly rows: number }[];
  /** A few of the changes, for a preview; lines 1-based, texts cut with `…` where they are long. */
  readonly samples: readonly { readonly line: number; readonly before: string; readonly after: string }[];
  /** For an editable file; ascending, not overlapping. Empty where decisions do the work. */
  readonly edits: readonly LineEdit[];
  /** The state of the text the edits belong to: the last `change` or `sync` version, 0 for the file on disk. */
  readonly version: number;
  /** Decisions to keep with `decide`: for `keep`, and for everything about a file that is not editable. */
  readonly decisions: readonly RowDecision[];
  /** Decisions that bring back exactly what stands before `decisions`, to undo them. */
  readonly restore: readonly RowDecision[];
}

export interface RowDecision {
  readonly textHash: string;
  readonly occurrence: number;
  readonly action: 'keep' | 'relabel' | 'remove' | 'clear';
  readonly label?: string;
}

/** A row that diagnostics show. */
export interface Flag {
  readonly row: number;
  /** 1-based. */
  readonly line: number;
  readonly verdict: Verdict;
  /** Range of the label value in the line, UTF-16, 0-based, quotes included. */
  readonly labelStart: number;
  readonly labelEnd: number;
  readonly message: string;
  readonly label: string;
  readonly suggested?: string;
  readonly weight: number;
  readonly nearestReal?: { readonly line: number; readonly cosine: number; readonly label: string };
  readonly provisional: boolean;
}

export interface Flags {
  /** Version of the text that the lines refer to. */
  readonly version: number;
  /** Misaligned first, by weight ascending; then redundant. */
  readonly flags: readonly Flag[];
  readonly broken: readonly BrokenRow[];
  /** True totals. */
  readonly misaligned: number;
  readonly redundant: number;
  readonly brokenTotal: number;
  readonly scored: number;
  readonly ess: number;
  /** Rows whose text changed since they were scored, or that are new: they have no score. */
  readonly stale: number;
  /** Whether the scores may raise "misaligned" warnings in the editor: previews may not. */
  readonly preview: boolean;
}

/** A change of the text as an editor tells it, positions 0-based, before any change of the same call. */
export interface TextChange {
  readonly startLine: number;
  readonly startCharacter: number;
  readonly endLine: number;
  readonly endCharacter: number;
  readonly text: string;
}

export interface RealCandidate {
  readonly path: string;
  /** Why it is a good guess, in a few words. */
  readonly reason: string;
  readonly labels: readonly string[];
  readonly rows: number;
  /** Whether `rows` is only the part that was looked at. */
  readonly more: boolean;
}

export const exportKinds = ['weighted', 'filtered', 'corrected', 'csv'] as const;
/**
 * `weighted`: every row with its weight added; `filtered`: only the rows of the view; `corrected`: relabelled and removed
 * as decided; `csv`: line, label, suggestion, weight, P̂', Q̂, verdict, text.
 */
export type ExportKind = (typeof exportKinds)[number];

export interface RunDifference {
  readonly line: number;
  readonly text: string;
  readonly label: string;
  readonly before: { readonly weight: number; readonly verdict?: string };
  readonly after: { readonly weight: number; readonly verdict?: string };
}

export type DataApi = MapDataApi & {
  /** Reads both files; again for the same path: forgets what it knew. */
  open: { params: OpenDataset; result: DatasetFacts };
  close: { params: { path: string }; result: null };
  facts: { params: { path: string }; result: DatasetFacts };
  /** Shows a run's scores; without a folder the newest finished one, and null where there is none. */
  attach: { params: { path: string; run?: string }; result: RunFacts | null };
  query: { params: Query; result: QueryResult };
  rows: { params: { path: string; view: number; from: number; count: number }; result: RowWindow };
  /** Where a row stands in a view, 0-based; −1 where it is not in it. */
  place: { params: { path: string; view: number; row: number }; result: number };
  details: { params: { path: string; row: number; controls: WeightControls }; result: RowDetails };
  /** The row of a 1-based line; null where the line holds none. */
  rowAtLine: { params: { path: string; line: number }; result: number | null };
  /** Rows most like a row, by cosine of the embeddings. */
  similar: { params: { path: string; row: number; count: number }; result: readonly Neighbour[] };
  flags: { params: { path: string; most: number; controls: WeightControls }; result: Flags };
  /** Weights of a range of 1-based lines, for notes at their ends. */
  lineWeights: {
    params: { path: string; fromLine: number; toLine: number; controls: WeightControls };
    result: readonly {
      readonly line: number;
      readonly weight: number;
      readonly verdict: Verdict;
      readonly kept: boolean;
    }[];
  };
  /** What an action would change; changes nothing. `label`: the new label of `relabel`, the suggestion where absent. */
  plan: {
    params: { path: string; action: RowActionId; target: Target; label?: string; controls: WeightControls };
    result: EditPlan;
  };
  /** Writes decisions and honours them from now on. */
  decide: { params: { path: string; decisions: readonly RowDecision[] }; result: null };
  /** The text in the editor changed; `version` grows. `full`: the whole text, where changes alone do not tell. */
  change: {
    params: { path: string; version: number; changes: readonly TextChange[]; full?: string };
    result: DatasetFacts;
  };
  /** The file on disk is what counts again (saved, reverted, replaced). */
  reload: { params: { path: string }; result: DatasetFacts };
  export: {
    params: { path: string; kind: ExportKind; view?: number; to: string; controls: WeightControls };
    result: { rows: number };
  };
  guessReal: { params: { path: string; candidates?: readonly string[] }; result: readonly RealCandidate[] };
  /** Rows to label by hand, spread over the file. */
  sample: {
    /** `without`: a file whose texts are left out, e.g. those that are labelled already. */
    params: { path: string; count: number; textField?: string; without?: string };
    result: readonly { line: number; text: string; textPair?: string }[];
  };
  compareRuns: {
    params: { path: string; before: string; after: string; most: number };
    result: readonly RunDifference[];
  };
};

export type DataEvents = {
  /** While a file is read. */
  reading: { path: string; file: string; bytes: number; total: number };
  /** While a map is made. */
  mapping: Mapping;
};
