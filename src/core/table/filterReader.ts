/** Reads the filter language; its grammar is in `filter.ts`. */
import { labelSuggester } from '../dataset/labels.ts';
import { quote, quoteList } from '../dataset/quote.ts';
import { verdicts } from '../weighting/verdicts.ts';
import type { Comparison, Filter, FilterNode } from './filter.ts';
import {
  type NumberField,
  type ValueField,
  findLabel,
  findName,
  isNumberField,
  nearestName,
  numberFields,
  rowStates,
  valueFields,
} from './filterFields.ts';
import { quoteWhereNeeded } from './formatFilter.ts';
import { exampleOf, readNumber } from './filterNumber.ts';
import { type Range, type Token, commaAt, fail, numberAt, tokenAt, valueAt } from './filterTokens.ts';
import { sentence, type Sentence } from './sentence.ts';

/** A longer filter is a fault: something else was pasted. UTF-16 code units. */
export const maxLength = 10_000;
/** More texts in one filter are a fault: each costs a pass over the file. */
export const maxTerms = 32;
/** Deeper parentheses are a fault. */
export const maxDepth = 50;

/** For messages, where the dataset has nothing better. */
const exampleValues: Readonly<Record<ValueField, string>> = {
  label: 'spam',
  suggested: 'spam',
  verdict: 'misaligned',
  is: 'kept',
  text: 'refund',
};

/** Recursive descent, one token ahead. Each method throws FaultError where it cannot go on. */
export class FilterReader {
  private ahead: Token;
  private readonly terms = new Set<string>();

  constructor(
    private readonly text: string,
    private readonly labels: readonly string[] | undefined,
  ) {
    if (text.length > maxLength) {
      const range = { start: maxLength, end: text.length };
      fail(range, sentence`A filter can have at most ${String(maxLength)} characters: remove some.`);
    }
    this.ahead = tokenAt(text, 0);
  }

  read(): Filter {
    if (this.sees('end')) return { root: { kind: 'all', of: [] }, terms: [] };
    const root = this.any(0);
    if (this.sees(')')) failUnopened(this.ahead);
    return { root, terms: [...this.terms] };
  }

  private any(depth: number): FilterNode {
    const nodes = [this.all(depth)];
    while (this.sees('or')) {
      this.takeJoiner();
      nodes.push(this.all(depth));
    }
    return join('any', nodes);
  }

  private all(depth: number): FilterNode {
    const nodes = [this.term(depth)];
    while (!this.sees('end', ')', 'or')) {
      if (this.sees('and')) this.takeJoiner();
      nodes.push(this.term(depth));
    }
    return join('all', nodes);
  }

  private term(depth: number): FilterNode {
    let negated = false;
    while (this.sees('not')) {
      this.takeJoiner();
      negated = !negated;
    }
    const node = this.primary(depth);
    if (!negated) return node;
    return node.kind === 'not' ? node.of : { kind: 'not', of: node };
  }

  private primary(depth: number): FilterNode {
    const token = this.take();
    switch (token.kind) {
      case '(':
        return this.group(token, depth);
      case 'quoted':
        return this.textNode(token);
      case 'word':
        return this.sees('operator') ? this.test(token, this.ahead) : this.textNode(token);
      case 'operator':
        return fail(
          token,
          sentence`A field is missing before ${quote(token.value)}, as in weight<0.3 or label:spam; to look for the text, put it in quotes.`,
        );
      case 'or':
      case 'and':
        return failIncomplete(token, 'before');
      case ')':
        return failUnopened(token);
      case 'not':
      case 'end':
        throw new Error(`"${token.kind}" is handled by the callers`);
    }
  }

  private group(open: Token, depth: number): FilterNode {
    if (depth === maxDepth) {
      fail(open, sentence`Parentheses can be at most ${String(maxDepth)} deep: write the filter in a simpler way.`);
    }
    if (this.sees('end')) failUnclosed(open);
    if (this.sees(')')) {
      fail(
        { start: open.start, end: this.ahead.end },
        sentence`Nothing stands between these parentheses: remove them.`,
      );
    }
    const node = this.any(depth + 1);
    if (!this.sees(')')) failUnclosed(open);
    this.take();
    return node;
  }

  private textNode(token: Token): FilterNode {
    const text = token.value.toLowerCase();
    if (text === '') fail(token, sentence`Nothing stands between these quotes: write a text or remove them.`);
    this.terms.add(text);
    if (this.terms.size > maxTerms) {
      fail(token, sentence`A filter can look for at most ${String(maxTerms)} texts: remove some.`);
    }
    return { kind: 'text', text };
  }

  private test(word: Token, operator: Token): FilterNode {
    const field = findName(word.value, [...numberFields, ...valueFields]);
    if (field === undefined) return failUnknownField(word);
    if (operator.value === '!=') {
      const instead = isNumberField(field) ? `-${field}=1` : `-${field}:${this.exampleValue(field)}`;
      fail(operator, sentence`'!=' is not understood: put - before the test, as in ${instead}.`);
    }
    return isNumberField(field) ? this.numberTest(field, word, operator) : this.valueTest(field, word, operator);
  }

  private numberTest(field: NumberField, word: Token, operator: Token): FilterNode {
    const number = numberAt(this.text, operator.end);
    if (number.value === '') {
      fail(
        { start: word.start, end: operator.end },
        sentence`A number is missing here: write one, as in ${exampleOf(field)}.`,
      );
    }
    const node = this.numberNode(field, operator, number);
    this.ahead = tokenAt(this.text, number.end);
    return node;
  }

