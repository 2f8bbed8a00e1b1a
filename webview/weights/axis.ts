/** The axis of the histogram: where weights stand on a scale of their logarithms. */
import { formatLogWeight } from '../../src/core/table/format.ts';

export interface Tick {
  /** log₁₀ of the weight. */
  readonly at: number;
  readonly label: string;
}

/** Pixels of a digit, and between two labels. */
const digit = 7;
const gap = 12;

/**
 * Ticks at powers of ten, and at 2 and 5 times powers of ten where there is room, so that no two labels touch.
 *
 * @param from log₁₀ of the least weight shown.
 * @param to log₁₀ of the largest.
 * @param width Of the axis, pixels.
 */
export function ticks(from: number, to: number, width: number): readonly Tick[] {
  if (!(to > from)) return [];
  const found: Tick[] = [];
  const half = ({ label }: Tick): number => (label.length * digit + gap) / 2;
  const distance = (a: Tick, b: Tick): number => (Math.abs(a.at - b.at) * width) / (to - from);
  // Weight 1 first, then the other powers of ten, then what fits between them.
  const decades = Array.from({ length: Math.ceil(to) - Math.floor(from) + 1 }, (_, i) => Math.floor(from) + i).sort(
    (a, b) => Math.abs(a) - Math.abs(b),
  );
  for (const step of [1, 2, 5]) {
    for (const decade of decades) {
      const at = decade + Math.log10(step);
      if (at < from - 1e-9 || at > to + 1e-9) continue;
      const tick = { at, label: formatLogWeight(at) };
      if (found.every((other) => distance(tick, other) >= half(tick) + half(other))) found.push(tick);
    }
  }
  return found.sort((a, b) => a.at - b.at);
}

/**
 * The bins that are worth showing, first and one past the last: those that hold rows, with some air around them.
 *
 * @param before Those shown so far: the axis does not shrink while a slider moves.
 */
export function shownBins(
  rows: readonly number[],
  before: readonly [number, number] | undefined,
): readonly [number, number] {
  const first = rows.findIndex((count) => count > 0);
  if (first === -1) return before ?? [0, rows.length];
  const last = rows.findLastIndex((count) => count > 0);
  const least = 16;
  const from = Math.max(0, Math.min(first - 2, last + 3 - least, before?.[0] ?? Infinity));
  const to = Math.min(rows.length, Math.max(last + 3, before?.[1] ?? 0));
  return [from, to];
}

/** The index of the edge nearest to a value. */
export function nearestEdge(edges: readonly number[], value: number): number {
  let nearest = 0;
  for (let i = 1; i < edges.length; i++) {
    if (Math.abs(edges[i] - value) < Math.abs(edges[nearest] - value)) nearest = i;
  }
  return nearest;
}

/** The bin that holds a value, the nearest where it lies outside. */
export function binOf(edges: readonly number[], value: number): number {
  for (let i = 1; i < edges.length; i++) if (value < edges[i]) return i - 1;
  return Math.max(0, edges.length - 2);
}
