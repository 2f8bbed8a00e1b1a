import { rowActions, type RowActionId } from '../../src/core/table/actions.ts';

/** Of a `KeyboardEvent`. */
interface PressedKey {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** The row action of a key, as the table of actions has it; with Ctrl, Alt or ⌘ none. */
export function actionOfKey(event: PressedKey): RowActionId | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey) return undefined;
  const key = event.key.toLowerCase();
  const pressed = event.shiftKey ? `shift+${key}` : key;
  return rowActions.find((action) => action.key === pressed)?.id;
}
