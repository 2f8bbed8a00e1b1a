/** (b) Scoring: the forward pass against PyTorch and transformers.js, each with length-sorted rows. */
import { numberIn, type Answer, type Workshop } from './contender.ts';
import { maxLength, sample, seed, type Material } from './data.ts';
import { quitAll, startAll } from './fineTuning.ts';
import { examplesPerSecond, interleave, speedRatios } from './interleave.ts';
import { sortedBatches, type Job } from './job.ts';
import type { Part, Row } from './results.ts';

const blockBatches = 5;
const batchSize = 32;
const ours = 'Counterweight';

export async function benchScoring(
  shop: Workshop,
  material: Material,
  sizes: { readonly threads: number; readonly rows: number },
): Promise<[Part, Answer?]> {
  const { inputIds, labels } = sample(material.train, sizes.rows);
  const job: Job = {
    model: material.model,
    inputIds,
    labels,
    threads: sizes.threads,
    seed,
    batchSize,
    maxLength,
    numLabels: material.labels.length,
    returnLogits: true,
  };
  const contenders = await startAll(shop, [
    [ours, 'score', job],
    ['PyTorch', 'torch score', job],
    ['transformers.js', 'transformers.js', job],
  ]);
  const batches = sortedBatches(inputIds, batchSize).length;
  const blocks = await interleave(contenders, Math.floor(batches / blockBatches), () => blockBatches);

  // Speed counts only where the answers are the same; whole passes, at a smaller size, come last.
  const few = await startAll(
    shop,
    (['score', 'torch score', 'transformers.js'] as const).map((engine) => [
      `${engine}, to compare`,
      engine,
      { ...job, inputIds: inputIds.slice(0, 64), labels: labels.slice(0, 64) },
    ]),
  );
  const logits: number[][][] = [];
  for (const contender of few) logits.push((await contender.ask('run'))['logits'] as number[][]);
  const memory = [];
  for (const contender of contenders) {
    memory.push([contender.name, numberIn(await contender.ask('run 1'), 'peakMemoryBytes')]);
  }
  const torch = contenders.find(({ name }) => name === 'PyTorch')?.ready;
  await quitAll([...contenders, ...few]);

  const others = contenders.map(({ name }) => name).filter((name) => name !== ours);
  const speedOf = (name: string): number => examplesPerSecond(blocks, name);
  const fastest = others.reduce((best, name) => (speedOf(name) > speedOf(best) ? name : best));
  const rows = others.map((other): Row => ({
    what: `against ${other}${other === fastest ? ', the faster of the two' : ''}`,
    ours: `${speedOf(ours).toFixed(1)} /s`,
    other: `${speedOf(other).toFixed(1)} /s`,
    ratios: speedRatios(blocks, ours, other),
    bar: other === fastest ? '≥ 1.0' : undefined,
  }));
  const notes = [
    `${String(inputIds.length)} rows of sst2/synthetic.jsonl, sorted by length, tokenised before; ${String(sizes.threads)} ` +
      `threads. PyTorch and transformers.js in batches of ${String(batchSize)}, transformers.js on the ONNX file that Counterweight exports (fp32).`,
    `Largest difference of logits from Counterweight's: ${logits
      .slice(1)
      .map((other) => largestDifference(logits[0]!, other).toExponential(1))
      .join(' and ')}.`,
    ...(shop.python === undefined ? ['No Python: PyTorch was not measured.'] : []),
  ];
  return [{ title: 'Scoring, examples per second', notes, rows, raw: { blocks, memory } }, torch];
}

function largestDifference(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  return a.reduce((most, row, i) => row.reduce((max, x, j) => Math.max(max, Math.abs(x - b[i]![j]!)), most), 0);
}
