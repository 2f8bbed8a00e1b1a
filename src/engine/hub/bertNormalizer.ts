import { Normalizer } from '@huggingface/tokenizers';

/** The `normalizer` of a BERT `tokenizer.json`. */
export interface BertNormalizerConfig {
  readonly type: 'BertNormalizer';
  readonly clean_text?: boolean;
  readonly handle_chinese_chars?: boolean;
  /** null or absent: as `lowercase`. */
  readonly strip_accents?: boolean | null;
  readonly lowercase?: boolean;
}

const whitespace = /[\t\n\r\p{Zs}\p{Zl}\p{Zp}]/gu;
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u{fffd}]/gu;
const nonspacingMark = /\p{Mn}/gu;
/** The blocks of the reference implementation, its gap at U+2B820–2B91F included. */
const cjk =
  /[\u{3400}-\u{4dbf}\u{4e00}-\u{9fff}\u{f900}-\u{faff}\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;

/**
 * BERT's text normalisation, step by step as Hugging Face's `tokenizers` (Rust, `normalizers/bert.rs`) does it. It stands
 * in for the one of `@huggingface/tokenizers` 0.2, which differs in three ways: it sees UTF-16 units, so ideographs
 * beyond U+FFFF are not set apart; it lower-cases whole strings, so a final Σ becomes ς, not σ; it is slower.
 *
 * Known to differ still: marks, format characters and punctuation added to Unicode after version 8 (about 650 code points
 * of rare scripts), which the Rust tables do not know and this runtime's do.
 */
export class BertNormalizer extends Normalizer {
  private readonly options;

  /** Options left out are on, as in the reference; `strip_accents` follows `lowercase`. */
  constructor({ clean_text, handle_chinese_chars, lowercase, strip_accents }: BertNormalizerConfig) {
    const options = {
      type: 'BertNormalizer' as const,
      clean_text: clean_text ?? true,
      handle_chinese_chars: handle_chinese_chars ?? true,
      lowercase: lowercase ?? true,
      strip_accents: strip_accents ?? lowercase ?? true,
    };
    super(options);
    this.options = options;
  }

  override normalize(text: string): string {
    let normal = text;
    if (this.options.clean_text) normal = normal.replace(whitespace, ' ').replace(invisible, '');
    if (this.options.handle_chinese_chars) normal = normal.replace(cjk, ' $& ');
    if (this.options.strip_accents) normal = normal.normalize('NFD').replace(nonspacingMark, '');
    if (this.options.lowercase) normal = normal.replaceAll('Σ', 'σ').toLowerCase();
    return normal;
  }
}
