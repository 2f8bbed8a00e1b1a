import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { UserError } from '../../base/errors.ts';
import { occurrenceCounter, textHash } from './identity.ts';
import { labelSuggester, noCommonLabelError, sortLabels, unknownLabelMessage } from './labels.ts';
import { DEFAULT_MAX_LINE_BYTES, forEachLine, type Line } from './lines.ts';
import {
  isBlank,
  parseLine,
  readLabel,
  readText,
  type LabelField,
  type LabelKind,
  type ParsedLine,
} from './parseRow.ts';
import { formatRowError, isRowError, type RowError } from './rowError.ts';
import { detectSchema, SCHEMA_SAMPLE_ROWS, type Schema, type SchemaOverrides } from './schema.ts';

/** A row with text, and perhaps a label. */
export interface TextRow {
  /** 1-based line of the file. */
  line: number;
  /** Range of the line's bytes in the file: without newline, and on line 1 without byte order mark. */
  byteStart: number;
  byteEnd: number;
  text: string;
  textPair?: string;
  /** The label as a string, after the label map. */
  label?: string;
  /** JSON type of the label in the file. */
  labelKind?: LabelKind;
  /** Identity of the text, see `textHash`. */
  textHash: string;
  /**
   * 0-based number of earlier rows of the file with the same text. Rows with a text but a faulty label count too, so
   * that correcting a label changes no other row's identity.
   */
  occurrence: number;
}

/** A row with text and label. */
export interface Row extends TextRow {
  label: string;
  labelKind: LabelKind;
}

/** A JSONL file as read. Every line that is not blank is either in `rows` or in `errors`. */
export interface Dataset<R extends TextRow = Row> {
  /** In the order of the file. */
  rows: R[];
  /** At most one for each line, in the order of the file. */
  errors: RowError[];
  /** Lines of the file, blank ones included. */
  lineCount: number;
  byteLength: number;
  /** SHA-256 of all the file's bytes, in hexadecimal. */
  sha256: string;
  schema: Schema;
  /** Rows of each label, in the order of `sortLabels`. */
  labelCounts: Map<string, number>;
  /** Labels that rows were left out for, being none of those given; sorted. */
  unknownLabels: readonly string[];
  /** Those of them that are no other spelling of a known one, as far as one can tell, each with its number of rows; sorted. */
  lackedLabels: ReadonlyMap<string, number>;
}

/** How to read a file. */
export interface ReadOptions extends SchemaOverrides {
  /** Name of the file, for messages. */
  name: string;
  /** From labels as they stand in the file (as strings) to the labels meant; applied before anything else. */
  labelMap?: Readonly<Record<string, string>>;
  /** The known labels: rows with others become errors. */
  labels?: readonly string[];
  /** Longer lines become errors and are never held in memory; default 16 MiB. */
  maxLineBytes?: number;
  /** Whether a file or a row without label is fine, as for prediction. */
  labelOptional?: boolean;
}

/** Lines held for the detection of the schema, in bytes; at least one line is. */
const SCHEMA_SAMPLE_BYTES = 8 * 1024 * 1024;

/**
 * Reads a JSONL file from its bytes. A bad row is left out and reported in `errors`; memory grows with the rows'
 * texts, not with the file. The result depends on the bytes alone, not on how they are cut into chunks.
 *
 * @throws UserError where the file is empty, holds no usable row, shares no label with `labels`, or its fields are not
 * found or ambiguous. What `chunks` throws passes through.
 */
export function readDataset(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadOptions & { labelOptional: true },
): Promise<Dataset<TextRow>>;
export function readDataset(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadOptions & { labelOptional?: false },
): Promise<Dataset>;
export async function readDataset(chunks: AsyncIterable<Uint8Array>, options: ReadOptions): Promise<Dataset<TextRow>> {
  const maxLineBytes = options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES;
  const digest = sha256.create();
  const reader = rowReader(options);

  // Objects held back until there are enough of them to detect the schema.
  let sample: HeldRow[] = [];
  let sampleBytes = 0;
  let schema: Schema | undefined;
  const decideSchema = (): Schema => {
    const members = sample.map(({ parsed }) => parsed.members);
    const detected = detectSchema(members, options.name, options, options.labelOptional);
    for (const { position, parsed } of sample) reader.read(position, parsed, detected);
    sample = [];
    return detected;
  };

  const totals = await forEachLine(
    hashing(chunks, digest),
    ({ line, byteStart, byteEnd, bytes }) => {
      const position = { line, byteStart, byteEnd };
      if (bytes === undefined) {
        reader.errors.push(lineTooLong(line, byteEnd - byteStart, maxLineBytes));
        return;
      }
      if (isBlank(bytes)) return;
      const parsed = parseLine(bytes, line);
      if (isRowError(parsed)) {
        reader.errors.push(parsed);
      } else if (schema !== undefined) {
        reader.read(position, parsed, schema);
      } else {
        sample.push({ position, parsed });
        sampleBytes += bytes.length;
        if (sample.length >= SCHEMA_SAMPLE_ROWS || sampleBytes >= SCHEMA_SAMPLE_BYTES) schema = decideSchema();
      }
    },
    maxLineBytes,
  );
  if (schema === undefined && sample.length > 0) schema = decideSchema();

  const { rows, unknownLabels, lackedLabels, labelCounts } = reader;
  // Sampled rows were read after the lines between them, so their errors come late.
  const errors = reader.errors.sort((a, b) => a.line - b.line);
  if (options.labels !== undefined && rows.length === 0 && unknownLabels.size > 0) {
    throw noCommonLabelError(options.name, sortLabels(unknownLabels), options.labels);
  }
  if (schema === undefined || rows.length === 0) throw noRowsError(options.name, errors.length, errors[0]);
  return {
    rows,
    errors,
    ...totals,
    sha256: bytesToHex(digest.digest()),
    schema,
    labelCounts: sortedCounts(labelCounts),
    unknownLabels: sortLabels(unknownLabels),
    lackedLabels: sortedCounts(lackedLabels),
  };
}

