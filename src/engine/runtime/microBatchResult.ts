/** What a training graph's outputs say of a micro-batch, on any device. */
import type { TrainingGraph } from '../training/trainingGraph.ts';
import type { MicroBatchResult } from './device.ts';

/** @param numbers The float32 output of a name, on the host. */
export function microBatchResult(
  { hasRowWeight }: Pick<TrainingGraph, 'hasRowWeight'>,
  numbers: (name: string) => Float32Array,
): MicroBatchResult {
  return {
    loss: numbers('loss')[0]!,
    rowLoss: numbers('row loss'),
    rowWeight: hasRowWeight ? numbers('row weight') : undefined,
    logits: numbers('logits'),
  };
}
