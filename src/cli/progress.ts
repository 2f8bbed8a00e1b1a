/** Progress on stderr: one line that is drawn over on a terminal, a line every few seconds elsewhere. */
import type { Progress } from '../jobs/workspace.ts';
import { bytes, duration } from './units.ts';

export interface ProgressMeter {
  show(progress: Progress): void;
  /** Writes a line of text above the progress. */
  line(text: string): void;
  /** Clears the progress away. */
  end(): void;
}

/** Where it writes, and how time passes there. */
export interface MeterOptions {
  readonly write: (text: string) => void;
  readonly terminal: boolean;
  readonly columns?: number;
  /** Milliseconds. */
  readonly now?: () => number;
}

const redrawMs = 100;
const lineMs = 5000;

export function progressMeter({
  write,
  terminal,
  columns = 100,
  now = performance.now.bind(performance),
}: MeterOptions): ProgressMeter {
  let drawn = false;
  let stage = '';
  let begun = 0;
  let doneAtBegin = 0;
  let last = -Infinity;
  const clear = (): void => {
    if (drawn) write('\r\u001b[K');
    drawn = false;
  };
  return {
    show: (progress) => {
      const time = now();
      if (progress.stage !== stage) {
        stage = progress.stage;
        begun = time;
        doneAtBegin = progress.done;
        // A stage shorter than a line's interval is not worth a line elsewhere than on a terminal.
        if (terminal) last = -Infinity;
      }
      const finished = progress.done >= progress.total;
      if (time - last < (terminal ? redrawMs : lineMs) && !(terminal && finished)) return;
      last = time;
      const text = progressText(progress, time - begun, progress.done - doneAtBegin, terminal);
      if (!terminal) write(`${text}\n`);
      else {
        write(`\r${text.slice(0, Math.max(20, columns - 1))}\u001b[K`);
        drawn = true;
      }
    },
    line: (text) => {
      clear();
      write(`${text}\n`);
    },
    end: clear,
  };
}

/** One line, e.g. `classifier, imp  [#####-----]  94/188 steps  loss 0.31  1 min 20 s left`. */
export function progressText(
  { stage, done, total, unit, loss, moved }: Progress,
  elapsedMs: number,
  doneSince: number,
  bar: boolean,
): string {
  const share = total > 0 ? Math.min(1, done / total) : 1;
  const filled = Math.round(share * 20);
  const left = doneSince > 0 && elapsedMs > 1000 ? ((total - done) * elapsedMs) / doneSince / 1000 : undefined;
  return [
    stage,
    ...(bar ? [`[${'#'.repeat(filled)}${'-'.repeat(20 - filled)}]`] : []),
    `${String(done)}/${String(total)} ${unit}`,
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(4)}`]),
    ...(moved === undefined ? [] : [`to the GPU ${bytes(moved.up)}, back ${bytes(moved.down)} a step`]),
    ...(left === undefined || done >= total ? [] : [`${duration(left)} left`]),
  ].join('  ');
}
