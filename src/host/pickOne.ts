import * as vscode from 'vscode';

export interface PickOptions<T> {
  readonly title: string;
  readonly placeholder?: string;
  /** The entry that Enter takes at once; the first one otherwise. */
  readonly active?: T;
  /** The same entries, in the same order, with what takes a moment to find out; never rejects. They are not waited for. */
  readonly later?: Promise<readonly T[]>;
}

/** A quick pick that stays when the focus goes elsewhere, with an entry selected; undefined where the user gave up. */
export function pickOne<T extends vscode.QuickPickItem>(
  items: readonly T[],
  { title, placeholder, active, later }: PickOptions<T>,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const pick = vscode.window.createQuickPick<T>();
    let isOpen = true;
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
      isOpen = false;
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
    void later?.then((known) => {
      if (!isOpen) return;
      const [now] = pick.activeItems;
      const at = pick.items.indexOf(now);
      // New entries begin at the first one: the user stays where they are.
      pick.keepScrollPosition = true;
      pick.items = known;
      if (at >= 0) pick.activeItems = [known[at]];
    });
  });
}
