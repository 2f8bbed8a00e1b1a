/** The points of a map as typed arrays, from the columns of a message. Nothing is kept per point but numbers. */
import type { Verdict } from '../../src/core/weighting/verdicts.ts';
import type { PointColumns } from '../../src/protocol/map.ts';

export interface Points {
  readonly count: number;
  /** The first of the real rows, which come last. */
  readonly firstReal: number;
  /** [count · 2] x and y; y grows upwards. */
  readonly places: Float32Array;
  /** Number of a synthetic row, line of a real one. */
  readonly rows: Int32Array;
  readonly labels: Int16Array;
  readonly verdicts: Int8Array;
  readonly weights: Float32Array;
  readonly labelNames: readonly string[];
  readonly verdictNames: readonly Verdict[];
}

/** Bytes of a message. */
export function bytesOf(base64: string): ArrayBuffer {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}

/** The points of a message. */
export function pointsOf(columns: PointColumns): Points {
  const { count, real, labelNames, verdictNames } = columns;
  return {
    ...{ count, firstReal: count - real, labelNames, verdictNames },
    places: new Float32Array(bytesOf(columns.places)),
    rows: new Int32Array(bytesOf(columns.rows)),
    labels: new Int16Array(bytesOf(columns.labels)),
    verdicts: new Int8Array(bytesOf(columns.verdicts)),
    weights: new Float32Array(bytesOf(columns.weights)),
  };
}

/** Rows that are chosen: synthetic ones by number, real ones by line. */
export interface Chosen {
  readonly synthetic: ReadonlySet<number>;
  readonly real: ReadonlySet<number>;
}

export const nothingChosen: Chosen = { synthetic: new Set(), real: new Set() };

/** 1 for each point that is chosen. */
export function maskOf({ count, firstReal, rows }: Points, { synthetic, real }: Chosen): Uint8Array {
  const mask = new Uint8Array(count);
  for (let i = 0; i < count; i++) if ((i < firstReal ? synthetic : real).has(rows[i])) mask[i] = 1;
  return mask;
}

/** The rows of some points, added to others where these are given. Real rows whose line is not known cannot be chosen. */
export function chosenOf({ firstReal, rows }: Points, picked: Iterable<number>, before = nothingChosen): Chosen {
  const [synthetic, real] = [new Set(before.synthetic), new Set(before.real)];
  for (const i of picked) {
    if (i < firstReal) synthetic.add(rows[i]);
    else if (rows[i] > 0) real.add(rows[i]);
  }
  return { synthetic, real };
}

/** Chosen synthetic points by label and by verdict, most first. */
export function countsOf(
  { firstReal, labels, verdicts, labelNames, verdictNames }: Points,
  mask: Uint8Array,
): { labels: (readonly [string, number])[]; verdicts: (readonly [Verdict, number])[] } {
  const byLabel = new Int32Array(labelNames.length);
  const byVerdict = new Int32Array(verdictNames.length);
  for (let i = 0; i < firstReal; i++) {
    if (mask[i] === 0) continue;
    if (labels[i] >= 0) byLabel[labels[i]]++;
    if (verdicts[i] >= 0) byVerdict[verdicts[i]]++;
  }
  const sorted = <N>(names: readonly N[], counts: Int32Array): (readonly [N, number])[] =>
    names
      .map((name, i) => [name, counts[i]] as const)
      .filter(([, count]) => count > 0)
      .sort((a, b) => b[1] - a[1]);
  return { labels: sorted(labelNames, byLabel), verdicts: sorted(verdictNames, byVerdict) };
}

/** What the colours say. */
export type ColourBy = 'label' | 'verdict' | 'weight' | 'correctness';
