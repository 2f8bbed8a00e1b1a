/** Host ⇄ weights panel. The panel asks for rows through the host, which passes data calls on to the data worker. */
import type { RowActionId } from '../core/table/actions.ts';
import type { DataApi, DatasetFacts, ExportKind, Query, RunFacts, Target, WeightControls } from './data.ts';

/** A job as the panel and the status bar show it. */
export interface JobView {
  readonly id: number;
  readonly kind: 'score' | 'train' | 'rescore' | 'compare';
  readonly title: string;
  readonly state: 'queued' | 'running' | 'cancelling' | 'done' | 'failed' | 'cancelled';
  readonly stage?: string;
  /** 0 to 1 within the stage. */
  readonly fraction?: number;
  /** e.g. "212 rows/s". */
  readonly rate?: string;
  /** Seconds left in the whole job, where known. */
  readonly secondsLeft?: number;
  readonly device?: string;
  /** One line, where it failed. */
  readonly error?: string;
  /** It waits for an answer, to this: the cost of a job that takes long. The commands `begin` and `cancel` answer. */
  readonly question?: string;
}

/** Everything the panel shows beside rows; sent on `ready` and whenever it changes. */
export interface PanelState {
  /** Of the synthetic file; the panel keeps it in its state, so that the host finds the dataset again after a reload. */
  readonly path: string;
  readonly facts?: DatasetFacts;
  /** Why the files cannot be read, one line. */
  readonly fault?: string;
  readonly run?: RunFacts;
  /** Why no run is shown where one should be, one line. */
  readonly runFault?: string;
  readonly job?: JobView;
  /** Set while the encoder is missing: one line with size and source. */
  readonly encoderMissing?: {
    readonly line: string;
    /** Fetching it would not help: models cannot run on this machine. The line says what to do. */
    readonly useless?: true;
  };
  readonly controls: WeightControls;
  /** Grows whenever rows, scores, decisions or labels changed: query again, keep selection and scroll. */
  readonly revision: number;
}

/** Calls from the panel to the host. `path` is filled in by the host. */
type WithoutPath<M extends keyof DataApi> = {
  readonly params: Omit<DataApi[M]['params'], 'path'>;
  readonly result: DataApi[M]['result'];
};

export type PanelApi = {
  /** `numbering` names the state of the file that row numbers belong to: `act` passes it back. */
  query: { params: Omit<Query, 'path'>; result: DataApi['query']['result'] & { readonly numbering: number } };
  rows: WithoutPath<'rows'>;
  place: WithoutPath<'place'>;
  details: WithoutPath<'details'>;
  similar: WithoutPath<'similar'>;
  rowAtLine: WithoutPath<'rowAtLine'>;
  /** The panel was loaded: answers with the state; events follow. */
  ready: { params: Record<string, never>; result: PanelState };
  /** Carries out a row action: plans, previews a bulk edit, edits. Answers with how many rows changed. */
  act: {
    params: {
      action: RowActionId;
      target: Target;
      label?: string;
      controls: WeightControls;
      /** Of the query whose rows are meant: where lines came or went since, nothing is edited, and the user is told. */
      numbering: number;
    };
    result: { rows: number };
  };
  /** Keeps the settings for this dataset. */
  setControls: { params: { controls: WeightControls }; result: null };
  /** What the user chose in the header. */
  command: {
    params: {
      name:
        | 'rescore'
        | 'rescoreChanged'
        | 'train'
        | 'compare'
        | 'cancel'
        /** Answers the job's question. */
        | 'begin'
        /** Goes on with a job that was cancelled or failed. */
        | 'resume'
        | 'downloadEncoder'
        | 'chooseEncoder'
        | 'dismissEncoder'
        | 'chooseReal'
        | 'showLog'
        | 'showProblems'
        /** No real file at hand: the labelling view. */
        | 'labelRows';
    };
    result: null;
  };
  export: { params: { kind: ExportKind; view?: number }; result: null };
  /** Whether the row list has the keyboard, for the `when` of keybindings. */
  focus: { params: { rows: boolean }; result: null };
  /** What is selected, for menu and palette commands; `view` where every row of a view is (`rows` is then empty). */
  select: { params: { rows: readonly number[]; view?: number }; result: null };
  /** Opens a 1-based line of either file, e.g. that of a nearest real row. */
  openLine: { params: { source: 'real' | 'synthetic'; line: number }; result: null };
};

export type PanelEvents = {
  state: PanelState;
  /** A row action came from a keybinding, a menu or the palette. */
  action: { action: RowActionId | 'search' };
  /** Show and select a row, e.g. from "Open in panel". */
  reveal: { row: number };
  /** Show the rows that pass this filter, and no other narrowing, e.g. those that were picked on the map. */
  filter: { text: string };
};
