/**
 * Rows of one height in a scrollbar of bounded length. Browsers place elements with single-precision numbers and bound
 * their height; beyond `maxTrack` the scrollbar stands for more rows than it has pixels, and only it is coarse: wheel and
 * keyboard still move by exact pixels.
 */

/** CSS pixels. */
export const rowHeight = 22;
/** Height of the scrolled element at most, CSS pixels. */
export const maxTrack = 1_500_000;

/** Sizes that decide where things are; all in CSS pixels. */
export interface Extent {
  readonly count: number;
  /** Height of the area that shows rows. */
  readonly viewport: number;
}

/** Height of all rows. */
export function contentHeight({ count }: Extent): number {
  return count * rowHeight;
}

/** Height of the scrolled element. */
export function trackHeight(extent: Extent): number {
  return Math.min(contentHeight(extent), maxTrack);
}

/** Pixels of content per pixel of the scrollbar's way; 1 while everything fits the track. */
export function scale(extent: Extent): number {
  const track = trackHeight(extent);
  const content = contentHeight(extent);
  if (track === content || track <= extent.viewport) return 1;
  return (content - extent.viewport) / (track - extent.viewport);
}

/** The largest distance that content can be scrolled. */
export function maxTop(extent: Extent): number {
  return Math.max(0, contentHeight(extent) - extent.viewport);
}

/** A scroll distance within what is possible. */
export function clampTop(top: number, extent: Extent): number {
  return Math.min(Math.max(0, top), maxTop(extent));
}

/** First and last row that show at least in part; last −1 where there are none. */
export function visibleRange(top: number, extent: Extent): { readonly first: number; readonly last: number } {
  const first = Math.min(Math.floor(top / rowHeight), Math.max(0, extent.count - 1));
  return { first, last: Math.min(extent.count, Math.ceil((top + extent.viewport) / rowHeight)) - 1 };
}

/** The nearest scroll distance at which a row shows whole. */
export function topToReveal(index: number, top: number, extent: Extent): number {
  const start = index * rowHeight;
  if (start < top) return clampTop(start, extent);
  if (start + rowHeight > top + extent.viewport) return clampTop(start + rowHeight - extent.viewport, extent);
  return top;
}

/**
 * The scroll distance for a list that became higher or lower: a row that showed whole still does, and nothing else moves.
 * @param index Of the row, where there is one that matters.
 */
export function topToKeep(index: number | undefined, top: number, before: Extent, after: Extent): number {
  const showed = index !== undefined && topToReveal(index, top, before) === top;
  return showed ? topToReveal(index, top, after) : top;
}

/** The scroll distance at which a row stands `offset` pixels below the upper edge, as far as that is possible. */
export function topToAnchor(index: number, offset: number, extent: Extent): number {
  return clampTop(index * rowHeight - offset, extent);
}

/** Whole rows that fit, for paging. */
export function pageRows({ viewport }: Extent): number {
  return Math.max(1, Math.floor(viewport / rowHeight) - 1);
}
