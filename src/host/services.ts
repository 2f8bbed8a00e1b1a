/** What the features of the extension share. Built once, in `extension.ts`, passed to every feature's `register`. */
import type * as vscode from 'vscode';
import type { DataApi, DataEvents, DatasetFacts, FieldOverrides, RunFacts, WeightControls } from '../protocol/data.ts';
import type {
  CompareRequest,
  EncoderStatus,
  JobApi,
  JobEvents,
  JobOutcome,
  RescoreRequest,
  ScoreRequest,
  TrainRequest,
} from '../protocol/jobs.ts';
import type { JobView } from '../protocol/panel.ts';
import type { Client } from '../protocol/rpc.ts';

export interface Services {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly data: DataService;
  readonly datasets: Datasets;
  readonly jobs: Jobs;
  readonly encoders: Encoders;
}

/** The data worker: started with the first call, started again after a crash (open datasets are opened again). */
export interface DataService {
  call<M extends keyof DataApi>(method: M, params: DataApi[M]['params']): Promise<DataApi[M]['result']>;
  on<N extends keyof DataEvents>(name: N, listener: (payload: DataEvents[N]) => void): vscode.Disposable;
  /** A new worker stands in for one that is gone: it knows of no dataset yet. */
  readonly onDidRestart: vscode.Event<void>;
}

/** The datasets that are open in this window. */
export interface Datasets {
  /** Every open one. */
  readonly all: readonly DatasetModel[];
  get(path: string): DatasetModel | undefined;
  /**
   * Opens a synthetic file: reads both files in the data worker, shows its newest finished run. The real file is
   * remembered per dataset; without one the labels are the file's own. Cheap where it is open already. Whoever keeps the
   * model for longer than a moment also calls `hold`.
   */
  open(path: string, realPath?: string): Promise<DatasetModel>;
  close(path: string): void;
  /**
   * Keeps a dataset open until the result is disposed of. Otherwise it is closed some time after the last question about
   * it, unless its file is open in a tab.
   */
  hold(path: string): vscode.Disposable;
  /** The real file remembered for a dataset. */
  rememberedReal(path: string): string | undefined;
  /** The dataset whose panel or view has the focus. */
  readonly active: string | undefined;
  /** A panel or view of a dataset got or lost the focus. */
  setActive(path: string, focused: boolean): void;
  readonly onDidOpen: vscode.Event<DatasetModel>;
  readonly onDidClose: vscode.Event<DatasetModel>;
}

/** One open dataset; follows its document and its file by itself. */
export interface DatasetModel {
  readonly path: string;
  readonly uri: vscode.Uri;
  readonly realPath: string | undefined;
  /** Undefined until the files are read, and where they cannot be: see `fault`. */
  readonly facts: DatasetFacts | undefined;
  /** Why the files cannot be read, one line. */
  readonly fault: string | undefined;
  readonly run: RunFacts | undefined;
  /** Why a run cannot be shown that should be, one line; stays until it was read again, or another one. */
  readonly runFault: string | undefined;
  readonly controls: WeightControls;
  /** Grows with every change of rows, scores, labels, decisions or controls. */
  readonly revision: number;
  readonly onDidChange: vscode.Event<void>;
  /** Fields and label map from the settings. */
  readonly fields: FieldOverrides;
  /** Grows when rows get other numbers: lines came or went, a row broke or was mended, the file was read anew. */
  readonly numbering: number;
  /** Version of the text that the worker knows: grows with the changes of an unsaved document, 0 for the file on disk. */
  readonly documentVersion: number;
  setControls(controls: WeightControls): void;
  /** Tells the worker of every change of the document so far, without waiting for the typing to end. */
  flush(): Promise<void>;
  /** Shows a run's scores; the newest finished one without a folder. */
  attach(run?: string): Promise<void>;
  /** After decisions were written or a run was made elsewhere. */
  refresh(): Promise<void>;
  /** A data call about this dataset. */
  call<M extends keyof DataApi>(method: M, params: Omit<DataApi[M]['params'], 'path'>): Promise<DataApi[M]['result']>;
}

export type JobRequest =
  | { readonly kind: 'score'; readonly request: ScoreRequest }
  | { readonly kind: 'train'; readonly request: TrainRequest }
  | { readonly kind: 'rescore'; readonly request: RescoreRequest }
  | { readonly kind: 'compare'; readonly request: CompareRequest };

/** A job of this window: queued, running or ended. */
export interface Job {
  readonly id: number;
  readonly request: JobRequest;
  readonly view: JobView;
  readonly onDidChange: vscode.Event<void>;
  on<N extends keyof JobEvents>(name: N, listener: (payload: JobEvents[N]) => void): vscode.Disposable;
  /** Resolves with the outcome; undefined where it was cancelled or failed (the user has been told). */
  readonly done: Promise<JobOutcome | undefined>;
  /** Stops within two seconds, everything resumable kept. */
  cancel(): void;
  /** Answers the question in the view; does nothing where there is none (any more). */
  answer(go: boolean): void;
}

/** A job that began and has not finished, in this session or an earlier one: it goes on where it stopped. */
export interface UnfinishedJob {
  readonly title: string;
  readonly request: JobRequest;
  /** The run's folder. */
  readonly folder: string;
  /** The window went away under it, and nobody has been asked about it yet. */
  readonly interrupted: boolean;
}

/** A few words for the status bar. */
export interface StatusNote {
  readonly text: string;
  readonly tooltip: string;
  /** What a click runs. */
  readonly command: vscode.Command;
}

/** One job runs at a time, in this window and across windows; the others wait. */
export interface Jobs {
  /** Running first, then queued, then those that ended, newest first. */
  readonly all: readonly Job[];
  readonly current: Job | undefined;
  readonly onDidChange: vscode.Event<void>;
  enqueue(request: JobRequest): Job;
  /** The running or queued job about a dataset. */
  about(path: string): Job | undefined;
  /** What the extension's one item in the status bar says while no job runs; undefined: nothing. */
  showMeanwhile(note: StatusNote | undefined): void;
  /** Newest first, without those that run. */
  readonly unfinished: readonly UnfinishedJob[];
  /** The user was asked about an interrupted job; with `forget` it is not offered again at all. */
  answered(folder: string, forget?: boolean): void;
  /** A worker of its own that answers questions about a model; ends with the returned client's `close`. */
  openClassifier(): Promise<Client<JobApi, JobEvents>>;
}

/** The encoder that jobs need, on this machine or not. */
export interface Encoders {
  /** What the setting `counterweight.model` names, or the default. */
  status(): Promise<EncoderStatus>;
  /** Fetches it with progress, in the extension host, whose `fetch` knows the proxy. False where the user gave up. */
  download(): Promise<boolean>;
  /** Lets the user choose a folder, and keeps it in the setting. */
  choose(): Promise<boolean>;
  readonly onDidChange: vscode.Event<void>;
}

/** A feature of the extension. */
export type Register = (context: vscode.ExtensionContext, services: Services) => void;
