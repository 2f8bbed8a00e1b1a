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
