import { parseMethods, parseSeeds } from '../../core/comparison/methods.ts';
import { compareJob, type CompareResult } from '../../jobs/compareJob.ts';
import { efforts } from '../../jobs/names.ts';
import { compareReport } from '../compareReport.ts';
import type { Values } from '../parse.ts';
import { openTerminal } from '../terminal.ts';
import { choice, computeOptions, overrides, readOptions, required } from './values.ts';

const defaultSeeds = '1,2,3';

/** `counterweight compare SYNTHETIC --real REAL --test TEST` */
export async function compareCommand([synthetic]: readonly string[], values: Values): Promise<void> {
  const methods = parseMethods(values.text('methods'));
  const seeds = parseSeeds(values.text('seeds') ?? defaultSeeds);
  const terminal = openTerminal({ yes: values.flag('yes'), verbose: values.flag('verbose') });
  try {
    const result = await compareJob(
      {
        ...(await readOptions(values)),
        ...computeOptions(values),
        paths: { synthetic, real: required(values, 'real'), dev: values.text('dev'), test: required(values, 'test') },
        ...{ methods, seeds },
        recipe: choice(values, 'recipe', ['default', 'paper']) ?? 'default',
        effort: choice(values, 'effort', efforts),
        model: values.text('model'),
        overrides: overrides(values),
        out: values.text('out'),
      },
      terminal.context,
    );
    await terminal.print(`${values.flag('json') ? JSON.stringify(jsonOf(result)) : compareReport(result)}\n`);
  } finally {
    terminal.close();
  }
}

function jsonOf({ folder, advice, comparison, facts, errors, warnings, timings, passes }: CompareResult): object {
  const { syntheticRows: rows } = facts;
  return { run: folder, rows, errors, warnings, advice, comparison, timings, passes };
}
