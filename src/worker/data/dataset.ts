/**
 * One open dataset: its state, and what changes it. A state is never written to: whoever answers a call works on the state
 * it began with, whatever happens meanwhile. What changes the state waits in line; what asks for it waits for the line.
 */
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../base/errors.ts';
import { labelMapOfRealSet } from '../../core/dataset/labels.ts';
import { dataWarnings } from '../../core/weighting/warnings.ts';
import type {
  DatasetFacts,
  FieldOverrides,
  OpenDataset,
  RowDecision,
  RunFacts,
  TextChange,
  WeightControls,
} from '../../protocol/data.ts';
import { diskError } from '../../store/diskErrors.ts';
import { FileChangedError, isUnchanged } from './byteSource.ts';
import { keepDecisions, readKept, refreshKept, type KeptDecisions } from './decisionsOfDataset.ts';
import { changeText, editedAgain, editedText, readChanged, withKnown, type EditedText } from './editedText.ts';
import { brokenLines, checkUsable, type IndexedText, type TextOptions } from './indexText.ts';
import type { StartBlockIndexer } from './indexFile.ts';
import { readFileText, type FileText, type ReadOptions } from './readFile.ts';
import { countTexts, indexRows, rowsAmong, type RowIndex } from './rowIndex.ts';
import { checkLabels, isCurrent, newestRun, readRun, runFacts, type RunScores } from './runScores.ts';
import type { OccurrenceCounter } from './identityTable.ts';
import { textSearch, type TextSearch } from './searchTexts.ts';
import { showRows, type ShownRows } from './shownRows.ts';
import { weighRows, type WeighedRows } from './weighedRows.ts';

/** Above this many bytes a file is never edited: VS Code gives extensions no text of it. */
export const mostEditableBytes = 50 * 1024 * 1024;
/** Broken rows that are told one by one. */
export const mostBroken = 1000;

/** A dataset at one moment. */
export interface DatasetState {
  readonly path: string;
  readonly text: IndexedText;
  readonly rows: RowIndex;
  readonly real?: RealFile;
  readonly kept: KeptDecisions;
  readonly run?: RunScores;
  readonly shown: ShownRows;
  /** Real rows by label of `shown.labels`; empty without a real file. */
  readonly realCounts: readonly number[];
  /** Version of the editor's text; 0 for the file on disk. */
  readonly version: number;
  readonly editable: boolean;
  /** The same object as long as rows keep their numbers. */
  readonly numbering: object;
  readonly search: TextSearch;
  facts(): Promise<DatasetFacts>;
  /** Weights and verdicts under some controls; remembered for the last few. */
  weighed(controls: WeightControls): Promise<WeighedRows>;
}

/** The real file, with what is asked of it for every row. */
export interface RealFile extends FileText {
  readonly texts: OccurrenceCounter;
}

/** The text that counts, from disk or from the editor. */
interface CurrentText {
  readonly text: IndexedText;
  readonly rows: RowIndex;
  readonly version: number;
  readonly editable: boolean;
  readonly search: TextSearch;
  readonly numbering: object;
  /** What it was read from; absent for the editor's. */
  readonly file?: FileText;
}

/** What was read from disk, to be used again where it is opened once more and nothing has changed meanwhile. */
export interface ReadBefore {
  readonly params: OpenDataset;
  readonly file: FileText;
  readonly real?: RealFile;
}

/** Told while a file is read. */
export type OnReading = (progress: { path: string; file: string; bytes: number; total: number }) => void;

/** Progress is told no more often than this, in milliseconds. */
const progressEvery = 100;
/** Controls whose weights are remembered: those of the panel, and those they are being changed to. */
const mostControls = 2;

export class Dataset {
  readonly path: string;
  /** Changes of the state, one after the other. */
  #line: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();
  #state: DatasetState | undefined;
  /** Why there is no state. */
  #fault: Error | undefined;

  // What the next state is made of.
  #current: CurrentText | undefined;
  #edited: EditedText | undefined;
  #real: RealFile | undefined;
  #kept: KeptDecisions | undefined;
  #run: RunScores | undefined;
  /** Counts the runs that were asked for. */
  #attaching = 0;

  constructor(
    private readonly params: OpenDataset,
    private readonly onReading: OnReading,
    private readonly threads?: StartBlockIndexer,
  ) {
    this.path = params.path;
  }

