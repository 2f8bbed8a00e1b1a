import { join } from 'node:path';
import { briefMarkdown } from '../../core/brief/markdown.ts';
import { briefJob, type BriefResult } from '../../jobs/briefJob.ts';
import { makeFolder, writeBytesAtomic, writeJsonAtomic } from '../../store/atomic.ts';
import type { Values } from '../parse.ts';
import { openTerminal } from '../terminal.ts';
import { computeOptions, readOptions, required } from './values.ts';

/**
 * `counterweight brief SYNTHETIC --real REAL`: Markdown on stdout (JSON with `--json`); with `--out` both as files of that
 * folder.
 */
export async function briefCommand([synthetic]: readonly string[], values: Values): Promise<void> {
  const terminal = openTerminal({ yes: true, verbose: values.flag('verbose') });
  try {
    const result = await briefJob(
      {
        ...(await readOptions(values)),
        ...computeOptions(values),
        paths: { synthetic, real: required(values, 'real') },
        scores: values.text('scores'),
        model: values.text('model'),
        maxLength: values.number('max-length'),
        clusters: values.number('clusters'),
        seed: values.number('seed'),
      },
      terminal.context,
    );
    for (const warning of result.warnings) terminal.meter.line(`! ${warning}`);
    const markdown = briefMarkdown(result, result.source);
    const json = jsonOf(result);
    const out = values.text('out');
    if (out !== undefined) {
      const files = { markdown: join(out, 'brief.md'), json: join(out, 'brief.json') };
      await makeFolder(out);
      await writeBytesAtomic(files.markdown, markdown);
      await writeJsonAtomic(files.json, json);
      await terminal.print(`${values.flag('json') ? JSON.stringify(files) : `${files.markdown}\n${files.json}`}\n`);
    } else await terminal.print(values.flag('json') ? `${JSON.stringify(json)}\n` : markdown);
  } finally {
    terminal.close();
  }
}

function jsonOf({ source, labels, confusions, warnings }: BriefResult): object {
  return { version: 1, ...source, warnings, labels, confusions };
}
