import { UserError } from '../../base/errors.ts';
import { exportCluster } from '../../jobs/exportCluster.ts';
import { lossNames } from '../../jobs/names.ts';
import type { Values } from '../parse.ts';
import { openTerminal } from '../terminal.ts';
import { choice, overrides, readOptions, required } from './values.ts';

/** `counterweight export-cluster SYNTHETIC --scores RUN --loss LOSS --out DIR` */
export async function exportClusterCommand([synthetic]: readonly string[], values: Values): Promise<void> {
  const loss = choice(values, 'loss', lossNames);
  if (loss === undefined) throw new UserError('export-cluster needs --loss.', 2);
  const terminal = openTerminal({ yes: true, verbose: values.flag('verbose') });
  try {
    const result = await exportCluster(
      {
        ...(await readOptions(values)),
        paths: {
          synthetic,
          real: values.text('real'),
          dev: values.text('dev'),
          test: values.text('test'),
        },
        scores: required(values, 'scores'),
        loss,
        recipe: choice(values, 'recipe', ['default', 'paper']) ?? 'default',
        model: values.text('model'),
        overrides: overrides(values),
        out: required(values, 'out'),
      },
      terminal.context,
    );
    const { folder, rows, model, files, labels, warnings } = result;
    for (const warning of warnings) terminal.meter.line(`! ${warning}`);
    const text = values.flag('json')
      ? JSON.stringify({ folder, loss, rows, labels, model, files, warnings })
      : `${folder}: ${String(rows)} rows, loss ${loss}\nOn the cluster: pip install -r requirements.txt, then torchrun --nproc-per-node N train.py`;
    await terminal.print(`${text}\n`);
  } finally {
    terminal.close();
  }
}
