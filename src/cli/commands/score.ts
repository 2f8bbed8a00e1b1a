import { scoreJob, type ScoreResult } from '../../jobs/scoreJob.ts';
import { efforts } from '../../jobs/names.ts';
import type { Values } from '../parse.ts';
import { defaultWidth, scoreReport } from '../report.ts';
import { openTerminal } from '../terminal.ts';
import { choice, computeOptions, overrides, readOptions, required } from './values.ts';

const defaultShow = 10;

/** `counterweight score SYNTHETIC --real REAL` */
export async function scoreCommand([synthetic]: readonly string[], values: Values): Promise<void> {
  const terminal = openTerminal({ yes: values.flag('yes'), verbose: values.flag('verbose') });
  try {
    const result = await scoreJob(
      {
        ...(await readOptions(values)),
        ...computeOptions(values),
        paths: { synthetic, real: required(values, 'real') },
        effort: choice(values, 'effort', efforts) ?? 'standard',
        method: choice(values, 'method', ['imp', 'dimp']) ?? 'imp',
        model: values.text('model'),
        overrides: overrides(values),
        out: values.text('out'),
      },
      terminal.context,
    );
    const width = process.stdout.columns ?? defaultWidth;
    const text = values.flag('json')
      ? JSON.stringify(jsonOf(result))
      : scoreReport(result, { width, show: values.number('show') ?? defaultShow });
    await terminal.print(`${text}\n`);
  } finally {
    terminal.close();
  }
}

function jsonOf(result: ScoreResult): object {
  const { folder, rows, scored, errors, ess, warnings, metrics, effort, method, labels, timings, passes } = result;
  return {
    ...{ run: folder, rows, scored, errors, ess, warnings, metrics, sureness: result.sureness },
    ...{ effort, method, labels, verdicts: result.verdicts, timings, passes },
  };
}
