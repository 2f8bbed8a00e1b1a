/** What survives of a labelling: its state in the extension's own storage, and the labelled rows in the user's file. */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { exists, makeFolder, writeBytesAtomic, writeJsonAtomic } from '../../store/atomic.ts';
import { diskError, errorCode } from '../../store/diskErrors.ts';
import { labelledCount, rowsAsJsonl, type LabelSession, type RowFields, type SampledText } from './labelSession.ts';

/** A labelling: which texts, for which dataset, into which file, and how far it is. */
export interface Labelling {
  readonly dataset: string;
  readonly source: string;
  readonly sourceKind: 'synthetic' | 'texts';
  /** The file that is written. */
  readonly target: string;
  readonly fields: RowFields;
  /** Bytes of the target that were there before and stay. */
  readonly keptBytes: number;
  /**
   * SHA-256 that the target may have if only we wrote it: of what was written last, and of what was about to be written
   * when the process ended. `none`: there is no file.
   */
  readonly known: readonly string[];
  /** Answers, skipped ones included, that were in hand when the target was written last. */
  readonly written: number;
  readonly session: LabelSession;
}

/** What happened to the target since the last answer, other than by us. */
export type TargetChange = 'changed' | 'deleted';

const version = 1;
const noFile = 'none';

/** Keeps the labelling of one dataset. Calls must not overlap. */
export class LabelStore {
  readonly #folder: string;
  readonly #state: string;
  /** Written once: with every answer they would be far more than what changes. */
  readonly #texts: string;
  #textsOf: readonly SampledText[] | undefined;

  /** @param storage A folder of the extension's own. */
  constructor(storage: string, dataset: string) {
    const id = createHash('sha256').update(dataset).digest('hex').slice(0, 16);
    this.#folder = join(storage, 'labelling');
    this.#state = join(this.#folder, `${id}.json`);
    this.#texts = join(this.#folder, `${id}.texts.json`);
  }

  /** The labelling as it was left; undefined where there is none that this version can read. */
  async load(): Promise<Labelling | undefined> {
    if (!(await exists(this.#state)) || !(await exists(this.#texts))) return undefined;
    const state = await readJson(this.#state);
    const texts = await readJson(this.#texts);
    if (!isRecord(state) || state['version'] !== version || !isRecord(texts) || texts['version'] !== version)
      return undefined;
    // Both were written by us, whole: what is checked is that they belong together.
    if (state['textsId'] !== texts['textsId']) return undefined;
    const { labelling } = state as unknown as { labelling: Labelling };
    const sampled = texts['texts'] as readonly SampledText[];
    this.#textsOf = sampled;
    return { ...labelling, session: { ...labelling.session, texts: sampled } };
  }

  /**
   * Writes the labelled rows into the target, whole or not at all, and keeps the state. Before the first label the target
   * is not touched.
   * @returns The labelling with what was learnt about its target, and what others did to it.
   * @throws UserError where it cannot be written; everything is still in the state that was given.
   */
  async save(given: Labelling): Promise<{ readonly labelling: Labelling; readonly change?: TargetChange }> {
    const found = await readTarget(given.target);
    const hash = found === undefined ? noFile : sha256(found);
    let labelling = given;
    let change: TargetChange | undefined;
    if (!given.known.includes(hash)) {
      // What others wrote stays. Our own rows are in it, unless the file is gone: then they are written again.
      change = found === undefined ? 'deleted' : 'changed';
      const fixed = found === undefined ? 0 : given.written;
      labelling = { ...given, keptBytes: found?.byteLength ?? 0, session: { ...given.session, fixed } };
    }
    const { session, keptBytes, fields, target } = labelling;
    const rows = rowsAsJsonl(session, fields, session.fixed);
    const kept = found?.subarray(0, keptBytes) ?? new Uint8Array();
    const gap = kept.byteLength > 0 && kept[kept.byteLength - 1] !== lineFeed && rows !== '' ? '\n' : '';
    const content = Buffer.concat([kept, Buffer.from(gap + rows, 'utf8')]);
    const touches = labelledCount(session) > 0 || (found !== undefined && !content.equals(found));
    labelling = { ...labelling, known: touches ? [hash, sha256(content)] : [hash], written: session.answers.length };
    await this.#keep(labelling);
    if (touches && (found === undefined || !content.equals(found))) await writeBytesAtomic(target, content);
    return { labelling, change };
  }

  /** Forgets the labelling; the rows that were labelled stay where they are. */
  async forget(): Promise<void> {
    for (const file of [this.#state, this.#texts]) await rm(file, { force: true });
    this.#textsOf = undefined;
  }

  async #keep(labelling: Labelling): Promise<void> {
    const { texts, ...session } = labelling.session;
    const textsId = sha256(Buffer.from(JSON.stringify(texts.map(({ line }) => line))));
    if (this.#textsOf !== texts) {
      await makeFolder(this.#folder);
      await writeJsonAtomic(this.#texts, { version, textsId, texts });
      this.#textsOf = texts;
    }
    await writeJsonAtomic(this.#state, { version, textsId, labelling: { ...labelling, session } });
  }
}

/** What a new labelling should know of its target: its size and hash as they are now. */
export async function targetAsItIs(path: string): Promise<Pick<Labelling, 'keptBytes' | 'known' | 'written'>> {
  const found = await readTarget(path);
  if (found === undefined) return { keptBytes: 0, known: [noFile], written: 0 };
  return { keptBytes: found.byteLength, known: [sha256(found)], written: 0 };
}

const lineFeed = 0x0a;

async function readTarget(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return undefined;
    throw diskError(thrown, 'read', path);
  }
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw new UserError(`${path}: damaged; delete it and begin to label anew.`);
    throw diskError(thrown, 'read', path);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
