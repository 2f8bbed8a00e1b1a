/** Where points are on the screen, and which of them lie somewhere. Pure. */

/** Pixel x = left + scaleX · x, pixel y = top − scaleY · y. */
export interface Frame {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly left: number;
  readonly top: number;
}

/** A frame on a canvas of a size in pixels. */
export interface SizedFrame extends Frame {
  readonly width: number;
  readonly height: number;
}

/** What is seen of a run's points. */
export interface KeptFrame extends SizedFrame {
  /** Folder of the run. */
  readonly of: string;
}

/** In pixels or in the units of the points. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** Shows a box of the points in a box of the screen; `equal`: one unit is as long along both axes. */
export function frameFor(of: Box, on: Box, equal: boolean): Frame {
  const width = Math.max(1e-6, of.x1 - of.x0);
  const height = Math.max(1e-6, of.y1 - of.y0);
  let [scaleX, scaleY] = [(on.x1 - on.x0) / width, (on.y1 - on.y0) / height];
  if (equal) scaleX = scaleY = Math.min(scaleX, scaleY);
  return {
    ...{ scaleX, scaleY },
    left: (on.x0 + on.x1) / 2 - (scaleX * (of.x0 + of.x1)) / 2,
    top: (on.y0 + on.y1) / 2 + (scaleY * (of.y0 + of.y1)) / 2,
  };
}

/** Zooms by a factor about a pixel, which stays where it is. */
export function zoomed({ scaleX, scaleY, left, top }: Frame, by: number, x: number, y: number): Frame {
  return { scaleX: scaleX * by, scaleY: scaleY * by, left: x + (left - x) * by, top: y + (top - y) * by };
}

export function moved(frame: Frame, dx: number, dy: number): Frame {
  return { ...frame, left: frame.left + dx, top: frame.top + dy };
}

/** The box around some points; around all without `wanted`. */
export function boundsOf(places: Float32Array, wanted?: ArrayLike<number>): Box {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  const count = places.length / 2;
  for (let i = 0; i < count; i++) {
    if (wanted !== undefined && wanted[i] === 0) continue;
    x0 = Math.min(x0, places[2 * i]);
    x1 = Math.max(x1, places[2 * i]);
    y0 = Math.min(y0, places[2 * i + 1]);
    y1 = Math.max(y1, places[2 * i + 1]);
  }
  return x0 > x1 ? { x0: 0, y0: 0, x1: 1, y1: 1 } : { x0, y0, x1, y1 };
}

/** Points inside a closed line of pixels (even–odd rule). @param outline x and y in turn. */
export function pointsInside(places: Float32Array, frame: Frame, outline: readonly number[]): number[] {
  const corners = outline.length / 2;
  if (corners < 3) return [];
  const inside: number[] = [];
  const xs = outline.filter((_, i) => i % 2 === 0);
  const ys = outline.filter((_, i) => i % 2 === 1);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  const [y0, y1] = [Math.min(...ys), Math.max(...ys)];
  for (let i = 0; i < places.length / 2; i++) {
    const x = frame.left + frame.scaleX * places[2 * i];
    const y = frame.top - frame.scaleY * places[2 * i + 1];
    if (x < x0 || x > x1 || y < y0 || y > y1) continue;
    let odd = false;
    for (let a = 0, b = corners - 1; a < corners; b = a++) {
      if (ys[a] > y !== ys[b] > y && x < xs[a] + ((y - ys[a]) / (ys[b] - ys[a])) * (xs[b] - xs[a])) odd = !odd;
    }
    if (odd) inside.push(i);
  }
  return inside;
}

/** The point nearest to a pixel, within so many pixels; the later one, which lies on top, wins a tie. −1: none. */
export function nearestPoint(places: Float32Array, frame: Frame, x: number, y: number, within: number): number {
  let [nearest, least] = [-1, within * within];
  for (let i = 0; i < places.length / 2; i++) {
    const dx = frame.left + frame.scaleX * places[2 * i] - x;
    const dy = frame.top - frame.scaleY * places[2 * i + 1] - y;
    const squared = dx * dx + dy * dy;
    if (squared <= least) [nearest, least] = [i, squared];
  }
  return nearest;
}
