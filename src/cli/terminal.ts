/** What commands do with the outside: stdout, stderr, signals, questions. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { UserError } from '../base/errors.ts';
import type { JobContext } from '../jobs/context.ts';
import { longJobSeconds, type Estimate } from '../jobs/estimate.ts';
import { progressMeter, type ProgressMeter } from './progress.ts';
import { bytes, duration } from './units.ts';

/** Row errors that are printed unless `--verbose` asks for all. */
const shownRowErrors = 20;

export interface Terminal {
  readonly context: JobContext;
  readonly meter: ProgressMeter;
  /** Results, on stdout; returns when they are written. */
  print(text: string): Promise<void>;
  /** Stops listening to signals and clears the progress. */
  close(): void;
}

/**
 * Connects a job to the terminal. The first interrupt cancels the job, which keeps what it needs to go on; the second ends
 * the process at once.
 */
export function openTerminal({ yes, verbose }: { readonly yes: boolean; readonly verbose: boolean }): Terminal {
  const { stdout, stderr } = process;
  const meter = progressMeter({
    write: (text) => void stderr.write(text),
    terminal: stderr.isTTY,
    columns: stderr.columns,
  });
  const abort = new AbortController();
  const interrupt = (): void => {
    if (abort.signal.aborted) process.exit(130);
    meter.line('Stopping after this step; interrupt again to stop at once.');
    abort.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);

  const approve = async (estimate: Estimate): Promise<void> => {
    meter.line(estimateText(estimate));
    if (yes || estimate.seconds <= longJobSeconds) return;
    if (!process.stdin.isTTY || !stderr.isTTY) {
      throw new UserError(`This takes about ${duration(estimate.seconds)}; pass --yes to begin.`, 2);
    }
    const ask = createInterface({ input: process.stdin, output: stderr });
    try {
      const answer = await ask.question('Begin? [y/N] ', { signal: abort.signal });
      if (!/^y(es)?$/i.test(answer.trim())) throw new UserError('Not begun.', 130);
    } finally {
      ask.close();
    }
  };
  return {
    meter,
    context: {
      signal: abort.signal,
      onProgress: (progress) => meter.show(verbose ? progress : { ...progress, moved: undefined }),
      onDownload: ({ file, receivedBytes, totalBytes }) => {
        const [done, total] = [receivedBytes, totalBytes].map((n) => Math.round(n / 1e6));
        meter.show({ stage: `downloading ${file}`, done, total: Math.max(done, total), unit: 'MB' });
      },
      notice: meter.line,
      onRowErrors: (lines) => {
        const shown = verbose ? lines : lines.slice(0, shownRowErrors);
        for (const line of shown) meter.line(line);
        if (lines.length > shown.length) {
          meter.line(`… and ${String(lines.length - shown.length)} more row errors (--verbose prints these lines).`);
        }
      },
      approve,
    },
    print: async (text) => {
      meter.end();
      if (!stdout.write(text)) await once(stdout, 'drain');
    },
    close: () => {
      meter.end();
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    },
  };
}

/** One line on what a job will cost. */
export function estimateText({ seconds, forwardRows, backwardRows, memoryBytes, diskBytes }: Estimate): string {
  return `Estimated: ${duration(seconds)} (${String(backwardRows)} rows forward and backward, ${String(forwardRows)} forward only), memory ${bytes(memoryBytes)} at the peak, disk ${bytes(diskBytes)}.`;
}
