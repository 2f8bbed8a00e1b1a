/** The smallest normal float32; below it fewer digits are significant. */
const smallestNormal = 2 ** -126;

/**
 * The decimal number with the fewest significant digits that reads back as the same float32. Its own text
 * (`String`, `JSON.stringify`) has just these digits: 0.1 rather than the float64 0.10000000149011612 of that float32.
 *
 * Every decimal number of up to 6 digits survives float32 and 9 digits tell all float32 apart (FLT_DIG and
 * FLT_DECIMAL_DIG of C), so for normal numbers the search is over 6 to 9; trailing zeros go by themselves.
 *
 * @param value Any finite number; it is rounded to float32 first. −0 is written 0, as by `JSON.stringify`.
 */
export function shortestFloat32(value: number): number {
  const single = Math.fround(value);
  if (Number.isInteger(single) && Math.abs(single) < 1e6) return single;
  for (let digits = Math.abs(single) < smallestNormal ? 1 : 6; digits < 9; digits++) {
    const candidate = Number(single.toPrecision(digits));
    if (Math.fround(candidate) === single) return candidate;
  }
  return Number(single.toPrecision(9));
}
