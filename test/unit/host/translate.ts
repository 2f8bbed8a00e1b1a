import type { Translate } from '../../../src/host/l10n.ts';

/** English, as VS Code fills it in. */
export const translate: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (_, index: string) => String(args[Number(index)]));
