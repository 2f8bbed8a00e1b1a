/** What scoring will cost, told from the size of the files alone, before anything is loaded or measured. */
import { availableParallelism } from 'node:os';
import { parseMethods } from '../core/comparison/methods.ts';
import { comparisonPasses } from './compareCost.ts';
import { efforts, type Effort } from './names.ts';
import { checkerSettings, classifierSettings } from './settings.ts';
import { checkerPasses, forwardPasses, operations, sum, type Sized, type Workload } from './workload.ts';

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

/** The default encoder. */
const [layers, hidden, inner, heads] = [6, 384, 1536, 12];
/** Its parameters, and those of them that every token meets. */
const [allParameters, denseParameters] = [22.7e6, 10.6e6];
/** A process that has read its files and loaded ONNX Runtime and the encoder. */
const bytesOfProcess = 250e6;
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
    const perRow = tokensPerRow({ rows, bytes }, settings.maxLength);
    const synthetic = { count: rows, tokens: rows * perRow };
    const real = { count: realRows, tokens: realRows * perRow };
    const fineTuned = effort !== 'preview';
    const load = sum([
      ...checkerPasses(settings, real, synthetic, { quality: fineTuned, diversity: fineTuned }),
      ...[forwardPasses(real, 1), forwardPasses(synthetic, 1)],
    ]);
    return costOfLoad(load, rows + realRows, threads);
  };
  return Object.fromEntries(efforts.map((effort) => [effort, costOf(effort)])) as Record<Effort, RoughCost>;
}

export interface ComparisonSizes extends FileSizes {
  readonly devRows: number;
  readonly testRows: number;
  readonly methods: readonly string[];
  readonly seeds: readonly number[];
  readonly effort: Effort;
}

/** The cost of a comparison with the default encoder, nothing of it done before. As right as {@link roughCosts}. */
export function roughComparison(
  sizes: ComparisonSizes,
): RoughCost & { readonly trainings: number; readonly memoryBytes: number } {
  const { rows, realRows, devRows, testRows, seeds, effort, threads } = sizes;
  const methods = parseMethods(sizes.methods.join(','));
  const { maxLength } = checkerSettings(effort, {});
  const perRow = tokensPerRow(sizes, maxLength);
  const of = (count: number): Sized => ({ count, tokens: count * perRow });
  const sets = {
    real: of(realRows),
    synthetic: of(rows),
    test: of(testRows),
    ...(devRows > 0 && { dev: of(devRows) }),
  };
  const load = sum(comparisonPasses({ recipe: 'default', effort, overrides: {} }, sets, methods, seeds, () => false));
  const { microBatchSize } = classifierSettings('default', {}, rows);
  // The longest rows of a set decide; they are some times as long as the others.
  const longest = Math.min(maxLength, 3 * perRow);
  const perRowBytes = 4 * longest * layers * (16 * hidden + 4 * inner + 3 * heads * longest);
  return {
    ...costOfLoad(load, rows + realRows + devRows + testRows, threads),
    trainings: methods.length * seeds.length,
    memoryBytes: bytesOfProcess + 16 * allParameters + microBatchSize * perRowBytes,
  };
}

function tokensPerRow({ rows, bytes }: Pick<FileSizes, 'rows' | 'bytes'>, maxLength: number): number {
  return Math.min(maxLength, Math.max(4, (bytes / Math.max(1, rows) - bytesAround) / bytesPerToken));
}

function costOfLoad(load: Workload, rows: number, threads: number | undefined): RoughCost {
  const speed = operationsPerThread * (threads ?? availableParallelism());
  const seconds = secondsToStart + secondsPerRow * rows + operations(denseParameters, load) / speed;
  return { seconds, forwardRows: Math.round(load.forwardRows), backwardRows: load.backwardRows };
}
