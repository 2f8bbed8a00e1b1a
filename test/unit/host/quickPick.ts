/** A stand-in for VS Code's quick pick, for tests that answer one themselves. */

export interface Entry {
  label: string;
  description?: string;
}

/** As much of a quick pick as one list needs. New entries begin at the first one, as they do in VS Code. */
export class QuickPick {
  /** Every list that was opened, oldest first. */
  static readonly opened: QuickPick[] = [];
  activeItems: readonly Entry[] = [];
  selectedItems: readonly Entry[] = [];
  isDisposed = false;
  #items: readonly Entry[] = [];
  #accept = (): void => undefined;
  #hide = (): void => undefined;

  constructor() {
    QuickPick.opened.push(this);
  }
  get items(): readonly Entry[] {
    return this.#items;
  }
  set items(items: readonly Entry[]) {
    if (this.isDisposed) throw new Error('The list is closed.');
    this.#items = items;
    this.activeItems = items.slice(0, 1);
  }
  onDidAccept(listener: () => void): void {
    this.#accept = listener;
  }
  onDidHide(listener: () => void): void {
    this.#hide = listener;
  }
  show(): void {
    // Nothing to draw.
  }
  hide(): void {
    this.#hide();
  }
  dispose(): void {
    this.isDisposed = true;
  }
  /** The user takes the active entry. */
  enter(): void {
    this.selectedItems = this.activeItems;
    this.#accept();
  }
}
