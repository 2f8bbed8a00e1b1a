import type { Child } from './dom.ts';
import { translation } from './l10n.ts';

/** A sentence of the user's language around elements: as `t`, where what stands inside is more than text. */
export function around(message: string, ...args: readonly Child[]): readonly Child[] {
  return translation(message)
    .split(/\{(\d+)\}/)
    .map((piece, at) => (at % 2 === 0 ? piece : (args.at(Number(piece)) ?? '')));
}
