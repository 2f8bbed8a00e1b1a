/** (c) Peak memory of a fine-tuning, each contender a fresh process that has seen every shape of batch. */
import path from 'node:path';
import { numberIn, start, type Answer, type Engine, type Workshop } from './contender.ts';
import { sampleOfLengths, type Material } from './data.ts';
import { trainingJob } from './fineTuning.ts';
import type { Job } from './job.ts';
import { single, type Part, type Row } from './results.ts';

export async function benchMemory(
  shop: Workshop,
  material: Material,
  sizes: { readonly threads: number; readonly rowsPerLength: number },
): Promise<[Part, Answer?]> {
  const rows = sampleOfLengths(material.train, sizes.rowsPerLength);
  const job: Job = { ...trainingJob(material, rows, sizes.threads), dev: material.dev };
  const at = (name: string): string => path.join(shop.scratch, name);
  const wanted: [string, Engine, Job][] = [
    ['Counterweight', 'train', { ...job, checkpoint: at('memory-pruned') }],
    ['Counterweight, whole vocabulary', 'train', { ...job, pruneVocabulary: false, checkpoint: at('memory-full') }],
    ['PyTorch grouped', 'torch train', { ...job, mode: 'grouped', checkpoint: at('memory.pt') }],
  ];
  const peaks: Record<string, Peaks> = {};
  let torch: Answer | undefined;
  for (const [name, engine, ofContender] of wanted) {
    if (engine === 'torch train' && shop.python === undefined) continue;
    process.stderr.write(`  ${name} …\n`);
    const contender = await start(shop, name, engine, ofContender);
    if (engine === 'torch train') torch = contender.ready;
    peaks[name] = await peaksOf(contender, job.batches!.length);
    await contender.quit();
  }
  const reference = peaks['PyTorch grouped'];
  const found = Object.entries(peaks)
    .filter(([name]) => name !== 'PyTorch grouped')
    .flatMap(([name, ours]) =>
      (['training', 'epoch'] as const).map((when): Row => {
        const what = `${name}, ${when === 'training' ? 'steps and checkpoint' : 'with evaluation'}`;
        const other = reference?.[when];
        return {
          what,
          ours: megabytes(ours[when]),
          other: other === undefined ? 'no Python' : megabytes(other),
          ratios: other === undefined ? undefined : single(other / ours[when]),
          bar: '≥ 0.80 (at most 1.25 × PyTorch)',
        };
      }),
    );
  const notes = [
    `${String(rows.texts.length)} rows: up to ${String(sizes.rowsPerLength)} of each length that occurs, so that batches of every ` +
      'shape are seen; peak resident memory as the system counts it.',
  ];
  return [{ title: 'Peak memory of fine-tuning', notes, rows: found, raw: peaks }, torch];
}

interface Peaks {
  /** Bytes after the start; after all training steps and a checkpoint; after the evaluation as well. */
  readonly start: number;
  readonly training: number;
  readonly epoch: number;
}

/** Takes a contender through an epoch. */
export async function peaksOf(
  contender: { readonly ready: Answer; ask(command: string): Promise<Answer> },
  steps: number,
): Promise<Peaks> {
  // Ours keeps what a checkpoint is made of only where it pauses before the end of the epoch.
  await contender.ask(`run ${String(steps - 1)}`);
  await contender.ask('save');
  const training = await contender.ask('run 1');
  const epoch = await contender.ask('evaluate');
  const peak = (answer: Answer): number => numberIn(answer, 'peakMemoryBytes');
  return { start: peak(contender.ready), training: peak(training), epoch: peak(epoch) };
}

export function megabytes(bytes: number): string {
  return `${String(Math.round(bytes / 1e6))} MB`;
}