  private numberNode(field: NumberField, operator: Token, { value: written, start, end }: Token): FilterNode {
    const equal = operator.value === ':' || operator.value === '=';
    const dots = written.indexOf('..');
    if (dots === -1) {
      const comparison = equal ? '=' : (operator.value as Comparison);
      return { kind: 'compare', field, comparison, operand: readNumber(field, written, start) };
    }
    const low = written.slice(0, dots);
    const high = written.slice(dots + 2);
    if (!equal) fail({ start: operator.start, end }, sentence`A range follows a colon, as in ${field}:0.1..0.5.`);
    if (low === '' && high === '')
      fail({ start, end }, sentence`A number is missing here: write one, as in ${field}:0.1..0.5.`);
    const from = low === '' ? undefined : readNumber(field, low, start);
    const to = high === '' ? undefined : readNumber(field, high, start + dots + 2);
    if (from !== undefined && to !== undefined && from.value > to.value) {
      fail({ start, end }, sentence`This range ends before it begins: exchange its numbers.`);
    }
    return { kind: 'between', field, ...(from && { from }), ...(to && { to }) };
  }

  private valueTest(field: ValueField, word: Token, operator: Token): FilterNode {
    if (operator.value !== ':' && operator.value !== '=') {
      fail(operator, sentence`${field} is not a number: write ${field}:${this.exampleValue(field)}.`);
    }
    const values = [this.valueAfter(field, { start: word.start, end: operator.end })];
    for (;;) {
      const comma = commaAt(this.text, values[values.length - 1].end);
      if (comma === undefined) break;
      values.push(this.valueAfter(field, comma));
    }
    this.ahead = tokenAt(this.text, values[values.length - 1].end);
    switch (field) {
      case 'text':
        return join(
          'any',
          values.map((value) => this.textNode(value)),
        );
      case 'label':
      case 'suggested':
        return { kind: field, values: distinct(values.map((value) => this.label(value))) };
      case 'verdict':
        return { kind: field, values: distinct(values.map((value) => name(value, verdicts, sentence`verdict`))) };
      case 'is':
        return { kind: field, values: distinct(values.map((value) => name(value, rowStates, sentence`state`))) };
    }
  }

  /** @param after What the value follows: an operator or a comma. */
  private valueAfter(field: ValueField, after: Range): Token {
    const token = valueAt(this.text, after.end);
    if (token.value === '') {
      const range = token.kind === 'quoted' ? token : after;
      fail(range, sentence`A value is missing here: write one, as in ${field}:${this.exampleValue(field)}.`);
    }
    return token;
  }

  private label(token: Token): string {
    if (this.labels === undefined) return token.value;
    const id = findLabel(token.value, this.labels);
    if (typeof id === 'number') return this.labels[id];
    if (id === 'ambiguous') {
      fail(
        token,
        sentence`More than one label reads ${quote(token.value)}: write it with the capitals of the one you mean.`,
      );
    }
    const near = labelSuggester(this.labels)(token.value);
    const help =
      near === undefined ? sentence`The labels are ${quoteList(this.labels)}.` : sentence`Did you mean ${quote(near)}?`;
    return fail(token, sentence`There is no label ${quote(token.value)}. ${help}`);
  }

  /** A value to ask for, for messages. */
  private exampleValue(field: ValueField): string {
    const ofLabels = field === 'label' || field === 'suggested';
    const label = ofLabels
      ? this.labels?.find((known) => known.length <= 30 && quoteWhereNeeded(known) === known)
      : undefined;
    return label ?? exampleValues[field];
  }

  /** Takes `or`, `and` or `not`, which a term must follow. */
  private takeJoiner(): void {
    const token = this.take();
    if (this.sees('end', ')', 'or', 'and')) failIncomplete(token, 'after');
  }

  private take(): Token {
    const token = this.ahead;
    this.ahead = tokenAt(this.text, token.end);
    return token;
  }

  private sees(...kinds: readonly Token['kind'][]): boolean {
    return kinds.includes(this.ahead.kind);
  }
}

/** One node of several; those of the same kind are taken apart. */
function join(kind: 'all' | 'any', nodes: readonly FilterNode[]): FilterNode {
  if (nodes.length === 1) return nodes[0];
  return { kind, of: nodes.flatMap((node) => (node.kind === kind ? node.of : [node])) };
}

function name<N extends string>(token: Token, names: readonly N[], what: Sentence): N {
  const found = findName(token.value, names);
  if (found !== undefined) return found;
  const near = nearestName(token.value, names);
  const help = near === undefined ? sentence`Write one of ${names.join(', ')}.` : sentence`Did you mean '${near}'?`;
  return fail(token, sentence`There is no ${what} ${quote(token.value)}. ${help}`);
}

function failUnknownField(word: Token): never {
  const names = [...numberFields, ...valueFields];
  const near = nearestName(word.value, names);
  const help = near === undefined ? sentence`Fields are ${names.join(', ')}.` : sentence`Did you mean '${near}'?`;
  fail(word, sentence`There is no field ${quote(word.value)}. ${help} To look for the text, put it in quotes.`);
}

function failIncomplete(token: Token, where: 'before' | 'after'): never {
  const shown = quote(token.value);
  fail(
    token,
    where === 'before'
      ? sentence`Something is missing before ${shown}: add it, or put ${shown} in double quotes to look for it.`
      : sentence`Something is missing after ${shown}: add it, or put ${shown} in double quotes to look for it.`,
  );
}

function failUnclosed(open: Token): never {
  fail(open, sentence`This parenthesis is not closed: add ) where it ends, or put it in quotes to look for it.`);
}

function failUnopened(close: Token): never {
  fail(close, sentence`No parenthesis is open here: remove this one, or put it in quotes to look for it.`);
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