function sortedCounts(counts: ReadonlyMap<string, number>): Map<string, number> {
  return new Map(sortLabels(counts.keys()).map((label) => [label, counts.get(label) ?? 0]));
}

type Position = Pick<Line, 'line' | 'byteStart' | 'byteEnd'>;

interface HeldRow {
  position: Position;
  parsed: ParsedLine;
}

/** Turns parsed lines into rows and row errors, in the order of the file. */
function rowReader(options: ReadOptions): {
  rows: TextRow[];
  errors: RowError[];
  labelCounts: Map<string, number>;
  unknownLabels: Set<string>;
  lackedLabels: Map<string, number>;
  read(position: Position, parsed: ParsedLine, schema: Schema): void;
} {
  const rows: TextRow[] = [];
  const errors: RowError[] = [];
  const labelCounts = new Map<string, number>();
  const unknownLabels = new Set<string>();
  const lackedLabels = new Map<string, number>();
  const mapped = new Map(Object.entries(options.labelMap ?? {}));
  const known = options.labels === undefined ? undefined : new Set(options.labels);
  const suggest = labelSuggester(options.labels ?? []);
  const occurrenceOf = occurrenceCounter();

  const readKnownLabel = (parsed: ParsedLine, name: string): LabelField | RowError | undefined => {
    const field = options.labelOptional ? readLabel(parsed, name, true) : readLabel(parsed, name);
    if (field === undefined || isRowError(field)) return field;
    const label = mapped.get(field.label) ?? field.label;
    if (known === undefined || known.has(label)) return label === field.label ? field : { ...field, label };
    unknownLabels.add(label);
    const suggestion = suggest(label);
    if (suggestion === undefined) lackedLabels.set(label, (lackedLabels.get(label) ?? 0) + 1);
    const message = unknownLabelMessage(label, options.labels ?? [], suggestion);
    return { line: parsed.line, column: field.start + 1, code: 'unknown-label', message };
  };

  const read = (position: Position, parsed: ParsedLine, schema: Schema): void => {
    const texts = readText(parsed, schema);
    if (isRowError(texts)) {
      errors.push(texts);
      return;
    }
    const hash = textHash(texts.text, texts.textPair);
    // Written out field by field: the spread of objects would be the slowest step of the reading.
    const row: TextRow = {
      line: position.line,
      byteStart: position.byteStart,
      byteEnd: position.byteEnd,
      text: texts.text,
      textPair: texts.textPair,
      label: undefined,
      labelKind: undefined,
      textHash: hash,
      occurrence: occurrenceOf(hash),
    };
    if (schema.label !== undefined) {
      const field = readKnownLabel(parsed, schema.label);
      if (field !== undefined) {
        if (isRowError(field)) {
          errors.push(field);
          return;
        }
        row.label = field.label;
        row.labelKind = field.labelKind;
        labelCounts.set(field.label, (labelCounts.get(field.label) ?? 0) + 1);
      }
    }
    rows.push(row);
  };
  return { rows, errors, labelCounts, unknownLabels, lackedLabels, read };
}

async function* hashing(
  chunks: AsyncIterable<Uint8Array>,
  digest: { update(chunk: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    digest.update(chunk);
    yield chunk;
  }
}

/** The error of a line that is longer than allowed. */
export function lineTooLong(line: number, bytes: number, maxLineBytes: number): RowError {
  const message = `the line has ${bytes} bytes, more than the ${maxLineBytes} allowed; shorten or split its text`;
  return { line, column: 1, code: 'line-too-long', message };
}

/**
 * The error of a file without a usable row.
 * @param faulty Number of its faulty rows, and the first of them.
 */
export function noRowsError(name: string, faulty: number, first: RowError | undefined): UserError {
  if (first === undefined) {
    return new UserError(`${name} is empty; expected one JSON object per line such as {"text": "…", "label": "…"}.`);
  }
  const count = faulty === 1 ? 'its only row is faulty' : `all ${faulty} rows are faulty, the first`;
  return new UserError(`${name} has no usable row; ${count}: ${formatRowError(name, first)}`);
}
