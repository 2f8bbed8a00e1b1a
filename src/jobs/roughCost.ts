/** What scoring will cost, told from the size of the files alone, before anything is loaded or measured. */
import { availableParallelism } from 'node:os';
import { checkerPasses, forwardPasses, operations, sum } from './estimate.ts';
import { efforts, type Effort } from './names.ts';
import { checkerSettings } from './settings.ts';

export interface FileSizes {
  /** Rows of the synthetic file, and its bytes. */
  readonly rows: number;
  readonly bytes: number;
  /** Rows of the real file; they are taken to be as long as the synthetic ones. */
  readonly realRows: number;
  readonly threads?: number;
}

export interface RoughCost {
  readonly seconds: number;
  readonly forwardRows: number;
  readonly backwardRows: number;
}

/** Parameters of the default encoder that every token meets (6 layers of 384 with 1536 inside). */
const denseParameters = 10.6e6;
/** Multiplications and additions per second of one thread of a laptop, as measured in training. */
const operationsPerThread = 20e9;
/** Bytes of a JSONL row that are not text, and bytes of text per token of English. */
const [bytesAround, bytesPerToken] = [40, 4.5];
/** Seconds before the first row: process, encoder, reading; and per row, for logistic regression and neighbours. */
const [secondsToStart, secondsPerRow] = [2, 0.002];

/** The cost of every effort with the default encoder. Right to a factor of two or three: for a choice, not for a clock. */
export function roughCosts({ rows, bytes, realRows, threads }: FileSizes): Readonly<Record<Effort, RoughCost>> {
  const costOf = (effort: Effort): RoughCost => {
    const settings = checkerSettings(effort, {});
    const perRow = Math.min(settings.maxLength, Math.max(4, (bytes / Math.max(1, rows) - bytesAround) / bytesPerToken));
    const synthetic = { count: rows, tokens: rows * perRow };
    const real = { count: realRows, tokens: realRows * perRow };
    const fineTuned = effort !== 'preview';
    const load = sum([
      ...checkerPasses(settings, real, synthetic, { quality: fineTuned, diversity: fineTuned }),
      ...[forwardPasses(real, 1), forwardPasses(synthetic, 1)],
    ]);
    const speed = operationsPerThread * (threads ?? availableParallelism());
    const seconds = secondsToStart + secondsPerRow * (rows + realRows) + operations(denseParameters, load) / speed;
    return { seconds, forwardRows: Math.round(load.forwardRows), backwardRows: load.backwardRows };
  };
  return Object.fromEntries(efforts.map((effort) => [effort, costOf(effort)])) as Record<Effort, RoughCost>;
}
