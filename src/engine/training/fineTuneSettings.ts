/** Settings of Hugging Face's Trainer, under its names where it has one. */
export interface FineTuneSettings {
  readonly epochs: number;
  /** Rows per optimizer step. */
  readonly batchSize: number;
  /** Rows per forward and backward pass; gradients add up to the batch. At most `batchSize`. */
  readonly microBatchSize: number;
  readonly learningRate: number;
  /** Share of all steps during which the learning rate rises to its peak. */
  readonly warmupRatio: number;
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Global L2 norm that gradients are clipped to; 0: not. */
  readonly maxGradientNorm: number;
  /** Off for tests and for models without dropout. */
  readonly dropout: boolean;
  /** Batches of like lengths (see `planEpoch`), or plain random ones. */
  readonly groupByLength: boolean;
  /** Train only the word-table rows that occur: exact, and faster. */
  readonly pruneVocabulary: boolean;
  readonly seed: number;
}

export const defaultFineTuneSettings: FineTuneSettings = {
  epochs: 3,
  batchSize: 32,
  microBatchSize: 32,
  learningRate: 6e-5,
  warmupRatio: 0.1,
  weightDecay: 0,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  maxGradientNorm: 1,
  dropout: true,
  groupByLength: true,
  pruneVocabulary: true,
  seed: 42,
};
