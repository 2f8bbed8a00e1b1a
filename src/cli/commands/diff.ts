import { resolve } from 'node:path';
import { hashText } from '../../core/dataset/identity.ts';
import { describeDifference } from '../../core/runs/diffPlans.ts';
import type { LoneRow, RowChange } from '../../core/runs/diffScores.ts';
import { diffRuns, type RunsDiff, type WithText } from '../../jobs/diffRuns.ts';
import { diffReport } from '../diffReport.ts';
import type { Values } from '../parse.ts';
import { defaultWidth } from '../report.ts';

const defaultShow = 10;

/** `counterweight diff RUN_A RUN_B` */
export async function diffCommand([before, after]: readonly string[], values: Values): Promise<void> {
  const diff = await diffRuns({ before, after, show: values.number('show') ?? defaultShow });
  const folders = { before: resolve(before), after: resolve(after) };
  const text = values.flag('json')
    ? JSON.stringify(jsonOf(diff, folders))
    : diffReport(diff, folders, process.stdout.columns ?? defaultWidth);
  process.stdout.write(`${text}\n`);
}

function jsonOf(diff: RunsDiff, folders: { readonly before: string; readonly after: string }): object {
  const lone = ({ rows, shown }: RunsDiff['onlyBefore']): object => ({ rows, shown: shown.map(rowOf) });
  return {
    ...folders,
    differences: diff.differences.map((difference) => ({ ...difference, text: describeDifference(difference) })),
    ...diff.scores,
    top: diff.top.map(rowOf),
    onlyBefore: lone(diff.onlyBefore),
    onlyAfter: lone(diff.onlyAfter),
    notices: diff.notices,
  };
}

/** A row with its text hash as every file has it. */
function rowOf({ textHash, ...row }: (RowChange | LoneRow) & WithText): object {
  return { textHash: hashText(textHash.high, textHash.low), ...row };
}
