/** `results-ui.md`. */
import type { Generated } from './generate.ts';
import { steps } from './dataWorker.ts';
import { panelSteps } from './panel.ts';
import type { Measure, Samples } from './samples.ts';

export interface Report {
  readonly datasets: readonly Generated[];
  readonly repetitions: number;
  /** Of the stand-in behind the panel, milliseconds. */
  readonly latency: number;
  readonly worker: Samples;
  /** A file that was only read; absent without one. */
  readonly large?: { readonly rows: number; readonly bytes: number; readonly samples: Samples };
  /** A large file with scores, measured once; absent without one. */
  readonly scored?: Generated & { readonly samples: Samples };
  /** Absent without a browser. */
  readonly panel?: Samples;
  /** Machine, versions, date and load, one line. */
  readonly environment: string;
  /** Why a part is missing. */
  readonly missing: readonly string[];
}

export function markdown(report: Report): string {
  const { datasets, repetitions, latency, worker, large, scored, panel, environment, missing } = report;
  const sizes = datasets.map(({ rows }) => rows);
  const files = datasets.map(
    ({ rows, bytes, scoreBytes }) =>
      `${integer(rows)} rows: ${megabytes(bytes)} and ${megabytes(scoreBytes)} of scores`,
  );
  return [
    '# The weights panel, measured',
    '',
    'Written by `npm run bench:ui`. Each cell is the median of its samples, with the smallest and the largest in brackets. ' +
      `Repetitions: ${String(repetitions)}; in each, every size has its turn before the next begins, in a fresh process or page. ` +
      `Files are generated, the same in every run, and just written, so that reading them needs no disk: ${files.join('; ')}.`,
    '',
    environment,
    '',
    '## Data worker',
    '',
    'The process that reads and queries, as it is shipped, asked over its own protocol; times are the asking side’s, messages included. ' +
      'Processor time is that of the worker’s process, its threads together: more than the time that passes where several of them read a large file, ' +
      'less where the machine is busy or a disk is waited for. ' +
      'Queries come in the order of the table; until the columns are sorted, rows are in the order of their weights.',
    '',
    ...table(worker, sizes),
    ...(large === undefined
      ? []
      : [
          '',
          '## A large file',
          '',
          `${integer(large.rows)} rows, ${megabytes(large.bytes)}, the rows of the largest dataset again and again with a number before each text. ` +
            'One worker gives it up as soon as the reading has begun, another reads it to its end.',
          '',
          ...table(large.samples, [large.rows]),
        ]),
    ...(scored === undefined
      ? []
      : [
          '',
          '## A large file with scores',
          '',
          `${integer(scored.rows)} rows, ${megabytes(scored.bytes)}, and ${megabytes(scored.scoreBytes)} of scores, the rows of the smallest dataset again and again. Measured once: ` +
            'one worker reads the scores as text and keeps their columns, another opens file and columns and is asked what a panel asks. ' +
            `Its peak is ${(((scored.samples.spread(steps.peak, scored.rows)?.median ?? NaN) * 1e6) / scored.rows).toFixed(0)} bytes per row.`,
          '',
          ...table(scored.samples, [scored.rows]),
        ]),
    ...(panel === undefined
      ? []
      : [
          '',
          '## Panel in Chromium',
          '',
          'The front end as it is, 1600 × 900, no GPU. Behind it stands the tests’ stand-in for the host: it makes rows from ' +
            `formulas, which takes it longer the more there are, and answers ${String(latency)} ms after it is asked; no file is read. ` +
            'A jump puts the scrollbar at a random place and looks at every frame until the rows of that place are there.',
          '',
          ...table(panel, sizes),
        ]),
    '',
    '## What limits',
    '',
    ...limits(worker, panel, datasets),
    ...missing.flatMap((line) => ['', line]),
    '',
  ].join('\n');
}

