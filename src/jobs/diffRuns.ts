/** `diff`: why rows' weights changed between two score runs. Only reads. */
import { UserError } from '../base/errors.ts';
import { hashText } from '../core/dataset/identity.ts';
import type { Schema } from '../core/dataset/schema.ts';
import { diffPlans, type PlanDifference } from '../core/runs/diffPlans.ts';
import { diffScores, type LoneRow, type RowChange, type ScoresDifference } from '../core/runs/diffScores.ts';
import { decisionKey } from '../store/decisions.ts';
import { isJsonObject } from '../store/json.ts';
import { runFiles } from '../store/layout.ts';
import { readRunRecord, type RunRecord } from '../store/runRecord.ts';
import { readScores } from '../store/scores.ts';
import { joinedText, readUnlabelled } from './readInputs.ts';

export interface DiffOptions {
  /** Folders of two finished score runs. */
  readonly before: string;
  readonly after: string;
  /** Rows that are named at most: of those that changed, and of those that only one run has. */
  readonly show: number;
}

/** A row's text where its file still has it. */
export interface WithText {
  readonly text?: string;
}

export interface RunsDiff {
  readonly before: RunRecord;
  readonly after: RunRecord;
  /** What went into the runs and differs; empty where they should agree. */
  readonly differences: readonly PlanDifference[];
  readonly scores: Omit<ScoresDifference, 'top' | 'onlyBefore' | 'onlyAfter'>;
  readonly top: readonly (RowChange & WithText)[];
  readonly onlyBefore: { readonly rows: number; readonly shown: readonly (LoneRow & WithText)[] };
  readonly onlyAfter: { readonly rows: number; readonly shown: readonly (LoneRow & WithText)[] };
  /** What could not be shown, and why; one line each. */
  readonly notices: readonly string[];
}

/**
 * Compares two finished score runs: what went into them, and the rows whose log weight changed most.
 * @throws UserError where a folder holds no finished score run, or its scores are damaged.
 */
export async function diffRuns({ before, after, show }: DiffOptions): Promise<RunsDiff> {
  const [a, b] = [await scoreRun(before), await scoreRun(after)];
  const { top, onlyBefore, onlyAfter, ...scores } = diffScores(a.scores, b.scores, show);
  const notices: string[] = [];
  const shownBefore = onlyBefore.slice(0, show);
  const shownAfter = onlyAfter.slice(0, show);
  const [beforeTexts, afterTexts] = [
    shownBefore.length === 0 ? noTexts : await textsOf(a.record, notices),
    top.length + shownAfter.length === 0 ? noTexts : await textsOf(b.record, notices),
  ];
  return {
    ...{ before: a.record, after: b.record, scores, notices },
    differences: diffPlans(a.record, b.record),
    top: top.map((row) => ({ ...row, ...afterTexts(row) })),
    onlyBefore: { rows: onlyBefore.length, shown: shownBefore.map((row) => ({ ...row, ...beforeTexts(row) })) },
    onlyAfter: { rows: onlyAfter.length, shown: shownAfter.map((row) => ({ ...row, ...afterTexts(row) })) },
  };
}

async function scoreRun(
  folder: string,
): Promise<{ record: RunRecord; scores: Awaited<ReturnType<typeof readScores>> }> {
  const record = await readRunRecord(folder);
  if (record.kind !== 'score') {
    throw new UserError(`${folder}: this is a ${record.kind} run; only score runs have weights to compare.`);
  }
  if (record.status !== 'done') {
    throw new UserError(`${folder}: this score run is not finished (${record.status}); score again, then compare.`);
  }
  return { record, scores: await readScores(runFiles(folder).scores, record.labels) };
}

type Texts = (row: Pick<LoneRow, 'textHash' | 'occurrence'>) => WithText;
const noTexts: Texts = () => ({});

/** Finds rows' texts in the file that a run scored, if it is still there; a changed file still has most of them. */
async function textsOf(record: RunRecord, notices: string[]): Promise<Texts> {
  const path = record.inputs.find(({ role }) => role === 'synthetic')?.path;
  if (path === undefined) return noTexts;
  try {
    const { rows } = await readUnlabelled(path, fieldsOf(record.schema['synthetic']));
    const texts = new Map(rows.map((row) => [decisionKey(row), joinedText(row)]));
    return ({ textHash, occurrence }) => {
      const text = texts.get(decisionKey({ textHash: hashText(textHash.high, textHash.low), occurrence }));
      return text === undefined ? {} : { text };
    };
  } catch (thrown) {
    // The numbers stand without the texts.
    if (!(thrown instanceof UserError)) throw thrown;
    notices.push(`No texts are shown: ${thrown.message}`);
    return noTexts;
  }
}

function fieldsOf(schema: unknown): { textField?: string; textPairField?: string } {
  if (!isJsonObject(schema)) return {};
  const { text, textPair } = schema as unknown as Partial<Schema>;
  return { textField: text, textPairField: textPair };
}
