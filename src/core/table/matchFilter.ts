/** Which rows pass a filter, one byte per row, column by column. */
import type { Filter, FilterNode, Operand } from './filter.ts';
import { type NumberField, type RowState, findLabel } from './filterFields.ts';
import { type TableColumns, markBits } from './table.ts';

/** Numbers from `from` to `to`. */
export interface Interval {
  readonly from: number;
  readonly to: number;
  /** Ends that do not belong to it. */
  readonly fromOpen?: boolean;
  readonly toOpen?: boolean;
}

/**
 * Rows that pass: 1, others: 0.
 *
 * A row that is not scored passes no test of weight, P̂', Q̂, rank, suggestion or verdict, nor one whose interval is not
 * known a test of its lower bound. `=` means the precision that
 * was written, but at least the two decimals that the panel shows: `weight=0.03` is 0.025 to 0.035.
 *
 * @param termHits One per term of the filter, in their order, [size]: 1 where the row's lower-cased text contains it.
 * @throws RangeError where `termHits` does not fit.
 */
export function matchingRows(columns: TableColumns, filter: Filter, termHits: readonly Uint8Array[]): Uint8Array {
  if (termHits.length !== filter.terms.length || termHits.some((hits) => hits.length !== columns.size)) {
    throw new RangeError(`expected ${filter.terms.length} × ${columns.size} term hits`);
  }
  const hitsOf = new Map(filter.terms.map((term, index) => [term, termHits[index]]));
  return match(filter.root);

  function match(node: FilterNode): Uint8Array {
    switch (node.kind) {
      case 'all':
        return combine(node.of.map(lazily), 1);
      case 'any':
        return combine(node.of.map(lazily), 0);
      case 'not':
        return inverted(match(node.of));
      case 'text': {
        const hits = hitsOf.get(node.text);
        if (hits === undefined) throw new RangeError(`the filter's terms lack "${node.text}"`);
        return hits.slice();
      }
      case 'compare':
        return within(columnOf(columns, node.field), intervalOf(node));
      case 'between':
        return within(
          columnOf(columns, node.field),
          scoredOnly(node.field, {
            from: node.from === undefined ? -Infinity : stored(node.field, node.from),
            to: node.to === undefined ? Infinity : stored(node.field, node.to),
          }),
        );
      case 'label':
        return oneOf(columns.labelId, labelIds(node.values), columns.labels.length);
      case 'suggested':
        return oneOf(columns.suggestedId, labelIds(node.values), columns.labels.length);
      case 'verdict':
        return oneOf(
          columns.verdictId,
          node.values.map((verdict) => columns.verdicts.indexOf(verdict)),
          columns.verdicts.length,
        );
      case 'is':
        return combine(
          node.values.map((state) => () => inState(columns, state)),
          0,
        );
    }
  }

  /** One mask at a time is enough. */
  function lazily(node: FilterNode): () => Uint8Array {
    return () => match(node);
  }

  function labelIds(values: readonly string[]): number[] {
    return values.map((value) => findLabel(value, columns.labels)).filter((id) => typeof id === 'number');
  }

  /** `all` where 1 is neutral, `any` where 0 is. */
  function combine(masks: readonly (() => Uint8Array)[], neutral: 0 | 1): Uint8Array {
    if (masks.length === 0) return new Uint8Array(columns.size).fill(neutral);
    const result = masks[0]();
    for (const mask of masks.slice(1)) {
      const other = mask();
      if (neutral === 1) for (let row = 0; row < result.length; row++) result[row] &= other[row];
      else for (let row = 0; row < result.length; row++) result[row] |= other[row];
    }
    return result;
  }
}

/** The numbers of a field. */
function columnOf(columns: TableColumns, field: NumberField): Float32Array | Int32Array {
  return field === 'low' ? columns.weightLow : columns[field];
}

/** 1 where the number lies in the interval; NaN lies in none. */
export function within(column: Float32Array | Int32Array, interval: Interval): Uint8Array {
  const { from, to, fromOpen = false, toOpen = false } = interval;
  const mask = new Uint8Array(column.length);
  for (let row = 0; row < mask.length; row++) {
    const value = column[row];
    const above = fromOpen ? value > from : value >= from;
    const below = toOpen ? value < to : value <= to;
    mask[row] = above && below ? 1 : 0;
  }
  return mask;
}

/** 1 where the id is one of `ids`. */
export function oneOf(column: Int32Array | Int8Array, ids: readonly number[], idCount: number): Uint8Array {
  // Entry 0 is for −1, none.
  const allowed = new Uint8Array(idCount + 1);
  for (const id of ids) if (id >= 0) allowed[id + 1] = 1;
  const mask = new Uint8Array(column.length);
  for (let row = 0; row < mask.length; row++) mask[row] = allowed[column[row] + 1];
  return mask;
}

function inState(columns: TableColumns, state: RowState): Uint8Array {
  if (state === 'scored' || state === 'unscored') {
    const scored = within(columns.weight, { from: -Infinity, to: Infinity });
    return state === 'scored' ? scored : inverted(scored);
  }
  if (state === 'picked') return columns.picked?.slice() ?? new Uint8Array(columns.size);
  const bit = markBits[state];
  const mask = new Uint8Array(columns.size);
  for (let row = 0; row < mask.length; row++) mask[row] = (columns.marks[row] & bit) === 0 ? 0 : 1;
  return mask;
}

function inverted(mask: Uint8Array): Uint8Array {
  for (let row = 0; row < mask.length; row++) mask[row] ^= 1;
  return mask;
}

function intervalOf({ field, comparison, operand }: Extract<FilterNode, { kind: 'compare' }>): Interval {
  const value = stored(field, operand);
  return scoredOnly(field, interval());

  function interval(): Interval {
    switch (comparison) {
      case '<':
        return { from: -Infinity, to: value, toOpen: true };
      case '<=':
        return { from: -Infinity, to: value };
      case '>':
        return { from: value, to: Infinity, fromOpen: true };
      case '>=':
        return { from: value, to: Infinity };
      case '=': {
        const half = 0.5 * 10 ** -Math.max(2, operand.places);
        return { from: Math.min(value, operand.value - half), to: Math.max(value, operand.value + half) };
      }
    }
  }
}

/** The number as the column would hold it, so that 0.3 equals a weight of 0.3. */
function stored(field: NumberField, { value }: Operand): number {
  return field === 'line' || field === 'rank' ? value : Math.fround(value);
}

/** Rank 0 stands for none. */
function scoredOnly(field: NumberField, interval: Interval): Interval {
  return field === 'rank' && interval.from < 1 ? { ...interval, from: 1, fromOpen: false } : interval;
}
