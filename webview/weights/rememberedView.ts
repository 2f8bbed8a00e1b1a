import { Later } from './later.ts';
import { readViewState, type ViewState } from './viewState.ts';

/** Pause before what changed is written down, milliseconds. */
const pause = 300;

/** Where the panel's state outlives it. */
export interface StateKeeper {
  getState(): unknown;
  setState(state: unknown): void;
}

/** What narrows nothing. */
export const unfiltered = {
  filter: '',
  verdicts: [],
  labels: [],
  brush: undefined,
} as const satisfies Partial<ViewState>;

/** What the user has set up in the panel, kept for when the panel is hidden and comes back. */
export class RememberedView {
  readonly #keeper: StateKeeper;
  readonly #later = new Later();
  #now: ViewState;

  constructor(keeper: StateKeeper) {
    this.#keeper = keeper;
    this.#now = readViewState(keeper.getState());
  }

  get now(): ViewState {
    return this.#now;
  }

  /** Whether anything narrows the list. */
  get isFiltered(): boolean {
    const { filter, verdicts, labels, brush } = this.#now;
    return filter.trim() !== '' || verdicts.length > 0 || labels.length > 0 || brush !== undefined;
  }

  change(changes: Partial<ViewState>): void {
    this.#now = { ...this.#now, ...changes };
    this.#later.ask('remember', pause, () => {
      this.#keeper.setState(this.#now);
    });
  }
}
