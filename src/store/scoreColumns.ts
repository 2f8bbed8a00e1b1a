/** A run's scores by column, and how rows become columns. */
import { hashNumbers, hashText } from '../core/dataset/identity.ts';
import type { ScoreRow } from './scores.ts';

/**
 * A run's scores by column, for n rows and C labels; each array can be handed to another thread without a copy. In a row
 * without scores the numbers are NaN, ids are −1 and `errors` says why. About 80 bytes a row for two labels, and 12 more for
 * each label and 8 for each neighbour.
 */
export interface ScoreColumns {
  readonly rows: number;
  readonly labels: readonly string[];
  readonly line: Int32Array;
  /** First and second half of the 64-bit text hash; 0 where `oddHashes` has the row. */
  readonly hashHigh: Uint32Array;
  readonly hashLow: Uint32Array;
  /** Text hashes that are no 16 hexadecimal digits, by row; empty where unknown. */
  readonly oddHashes: ReadonlyMap<number, string>;
  /** The text hashes as the file has them, made when they are asked for; empty where unknown. */
  readonly textHash: readonly string[];
  readonly occurrence: Int32Array;
  readonly labelId: Int32Array;
  /** [n · C], row by row. */
  readonly logP: Float32Array;
  /** [n · C], row by row. */
  readonly logQ: Float32Array;
  /** [n · C] standard errors of `logP`; NaN in rows without, empty where no row has them. */
  readonly logPSpread: Float32Array;
  /** The same of `logQ`. */
  readonly logQSpread: Float32Array;
  readonly fold: Int32Array;
  readonly cluster: Int32Array;
  readonly logWeight: Float32Array;
  readonly weight: Float32Array;
  readonly quality: Float32Array;
  readonly diversity: Float32Array;
  /** −1 where the row has no suggestion. */
  readonly suggestedId: Int32Array;
  /** Index into `verdicts`; −1 where the row has none. */
  readonly verdictId: Int32Array;
  /** In order of first appearance. */
  readonly verdicts: readonly string[];
  /** Other rows that are near-duplicates. */
  readonly nearDuplicates: Int32Array;
  /** [n · N] lines of the real file, best first, for N neighbours; 0 where there are fewer. */
  readonly nearestRealLine: Int32Array;
  /** [n · N] their cosines. */
  readonly nearestRealCosine: Float32Array;
  /** N; 0 where none were recorded. */
  readonly nearestReal: number;
  /** [n · E], row by row, for E epochs; empty where not recorded. */
  readonly epochLogWeights: Float32Array;
  readonly epochs: number;
  /** Why a row has no scores, by row index. */
  readonly errors: ReadonlyMap<number, string>;
}

/** How many values a row has in each column, and what stands where there is none. */
export interface Widths {
  readonly labels: number;
  /** C where any row so far has standard errors of log P̂', else 0. */
  readonly logPSpread: number;
  /** The same of log Q̂. */
  readonly logQSpread: number;
  readonly neighbours: number;
  readonly epochs: number;
}

type Kind = 'int' | 'unsigned' | 'float';

/** Every column of numbers: the order in which they are kept on disk. */
const columnKinds = {
  line: ['int', 'one', 0],
  hashHigh: ['unsigned', 'one', 0],
  hashLow: ['unsigned', 'one', 0],
  occurrence: ['int', 'one', -1],
  labelId: ['int', 'one', -1],
  logP: ['float', 'labels', NaN],
  logQ: ['float', 'labels', NaN],
  logPSpread: ['float', 'logPSpread', NaN],
  logQSpread: ['float', 'logQSpread', NaN],
  fold: ['int', 'one', -1],
  cluster: ['int', 'one', -1],
  logWeight: ['float', 'one', NaN],
  weight: ['float', 'one', NaN],
  quality: ['float', 'one', NaN],
  diversity: ['float', 'one', NaN],
  suggestedId: ['int', 'one', -1],
  verdictId: ['int', 'one', -1],
  nearDuplicates: ['int', 'one', 0],
  nearestRealLine: ['int', 'neighbours', 0],
  nearestRealCosine: ['float', 'neighbours', NaN],
  epochLogWeights: ['float', 'epochs', NaN],
} as const satisfies Record<string, readonly [Kind, keyof Widths | 'one', number]>;

type ColumnName = keyof typeof columnKinds;
interface Arrays {
  int: Int32Array;
  unsigned: Uint32Array;
  float: Float32Array;
}
/** The columns of numbers alone. */
export type NumberColumns = { -readonly [N in ColumnName]: Arrays[(typeof columnKinds)[N][0]] };

export const columnNames = Object.keys(columnKinds) as readonly ColumnName[];

/** Values of a column in a row. */
export function widthOf(name: ColumnName, widths: Widths): number {
  const width = columnKinds[name][1];
  return width === 'one' ? 1 : widths[width];
}

/** Columns for so many rows, as they are where nothing is known. */
export function emptyColumns(rows: number, widths: Widths): NumberColumns {
  const make = { int: Int32Array, unsigned: Uint32Array, float: Float32Array };
  const columns = columnNames.map((name) => {
    const [kind, , none] = columnKinds[name];
    const values = new make[kind](rows * widthOf(name, widths));
    return [name, none === 0 ? values : values.fill(none)];
  });
  return Object.fromEntries(columns) as NumberColumns;
}

/** What is known of scores beside their columns of numbers. */
export interface ScoreFacts {
  readonly rows: number;
  readonly labels: readonly string[];
  readonly verdicts: readonly string[];
  readonly widths: Widths;
  readonly oddHashes: ReadonlyMap<number, string>;
  readonly errors: ReadonlyMap<number, string>;
}

