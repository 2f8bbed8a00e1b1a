import { UserError } from '../../base/errors.ts';

export type Architecture = 'bert' | 'roberta' | 'distilbert' | 'electra';
export type Activation = 'gelu' | 'relu';

/** A BERT-family encoder and its classification head, read from a Hugging Face `config.json`. */
export interface EncoderConfig {
  readonly architecture: Architecture;
  readonly vocabularySize: number;
  /** Width of the embedding tables; ELECTRA projects it to `hiddenSize`. */
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
  /** Rows of the position table. */
  readonly maxPositions: number;
  /** Row of the position table that the first token uses: RoBERTa counts from its padding id + 1. */
  readonly positionOffset: number;
  /** Rows of the token-type table; 0 where the model has none. */
  readonly tokenTypes: number;
  readonly activation: Activation;
  readonly layerNormEpsilon: number;
  /** Dropout probabilities: after embeddings and dense layers, on attention probabilities, in the head. */
  readonly dropout: { readonly hidden: number; readonly attention: number; readonly classifier: number };
  /** Standard deviation of the initial weights of a new head. */
  readonly initializerRange: number;
}

/** The longest input, in tokens. */
export function maxTokens(config: EncoderConfig): number {
  return config.maxPositions - config.positionOffset;
}

/**
 * Reads a Hugging Face configuration.
 * @param raw The parsed `config.json`.
 * @param source Named in errors.
 * @throws UserError for an architecture or an activation that the engine does not have, or a missing field.
 */
export function parseConfig(raw: Readonly<Record<string, unknown>>, source: string): EncoderConfig {
  const architecture = raw['model_type'];
  if (
    architecture !== 'bert' &&
    architecture !== 'roberta' &&
    architecture !== 'distilbert' &&
    architecture !== 'electra'
  ) {
    throw new UserError(
      `${source}: model type ${JSON.stringify(architecture)} is not supported; use a bert, roberta, distilbert or electra model.`,
    );
  }
  const number = (name: string, fallback?: number): number => {
    const value = raw[name] ?? fallback;
    if (typeof value !== 'number') throw new UserError(`${source}: config.json has no number "${name}".`);
    return value;
  };
  const activationName = raw[architecture === 'distilbert' ? 'activation' : 'hidden_act'] ?? 'gelu';
  if (activationName !== 'gelu' && activationName !== 'relu') {
    throw new UserError(`${source}: activation ${JSON.stringify(activationName)} is not supported; gelu and relu are.`);
  }
  const kind = raw['position_embedding_type'] ?? 'absolute';
  if (kind !== 'absolute') {
    throw new UserError(
      `${source}: position embeddings of type ${JSON.stringify(kind)} are not supported; absolute ones are.`,
    );
  }

  if (architecture === 'distilbert') {
    return {
      architecture,
      vocabularySize: number('vocab_size'),
      embeddingSize: number('dim'),
      hiddenSize: number('dim'),
      layers: number('n_layers'),
      heads: number('n_heads'),
      intermediateSize: number('hidden_dim'),
      maxPositions: number('max_position_embeddings'),
      positionOffset: 0,
      tokenTypes: 0,
      activation: activationName,
      layerNormEpsilon: 1e-12,
      dropout: {
        hidden: number('dropout', 0.1),
        attention: number('attention_dropout', 0.1),
        classifier: number('seq_classif_dropout', 0.2),
      },
      initializerRange: number('initializer_range', 0.02),
    };
  }
  const hidden = number('hidden_dropout_prob', 0.1);
  const classifierDropout = raw['classifier_dropout'];
  return {
    architecture,
    vocabularySize: number('vocab_size'),
    embeddingSize: architecture === 'electra' ? number('embedding_size') : number('hidden_size'),
    hiddenSize: number('hidden_size'),
    layers: number('num_hidden_layers'),
    heads: number('num_attention_heads'),
    intermediateSize: number('intermediate_size'),
    maxPositions: number('max_position_embeddings'),
    positionOffset: architecture === 'roberta' ? number('pad_token_id', 1) + 1 : 0,
    tokenTypes: number('type_vocab_size', 2),
    activation: activationName,
    layerNormEpsilon: number('layer_norm_eps', 1e-12),
    dropout: {
      hidden,
      attention: number('attention_probs_dropout_prob', 0.1),
      classifier: typeof classifierDropout === 'number' ? classifierDropout : hidden,
    },
    initializerRange: number('initializer_range', 0.02),
  };
}
