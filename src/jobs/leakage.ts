/**
 * Leakage between a job's files. A dev or test row that is a copy of a row the models are trained on, exactly or nearly, by
 * the rule of near-duplicates and whatever its label, chooses nothing and is in no number; a dev row that is a copy of a
 * test row chooses nothing either. Copies of any row of the synthetic and the real file count, whatever a method trains on: all
 * runs on the same files are judged on the same rows.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { Random } from '../base/random.ts';
import {
  copiesText,
  describeCopies,
  findCopies,
  type CopiedRows,
  type Copy,
  type Place,
} from '../core/duplicates/leakage.ts';
import { overlap, wordSets } from '../core/duplicates/wordSets.ts';
import type { JsonObject } from '../store/json.ts';
import { embedSets, type EncodedSets } from './checkers.ts';
import { keptArray } from './checkerModel.ts';
import { embedRows, type Encoder } from './encoder.ts';
import { nearDuplicateCosine, nearDuplicateOverlap } from './nearDuplicates.ts';
import { dot, nearest, type Nearest } from './nearness.ts';
import { joinedText, type InputSet, type Inputs } from './readInputs.ts';
import { selectLabelled, type LabelledRows } from './selectRows.ts';
import { asJson } from './settings.ts';
import type { Workspace } from './workspace.ts';

/** When a row is a copy of another; a part of the settings of jobs that leave copies out. */
export const copyRule = { overlap: nearDuplicateOverlap, cosine: nearDuplicateCosine } as const;

/** A dev or test set without its leaked rows. */
export interface CleanSet {
  /** Indices of the rows that count. */
  readonly rows: Int32Array;
  readonly leaked: CopiedRows;
  /** Same text where the same rows with the same labels count: only then are two runs' numbers comparable. */
  readonly judged: string;
}

export interface Leakage {
  readonly dev?: CleanSet;
  readonly test?: CleanSet;
  /** Synthetic rows that are copies of real ones: used, and reported. */
  readonly synthetic: CopiedRows;
  /** Whether copies were found by their embeddings too; not where the encoder puts unrelated texts as close as copies. */
  readonly byEmbeddings: boolean;
  /** What was found, in plain words. */
  readonly warnings: readonly string[];
}

type HeldOut = { readonly dev?: LabelledRows; readonly test?: LabelledRows };

/** Finds leakage; undefined where there are neither dev nor test rows. */
export async function findLeakage(
  work: Workspace,
  encoder: Encoder,
  inputs: Inputs,
  sets: EncodedSets & HeldOut,
): Promise<Leakage | undefined> {
  if (sets.dev === undefined && sets.test === undefined) return undefined;
  const { real, synthetic, width } = await embedSets(work, encoder, sets);
  const embed = async (role: 'dev' | 'test'): Promise<Float32Array | undefined> => {
    const set = sets[role];
    return (
      set &&
      keptArray(work, `embeddings/${role}`, () => embedRows(work, encoder, set.rows, `embeddings of the ${role} rows`))
    );
  };
  const values = { real, synthetic, dev: await embed('dev'), test: await embed('test') };
  return leakageOf(inputs, { ...values, width }, work);
}

/** Warning where {@link cosinesTell} says no. */
export const encoderTellsNothing =
  'The encoder puts unrelated texts as close together as copies: copies are found by their words alone.';

/** Embeddings of a job's sets, rows of length 1. */
export interface SetEmbeddings {
  readonly real: Float32Array;
  readonly synthetic: Float32Array;
  readonly dev?: Float32Array;
  readonly test?: Float32Array;
  readonly width: number;
}

