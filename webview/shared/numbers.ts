/** Numbers in sentences of the views; those in tables and on axes are formatted by `core/table/format.ts`. */
import { formatCount } from '../../src/core/table/format.ts';

/** e.g. `1 row`, `469 rows`. */
export function rowCount(rows: number): string {
  return rows === 1 ? '1 row' : `${formatCount(rows)} rows`;
}

/** A time that is left, e.g. `40 s`, `3 min`, `1 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
