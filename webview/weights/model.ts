import type { QueryResult } from '../../src/protocol/data.ts';
import type { PanelState } from '../../src/protocol/panel.ts';
import type { Controls } from './controls.ts';
import type { RememberedView } from './rememberedView.ts';

/** What the parts of the panel know at a moment: what the host told last, and what the user has set. */
export interface Model {
  readonly view: RememberedView;
  readonly controls: Controls;
  /** Undefined before the host has told anything. */
  state: PanelState | undefined;
  /** The newest answer to which rows match. */
  result: QueryResult | undefined;
  /** The rows shown are those of a preview, which calls none misaligned. */
  preview: boolean;
  /** What the numbers of the rows that are shown and selected belong to. */
  numbering: number;
}

/** What to know before trusting the weights, in plain words: of the run, and of the weights as they are now. */
export function warningsOf({ state, result }: Model): readonly string[] {
  // Before there are scores, the facts show what there is to warn of.
  return state?.run === undefined ? [] : [...new Set([...state.run.warnings, ...(result?.summary.warnings ?? [])])];
}
