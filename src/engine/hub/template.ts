import { UserError } from '../../base/errors.ts';

/** One part of an encoded row: a special token, or one of the two texts. `type` is its segment id. */
export type TemplatePart =
  { readonly special: number; readonly type: number } | { readonly text: 'A' | 'B'; readonly type: number };

/** How ids of one text, or of a pair, are put together into the row a model reads. */
export interface Template {
  readonly single: readonly TemplatePart[];
  readonly pair: readonly TemplatePart[];
}

/** How many special tokens the parts add. */
export function specialCount(parts: readonly TemplatePart[]): number {
  return parts.filter((part) => 'special' in part).length;
}

/**
 * The template of a `post_processor` in `tokenizer.json`: what special tokens go where, and which segment each part
 * belongs to. Follows `tokenizers/src/processors` of Hugging Face's `tokenizers`: note that RobertaProcessing puts two
 * separators between the texts and gives all of them segment 0.
 * @param config `post_processor`, null or absent for none.
 * @throws {UserError} A kind of post-processor that is not known.
 */
export function templateOf(config: unknown): Template {
  const a = { text: 'A', type: 0 } as const;
  if (config === null || config === undefined) return { single: [a], pair: [a, { text: 'B', type: 1 }] };
  const processor = config as Record<string, unknown>;
  switch (processor.type) {
    case 'TemplateProcessing':
      return fromTemplateProcessing(processor as unknown as TemplateProcessing);
    case 'BertProcessing': {
      const { cls, sep } = clsAndSep(processor);
      const single = [{ special: cls, type: 0 }, a, { special: sep, type: 0 }];
      return { single, pair: [...single, { text: 'B', type: 1 }, { special: sep, type: 1 }] };
    }
    case 'RobertaProcessing': {
      const { cls, sep } = clsAndSep(processor);
      const separator = { special: sep, type: 0 };
      const single = [{ special: cls, type: 0 }, a, separator];
      return { single, pair: [...single, separator, { text: 'B', type: 0 }, separator] };
    }
    case 'ByteLevel':
      // Only trims offsets, which nothing here looks at.
      return templateOf(null);
    case 'Sequence': {
      const parts = (processor.processors as Record<string, unknown>[]).filter((part) => part.type !== 'ByteLevel');
      if (parts.length <= 1) return templateOf(parts[0]);
      throw new UserError('tokenizer.json chains several post-processors that add tokens; that is not supported.');
    }
    default:
      throw new UserError(`tokenizer.json has a post-processor of unknown type ${String(processor.type)}.`);
  }
}

type TemplateItem =
  | { readonly SpecialToken: { readonly id: string; readonly type_id: number } }
  | { readonly Sequence: { readonly id: 'A' | 'B'; readonly type_id: number } };

interface TemplateProcessing {
  readonly single: readonly TemplateItem[];
  readonly pair: readonly TemplateItem[];
  readonly special_tokens: Readonly<Record<string, { readonly ids: readonly number[] }>>;
}

function fromTemplateProcessing({ single, pair, special_tokens }: TemplateProcessing): Template {
  const parts = (items: readonly TemplateItem[]): TemplatePart[] =>
    items.flatMap((item): TemplatePart[] =>
      'Sequence' in item
        ? [{ text: item.Sequence.id, type: item.Sequence.type_id }]
        : special_tokens[item.SpecialToken.id].ids.map((id) => ({ special: id, type: item.SpecialToken.type_id })),
    );
  return { single: parts(single), pair: parts(pair) };
}

function clsAndSep(processor: Record<string, unknown>): { cls: number; sep: number } {
  return { cls: (processor.cls as [string, number])[1], sep: (processor.sep as [string, number])[1] };
}