  /** What it is made of, where that was read from disk. */
  get read(): ReadBefore | undefined {
    const file = this.#current?.file;
    return file && { params: this.params, file, real: this.#real };
  }

  /** What the user decided about its fields and labels. */
  get fields(): FieldOverrides | undefined {
    return this.params.fields;
  }

  /** The newest state. @throws UserError where the files cannot be used as they are. */
  async state(): Promise<DatasetState> {
    await this.#line;
    return this.#usable();
  }

  /**
   * The newest state of a file that is still as it was read; where it is not, it is read again first. For questions that
   * do not name rows by number.
   */
  async freshState(): Promise<DatasetState> {
    const state = await this.state();
    const file = this.#current?.file;
    if (file === undefined || (await isUnchanged(this.path, file.stamp))) return state;
    await this.reload();
    return await this.state();
  }

  /** Reads both files from disk, as far as they are not known from before. */
  open(before?: ReadBefore): Promise<DatasetFacts> {
    return this.#changeText(async () => {
      // The labels of the one decide how the other is read.
      const same = before !== undefined && isDeepStrictEqual(before.params, this.params);
      const sameReal = same && (before.real === undefined || (await isUnchanged(before.real.path, before.real.stamp)));
      this.#real = sameReal ? before.real : await this.#readReal();
      if (sameReal && (await isUnchanged(this.path, before.file.stamp))) await this.#setFile(before.file);
      else await this.#readDisk();
    });
  }

  /** The file on disk is what counts again. */
  reload(): Promise<DatasetFacts> {
    return this.#changeText(async () => {
      const { realPath } = this.params;
      const same = realPath === undefined || (this.#real && (await isUnchanged(realPath, this.#real.stamp)));
      if (!same) this.#real = await this.#readReal();
      await this.#readDisk();
    });
  }

  /**
   * The text in the editor changed.
   *
   * @param full The whole text, where changes alone do not tell.
   * @throws UserError where the text has no usable rows as it stands: later changes may mend it.
   * @throws RangeError where the changes do not fit the text that was known: the whole text is needed.
   */
  change(version: number, changes: readonly TextChange[], full?: string): Promise<DatasetFacts> {
    const check = (): void => {
      if (full === undefined) this.#checkEditable();
    };
    return this.#changeText(async () => {
      const before = full === undefined ? await this.#editorText() : await editedText(Buffer.from(full, 'utf8'));
      const changed = await changeText(before, full === undefined ? changes : []);
      // Whatever it holds, this is the editor's text from now on. Until it is read, nothing is known of its lines.
      this.#edited = { ...changed.text, known: undefined };
      if (this.params.realPath !== undefined) this.#real ??= await this.#readReal();
      const text = await readChanged(changed, this.#options());
      this.#edited = editedAgain(changed.text, text);
      await this.#setText(text, { version, editable: true });
    }, check);
  }

  /**
   * Shows a run's scores, the newest without a folder; null where there is none.
   * @throws UserError where the run cannot be read, or was scored with other labels; nothing is shown then.
   */
  async attach(folder: string | undefined): Promise<RunFacts | null> {
    await this.state();
    const turn = ++this.#attaching;
    // Read outside the line: rows stay at hand while the scores of a million are parsed.
    const [read] = await Promise.allSettled([this.#readRun(folder)]);
    return await this.#inTurn(async () => {
      const { rows } = this.#usable();
      // The last one asked for is the one to be shown.
      if (turn === this.#attaching) {
        this.#run = undefined;
        try {
          if (read.status === 'rejected') throw read.reason;
          const run = read.value;
          if (run !== undefined) checkLabels(run, rows.labels, this.#real !== undefined);
          this.#run = run;
        } finally {
          await this.#makeState();
        }
      }
      return this.#run === undefined ? null : runFacts(this.#run, this.#usable().shown.stale);
    });
  }

  async #readRun(folder: string | undefined): Promise<RunScores | undefined> {
    const chosen = folder ?? (await newestRun(this.path, this.params.storage));
    if (chosen === undefined) return undefined;
    const shown = this.#run;
    return shown?.folder === chosen && (await isCurrent(shown)) ? shown : await readRun(chosen);
  }

  /** Writes decisions and honours them. */
  async decide(decisions: readonly RowDecision[]): Promise<void> {
    await this.#inTurn(async () => {
      this.#usable();
      await keepDecisions(this.path, this.params.storage, decisions);
      await this.#makeState();
    });
  }

  /** What is known of the files, and of decisions that others wrote meanwhile. */
  async facts(): Promise<DatasetFacts> {
    await this.freshState();
    return await this.#inTurn(async () => {
      const { kept } = this.#usable();
      if ((await refreshKept(kept, this.path, this.params.storage)) !== kept) await this.#makeState();
      return await this.#usable().facts();
    });
  }

  /** Ends what is under way and forgets everything. */
  close(): void {
    this.#closing.abort();
    this.#forget(new UserError(`${this.path} was closed.`));
  }

  /**
   * Runs a change of the text; where it fails, there are no rows until the next.
   * @param check Throws where there is nothing to run; all stays as it was then.
   */
  async #changeText(work: () => Promise<void>, check?: () => void): Promise<DatasetFacts> {
    return await this.#inTurn(async () => {
      check?.();
      try {
        await work();
        await this.#makeState();
      } catch (thrown) {
        this.#forget(thrown instanceof Error ? thrown : new Error(String(thrown)));
        throw thrown;
      }
      return await this.#usable().facts();
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#line.then(async () => {
      if (this.#closing.signal.aborted) throw this.#fault ?? new UserError(`${this.path} was closed.`);
      return await work();
    });
    this.#line = turn.then(
      () => undefined,
      // Told to who asked for it; who comes next finds the state as it was left.
      () => undefined,
    );
    return await turn;
  }

  #forget(reason: Error): void {
    this.#state = undefined;
    this.#current = undefined;
    this.#fault = reason;
  }

  #usable(): DatasetState {
    if (this.#state === undefined) throw this.#fault ?? new UserError(`${this.path} is not open.`);
    return this.#state;
  }

  async #readReal(): Promise<RealFile | undefined> {
    const { realPath, fields } = this.params;
    if (realPath === undefined) return undefined;
    const file = await readFileText(
      realPath,
      { ...fields, name: realPath },
      { ...this.#reading(realPath), hash: true },
    );
    labelMapOfRealSet(file.rows.labels, realPath);
    return { ...file, texts: countTexts(file.rows) };
  }

  async #readDisk(): Promise<void> {
    this.#edited = undefined;
    await this.#setFile(await readFileText(this.path, this.#options(), this.#reading(this.path)));
  }

  async #setFile(file: FileText): Promise<void> {
    await this.#setText(file.text, { version: 0, editable: file.stamp.size <= mostEditableBytes, file });
  }

  async #setText(text: IndexedText, rest: Pick<CurrentText, 'version' | 'editable' | 'file'>): Promise<void> {
    const rows = rest.file?.rows ?? (await indexRows(text));
    await checkUsable(text, rows.size, rows.broken);
    const before = this.#state;
    const numbering = before !== undefined && sameLines(before.rows, rows) ? before.numbering : {};
    this.#current = { ...rest, text, rows, numbering, search: textSearch(text, rows) };
  }

  #checkEditable(): void {
    if (this.#edited !== undefined || (this.#current?.file?.stamp.size ?? 0) <= mostEditableBytes) return;
    throw new UserError(`${this.path} is above 50 MB: what an editor changes in it counts once it is saved.`);
  }

  /** The editor's text before a change: the file's, the first time. */
  async #editorText(): Promise<EditedText> {
    if (this.#edited !== undefined) return this.#edited;
    const file = this.#current?.file;
    let bytes: Uint8Array;
    try {
      bytes = await readFile(this.path);
    } catch (thrown) {
      throw diskError(thrown, 'read', this.path);
    }
    const text = await editedText(bytes);
    if (file === undefined) return text;
    if (!(await isUnchanged(this.path, file.stamp))) throw new FileChangedError(this.path);
    return withKnown(text, file.text);
  }

  #options(): TextOptions {
    return { ...this.params.fields, name: this.path, known: this.#real?.rows.labels };
  }

  #reading(file: string): ReadOptions {
    let last = 0;
    return {
      threads: this.threads,
      signal: this.#closing.signal,
      onProgress: (bytes, total) => {
        const now = performance.now();
        if (bytes < total && now - last < progressEvery) return;
        last = now;
        this.onReading({ path: this.path, file, bytes, total });
      },
    };
  }

  /** Puts a state together from what is known by now. */
  async #makeState(): Promise<void> {
    const current = this.#current;
    if (current === undefined) throw this.#fault ?? new Error(`${this.path}: there is no text to show.`);
    const { path, params } = this;
    const [real, run] = [this.#real, this.#run];
    const kept = await (this.#kept === undefined
      ? readKept(path, params.storage)
      : refreshKept(this.#kept, path, params.storage));
    this.#kept = kept;
    const shown = await showRows(current.rows, kept.decisions, run, real !== undefined);
    const realRows = new Map(real?.rows.labels.map((label, id) => [label, real.rows.labelCounts[id]]));
    const realCounts = real === undefined ? [] : shown.labels.map((label) => realRows.get(label) ?? 0);
    const { file, ...rest } = current;
    const weighed = remembered((controls: WeightControls) =>
      weighRows({ rows: current.rows, shown, run, realCounts }, controls),
    );
    let facts: Promise<DatasetFacts> | undefined;
    const state: DatasetState = {
      ...{ ...rest, path, real, kept, run, shown, realCounts, weighed },
      facts: () =>
        (facts ??= factsOf(state, file?.stamp.size).catch((thrown: unknown) => {
          facts = undefined;
          throw thrown;
        })),
    };
    this.#state = state;
    this.#fault = undefined;
  }
}

/** The last few answers of a function of controls. */
function remembered(weigh: (controls: WeightControls) => Promise<WeighedRows>): DatasetState['weighed'] {
  const known = new Map<string, Promise<WeighedRows>>();
  return (controls) => {
    const { gamma, clipMax, misalignedBelow, truncateQuantile, selfNormalise, priorCorrection } = controls;
    // Absent is not null: as the run has it, and no cap.
    const key = [gamma, clipMax, misalignedBelow, truncateQuantile, selfNormalise, priorCorrection]
      .map(String)
      .join(' ');
    let weighed = known.get(key);
    // Last used last, so that the first is the one to forget.
    known.delete(key);
    if (weighed === undefined) {
      weighed = weigh(controls);
      weighed.catch(() => known.delete(key));
    }
    known.set(key, weighed);
    for (const old of [...known.keys()].slice(0, Math.max(0, known.size - mostControls))) known.delete(old);
    return weighed;
  };
}

async function factsOf(state: DatasetState, bytesOnDisk: number | undefined): Promise<DatasetFacts> {
  const { path, text, rows, real, kept, shown, editable } = state;
  const broken = await brokenLines(text, Math.min(mostBroken, rows.broken));
  const realRows = new Map(real?.rows.labels.map((label, id) => [label, real.rows.labelCounts[id]]));
  return {
    path,
    realPath: real?.path,
    bytes: bytesOnDisk ?? bytesOfText(text),
    rows: rows.size,
    realRows: real?.rows.size ?? 0,
    brokenRows: rows.broken,
    broken: broken.map(({ line, column, message }) => ({ line, column, message })),
    brokenRealRows: real?.rows.broken ?? 0,
    fields: fieldsOf(text),
    realFields: real && fieldsOf(real.text),
    labels: rows.labels.map((label, id) => ({
      label,
      rows: rows.labelCounts[id],
      realRows: realRows.get(label) ?? 0,
    })),
    exactCopies: rows.copies,
    copiesOfReal: real === undefined ? 0 : await rowsAmong(rows, real.texts),
    warnings: [...kept.problems, ...unknownLabelWarnings(shown), ...(real === undefined ? [] : warningsOf(rows, real))],
    editable,
  };
}

function fieldsOf({ format: { schema } }: IndexedText): DatasetFacts['fields'] {
  return { text: schema.text, textPair: schema.textPair, label: schema.label ?? '' };
}

function unknownLabelWarnings({ unknownLabels: count }: ShownRows): string[] {
  if (count === 0) return [];
  const what = count === 1 ? '1 decision gives a row a label' : `${count} decisions give rows a label`;
  return [`${what} that the real data lack; the label in the file is used.`];
}

function warningsOf(rows: RowIndex, real: RealFile): string[] {
  return dataWarnings({
    labelNames: rows.labels,
    realLabels: repeated(rows.labels.map((label) => real.rows.labelCounts[real.rows.labels.indexOf(label)] ?? 0)),
    syntheticLabels: repeated(rows.labelCounts),
  }).map(({ message }) => message);
}

/** Label ids of a set that is known by its counts. */
function repeated(counts: readonly number[]): Int32Array {
  const ids = new Int32Array(counts.reduce((sum, count) => sum + count, 0));
  let at = 0;
  counts.forEach((count, id) => {
    ids.fill(id, at, (at += count));
  });
  return ids;
}

/** Bytes that an edited text would take on disk. */
function bytesOfText({ lines, lineEnd, endsWithNewline, bomLength }: IndexedText): number {
  const ends = Math.max(0, endsWithNewline ? lines.count : lines.count - 1);
  return lines.length.reduce((sum, length) => sum + length, bomLength + ends * (lineEnd ?? '\n').length);
}

function sameLines(a: RowIndex, b: RowIndex): boolean {
  if (a.size !== b.size) return false;
  const bytes = ({ line, size }: RowIndex): Uint8Array => new Uint8Array(line.buffer, line.byteOffset, 4 * size);
  return Buffer.compare(bytes(a), bytes(b)) === 0;
}
