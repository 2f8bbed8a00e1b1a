import type { EncoderConfig } from '../models/config.ts';
import type { PaddedBatch } from '../models/padBatch.ts';
import type { HostTensor, HostTensors } from '../runtime/device.ts';

/** The inputs that only a training graph has: targets, loss scale, what gradients need. */
export function trainingFeeds(
  batch: PaddedBatch,
  config: EncoderConfig,
  labels: { readonly count: number; readonly ids: ArrayLike<number> },
  scale: number,
): HostTensors {
  const targets = new Float32Array(batch.size * labels.count);
  for (let b = 0; b < batch.size; b++) targets[b * labels.count + labels.ids[b]!] = 1;
  const isFirst = new Float32Array(batch.sequence);
  isFirst[0] = 1;
  const feeds: Record<string, HostTensor> = {
    targets: { dtype: 'float32', shape: [batch.size, labels.count], data: targets },
    scale: { dtype: 'float32', shape: [], data: Float32Array.of(scale) },
    unique_ids: { dtype: 'int32', shape: [batch.uniqueIds.length], data: batch.uniqueIds },
    is_first: { dtype: 'float32', shape: [1, batch.sequence, 1], data: isFirst },
  };
  if (config.tokenTypes > 0) {
    const range = Int32Array.from({ length: config.tokenTypes }, (_, i) => i);
    feeds['token_type_range'] = { dtype: 'int32', shape: [config.tokenTypes], data: range };
  }
  return feeds;
}
