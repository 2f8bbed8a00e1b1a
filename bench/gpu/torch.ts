/** PyTorch on the same machine's GPU: the same shapes and batches, plain and through torch.compile. */
import { spawnSync } from 'node:child_process';
import { messageOf } from '../../src/base/errors.ts';
import type { EncoderConfig } from '../../src/engine/models/config.ts';
import { numberIn, start, type Workshop } from '../contender.ts';
import type { Job } from '../job.ts';
import { labels, randomRows } from './models.ts';

/** What PyTorch computes on. */
export interface TorchDevice {
  readonly device: 'cpu' | 'cuda' | 'mps';
  /** For people. */
  readonly name: string;
}

const question = `
import torch
if torch.cuda.is_available(): print("cuda", "PyTorch", torch.__version__, "on", torch.cuda.get_device_name())
elif torch.backends.mps.is_available(): print("mps", "PyTorch", torch.__version__, "on Metal")`;

/** The GPU that a Python's PyTorch sees; undefined where it sees none. */
export function torchGpu(python: string): TorchDevice | undefined {
  const { stdout } = spawnSync(python, ['-c', question], { encoding: 'utf8' });
  const [, device, name] = /^(cuda|mps) (.+)$/m.exec(stdout) ?? [];
  return device === 'cuda' || device === 'mps' ? { device, name: name! } : undefined;
}

/** Batches that are measured, after those that warm up and compile. */
const [warmUp, measured] = [3, 20];

/** Rows per second; NaN, and a line that says why, where PyTorch cannot do it. */
export async function torchSpeed(
  shop: Workshop,
  { device }: TorchDevice,
  work: 'training' | 'scoring',
  config: EncoderConfig,
  sizes: { readonly batchSize: number; readonly length: number; readonly compile: boolean },
): Promise<number> {
  const { batchSize, length, compile } = sizes;
  const rows = randomRows(batchSize, length, config);
  const job: Job = {
    config: {
      ...{ vocab_size: config.vocabularySize, hidden_size: config.hiddenSize, num_hidden_layers: config.layers },
      ...{ num_attention_heads: config.heads, intermediate_size: config.intermediateSize },
      ...{ max_position_embeddings: config.maxPositions, type_vocab_size: config.tokenTypes },
    },
    inputIds: Array.from({ length: batchSize }, (_, i) => [...rows.inputIds.subarray(i * length, (i + 1) * length)]),
    labels: Array.from({ length: batchSize }, (_, i) => i % labels),
    batches: [Array.from({ length: batchSize }, (_, i) => i)],
    ...{ threads: 2, seed: 1, batchSize, maxLength: length, numLabels: labels, mode: 'grouped', device, compile },
  };
  const name = `PyTorch ${work} ${device} ${String(length)} ${compile ? 'compiled' : 'plain'}`;
  try {
    const contender = await start(shop, name, work === 'training' ? 'torch train' : 'torch score', job);
    try {
      await contender.ask(`run ${String(warmUp)}`);
      return numberIn(await contender.ask(`run ${String(measured)}`), 'examplesPerSecond');
    } finally {
      await contender.quit();
    }
  } catch (thrown) {
    console.error(`${name}: ${messageOf(thrown)}`);
    return NaN;
  }
}
