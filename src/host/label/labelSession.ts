/** Labelling as a state machine: texts, answers, where one stands. Pure: every step makes a new state. */

export interface SampledText {
  /** 1-based line of the source. */
  readonly line: number;
  readonly text: string;
  readonly textPair?: string;
}

export interface LabelSession {
  readonly labels: readonly string[];
  /** Labels that are wanted. */
  readonly goal: number;
  /** More texts than the goal: some will be skipped. */
  readonly texts: readonly SampledText[];
  /** By text, in their order; null: skipped. The next text to answer is `texts[answers.length]`. */
  readonly answers: readonly (string | null)[];
  /** The text that is shown; below `answers.length` while one looks back. */
  readonly position: number;
  /** Answers before this one stand in a file that was changed by others since: they cannot be taken back. */
  readonly fixed: number;
  /** Ended early. */
  readonly finished: boolean;
}

/** Field names of the rows that are written. */
export interface RowFields {
  readonly text: string;
  readonly textPair?: string;
  readonly label: string;
}

export function beginSession(labels: readonly string[], goal: number, texts: readonly SampledText[]): LabelSession {
  return { labels, goal, texts, answers: [], position: 0, fixed: 0, finished: false };
}

/** Rows labelled so far. */
export function labelledCount({ answers }: LabelSession): number {
  return answers.reduce((count, answer) => count + (answer === null ? 0 : 1), 0);
}

/** Whether nothing is left to ask, or the user has ended it. Looking back goes on regardless. */
export function isDone(session: LabelSession): boolean {
  const { answers, texts, position, finished, goal } = session;
  if (position < answers.length) return false;
  return finished || answers.length >= texts.length || labelledCount(session) >= goal;
}

/** The text that is asked about; undefined once it is done. */
export function currentText(session: LabelSession): SampledText | undefined {
  return isDone(session) ? undefined : session.texts[session.position];
}

/**
 * Answers the current text: with a label, or with null to skip it. A corrected answer leads back to the first text that
 * has none. An answer to another line than the current one (a key pressed twice) changes nothing, nor does a label that
 * is none of the session's.
 */
export function answer(session: LabelSession, line: number, label: string | null): LabelSession {
  const current = currentText(session);
  if (current?.line !== line || (label !== null && !session.labels.includes(label))) return session;
  const answers = [...session.answers];
  answers[session.position] = label;
  return { ...session, answers, position: answers.length };
}

/** To the text before, as far as its answer can be changed. */
export function back(session: LabelSession): LabelSession {
  return canGoBack(session) ? { ...session, position: session.position - 1 } : session;
}

export function canGoBack({ position, fixed }: LabelSession): boolean {
  return position > fixed;
}

/** From looking back to where one was. */
export function forward(session: LabelSession): LabelSession {
  return { ...session, position: session.answers.length };
}

/** Ends it with what there is. */
export function finish(session: LabelSession): LabelSession {
  return { ...forward(session), finished: true };
}

/** Whether there are texts left after the end. */
export function canResume({ answers, texts }: LabelSession): boolean {
  return answers.length < texts.length;
}

/** Goes on after the end; where the goal is reached, to as many again. */
export function resume(session: LabelSession): LabelSession {
  if (!canResume(session)) return session;
  const labelled = labelledCount(session);
  const goal = labelled < session.goal ? session.goal : labelled + session.goal;
  return { ...session, finished: false, goal, position: session.answers.length };
}

/** Rows of each label, in their order. */
export function countsOf({ labels, answers }: LabelSession): { label: string; rows: number }[] {
  const counts = new Map(labels.map((label) => [label, 0]));
  for (const given of answers) if (given !== null) counts.set(given, (counts.get(given) ?? 0) + 1);
  return [...counts].map(([label, rows]) => ({ label, rows }));
}

/** The labelled rows from `from` on as lines of JSON, each with its line feed. */
export function rowsAsJsonl({ texts, answers }: LabelSession, fields: RowFields, from = 0): string {
  const lines = answers.slice(from).flatMap((label, i) => {
    if (label === null) return [];
    const { text, textPair } = texts[from + i];
    const pair = textPair === undefined ? [] : [[fields.textPair ?? 'text_pair', textPair] as const];
    // Entries, not an object literal: a field may be called `__proto__`.
    const row = Object.fromEntries([[fields.text, text] as const, ...pair, [fields.label, label] as const]);
    return [`${JSON.stringify(row)}\n`];
  });
  return lines.join('');
}

/**
 * Labels as the user edited them: trimmed, without repeats.
 * @returns What is wrong with them, one line, where they cannot be used.
 */
export function checkLabels(
  given: readonly string[],
): { readonly labels: readonly string[] } | { readonly fault: 'tooFew' | 'alike'; readonly example?: string } {
  const labels = [...new Set(given.map((label) => label.trim()).filter((label) => label !== ''))];
  if (labels.length < 2) return { fault: 'tooFew' };
  const seen = new Set<string>();
  for (const label of labels) {
    const folded = label.toLowerCase().replace(/\s+/g, ' ');
    if (seen.has(folded)) return { fault: 'alike', example: label };
    seen.add(folded);
  }
  return { labels };
}
