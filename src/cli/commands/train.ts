import { UserError } from '../../base/errors.ts';
import { defaultTrainingSet, efforts, lossNames, trainingSets } from '../../jobs/names.ts';
import { trainJob, type TrainResult } from '../../jobs/trainJob.ts';
import type { Values } from '../parse.ts';
import { trainReport } from '../report.ts';
import { openTerminal } from '../terminal.ts';
import { choice, computeOptions, overrides, readOptions, required } from './values.ts';

/** `counterweight train SYNTHETIC --real REAL --loss LOSS` */
export async function trainCommand([synthetic]: readonly string[], values: Values): Promise<void> {
  const loss = choice(values, 'loss', lossNames);
  if (loss === undefined) throw new UserError('train needs --loss.', 2);
  const data = choice(values, 'data', trainingSets);
  if (values.flag('real-too') && data !== undefined && data !== 'both') {
    throw new UserError(`--real-too and --data ${data} contradict each other.`, 2);
  }
  const recipe = choice(values, 'recipe', ['default', 'paper']) ?? 'default';
  const terminal = openTerminal({ yes: values.flag('yes'), verbose: values.flag('verbose') });
  try {
    const result = await trainJob(
      {
        ...(await readOptions(values)),
        ...computeOptions(values),
        paths: { synthetic, real: required(values, 'real'), dev: values.text('dev'), test: values.text('test') },
        loss,
        recipe,
        data: values.flag('real-too') ? 'both' : (data ?? defaultTrainingSet(recipe)),
        effort: choice(values, 'effort', efforts),
        scores: values.text('scores'),
        model: values.text('model'),
        overrides: overrides(values),
        out: values.text('out'),
      },
      terminal.context,
    );
    await terminal.print(`${values.flag('json') ? JSON.stringify(jsonOf(result)) : trainReport(result)}\n`);
  } finally {
    terminal.close();
  }
}

/** As run.json has it: with the rows that leaked; absent where none did. */
function metricsAllOf({ testAll, devAll }: TrainResult): object | undefined {
  return testAll === undefined && devAll === undefined ? undefined : { ...testAll, dev: devAll };
}

function jsonOf(result: TrainResult): object {
  const { folder, rows, trained, errors, ess, warnings, metrics, model, loss, labels, timings, passes } = result;
  return {
    ...{ run: folder, rows, trained, errors, ess, warnings, metrics },
    metricsAll: metricsAllOf(result),
    ...{ model, loss, labels, timings, passes },
  };
}
