/** The short note at the end of a flagged line. Knows nothing of VS Code. */
import { formatWeight } from '../../core/format.ts';
import type { DataApi } from '../../protocol/data.ts';
import type { Translate } from '../l10n.ts';

type LineWeight = DataApi['lineWeights']['result'][number];

/** The note of a line; undefined where it needs none. A preview does not call a label wrong. */
export function noteOf({ weight, verdict, kept }: LineWeight, preview: boolean, t: Translate): string | undefined {
  if (kept) return undefined;
  if (verdict === 'redundant' || (verdict === 'misaligned' && !preview)) {
    return t('weight {0} · {1}', formatWeight(weight), verdict);
  }
  return undefined;
}
