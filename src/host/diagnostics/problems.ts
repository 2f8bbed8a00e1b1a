/** From what the data worker flags to the problems shown in a file. Knows nothing of VS Code. */
import { escapeInvisible, quote } from '../../core/dataset/quote.ts';
import type { BrokenRow, Flag, Flags } from '../../protocol/data.ts';
import type { Translate } from '../l10n.ts';

export type ProblemCode = 'misaligned' | 'redundant' | 'broken-row';

/** Lines of `docs/verdicts.md` where the codes are explained; VS Code's links into a text file know lines only. */
export const documentedAt: Readonly<Record<ProblemCode, number>> = { misaligned: 6, redundant: 12, 'broken-row': 18 };

export interface Problem {
  readonly code: ProblemCode;
  readonly severity: 'error' | 'warning' | 'hint';
  /** 0-based. */
  readonly line: number;
  /** UTF-16 code units, 0-based. */
  readonly start: number;
  readonly end: number;
  readonly message: string;
  /** The nearest row of the real file. */
  readonly nearestReal?: { readonly line: number; readonly message: string };
}

/** A message is cut after this many characters: a label may be as long as its line. */
const longestMessage = 1000;

/**
 * The problems of a file, worst first: broken rows, misaligned rows by weight, redundant rows. No more than `limit`:
 * VS Code shows at most 1000 of a file and draws 500. Neither broken nor flagged rows crowd the others out: each kind may
 * have half of the room, and what the other leaves.
 */
export function problemsOf(flags: Flags, limit: number, t: Translate): Problem[] {
  const shown = shownFlags(flags);
  const half = Math.floor(limit / 2);
  const broken = flags.broken.slice(0, Math.max(half, limit - shown.length));
  return [
    ...broken.map((row) => brokenProblem(row)),
    ...shown.slice(0, limit - broken.length).map((flag) => flagProblem(flag, t)),
  ];
}

/** The flags that may be shown: a preview is too coarse to say that a label is wrong. */
export function shownFlags({ flags, preview }: Flags): readonly Flag[] {
  return preview ? flags.filter(({ verdict }) => verdict !== 'misaligned') : flags;
}

/** How many rows have problems in all, shown or not. */
export function problemTotal({ misaligned, redundant, brokenTotal, preview }: Flags): number {
  return (preview ? 0 : misaligned) + redundant + brokenTotal;
}

/** How many rows have which problem, e.g. "17 misaligned, 5 redundant, 1 broken"; undefined where none has one. */
export function totalsOf({ misaligned, redundant, brokenTotal, preview }: Flags, t: Translate): string | undefined {
  const parts: string[] = [];
  if (misaligned > 0 && !preview) parts.push(t('{0} misaligned', misaligned.toLocaleString()));
  if (redundant > 0) parts.push(t('{0} redundant', redundant.toLocaleString()));
  if (brokenTotal > 0) parts.push(t('{0} broken', brokenTotal.toLocaleString()));
  return parts.length === 0 ? undefined : parts.join(', ');
}

function flagProblem(flag: Flag, t: Translate): Problem {
  const misaligned = flag.verdict === 'misaligned';
  const said = flag.provisional
    ? t('{0} (provisional: the label changed since it was scored)', flag.message)
    : flag.message;
  return {
    code: misaligned ? 'misaligned' : 'redundant',
    severity: misaligned ? 'warning' : 'hint',
    line: flag.line - 1,
    start: flag.labelStart,
    end: flag.labelEnd,
    message: oneLine(said),
    nearestReal: flag.nearestReal && {
      line: flag.nearestReal.line - 1,
      message: t(
        'nearest real row, labelled {0} (cosine {1})',
        quote(flag.nearestReal.label),
        flag.nearestReal.cosine.toFixed(2),
      ),
    },
  };
}

function brokenProblem({ line, column, message }: BrokenRow): Problem {
  // One character is enough to point at the place; VS Code moves what is behind the line's end to its end.
  return {
    ...{ code: 'broken-row', severity: 'error', line: line - 1, start: column - 1, end: column },
    message: oneLine(message),
  };
}

function oneLine(message: string): string {
  const cut = message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message;
  return escapeInvisible(cut);
}
