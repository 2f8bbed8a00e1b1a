import { BertNormalizer as PackageBertNormalizer, ByteLevelPreTokenizer, Tokenizer } from '@huggingface/tokenizers';
import { CancelledError, messageOf, UserError } from '../../base/errors.ts';
import { BertNormalizer, type BertNormalizerConfig } from './bertNormalizer.ts';
import type { EncodedRows } from './encodedRows.ts';
import { specialCount, templateOf, type Template, type TemplatePart } from './template.ts';
import { truncateLongestFirst } from './truncation.ts';

/** A text, or a pair of texts, as the dataset has it. A pair with an empty second text is still a pair. */
export interface TextRow {
  readonly text: string;
  readonly textPair?: string;
}

/** The contents of a Hugging Face folder's tokenizer files. */
export interface TokenizerFiles {
  readonly tokenizerJson: string;
  readonly tokenizerConfigJson?: string;
}

/** A Hugging Face tokenizer, without the truncation and padding that its file may ask for. */
export interface TextTokenizer {
  /** Ids of a text, no special tokens added (those written in the text itself, like `[SEP]`, are recognised). */
  encode(text: string): number[];
  /** The special tokens and segment ids of a row. */
  readonly template: Template;
  /** From which end a text that is too long loses tokens. */
  readonly truncationSide: 'left' | 'right';
  /** One more than the largest id it can return. */
  readonly vocabularySize: number;
}

/**
 * Loads a fast tokenizer (`tokenizer.json`): WordPiece (BERT, DistilBERT, ELECTRA), BPE (RoBERTa) and what else
 * `@huggingface/tokenizers` reads. Ids equal those of the Python tokenizer; see {@link BertNormalizer} for the exception.
 * @throws {UserError} A file that is not JSON or describes something unknown.
 */
export function loadTokenizer(files: TokenizerFiles): TextTokenizer {
  const description = parseObject(files.tokenizerJson, 'tokenizer.json');
  const config = parseObject(files.tokenizerConfigJson ?? '{}', 'tokenizer_config.json');
  // Python omits what is null; the package wants every part named.
  const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] };
  try {
    const tokenizer = new Tokenizer({ ...parts, ...description, decoder: null }, config);
    matchReference(tokenizer, description);
    const vocabularySize = 1 + [...tokenizer.get_vocab().values()].reduce((a, b) => Math.max(a, b), -1);
    return {
      encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
      template: templateOf(description.post_processor),
      truncationSide: config.truncation_side === 'left' ? 'left' : 'right',
      vocabularySize,
    };
  } catch (thrown) {
    if (thrown instanceof UserError) throw thrown;
    throw new UserError(`tokenizer.json cannot be used: ${messageOf(thrown)}.`, 1, { cause: thrown });
  }
}

/** Swaps in what makes the package's ids equal to the Rust tokenizer's. */
function matchReference(tokenizer: Tokenizer, description: Record<string, unknown>): void {
  if (tokenizer.normalizer instanceof PackageBertNormalizer) {
    tokenizer.normalizer = new BertNormalizer(description.normalizer as BertNormalizerConfig);
  }
  if (tokenizer.pre_tokenizer instanceof ByteLevelPreTokenizer) {
    // GPT-2's pattern, with Unicode's White_Space for \s: JavaScript's lacks U+0085 and has U+FEFF.
    const s = '\\t-\\r\\u{85}\\p{Zs}\\p{Zl}\\p{Zp}';
    tokenizer.pre_tokenizer.pattern = new RegExp(
      `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${s}\\p{L}\\p{N}]+|[${s}]+(?![^${s}])|[${s}]+`,
      'gu',
    );
  }
}

/** Options of {@link encodeRows}. */
export interface EncodeOptions {
  /** Longest row in tokens, special tokens included. */
  readonly maxLength?: number;
  readonly signal?: AbortSignal;
  /** Called now and then with the number of rows done. */
  readonly onProgress?: (rows: number) => void;
}

/** Rows are encoded for about this long before other work of the thread gets its turn. */
const sliceMilliseconds = 20;

/**
 * Tokenises rows as Hugging Face's `tokenizer(text, pair, truncation=True, max_length=maxLength)` does: special tokens
 * kept, pairs truncated longest first, nothing padded. Gives way to the event loop in between.
 * @returns The rows, and how many of them lost tokens.
 * @throws {UserError} `maxLength` leaves no room for text.
 * @throws {CancelledError} `signal` fired.
 */
export async function encodeRows(
  tokenizer: TextTokenizer,
  rows: readonly TextRow[],
  { maxLength = 128, signal, onProgress }: EncodeOptions = {},
): Promise<{ encoded: EncodedRows; truncated: number }> {
  const { template, truncationSide } = tokenizer;
  const least = specialCount(rows.some((row) => row.textPair !== undefined) ? template.pair : template.single) + 1;
  if (!Number.isInteger(maxLength) || maxLength < least) {
    throw new UserError(`A maximum length of ${maxLength} tokens leaves no room for text; give at least ${least}.`, 2);
  }
  const offsets = new Int32Array(rows.length + 1);
  const ids = new GrowingInt32();
  const types = new GrowingInt32();
  let truncated = 0;
  let pauseAt = performance.now() + sliceMilliseconds;
  for (let i = 0; i < rows.length; i++) {
    const { text, textPair } = rows[i];
    const parts = textPair === undefined ? template.single : template.pair;
    const first = tokenizer.encode(text);
    const second = textPair === undefined ? [] : tokenizer.encode(textPair);
    const [keepFirst, keepSecond] = truncateLongestFirst(first.length, second.length, maxLength - specialCount(parts));
    if (keepFirst < first.length || keepSecond < second.length) truncated++;
    const texts = { A: shorten(first, keepFirst, truncationSide), B: shorten(second, keepSecond, truncationSide) };
    appendRow(parts, texts, ids, types);
    offsets[i + 1] = ids.length;
    if (performance.now() >= pauseAt) {
      onProgress?.(i + 1);
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted) throw new CancelledError();
      pauseAt = performance.now() + sliceMilliseconds;
    }
  }
  if (signal?.aborted) throw new CancelledError();
  onProgress?.(rows.length);
  const encoded = { count: rows.length, offsets, inputIds: ids.toArray(), tokenTypeIds: types.toArray() };
  return { encoded, truncated };
}

function shorten(ids: readonly number[], keep: number, side: 'left' | 'right'): readonly number[] {
  if (keep === ids.length) return ids;
  return side === 'right' ? ids.slice(0, keep) : ids.slice(ids.length - keep);
}

function appendRow(
  parts: readonly TemplatePart[],
  texts: Readonly<Record<'A' | 'B', readonly number[]>>,
  ids: GrowingInt32,
  types: GrowingInt32,
): void {
  for (const part of parts) {
    if ('special' in part) {
      ids.push(part.special);
      types.push(part.type);
    } else {
      for (const id of texts[part.text]) {
        ids.push(id);
        types.push(part.type);
      }
    }
  }
}

/** An Int32Array that doubles when full. */
class GrowingInt32 {
  private values = new Int32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const grown = new Int32Array(2 * this.length);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = value;
  }

  toArray(): Int32Array {
    return this.values.slice(0, this.length);
  }
}

function parseObject(json: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (thrown) {
    throw new UserError(`${file} is not JSON: ${messageOf(thrown)}.`, 1, { cause: thrown });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UserError(`${file} is not a JSON object.`);
  }
  return value as Record<string, unknown>;
}
