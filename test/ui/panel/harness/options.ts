import type { RowActionId } from '../../../../src/core/table/actions.ts';
import type { WeightControls } from '../../../../src/protocol/data.ts';
import type { PanelState } from '../../../../src/protocol/panel.ts';

/** What the page under test shows; from the query of its address, as JSON. */
export interface HarnessOptions {
  readonly rows: number;
  readonly labels: readonly string[];
  readonly hostile: boolean;
  readonly pairs: boolean;
  /** Whether weights of standard scores have intervals. */
  readonly intervals: boolean;
  /** What the run tells of how sure its checkers are; `none`: it was made before that was measured. */
  readonly sureness: 'full' | 'plain' | 'none';
  readonly effort: 'none' | 'preview' | 'standard';
  /** A row that the host wants shown as soon as the panel listens, before it has told anything. */
  readonly reveal?: number;
  /** Whether a real file is known. */
  readonly real: boolean;
  readonly broken: number;
  readonly stale: number;
  readonly warnings: readonly string[];
  /** Milliseconds before an answer. */
  readonly latency: number;
  /** The files are still being read. */
  readonly empty: boolean;
  readonly state?: Partial<PanelState>;
  /** Settings of the run's weights that are not as usual. */
  readonly controls?: Partial<WeightControls>;
}

export const defaultOptions: HarnessOptions = {
  rows: 1000,
  labels: ['ham', 'spam'],
  hostile: true,
  pairs: false,
  intervals: true,
  sureness: 'full',
  effort: 'standard',
  real: true,
  broken: 3,
  stale: 0,
  warnings: [],
  latency: 5,
  empty: false,
};

/** What the test makes the host do. */
export type HostChange =
  | { readonly kind: 'effort'; readonly effort: HarnessOptions['effort'] }
  | { readonly kind: 'state'; readonly state: Partial<PanelState> }
  | { readonly kind: 'fault'; readonly fault: string }
  /** Texts of these rows changed since they were scored, and no others. */
  | { readonly kind: 'stale'; readonly rows: readonly number[] }
  /** A row written into the file before the row `at`. */
  | { readonly kind: 'insert'; readonly at: number }
  /** The next action finds labels changed by an undo that it did not know of: nothing is edited. */
  | { readonly kind: 'refuse'; readonly undone: readonly number[] }
  | { readonly kind: 'action'; readonly action: RowActionId | 'search' }
  | { readonly kind: 'reveal'; readonly row: number }
  | { readonly kind: 'filter'; readonly text: string };
