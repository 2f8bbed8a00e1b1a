/** (d) The shape of BERT-base with random weights: a few steps of 8 rows of 128 tokens. */
import path from 'node:path';
import { Random } from '../src/base/random.ts';
import { numberIn, type Answer, type Workshop } from './contender.ts';
import { maxLength, seed } from './data.ts';
import { quitAll, startAll } from './fineTuning.ts';
import { interleave, speedRatios, type Block } from './interleave.ts';
import type { Job } from './job.ts';
import { megabytes } from './memory.ts';
import { single, type Part, type Row } from './results.ts';

const batchSize = 8;
const shape = {
  vocab_size: 30522,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  max_position_embeddings: 512,
  type_vocab_size: 2,
};
/** The most that fine-tuning BERT-base may need. */
const limitBytes = 5e9;

export async function benchBertBase(
  shop: Workshop,
  sizes: { readonly threads: number; readonly blocks: number },
): Promise<[Part, Answer?]> {
  const random = new Random(seed, 'benchmark rows');
  const rowsOf = (count: number): { inputIds: number[][]; labels: number[] } => ({
    inputIds: Array.from({ length: count }, () =>
      Array.from({ length: maxLength }, () => 1 + random.integer(shape.vocab_size - 1)),
    ),
    labels: Array.from({ length: count }, (_, row) => row % 2),
  });
  const data = rowsOf(sizes.blocks * batchSize);
  const rowNumbers = data.labels.map((_, row) => row);
  const job: Job = {
    config: shape,
    ...data,
    batches: Array.from({ length: sizes.blocks }, (_, i) => rowNumbers.slice(i * batchSize, (i + 1) * batchSize)),
    dev: rowsOf(batchSize),
    threads: sizes.threads,
    seed,
    batchSize,
    maxLength,
    numLabels: 2,
    mode: 'grouped',
  };
  const at = (name: string): string => path.join(shop.scratch, name);
  const [pruned, full, torchName] = ['Counterweight', 'Counterweight, whole vocabulary', 'PyTorch'];
  const contenders = await startAll(shop, [
    [pruned, 'train', { ...job, checkpoint: at('base-pruned') }],
    [full, 'train', { ...job, pruneVocabulary: false, checkpoint: at('base-full') }],
    [torchName, 'torch train', { ...job, checkpoint: at('base.pt') }],
  ]);
  const blocks = await interleave(contenders, sizes.blocks, () => 1);
  const peaks: Record<string, { training: number; epoch: number }> = {};
  for (const contender of contenders) {
    const training = numberIn(await contender.ask('save'), 'peakMemoryBytes');
    peaks[contender.name] = { training, epoch: numberIn(await contender.ask('evaluate'), 'peakMemoryBytes') };
  }
  const torch = contenders.find(({ name }) => name === torchName);
  await quitAll(contenders);

  const rows = [pruned, full].flatMap((ours): Row[] => {
    const other = torch === undefined ? undefined : peaks[torchName]!;
    const speed: Row = {
      what: `${ours}, seconds per step`,
      ours: secondsPerStep(blocks, ours),
      other: torch === undefined ? 'no Python' : secondsPerStep(blocks, torchName),
      ratios: torch === undefined ? undefined : speedRatios(blocks, ours, torchName),
    };
    const memory = (['training', 'epoch'] as const).map((when): Row => ({
      what: `${ours}, peak memory, ${when === 'training' ? 'steps and checkpoint' : 'with evaluation'}`,
      ours: megabytes(peaks[ours]![when]),
      other: other === undefined ? 'no Python' : megabytes(other[when]),
      ratios: other === undefined ? undefined : single(other[when] / peaks[ours]![when]),
      bar: `at most ${megabytes(limitBytes)}: ${peaks[ours]![when] <= limitBytes ? 'kept' : 'not kept'}`,
    }));
    return [speed, ...memory];
  });
  const notes = [
    `12 layers, hidden 768, 30 522 words, random weights; batches of ${String(batchSize)} × ${String(maxLength)} tokens, dropout ` +
      `0.1, ${String(sizes.threads)} threads.`,
  ];
  return [{ title: 'BERT-base, one step at a time', notes, rows, raw: { blocks, peaks } }, torch?.ready];
}

function secondsPerStep(blocks: readonly Block[], name: string): string {
  const counted = blocks.slice(1);
  return `${(counted.reduce((sum, block) => sum + block[name]!.seconds, 0) / counted.length).toFixed(2)} s`;
}