/** Columns and facts as one. */
export function scoreColumns(columns: NumberColumns, facts: ScoreFacts): ScoreColumns {
  const { rows, labels, verdicts, widths, oddHashes, errors } = facts;
  let hashes: string[] | undefined;
  return {
    ...{ rows, labels, verdicts, oddHashes, errors, ...columns },
    ...{ epochs: widths.epochs, nearestReal: widths.neighbours },
    get textHash() {
      return (hashes ??= Array.from(
        { length: rows },
        (_, i) => oddHashes.get(i) ?? hashText(columns.hashHigh[i], columns.hashLow[i]),
      ));
    },
  };
}

/** Takes rows one after the other. */
export interface ScoreColumnsBuilder {
  /** Rows since the last `clear`. */
  readonly size: number;
  readonly facts: ScoreFacts;
  /** Values beyond `size` mean nothing. */
  readonly columns: NumberColumns;
  readonly widths: Widths;
  /** Adds a valid row. @returns What is wrong with it beside the rows before it; it is not added then. */
  add(row: ScoreRow): string | undefined;
  /** Forgets the rows' numbers; facts stay, so that a run of any length is taken block by block. */
  clear(): void;
}

const spreadNames = ['logPSpread', 'logQSpread'] as const;

/** @param capacity Rows that are added at most between two calls of `clear`. */
export function scoreColumnsBuilder(labels: readonly string[], capacity: number): ScoreColumnsBuilder {
  const labelIds = new Map(labels.map((label, id) => [label, id]));
  const verdictIds = new Map<string, number>();
  const oddHashes = new Map<number, string>();
  const errors = new Map<number, string>();
  const C = labels.length;
  let widths: Widths = { labels: C, logPSpread: 0, logQSpread: 0, neighbours: 0, epochs: 0 };
  /** Whether a scored row has said how many neighbours and epochs there are. */
  let settled = false;
  let columns = emptyColumns(capacity, widths);
  let size = 0;
  let rows = 0;
  // −0 is written as 0, so it is 0 here too.
  const put = (into: Float32Array, at: number, values: ArrayLike<number>): void => {
    for (let k = 0; k < values.length; k++) into[at + k] = values[k] + 0;
  };

  return {
    get size() {
      return size;
    },
    get facts() {
      return { rows, labels: [...labels], verdicts: [...verdictIds.keys()], widths, oddHashes, errors };
    },
    get columns() {
      return columns;
    },
    get widths() {
      return widths;
    },
    add: (row) => {
      const near = 'error' in row ? undefined : (row.nearestReal ?? []);
      const history = 'error' in row ? undefined : (row.epochLogWeights ?? []);
      if (near !== undefined && history !== undefined) {
        if (!settled) {
          settled = true;
          widths = { ...widths, neighbours: near.length, epochs: history.length };
          const { nearestRealLine, nearestRealCosine, epochLogWeights } = emptyColumns(capacity, widths);
          columns = { ...columns, nearestRealLine, nearestRealCosine, epochLogWeights };
        }
        if (near.length !== widths.neighbours) return `"nearestReal" must have ${widths.neighbours} entries`;
        if (history.length !== widths.epochs) return `"epochLogWeights" must have ${widths.epochs} numbers`;
      }
      const i = size++;
      const index = rows++;
      columns.line[i] = row.line;
      const hash = row.textHash === undefined ? undefined : hashNumbers(row.textHash);
      if (hash === undefined) oddHashes.set(index, row.textHash ?? '');
      columns.hashHigh[i] = hash?.high ?? 0;
      columns.hashLow[i] = hash?.low ?? 0;
      columns.occurrence[i] = row.occurrence ?? -1;
      columns.labelId[i] = (row.label === undefined ? undefined : labelIds.get(row.label)) ?? -1;
      if ('error' in row) {
        errors.set(index, row.error);
        return undefined;
      }
      put(columns.logP, i * C, row.logP);
      put(columns.logQ, i * C, row.logQ);
      for (const name of spreadNames) {
        const spread = row[name];
        if (spread === undefined) continue;
        // Rows that were scored anew may have them where earlier ones have none.
        if (widths[name] === 0) {
          widths = { ...widths, [name]: C };
          columns = { ...columns, [name]: emptyColumns(capacity, widths)[name] };
        }
        put(columns[name], i * C, spread);
      }
      columns.fold[i] = row.fold ?? -1;
      columns.cluster[i] = row.cluster ?? -1;
      columns.logWeight[i] = row.logWeight + 0;
      columns.weight[i] = row.weight + 0;
      columns.quality[i] = row.quality + 0;
      columns.diversity[i] = row.diversity + 0;
      if (row.suggested !== undefined) columns.suggestedId[i] = labelIds.get(row.suggested) ?? -1;
      if (row.verdict !== undefined) {
        let id = verdictIds.get(row.verdict);
        if (id === undefined) verdictIds.set(row.verdict, (id = verdictIds.size));
        columns.verdictId[i] = id;
      }
      columns.nearDuplicates[i] = row.nearDuplicates ?? 0;
      for (const [k, { line, cosine }] of (near ?? []).entries()) {
        columns.nearestRealLine[i * widths.neighbours + k] = line;
        columns.nearestRealCosine[i * widths.neighbours + k] = cosine + 0;
      }
      put(columns.epochLogWeights, i * widths.epochs, history ?? []);
      return undefined;
    },
    clear: () => {
      size = 0;
      columns = emptyColumns(capacity, widths);
    },
  };
}
