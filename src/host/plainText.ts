import { escapeInvisible } from '../core/dataset/quote.ts';

/**
 * Text that may come from a file, for notifications, pickers and the status bar: these turn `[label](command:…)` into a
 * link that runs a command and `$(name)` into an icon, which data must not do.
 */
export function plainText(text: string): string {
  return escapeInvisible(text).replaceAll('](', '] (').replaceAll('$(', '$ (');
}
