import { writeBytesAtomic } from '../../store/atomic.ts';
import { predictJob, type PredictResult } from '../../jobs/predictJob.ts';
import type { Values } from '../parse.ts';
import { metricsTable } from '../report.ts';
import { openTerminal } from '../terminal.ts';
import { computeOptions, readOptions } from './values.ts';

/** `counterweight predict MODEL INPUT`: one JSON object per row on stdout, or in the file of `--out`. */
export async function predictCommand([model, input]: readonly string[], values: Values): Promise<void> {
  const terminal = openTerminal({ yes: true, verbose: values.flag('verbose') });
  try {
    const result = await predictJob(
      {
        ...(await readOptions(values)),
        ...computeOptions(values),
        ...{ model, input, maxLength: values.number('max-length') },
      },
      terminal.context,
    );
    for (const warning of result.warnings) terminal.meter.line(`! ${warning}`);
    const out = values.text('out');
    if (out !== undefined) await writeBytesAtomic(out, linesOf(result));
    if (values.flag('json')) {
      await terminal.print(`${JSON.stringify(jsonOf(result, out))}\n`);
      return;
    }
    if (out === undefined) await terminal.print(linesOf(result));
    // Stdout may be read by a program: what is for people goes to stderr.
    if (result.metrics !== undefined) terminal.meter.line(metricsTable(result.metrics));
  } finally {
    terminal.close();
  }
}

function linesOf({ predictions }: PredictResult): string {
  return predictions.map((prediction) => `${JSON.stringify(prediction)}\n`).join('');
}

function jsonOf(
  { rows, predicted, errors, warnings, metrics, labels, predictions }: PredictResult,
  out?: string,
): object {
  return {
    ...{ rows, predicted, errors, warnings, metrics, labels },
    ...(out === undefined ? { predictions } : { out }),
  };
}
