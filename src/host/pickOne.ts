import * as vscode from 'vscode';

export interface PickOptions<T> {
  readonly title: string;
  readonly placeholder?: string;
  /** The entry that Enter takes at once; the first one otherwise. */
  readonly active?: T;
}

/** A quick pick that stays when the focus goes elsewhere, with an entry selected; undefined where the user gave up. */
export function pickOne<T extends vscode.QuickPickItem>(
  items: readonly T[],
  { title, placeholder, active }: PickOptions<T>,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const pick = vscode.window.createQuickPick<T>();
    pick.title = title;
    pick.placeholder = placeholder;
    pick.items = items;
    pick.ignoreFocusOut = true;
    pick.matchOnDescription = true;
    pick.matchOnDetail = true;
    if (active !== undefined) pick.activeItems = [active];
    pick.onDidAccept(() => {
      resolve(pick.selectedItems.at(0));
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}
