/**
 * Tokenised rows, ragged and without padding: row i is `inputIds[offsets[i] … offsets[i + 1])`, special tokens included.
 * Padding belongs to the batch that needs it, not to the text.
 */
export interface EncodedRows {
  /** Number of rows. */
  readonly count: number;
  /** `count + 1` entries, from 0, never decreasing. */
  readonly offsets: Int32Array;
  /** Vocabulary ids, all rows one after the other: `offsets[count]` entries. */
  readonly inputIds: Int32Array;
  /** Segment ids (0 first text, 1 second text where the tokenizer tells them apart), the same length as `inputIds`. */
  readonly tokenTypeIds: Int32Array;
}
