/** What `compare` prints for people. Pure: results in, text out. */
import { comparisonTable, leftOutText } from '../core/comparison/report.ts';
import type { CompareResult } from '../jobs/compareJob.ts';
import { table, warningLines } from './report.ts';

/** The report of `compare`. */
export function compareReport({ comparison, advice, warnings, files, folder }: CompareResult): string {
  const { head, rows } = comparisonTable(comparison);
  const failures = comparison.methods.flatMap(({ title, failures: all }) =>
    all.map(({ seed, reason }) => `  ${title}, seed ${String(seed)}: ${reason}`),
  );
  return [
    advice,
    '',
    table(head, rows),
    '',
    `  Means ± standard deviation over seeds, in % of ${String(comparison.testRows)} test rows${leftOutText(comparison.leftOut)}; p corrected for all methods (Holm).`,
    ...(failures.length === 0 ? [] : ['', 'Could not be run', ...failures]),
    ...warningLines(warnings),
    '',
    `Report: ${files.markdown}`,
    `Page:   ${files.html}`,
    `Run:    ${folder}`,
  ].join('\n');
}
