/**
 * The largest weight of a row. "No limit" is `Infinity` in the settings, which JSON, and so a message to or from a
 * webview, turns into null: what is sent is the largest number there is, which bounds nothing either.
 */
import { unboundedWeight, type WeightControls } from '../../src/protocol/data.ts';

/** Stands for "no limit" in messages. */
export const noLimit = Number.MAX_VALUE;
/** The slider goes from weight 1 to 100 on a logarithmic scale, one step further is "no limit". */
const steps = 60;
export const unboundedSlider = steps + 1;

/** Whether a bound is none: the host's word for that, a little rounded perhaps, or anything above. */
export function isUnbounded(clipMax: number): boolean {
  return !(clipMax < 0.999 * unboundedWeight);
}

/** The slider's place for a bound, the nearest where it lies outside the slider. */
export function sliderOfClip(clipMax: number): number {
  if (isUnbounded(clipMax)) return unboundedSlider;
  return Math.min(steps, Math.max(0, Math.round((Math.log10(clipMax) * steps) / 2)));
}

/** The bound at a place of the slider, to two digits. */
export function clipOfSlider(place: number): number {
  return place > steps ? noLimit : Number((10 ** ((2 * place) / steps)).toPrecision(2));
}

/** Controls as they came in a message. */
export function received(controls: WeightControls): WeightControls {
  // `null` is what JSON makes of Infinity.
  const clipMax: number | null = controls.clipMax;
  return clipMax === null || isUnbounded(clipMax) ? { ...controls, clipMax: noLimit } : controls;
}