/** Finds leakage by the words of the rows and by their embeddings. */
export async function leakageOf(
  { real, synthetic, dev, test }: Inputs,
  embeddings: SetEmbeddings,
  work?: Pick<Workspace, 'device' | 'signal' | 'onProgress'>,
): Promise<Leakage> {
  const all = { synthetic, real, dev, test };
  const byEmbeddings = cosinesTell(synthetic, embeddings.synthetic, embeddings.width);
  const copiesOf = async (
    set: InputSet,
    role: Role,
    originals: readonly Role[],
  ): Promise<{ copies: Copy[]; places: (original: number) => Place }> => {
    const from = originals.flatMap((name) => {
      const [originalSet, values] = [all[name], embeddings[name]];
      return originalSet === undefined || values === undefined ? [] : [{ set: originalSet, values }];
    });
    const own = embeddings[role];
    let near: { index: Int32Array; cosine: Float64Array } | undefined;
    if (byEmbeddings && own !== undefined) {
      near = {
        index: new Int32Array(set.rows.length).fill(-1),
        cosine: new Float64Array(set.rows.length).fill(-Infinity),
      };
      let first = 0;
      for (const { set: originalSet, values } of from) {
        const onProgress = (done: number): void =>
          work?.onProgress?.({ stage: `copies among the ${role} rows`, done, total: set.rows.length, unit: 'rows' });
        keepNearer(
          near,
          await nearest(own, values, embeddings.width, { device: work?.device, signal: work?.signal, onProgress }),
          first,
        );
        first += originalSet.rows.length;
      }
    }
    const places = from.flatMap(({ set: { path, rows } }) =>
      rows.map(({ line }): Place => ({ file: basename(path), line })),
    );
    const texts = from.flatMap(({ set: { rows } }) => rows.map(joinedText));
    return {
      copies: findCopies(set.rows.map(joinedText), texts, copyRule, near),
      places: (original) => places[original],
    };
  };

  const warnings: string[] = byEmbeddings ? [] : [encoderTellsNothing];
  const clean = async (
    role: 'dev' | 'test',
    originals: readonly Role[],
    of: string,
    consequence: readonly [one: string, several: string],
  ): Promise<CleanSet | undefined> => {
    const set = all[role];
    if (set === undefined) return undefined;
    const { copies, places } = await copiesOf(set, role, originals);
    const leaked = describeCopies(
      copies,
      set.rows.map(({ line }) => line),
      places,
    );
    if (copies.length > 0)
      warnings.push(`${basename(set.path)}: ${copiesText(leaked, of)}; ${consequence[copies.length === 1 ? 0 : 1]}.`);
    const left = new Set(copies.map(({ row }) => row));
    const rows = Int32Array.from(set.rows.keys()).filter((row) => !left.has(row));
    return { rows, leaked, judged: judgedRows(set, rows) };
  };
  const cleanTest = await clean('test', ['synthetic', 'real'], 'training rows', [
    'it is left out of the numbers',
    'they are left out of the numbers',
  ]);
  const ofDev = test === undefined ? 'training rows' : 'training or test rows';
  const cleanDev = await clean('dev', ['synthetic', 'real', 'test'], ofDev, [
    'it chooses nothing',
    'they choose nothing',
  ]);

  const toReal = byEmbeddings
    ? await nearest(embeddings.synthetic, embeddings.real, embeddings.width, {
        device: work?.device,
        signal: work?.signal,
      })
    : undefined;
  const ofReal = copiesOfReal({ synthetic, real }, toReal);
  warnings.push(...ofReal.warnings);
  return { ...{ dev: cleanDev, test: cleanTest, byEmbeddings, warnings }, synthetic: ofReal.found };
}

type Role = 'synthetic' | 'real' | 'dev' | 'test';

/** Names rows by their lines and labels. */
function judgedRows({ rows }: Pick<InputSet, 'rows'>, counted: Int32Array): string {
  const hash = createHash('sha256');
  for (const row of counted) hash.update(`${JSON.stringify([rows[row].line, rows[row].label])}\n`);
  return hash.digest('hex').slice(0, 16);
}

/**
 * Synthetic rows that are copies of real ones, in most of their words or by the cosines that are known already.
 *
 * @param toReal The real rows nearest to each synthetic row.
 */
export function copiesOfReal(
  { synthetic, real }: Pick<Inputs, 'synthetic' | 'real'>,
  toReal?: Nearest,
): { readonly found: CopiedRows; readonly warnings: readonly string[] } {
  const near = toReal && {
    index: Int32Array.from(synthetic.rows, (_, row) => (toReal.count === 0 ? -1 : toReal.index[row * toReal.count])),
    cosine: Float64Array.from(synthetic.rows, (_, row) =>
      toReal.count === 0 ? -1 : toReal.cosine[row * toReal.count],
    ),
  };
  const copies = findCopies(synthetic.rows.map(joinedText), real.rows.map(joinedText), copyRule, near);
  const places = (original: number): Place => ({ file: basename(real.path), line: real.rows[original].line });
  const lines = synthetic.rows.map(({ line }) => line);
  const realHashes = new Set(real.rows.map(({ textHash }) => textHash));
  // Copies to the letter are told when the files are read.
  const further = copies.filter(({ row }) => !realHashes.has(synthetic.rows[row].textHash));
  const text = copiesText(describeCopies(further, lines, places), 'real rows, though not to the letter');
  return {
    found: describeCopies(copies, lines, places),
    warnings:
      further.length === 0
        ? []
        : [`${basename(synthetic.path)}: ${text}; real rows are no evidence about their own copies.`],
  };
}

