/** The axis of the histogram: where weights stand on a scale of their logarithms. */
import { formatLogWeight } from '../../src/core/table/format.ts';

export interface Tick {
  /** log₁₀ of the weight. */
  readonly at: number;
  readonly label: string;
  /** Where the label begins, pixels from the beginning of the axis; at its ends it is moved inwards. */
  readonly left: number;
}

/** What the labels of an axis need, pixels. */
export interface Lettering {
  /** Width of a label. */
  readonly measure: (label: string) => number;
  /** How far labels may reach beyond either end of the axis. */
  readonly beyond: number;
}

/** Between two labels, pixels. */
const gap = 12;

/**
 * Ticks at powers of ten, and at 2 and 5 times powers of ten where there is room, so that no two labels touch.
 *
 * @param from log₁₀ of the least weight shown.
 * @param to log₁₀ of the largest.
 * @param width Of the axis, pixels.
 */
export function ticks(from: number, to: number, width: number, { measure, beyond }: Lettering): readonly Tick[] {
  if (!(to > from)) return [];
  const found: (Tick & { readonly right: number })[] = [];
  // Weight 1 first, then the other powers of ten, then what fits between them.
  const decades = Array.from({ length: Math.ceil(to) - Math.floor(from) + 1 }, (_, i) => Math.floor(from) + i).sort(
    (a, b) => Math.abs(a) - Math.abs(b),
  );
  for (const step of [1, 2, 5]) {
    for (const decade of decades) {
      const at = decade + Math.log10(step);
      if (at < from - 1e-9 || at > to + 1e-9) continue;
      const label = formatLogWeight(at);
      const size = measure(label);
      const centred = ((at - from) / (to - from)) * width - size / 2;
      const left = Math.max(-beyond, Math.min(centred, width + beyond - size));
      const right = left + size;
      if (found.every((other) => left >= other.right + gap || right + gap <= other.left)) {
        found.push({ at, label, left, right });
      }
    }
  }
  return found.sort((a, b) => a.at - b.at).map(({ at, label, left }) => ({ at, label, left }));
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
