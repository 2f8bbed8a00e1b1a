/** Host ⇄ labelling view: one text at a time, by keyboard, until there are enough real rows. */

/** A text to label. The generator's label never gets here: it would anchor the reader. */
export interface TextToLabel {
  /** 1-based line of the source. */
  readonly line: number;
  /** At most `shownTextLength` UTF-16 code units. */
  readonly text: string;
  readonly textPair?: string;
  /** Whether more of it is in the file than is shown. */
  readonly cut: boolean;
  /** What it was given earlier, where the user went back; null: skipped. */
  readonly answer?: string | null;
}

export interface LabelState {
  /** `setup`: labels and count are chosen; `labelling`: texts are shown; `done`: enough are labelled, or none is left. */
  readonly phase: 'setup' | 'labelling' | 'done';
  /** Base name of the file that the texts come from. */
  readonly source: string;
  /** `synthetic`: the file to be weighted itself; `texts`: another one. */
  readonly sourceKind: 'synthetic' | 'texts';
  /** Absolute path of the synthetic file. */
  readonly dataset: string;
  /** Base name of the file that is written. */
  readonly target: string;
  /** Whether the target held rows before, which stay. */
  readonly appends: boolean;
  readonly labels: readonly string[];
  /** Labels that are wanted. */
  readonly goal: number;
  readonly labelled: number;
  readonly skipped: number;
  readonly perLabel: readonly { readonly label: string; readonly rows: number }[];
  /** Absent in `setup` and `done`. */
  readonly current?: TextToLabel;
  /** Whether `back` and `forward` have somewhere to go. */
  readonly canGoBack: boolean;
  readonly canGoForward: boolean;
  /** Whether `resume` has: texts are left. */
  readonly canResume: boolean;
  /** Whether every answer is on disk. */
  readonly saved: boolean;
  /** One line: why nothing can be saved, or what happened to the file. */
  readonly fault?: string;
  readonly notice?: string;
}

/** A text is shown up to here. */
export const shownTextLength = 20_000;
/** Bounds of {@link LabelApi.start}. */
export const labelCount = { least: 10, usual: 200, most: 5000 } as const;
/** More labels have no key of their own: keys are 1–9, then the letters of {@link labelKeys}. */
export const labelKeys = '123456789abcdefghijklmnopqrtuvwxyz';

export type LabelApi = {
  ready: { params: Record<string, never>; result: LabelState };
  /** Draws the texts and begins. */
  start: { params: { labels: readonly string[]; goal: number }; result: null };
  /** Labels the current text and goes on to the next; answered once it is saved. `line` guards against a key pressed twice. */
  answer: { params: { line: number; label: string }; result: null };
  skip: { params: { line: number }; result: null };
  /** To the text before, to label it anew. */
  back: { params: Record<string, never>; result: null };
  /** Back to the first text that has no answer yet. */
  forward: { params: Record<string, never>; result: null };
  /** Ends early with what there is. */
  finish: { params: Record<string, never>; result: null };
  /** Goes on after `finish`. */
  resume: { params: Record<string, never>; result: null };
  /** Another source of texts; only in `setup`. */
  chooseSource: { params: Record<string, never>; result: null };
  /** Opens the file that was written. */
  openTarget: { params: Record<string, never>; result: null };
  /** Scores the synthetic file with what was labelled. */
  score: { params: Record<string, never>; result: null };
};

export type LabelEvents = { state: LabelState };