/** Dev and test rows that are copies of training rows by their words: for where nothing is trained, and nobody leaves them out. */
export function copiesByWords({ synthetic, real, dev, test }: Inputs): string[] {
  const from = [synthetic, real].flatMap(({ path, rows }) => rows.map((row) => ({ path, row })));
  const originals = from.map(({ row }) => joinedText(row));
  return [dev, test].flatMap((set) => {
    if (set === undefined) return [];
    const copies = findCopies(set.rows.map(joinedText), originals, copyRule);
    if (copies.length === 0) return [];
    const lines = set.rows.map(({ line }) => line);
    const found = describeCopies(copies, lines, (i) => ({ file: basename(from[i].path), line: from[i].row.line }));
    const consequence =
      set.role === 'test' ? 'its metrics are too good by that much' : 'it chooses by rows it has seen';
    return [`${basename(set.path)}: ${copiesText(found, 'training rows')}; ${consequence}.`];
  });
}

/** Keeps the nearer of two originals of each row; the first of equals. */
function keepNearer(near: { index: Int32Array; cosine: Float64Array }, found: Nearest, first: number): void {
  if (found.count === 0) return;
  near.index.forEach((_, row) => {
    const cosine = found.cosine[row * found.count];
    if (cosine <= near.cosine[row]) return;
    near.index[row] = first + found.index[row * found.count];
    near.cosine[row] = cosine;
  });
}

/** Pairs that tell whether cosines mean anything, and how many of those without common words may look like copies. */
const [triedPairs, mostByChance, noCommonWords] = [4000, 0.005, 0.2];

/** Whether texts that share few words are hardly ever as close as copies. A small or untrained encoder says of all texts the same. */
export function cosinesTell({ rows }: Pick<InputSet, 'rows'>, values: Float32Array, width: number): boolean {
  const random = new Random(1, 'do cosines tell');
  const pairs = Array.from(
    { length: triedPairs },
    () => [random.integer(rows.length), random.integer(rows.length)] as const,
  );
  const tried = [...new Set(pairs.flat())];
  const { sets, setOf } = wordSets(tried.map((row) => joinedText(rows[row])));
  const setAt = new Map(tried.map((row, i) => [row, sets[setOf[i]]]));
  let [unlike, close] = [0, 0];
  for (const [i, j] of pairs) {
    const [a, b] = [setAt.get(i), setAt.get(j)];
    if (a === undefined || b === undefined || overlap(a, b) > noCommonWords) continue;
    unlike++;
    if (dot(values, i * width, values, j * width, width) >= nearDuplicateCosine) close++;
  }
  return close <= mostByChance * unlike;
}

/** A set without its leaked rows; undefined where nothing is left, or there is none. */
export function cleanRows(set: LabelledRows | undefined, clean: CleanSet | undefined): LabelledRows | undefined {
  if (set === undefined || clean === undefined || clean.rows.length === set.rows.count) return set;
  return clean.rows.length === 0 ? undefined : selectLabelled(set, clean.rows);
}

/** Rows of a set that were left out. */
export function leftOutOf(clean: CleanSet | undefined): number {
  return clean === undefined ? 0 : clean.leaked.exact + clean.leaked.near;
}

/** For `run.json`. */
export function leakageJson(leakage: Leakage | undefined): JsonObject | undefined {
  const told = (set: CleanSet | undefined): object | undefined => set && { ...set.leaked, judged: set.judged };
  return (
    leakage &&
    asJson({
      ...{ dev: told(leakage.dev), test: told(leakage.test) },
      ...{ synthetic: leakage.synthetic, byEmbeddings: leakage.byEmbeddings },
    })
  );
}
