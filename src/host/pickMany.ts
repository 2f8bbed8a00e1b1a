import * as vscode from 'vscode';

export interface PickManyOptions<T extends vscode.QuickPickItem> {
  readonly title: string;
  /** Ticked at first. */
  readonly picked: readonly T[];
  /** What a selection means, shown while it is made. */
  readonly describe: (picked: readonly T[]) => string | Promise<string>;
}

/**
 * Lets the user tick several of a list; stays open when the window loses the focus.
 *
 * @returns undefined where the user gave up.
 */
export function pickMany<T extends vscode.QuickPickItem>(
  items: readonly T[],
  { title, picked, describe }: PickManyOptions<T>,
): Promise<readonly T[] | undefined> {
  return new Promise((resolve) => {
    const pick = vscode.window.createQuickPick<T>();
    let asked = 0;
    const show = async (selection: readonly T[]): Promise<void> => {
      const mine = ++asked;
      const words = await describe(selection);
      // A later selection may have been described first.
      if (mine === asked) pick.title = `${title}: ${words}`;
    };
    pick.title = title;
    pick.placeholder = vscode.l10n.t('Tick what you want, then press Enter');
    pick.canSelectMany = true;
    pick.ignoreFocusOut = true;
    pick.matchOnDetail = true;
    pick.items = items;
    pick.selectedItems = picked;
    pick.onDidChangeSelection((selection) => void show(selection));
    pick.onDidAccept(() => {
      resolve([...pick.selectedItems]);
      pick.hide();
    });
    pick.onDidHide(() => {
      asked++;
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
    void show(picked);
  });
}
