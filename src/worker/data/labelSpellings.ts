/** The spellings of labels in a file, each looked at once: a file of a million rows has a handful. */
import { UserError } from '../../base/errors.ts';
import { parseSource, readLabel, type LabelKind } from '../../core/dataset/parseRow.ts';
import { isRowError } from '../../core/dataset/rowError.ts';
import { quote } from '../../core/dataset/quote.ts';

/** How a label stands in the file, and what it means. */
export interface Spelling {
  /** The JSON value, character for character. */
  readonly json: string;
  /** The label, after the label map. */
  readonly label: string;
  readonly kind: LabelKind;
}

/** The id where there is no usable label. */
export const noLabel = -1;

/** More different labels than this are no classes. */
export const mostLabels = 10_000;
/** All spellings together, in UTF-16 code units. */
const mostCharacters = 1 << 24;
/** Faulty spellings that are remembered, and their length, so that a file full of them is still read fast. */
const mostFaulty = 10_000;
const longestFaulty = 200;

export interface SpellingOptions {
  /** From labels as they stand in the file to the labels meant. */
  readonly labelMap?: Readonly<Record<string, string>>;
  /** The known labels; undefined: any. */
  readonly known?: readonly string[];
  /** Name of the file and of the label's field, for messages. */
  readonly file: string;
  readonly field: string;
}

/** Grows as spellings are met; ids never change, so that tables of different times may share it. */
export class LabelSpellings {
  readonly #ids = new Map<string, number>();
  readonly #spellings: Spelling[] = [];
  readonly #mapped: ReadonlyMap<string, string>;
  readonly #known: ReadonlySet<string> | undefined;
  readonly #labels = new Set<string>();
  readonly #unknown = new Set<string>();
  #characters = 0;

  constructor(private readonly options: SpellingOptions) {
    this.#mapped = new Map(Object.entries(options.labelMap ?? {}));
    this.#known = options.known === undefined ? undefined : new Set(options.known);
  }

  /** By id. */
  get all(): readonly Spelling[] {
    return this.#spellings;
  }

  /** Labels that were met and are not known, the first of them. */
  get unknown(): ReadonlySet<string> {
    return this.#unknown;
  }

  /** What a label in the file means. */
  meaning(label: string): string {
    return this.#mapped.get(label) ?? label;
  }

  /** The ways to write a label that read back as it: itself where the label map leaves it alone, then keys of the map. */
  waysToWrite(label: string): string[] {
    const keys = [...this.#mapped].filter(([, meant]) => meant === label).map(([key]) => key);
    return [label, ...keys].filter((written, i, all) => this.meaning(written) === label && all.indexOf(written) === i);
  }

  isKnown(label: string): boolean {
    return this.#known === undefined || this.#known.has(label);
  }

  /**
   * The id of a JSON value as a label; {@link noLabel} where it is none, or none that is known.
   *
   * @param json A valid JSON value, as it stands in the file.
   * @throws UserError where the file has too many different labels to be classes.
   */
  idOf(json: string): number {
    const id = this.#ids.get(json);
    return id ?? this.#meet(json);
  }

  /**
   * Meets what another part of the same file holds, as if it had been read here.
   *
   * @param spellings JSON values of labels, in the order in which they were met.
   * @param unknown Labels that were met and are not known.
   * @returns By index in `spellings`: the id here.
   * @throws UserError as {@link idOf}.
   */
  adopt(spellings: readonly string[], unknown: readonly string[]): Int32Array {
    for (const label of unknown) this.#meetUnknown(label);
    return Int32Array.from(spellings, (json) => this.idOf(json));
  }

  #meetUnknown(label: string): void {
    if (this.#unknown.size < 1000 && label.length <= longestFaulty) this.#unknown.add(label);
  }

  #meet(json: string): number {
    const spelling = this.#read(json);
    if (spelling === undefined) {
      if (this.#ids.size < mostFaulty + mostLabels && json.length <= longestFaulty)
        this.#ids.set(copyOf(json), noLabel);
      return noLabel;
    }
    this.#labels.add(spelling.label);
    this.#characters += json.length;
    if (this.#labels.size > mostLabels || this.#characters > mostCharacters) {
      throw new UserError(
        `${this.options.file}: the field ${quote(this.options.field)} holds more than ${mostLabels} different labels; ` +
          `choose the field that holds the class.`,
      );
    }
    const id = this.#spellings.length;
    this.#spellings.push(spelling);
    this.#ids.set(spelling.json, id);
    return id;
  }

  #read(json: string): Spelling | undefined {
    // The label's own rules stand in `readLabel`; it reads a row, so here is one.
    const row = parseSource(`{"l":${json}}`, 1);
    if (isRowError(row)) return undefined;
    const field = readLabel(row, 'l');
    if (isRowError(field)) return undefined;
    const label = this.meaning(field.label);
    if (!this.isKnown(label)) {
      this.#meetUnknown(label);
      return undefined;
    }
    return { json: copyOf(json), label, kind: field.labelKind };
  }
}

/** A part of a line keeps the whole line in memory; its copy does not. */
function copyOf(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