/** Sentences that follow from the numbers, whatever they are. */
function limits(worker: Samples, panel: Samples | undefined, datasets: readonly Generated[]): string[] {
  const largest = datasets.at(-1);
  if (largest === undefined) return [];
  const { rows: size, bytes } = largest;
  const median = (samples: Samples, what: string): number => samples.spread(what, size)?.median ?? NaN;
  const opening = [steps.open, steps.attach, steps.query].map((what) => ({ what, ms: median(worker, what) }));
  const whole = opening.reduce((sum, { ms }) => sum + ms, 0);
  const share = (ms: number): string => `${((100 * ms) / whole).toFixed(0)} %`;
  const slowest = (kind: string): { readonly what: string; readonly ms: number } | undefined =>
    worker.measures
      .filter(({ what }) => what.startsWith(`${kind}: `))
      .map(({ what }) => ({ what: what.slice(kind.length + 2), ms: median(worker, what) }))
      .sort((a, b) => b.ms - a.ms)[0];
  const sentences = [
    `At ${integer(size)} rows a dataset with scores takes ${milliseconds(whole)} from open to its first order of rows (sum of medians): ` +
      `${opening.map(({ what, ms }) => `${share(ms)} ${what.split(':')[0]}`).join(', ')}.`,
    `Indexing runs at ${median(worker, steps.speed).toFixed(0)} MB/s on lines of ${(bytes / size).toFixed(0)} bytes` +
      (worker.spread(steps.busySpeed, size) === undefined
        ? '.'
        : `; by a second of processor time, of all threads, ${median(worker, steps.busySpeed).toFixed(0)} MB.`),
  ];
  sentences.push(
    `From there its first rows take ${milliseconds(median(worker, steps.firstRows))} more; opened again unchanged it takes ` +
      `${milliseconds(median(worker, steps.reopen))} and ${milliseconds(median(worker, steps.attachAgain))} for its scores.`,
  );
  const [filter, sort] = [slowest('filter'), slowest('sort')];
  if (filter !== undefined && sort !== undefined) {
    sentences.push(
      `The slowest filter is “${filter.what}” (${milliseconds(filter.ms)}), the slowest sort “${sort.what}” (${milliseconds(sort.ms)}).`,
    );
  }
  const peak = worker.spread(steps.peak, size);
  if (peak !== undefined) {
    const each = (peak.median * 1e6) / size;
    sentences.push(
      `The worker’s peak is ${each.toFixed(0)} bytes per row, ${(each / (bytes / size)).toFixed(1)} times the file.`,
    );
  }
  if (panel !== undefined) {
    const [paint, own] = [median(panel, panelSteps.paint), median(panel, panelSteps.own)];
    sentences.push(
      `Of the panel’s first paint (${milliseconds(paint)}) ${milliseconds(own)} are its own, the rest is the stand-in’s; ` +
        `${median(panel, panelSteps.blank).toFixed(1)} % of the frames after jumps are blank.`,
    );
  }
  return [sentences.join(' ')];
}

function table(samples: Samples, sizes: readonly number[]): string[] {
  const cells = (measure: Measure): string =>
    sizes
      .map((size) => {
        const spread = samples.spread(measure.what, size);
        if (spread === undefined) return '';
        const number = (value: number): string => format(value, measure);
        return `${number(spread.median)} (${number(spread.minimum)} – ${number(spread.maximum)})`;
      })
      .join(' | ');
  return [
    `| | unit | ${sizes.map((size) => `${integer(size)} rows`).join(' | ')} |`,
    `| --- | --- | ${sizes.map(() => '---').join(' | ')} |`,
    ...samples.measures.map((measure) => `| ${measure.what} | ${measure.unit} | ${cells(measure)} |`),
  ];
}

function format(value: number, { unit }: Measure): string {
  if (unit === 'rows/s' || unit === 'frames') return integer(Math.round(value));
  return value >= 100 ? integer(Math.round(value)) : value.toFixed(1);
}

function integer(value: number): string {
  return value.toLocaleString('en-US');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function milliseconds(value: number): string {
  return value >= 1000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(0)} ms`;
}
