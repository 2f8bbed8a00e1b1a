/** Which rows' texts hold a term. */
import type { IndexedText } from './indexText.ts';
import type { RowIndex } from './rowIndex.ts';
import { forEachRow } from './rowBytes.ts';

/** Lower-cased texts stay in memory for files up to this size. */
const mostHeldBytes = 32 * 1024 * 1024;
/** Terms whose hits are remembered. */
const mostTerms = 12;

/** Searches one text; remembers what it found. */
export interface TextSearch {
  /** One mask per term, [rows]: 1 where the row's lower-cased text, or the pair's, contains the term. */
  find(terms: readonly string[]): Promise<Uint8Array[]>;
}

/** A search through the rows of a text. @param terms Lower-cased. */
export function textSearch(text: IndexedText, rows: RowIndex): TextSearch {
  const known = new Map<string, Promise<Uint8Array>>();
  const hold = text.source.length <= mostHeldBytes;
  let held: Promise<string[]> | undefined;

  const search = async (terms: readonly string[]): Promise<Uint8Array[]> => {
    const hits = terms.map(() => new Uint8Array(rows.size));
    const look = (row: number, lower: string): void => {
      for (let k = 0; k < terms.length; k++) if (lower.includes(terms[k])) hits[k][row] = 1;
    };
    if (hold) {
      held ??= readLower(text, rows).catch((thrown: unknown) => {
        held = undefined;
        throw thrown;
      });
      (await held).forEach((lower, row) => {
        look(row, lower);
      });
    } else {
      await forEachRow(text, rows, (row, bytes) => {
        look(row, lowerText(text, bytes));
      });
    }
    return hits;
  };

  return {
    find: async (terms) => {
      const fresh = terms.filter((term) => !known.has(term));
      if (fresh.length > 0) {
        // All in one pass.
        const searching = search(fresh);
        fresh.forEach((term, k) => {
          const hits = searching.then((found) => found[k]);
          known.set(term, hits);
          // What could not be read is not remembered; the error goes to who asked.
          hits.catch(() => known.delete(term));
        });
      }
      const found = await Promise.all(terms.map((term) => known.get(term) ?? new Uint8Array(rows.size)));
      // Last used last, so that the first are those to forget.
      for (const term of terms) {
        const hits = known.get(term);
        if (hits === undefined) continue;
        known.delete(term);
        known.set(term, hits);
      }
      for (const term of [...known.keys()].slice(0, Math.max(0, known.size - mostTerms))) known.delete(term);
      return found;
    },
  };
}

async function readLower(text: IndexedText, rows: RowIndex): Promise<string[]> {
  const held = new Array<string>(rows.size).fill('');
  await forEachRow(text, rows, (row, bytes) => {
    held[row] = lowerText(text, bytes);
  });
  return held;
}

function lowerText({ format }: IndexedText, bytes: Buffer): string {
  const { text, textPair } = format.textOf(bytes);
  return (textPair === undefined ? text : `${text}\n${textPair}`).toLowerCase();
}
