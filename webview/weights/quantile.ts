/** The cap at a quantile of all weights on its slider: from the half to nearly all, one step further is "off". */
const places: readonly number[] = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999];
export const offPlace = places.length;

/** A cap as settings have it; null and what caps nothing: off. */
type Cap = number | null | undefined;

/** @returns The quantile that caps; undefined where none does. */
export function capOf(quantile: Cap): number | undefined {
  return typeof quantile === 'number' && quantile < 1 ? quantile : undefined;
}

/** The slider's place for a cap, the nearest where it lies between two or outside. */
export function placeOfCap(quantile: Cap): number {
  const cap = capOf(quantile);
  if (cap === undefined) return offPlace;
  // Near the end what counts is the share that is above.
  const away = (place: number): number => Math.abs(Math.log((1 - places[place]) / (1 - cap)));
  return places.reduce((nearest, _, place) => (away(place) < away(nearest) ? place : nearest), 0);
}

/** The cap at a place of the slider; null: off. */
export function capAtPlace(place: number): number | null {
  return places[place] ?? null;
}
