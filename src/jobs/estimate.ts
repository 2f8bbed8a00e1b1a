/** What a job will cost, from a few measured steps: passes, time, memory, disk. */
import { parameterSpecs } from '../engine/models/parameters.ts';
import { withStandIn } from '../engine/runtime/guardedDevice.ts';
import { fineTune, type FineTuneSettings } from '../engine/training/fineTune.ts';
import { crossEntropy } from './losses.ts';
import { initialWeights, type Encoder } from './encoder.ts';
import { selectLabelled, type LabelledRows } from './selectRows.ts';
import { operations, sum, type Workload } from './workload.ts';
import type { Workspace } from './workspace.ts';

export interface Estimate {
  readonly seconds: number;
  /** Rows that will go through the encoder. */
  readonly forwardRows: number;
  readonly backwardRows: number;
  /** Bytes of memory at the peak. */
  readonly memoryBytes: number;
  /** Bytes in the run's folder at the peak. */
  readonly diskBytes: number;
}

/** Jobs that take longer are asked about before they begin, in seconds. */
export const longJobSeconds = 30 * 60;

/**
 * Floating-point operations per second of a slow machine, and the seconds of work there that are not worth measuring: a
 * laptop of today is five times as fast, and measuring takes some seconds itself.
 */
const [slowMachine, notWorthMeasuring] = [10e9, 600];
/** Rows of a measured step. */
const measuredRows = 8;
/** A forward pass costs about this share of forward and backward. */
const forwardShare = 1 / 3;

/**
 * Estimates a workload by training a few steps on rows of the data, thrown away afterwards.
 * @param data Rows like those of the job.
 * @returns undefined where the work is too little to be worth measuring.
 */
export async function estimateWork(
  work: Workspace,
  encoder: Encoder,
  labels: number,
  data: LabelledRows,
  settings: FineTuneSettings,
  parts: readonly Workload[],
): Promise<Estimate | undefined> {
  const load = sum(parts);
  const specs = parameterSpecs(encoder.config, labels);
  const count = (names: typeof specs): number =>
    names.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0);
  const dense = count(specs.filter(({ name }) => !name.includes('embeddings')));
  if (operations(dense, load) / slowMachine < notWorthMeasuring) return undefined;

  const order = Array.from({ length: data.rows.count }, (_, row) => row).sort((a, b) => length(a) - length(b));
  const sampleOf = (quantile: number): number[] => {
    const start = Math.min(Math.floor(quantile * order.length), Math.max(0, order.length - measuredRows));
    return order.slice(start, start + measuredRows);
  };
  // The middle, the upper half, and the longest rows, which decide the memory.
  const sample = selectLabelled(data, [...sampleOf(0.4), ...sampleOf(0.7), ...sampleOf(1)]);
  let epochEnds: number[] = [];
  await withStandIn(work.device, () => {
    epochEnds = [];
    return fineTune({
      device: work.device,
      config: encoder.config,
      labels,
      initial: initialWeights(encoder, labels, settings.seed),
      padId: encoder.padId,
      data: { ...sample, rowInputs: {} },
      loss: crossEntropy,
      // The first epoch warms up, the second is measured.
      settings: { ...settings, epochs: 2, batchSize: measuredRows, microBatchSize: measuredRows },
      signal: work.signal,
      evaluate: () => {
        epochEnds.push(performance.now());
        return Promise.resolve(undefined);
      },
    });
  });
  const secondsPerToken = (epochEnds[1] - epochEnds[0]) / 1000 / sample.rows.offsets[sample.rows.count];

  const { layers, hiddenSize, intermediateSize, heads } = encoder.config;
  const longest = length(order[order.length - 1]);
  // Kept for the way back, per token and layer: about 16 vectors of the hidden size, 4 of the inner one, and 3 rows of
  // attention probabilities per head.
  const perRow = 4 * longest * layers * (16 * hiddenSize + 4 * intermediateSize + 3 * heads * longest);
  const more = Math.max(0, settings.microBatchSize - measuredRows) * perRow;
  return {
    seconds: secondsPerToken * (load.backwardTokens + forwardShare * load.forwardTokens),
    forwardRows: load.forwardRows,
    backwardRows: load.backwardRows,
    memoryBytes: process.resourceUsage().maxRSS * 1024 + more,
    diskBytes: load.modelsOnDisk * count(specs) * 4,
  };

  function length(row: number): number {
    return data.rows.offsets[row + 1] - data.rows.offsets[row];
  }
}
