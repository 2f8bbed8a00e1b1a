/** What a suite may ask of the window that it runs in: what a user sees of it, and clicks. */

/** A notification, as a user reads it. */
export interface Message {
  readonly severity: 'error' | 'warning' | 'info';
  readonly text: string;
  readonly buttons: readonly string[];
}

/** Each waits for what it clicks or reads, and fails where that does not come. */
export interface WindowApi {
  /** The notifications that nobody has closed, oldest first. */
  messages(): Promise<readonly Message[]>;
  /** Clicks a button of the notification that holds a text. */
  press(text: string, button: string): Promise<void>;
  /** Clicks a choice of the question whose title holds a text. */
  choose(title: string, choice: string): Promise<void>;
  /** Answers VS Code's own dialog for a file. */
  choosePath(file: string): Promise<void>;
  /** Waits until the only selected row of the weights panel in front is the one with a text, and all of it is in sight. */
  rowSelected(text: string): Promise<void>;
  /** Waits until the view in front holds a text. */
  viewHolds(text: string): Promise<void>;
  /** The lines of the editor that are drawn, with what the extension writes behind them. */
  drawnLines(): Promise<readonly string[]>;
}
