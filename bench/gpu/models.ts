import { Random } from '../../src/base/random.ts';
import type { EncodedRows } from '../../src/engine/hub/encodedRows.ts';
import type { EncoderConfig } from '../../src/engine/models/config.ts';
import { parameterSpecs } from '../../src/engine/models/parameters.ts';
import type { Weights } from '../../src/engine/models/pretrained.ts';
import type { DropoutSite } from '../../src/engine/models/encoder.ts';

export const labels = 2;

/** Shapes of the models that are measured; their weights are random, which changes no speed. */
export const models: Readonly<Record<string, EncoderConfig>> = {
  MiniLM: bert({ layers: 6, hiddenSize: 384 }),
  'BERT-base': bert({ layers: 12, hiddenSize: 768 }),
};

function bert({ layers, hiddenSize }: { layers: number; hiddenSize: number }): EncoderConfig {
  return {
    ...{ architecture: 'bert', vocabularySize: 30522, embeddingSize: hiddenSize, hiddenSize, layers, heads: 12 },
    ...{ intermediateSize: 4 * hiddenSize, maxPositions: 512, positionOffset: 0, tokenTypes: 2, activation: 'gelu' },
    ...{ layerNormEpsilon: 1e-12, dropout: { hidden: 0.1, attention: 0.1, classifier: 0.1 }, initializerRange: 0.02 },
  };
}

/** The same launches in a step, for an adapter in software: only the vocabulary is smaller. */
export function forCounting(config: EncoderConfig): EncoderConfig {
  return { ...config, vocabularySize: 2000 };
}

export function randomWeights(config: EncoderConfig): Weights {
  return new Map(
    parameterSpecs(config, labels).map(({ name, shape }) => {
      const random = new Random(1, name);
      const value = name.endsWith('LayerNorm.weight') ? () => 1 : () => 0.04 * (random.uniform() - 0.5);
      return [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, value)] as const;
    }),
  );
}

/** Rows of random tokens, all of one length. */
export function randomRows(count: number, length: number, config: EncoderConfig): EncodedRows {
  const random = new Random(2, 'rows');
  return {
    count,
    offsets: Int32Array.from({ length: count + 1 }, (_, i) => i * length),
    inputIds: Int32Array.from({ length: count * length }, () => 1 + random.integer(config.vocabularySize - 1)),
    tokenTypeIds: new Int32Array(count * length),
  };
}

/** Elements of a dropout site's mask. */
export function maskElements(site: DropoutSite, batch: number, sequence: number): number {
  const sizes: Readonly<Record<string, number>> = { batch, sequence, tokens: batch * sequence };
  return site.shape.reduce((product: number, dim) => product * (typeof dim === 'number' ? dim : sizes[dim]!), 1);
}
