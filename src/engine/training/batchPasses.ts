import { CancelledError } from '../../base/errors.ts';
import type { EncodedRows } from '../hub/encodedRows.ts';
import type { EncoderConfig } from '../models/config.ts';
import { longestRow, padBatch } from '../models/padBatch.ts';
import type { HostTensor, HostTensors, TrainingState } from '../runtime/device.ts';
import { DeviceFailedError } from '../runtime/deviceFailed.ts';
import { DropoutMasks, masksOfRows } from './dropoutMasks.ts';
import { noteDynamics, type LabelDynamics } from './labelDynamics.ts';
import { NonFiniteLossError } from './nonFiniteLoss.ts';
import { trainingFeeds } from './trainingFeeds.ts';
import type { TrainingGraph } from './trainingGraph.ts';
import type { PrunedVocabulary } from './vocabulary.ts';

/** What to train on. Row i of everything belongs together. */
export interface TrainingData {
  readonly rows: EncodedRows;
  /** Label id of each row. */
  readonly labelIds: Int32Array;
  /** Numbers that the loss asks for by name, one per row. */
  readonly rowInputs: Readonly<Record<string, Float32Array>>;
}

export interface BatchPassesOptions {
  readonly config: EncoderConfig;
  readonly labels: number;
  readonly padId: number;
  readonly data: TrainingData;
  readonly vocabulary?: PrunedVocabulary;
  readonly settings: { readonly microBatchSize: number; readonly seed: number };
  readonly onOutOfMemory?: (rows: number) => void;
  readonly signal?: AbortSignal;
}

/** Where in the training a batch is. */
export interface BatchPlace {
  /** 1-based optimizer step, for messages. */
  readonly step: number;
  /** Micro-batches before it: the dropout generator's position. */
  readonly microStep: number;
  /** [rows] takes the weights that the batch's rows are given, where the loss reports any. */
  readonly rowWeights?: Float32Array;
  /** Takes what the forward passes say of the labels of the batch's rows. */
  readonly dynamics?: LabelDynamics;
}

/** Forward and backward passes over batches: in micro-batches, and in parts of these where the device lacks memory. */
export class BatchPasses {
  private readonly masks: DropoutMasks;
  /** Rows that go through the device at once: micro-batches are cut to it where they are larger. */
  private rowsAtOnce: number;

  constructor(
    private readonly training: TrainingState,
    private readonly graph: TrainingGraph,
    private readonly options: BatchPassesOptions,
  ) {
    this.masks = new DropoutMasks(graph.dropoutSites, options.settings.seed);
    this.rowsAtOnce = options.settings.microBatchSize;
  }

  /** How many micro-batches a batch is. */
  microBatches(batchRows: Int32Array): number {
    return Math.ceil(batchRows.length / this.options.settings.microBatchSize);
  }

  /** Gathers a batch's gradients on the device; over again in halves where its memory does not suffice. Returns the mean loss. */
  async gather(batchRows: Int32Array, place: BatchPlace): Promise<number> {
    for (;;) {
      try {
        return await this.tryGather(batchRows, place);
      } catch (thrown) {
        const largest = Math.min(this.rowsAtOnce, batchRows.length);
        const lessMayDo = thrown instanceof DeviceFailedError && thrown.outOfMemory && largest > 1;
        if (!lessMayDo || this.options.signal?.aborted) throw thrown;
        this.training.discard();
        this.rowsAtOnce = Math.ceil(largest / 2);
        this.options.onOutOfMemory?.(this.rowsAtOnce);
      }
    }
  }

  private async tryGather(batchRows: Int32Array, place: BatchPlace): Promise<number> {
    const { microBatchSize } = this.options.settings;
    const { rows } = this.options.data;
    let loss = 0;
    for (let i = 0; i < this.microBatches(batchRows); i++) {
      const indices = batchRows.subarray(i * microBatchSize, (i + 1) * microBatchSize);
      const [of, sequence] = [indices.length, longestRow(rows, indices)];
      const drawn = this.masks.draw(place.microStep + i, of, sequence);
      const fitting = Math.max(1, Math.floor((this.training.tokensAtOnce ?? Infinity) / sequence));
      const atOnce = Math.min(this.rowsAtOnce, fitting);
      for (let from = 0; from < of; from += atOnce) {
        const part = indices.subarray(from, from + atOnce);
        const masks = masksOfRows(drawn, { from, count: part.length, of });
        loss += await this.pass(part, place, { sequence, scale: 1 / batchRows.length, masks });
      }
    }
    return loss;
  }

  /** Forward and backward over rows at once. Returns the sum of their losses times `scale`. */
  private async pass(
    indices: Int32Array,
    { step, rowWeights, dynamics }: BatchPlace,
    whole: { readonly sequence: number; readonly scale: number; readonly masks: HostTensors },
  ): Promise<number> {
    const { config, labels, padId, data, vocabulary, signal } = this.options;
    const padded = padBatch(data.rows, indices, config, padId, vocabulary?.rowOf, whole.sequence);
    const ids = Int32Array.from(indices, (row) => data.labelIds[row]!);
    const feeds = {
      ...padded.feeds,
      ...trainingFeeds(padded, config, { count: labels, ids }, whole.scale),
      ...rowInputFeeds(data, this.graph.rowInputs, indices),
      ...whole.masks,
    };
    const result = await this.training.accumulate(feeds, padded.uniqueIds);
    // Nobody waits for this step any more, and a checkpoint may be reading the arrays below.
    if (signal?.aborted) throw new CancelledError();
    if (!Number.isFinite(result.loss)) {
      const broken = [...indices].filter((_, i) => !Number.isFinite(result.rowLoss[i]!));
      throw new NonFiniteLossError(step, broken.length > 0 ? broken : [...indices]);
    }
    indices.forEach((row, i) => {
      if (rowWeights !== undefined && result.rowWeight !== undefined) rowWeights[row] = result.rowWeight[i]!;
    });
    if (dynamics !== undefined) noteDynamics(dynamics, indices, data.labelIds, result.logits);
    return result.loss;
  }
}

function rowInputFeeds(data: TrainingData, names: readonly string[], indices: Int32Array): Record<string, HostTensor> {
  return Object.fromEntries(
    names.map((name) => {
      const source = data.rowInputs[name];
      if (source === undefined) throw new Error(`the loss asks for row input ${name}, which the data lack`);
      const values = Float32Array.from(indices, (row) => source[row]!);
      return [name, { dtype: 'float32', shape: [indices.length], data: values }] as const;
    }),
  );
}
