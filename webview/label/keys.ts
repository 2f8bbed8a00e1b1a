/** Which key does what while labelling. Pure. */
import { labelKeys, type LabelState } from '../../src/protocol/label.ts';

export type KeyAction =
  { readonly kind: 'answer'; readonly label: string } | { readonly kind: 'skip' | 'back' | 'forward' };

/** The key of the label at an index; undefined where there are more labels than keys. */
export function keyOf(index: number): string | undefined {
  return labelKeys.at(index);
}

/**
 * What a key does.
 * @param pressed As in `KeyboardEvent`; with Control, Alt or Meta a key is VS Code's.
 */
export function keyAction(
  state: LabelState,
  pressed: { readonly key: string; readonly ctrlKey: boolean; readonly altKey: boolean; readonly metaKey: boolean },
): KeyAction | undefined {
  if (pressed.ctrlKey || pressed.altKey || pressed.metaKey) return undefined;
  const canGoBack = state.canGoBack && state.phase !== 'setup';
  switch (pressed.key) {
    case 'Backspace':
    case 'ArrowLeft':
      return canGoBack ? { kind: 'back' } : undefined;
    case 'ArrowRight':
      return state.canGoForward ? { kind: 'forward' } : undefined;
  }
  if (state.phase !== 'labelling') return undefined;
  const key = pressed.key.toLowerCase();
  if (key === 's') return { kind: 'skip' };
  const index = key.length === 1 ? labelKeys.indexOf(key) : -1;
  const label = index < 0 ? undefined : state.labels.at(index);
  return label === undefined ? undefined : { kind: 'answer', label };
}
