/** Numbers in sentences of the views; those in tables and on axes are formatted by `core/table/format.ts`. */
import { formatCount } from '../../src/core/table/format.ts';
import { t } from './l10n.ts';

/** e.g. `1 row`, `469 rows`. */
export function rowCount(rows: number): string {
  return rows === 1 ? t('1 row') : t('{0} rows', formatCount(rows));
}

/** A time that is left, e.g. `40 s`, `3 min`, `1 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return t('{0} s', Math.max(1, Math.round(seconds)));
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t('{0} min', minutes);
  return minutes % 60 === 0 ? t('{0} h', minutes / 60) : t('{0} h {1} min', Math.floor(minutes / 60), minutes % 60);
}

/** Memory or disk, e.g. `363 MB`, `1.2 GB`. */
export function bytes(count: number): string {
  return count < 1e9 ? t('{0} MB', Math.max(1, Math.round(count / 1e6))) : t('{0} GB', (count / 1e9).toFixed(1));
}

/** A time as the user writes it, in short; the year only where it is another one. @param created ISO 8601. */
export function dateOf(created: string): string {
  const date = new Date(created);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
  return date.toLocaleString(undefined, { year, month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
}
