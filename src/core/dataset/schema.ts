import { UserError } from '../../base/errors.ts';
import type { JsonKind, JsonMember } from './jsonScanner.ts';
import { quote, quoteList } from './quote.ts';

/** Which fields of a file's objects hold what. Names are exact. */
export interface Schema {
  text: string;
  /** The second text of a sentence-pair task. */
  textPair?: string;
  /** Absent only where a file without labels was allowed. */
  label?: string;
}

/** What the user may decide instead of the detection. */
export interface SchemaOverrides {
  /** Given without `textPairField`, it means single texts. */
  textField?: string;
  textPairField?: string;
  labelField?: string;
}

/** The schema is detected from at most this many rows. */
export const SCHEMA_SAMPLE_ROWS = 200;

/** Names of text fields, the likeliest first; compared without regard to case. */
const TEXT_NAMES = [
  'text',
  'sentence',
  'content',
  'review',
  'comment',
  'tweet',
  'message',
  'document',
  'utterance',
  'query',
  'question',
  'input',
  'body',
  'headline',
  'title',
];

/** Names of the two texts of a pair. */
const PAIR_NAMES: readonly (readonly [string, string])[] = [
  ['sentence1', 'sentence2'],
  ['premise', 'hypothesis'],
  ['text', 'text_pair'],
  ['text1', 'text2'],
  ['text_a', 'text_b'],
  ['question1', 'question2'],
  ['question', 'sentence'],
  ['question', 'passage'],
  ['query', 'passage'],
];

/** Names of label fields, the likeliest first. */
const LABEL_NAMES = ['label', 'labels', 'class', 'category', 'target'];

/** The members of one object of the sample. */
export type SampleRow = readonly Pick<JsonMember, 'key' | 'kind'>[];

/** A possible reading of the file: one field or a pair, and the number of sampled rows that bear it out. */
interface Candidate {
  fields: readonly string[];
  rows: number;
  /** Place in the list of names; lower is likelier. */
  rank: number;
}

/**
 * Finds text, pair and label fields in a sample of rows by the names data sets use. A field counts by the rows where
 * its value has a usable type. Fields found in at least half of the rows decide; among single fields the first of the
 * list wins, but a pair beside another text, two pairs, or one name in two spellings is ambiguous, never guessed.
 *
 * @param sample The first objects of the file, at least one, at most {@link SCHEMA_SAMPLE_ROWS}.
 * @param file Name of the file, for messages.
 * @param labelOptional Whether a file without labels is fine.
 * @throws UserError naming the fields seen and the option to use, where a field is not found or ambiguous.
 */
export function detectSchema(
  sample: readonly SampleRow[],
  file: string,
  overrides: SchemaOverrides = {},
  labelOptional = false,
): Schema {
  const fields = summarise(sample, file);
  const texts = chooseText(fields, overrides);
  const label = chooseLabel(fields, overrides.labelField, texts, labelOptional);
  return {
    text: texts[0],
    ...(texts.length > 1 ? { textPair: texts[1] } : {}),
    ...(label === undefined ? {} : { label }),
  };
}

function chooseText(fields: FieldSummary, { textField, textPairField }: SchemaOverrides): readonly string[] {
  if (textField !== undefined) requireField(fields, textField, '--text-field');
  if (textPairField !== undefined) requireField(fields, textPairField, '--text-pair-field');
  if (textField !== undefined && textField === textPairField) {
    throw new UserError(
      `${fields.file}: --text-field and --text-pair-field both name ${quote(textField)}; name two different fields.`,
    );
  }
  if (textField !== undefined) return textPairField === undefined ? [textField] : [textField, textPairField];

  const isString = (kind: JsonKind): boolean => kind === 'string';
  const singles = candidatesAmong(fields, TEXT_NAMES, isString).filter(({ fields: [name] }) => name !== textPairField);
  if (textPairField !== undefined) {
    return [chooseSingle(fields, singles, 'text', '--text-field'), textPairField];
  }
  const pairs = PAIR_NAMES.flatMap(([first, second], rank) =>
    candidatesAmong(fields, [first], isString).flatMap((a) =>
      candidatesAmong(fields, [second], isString).map((b) => ({
        fields: [a.fields[0], b.fields[0]],
        rows: Math.min(a.rows, b.rows),
        rank,
      })),
    ),
  );
  if (pairs.length === 0) return [chooseSingle(fields, singles, 'text', '--text-field')];
  // A pair in some rows only leaves open what the others are, and a pair beside another text which of them is meant.
  const rivals = singles.filter(({ fields: [name] }) => pairs.every((pair) => !pair.fields.includes(name)));
  const strongPairs = pairs.filter((pair) => isStrong(fields, pair));
  if (strongPairs.length !== 1 || rivals.some((single) => isStrong(fields, single))) {
    throw ambiguous(
      fields,
      'text',
      [...pairs, ...(strongPairs.length > 0 ? rivals : singles)],
      '--text-field (and --text-pair-field for sentence pairs)',
    );
  }
  return strongPairs[0].fields;
}

