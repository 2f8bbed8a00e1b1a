import type { Filter, FilterNode, Operand } from './filter.ts';

/** Writes a filter in the filter language; `parseFilter` reads the same filter from it. */
export function formatFilter({ root }: Filter): string {
  return format(root);
}

function format(node: FilterNode): string {
  switch (node.kind) {
    case 'all':
      return node.of.map((part) => (part.kind === 'any' ? `(${format(part)})` : format(part))).join(' ');
    case 'any':
      return node.of.map(format).join(' or ');
    case 'not':
      return node.of.kind === 'all' || node.of.kind === 'any' ? `-(${format(node.of)})` : `-${format(node.of)}`;
    case 'text':
      return quoteWhereNeeded(node.text);
    case 'compare':
      return `${node.field}${node.comparison}${node.operand.written}`;
    case 'between':
      return `${node.field}:${written(node.from)}..${written(node.to)}`;
    case 'label':
    case 'suggested':
    case 'verdict':
    case 'is':
      return `${node.kind}:${node.values.map(quoteWhereNeeded).join(',')}`;
  }
}

function written(operand: Operand | undefined): string {
  return operand?.written ?? '';
}

/** A text or value that means the same as a word, or in quotes. */
export function quoteWhereNeeded(text: string): string {
  const plain = /^[\p{L}\p{N}_.@#$%&*+/'’][\p{L}\p{M}\p{N}_.@#$%&*+/'’-]*$/u.test(text);
  return plain && !/^(?:or|and|not)$/iu.test(text) ? text : `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