function chooseLabel(
  fields: FieldSummary,
  override: string | undefined,
  texts: readonly string[],
  optional: boolean,
): string | undefined {
  if (override !== undefined) {
    requireField(fields, override, '--label-field');
    if (texts.includes(override)) {
      throw new UserError(
        `${fields.file}: ${quote(override)} cannot be both text and label; name another --label-field.`,
      );
    }
    return override;
  }
  const isLabel = (kind: JsonKind): boolean => kind === 'string' || kind === 'number' || kind === 'boolean';
  const candidates = candidatesAmong(fields, LABEL_NAMES, isLabel).filter(
    ({ fields: [name] }) => !texts.includes(name),
  );
  if (candidates.length === 0 && optional) return undefined;
  return chooseSingle(fields, candidates, 'label', '--label-field');
}

/** The likeliest field among those of at least half of the rows; failing these, the only one there is. */
function chooseSingle(fields: FieldSummary, candidates: readonly Candidate[], what: string, option: string): string {
  const strong = candidates.filter((candidate) => isStrong(fields, candidate));
  if (strong.length === 0) {
    if (candidates.length === 0) throw notFound(fields, what, option);
    if (candidates.length > 1) throw ambiguous(fields, what, candidates, option);
    return candidates[0].fields[0];
  }
  const rank = Math.min(...strong.map((candidate) => candidate.rank));
  const best = strong.filter((candidate) => candidate.rank === rank);
  if (best.length > 1) throw ambiguous(fields, what, best, option);
  return best[0].fields[0];
}

/** The fields seen in a sample. */
interface FieldSummary {
  file: string;
  sampleRows: number;
  /** By key: the number of rows whose value is of each kind. */
  kinds: ReadonlyMap<string, ReadonlyMap<JsonKind, number>>;
}

function summarise(sample: readonly SampleRow[], file: string): FieldSummary {
  const kinds = new Map<string, Map<JsonKind, number>>();
  for (const row of sample) {
    // A repeated key counts once; that its value is ambiguous is the row's own error.
    for (const [key, kind] of new Map(row.map((member) => [member.key, member.kind]))) {
      const counts = kinds.get(key) ?? new Map<JsonKind, number>();
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      kinds.set(key, counts);
    }
  }
  return { file, sampleRows: sample.length, kinds };
}

/** The fields with one of the names, whatever their case, and at least one value of a usable kind. */
function candidatesAmong(
  { kinds }: FieldSummary,
  names: readonly string[],
  isUsable: (kind: JsonKind) => boolean,
): Candidate[] {
  const found: Candidate[] = [];
  for (const [key, counts] of kinds) {
    const rank = names.indexOf(key.toLowerCase());
    if (rank < 0) continue;
    let rows = 0;
    for (const [kind, count] of counts) if (isUsable(kind)) rows += count;
    if (rows > 0) found.push({ fields: [key], rows, rank });
  }
  return found.sort((a, b) => a.rank - b.rank);
}

function isStrong({ sampleRows }: FieldSummary, candidate: Candidate): boolean {
  return 2 * candidate.rows >= sampleRows;
}

function requireField(summary: FieldSummary, name: string, option: string): void {
  if (summary.kinds.has(name)) return;
  throw new UserError(`${summary.file}: no row has the field ${quote(name)} given with ${option}; ${seen(summary)}.`);
}

function notFound(summary: FieldSummary, what: string, option: string): UserError {
  return new UserError(`${summary.file}: no ${what} field found; ${seen(summary)}. Name it with ${option}.`);
}

function ambiguous(summary: FieldSummary, what: string, candidates: readonly Candidate[], option: string): UserError {
  const readings = candidates.map(({ fields }) => fields.map(quote).join(' + ')).join(', or ');
  return new UserError(`${summary.file}: the ${what} could be ${readings}; ${seen(summary)}. Choose with ${option}.`);
}

function seen({ sampleRows, kinds }: FieldSummary): string {
  const rows = sampleRows === 1 ? 'first row' : `first ${sampleRows} rows`;
  return `fields in the ${rows}: ${kinds.size === 0 ? 'none' : quoteList([...kinds.keys()])}`;
}
