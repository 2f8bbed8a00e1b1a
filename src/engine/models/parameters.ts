import type { Architecture, EncoderConfig } from './config.ts';

/** One trainable tensor, under the name that Hugging Face's AutoModelForSequenceClassification gives it. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether weight decay applies: not to biases and layer norms, as in Hugging Face's Trainer. */
  readonly decay: boolean;
  /** Part of the classification head: drawn at random when a pretrained encoder is fine-tuned for new labels. */
  readonly head: boolean;
}

/** Names of one architecture's parameters, without `.weight` and `.bias`. */
export interface ParameterNames {
  readonly prefix: string;
  readonly words: string;
  readonly positions: string;
  readonly tokenTypes?: string;
  readonly embeddingNorm: string;
  readonly projection?: string;
  layer(i: number): LayerNames;
  /** Dense layers of the head, in order; the last one gives the logits. */
  readonly head: readonly string[];
}

export interface LayerNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOutput: string;
  readonly attentionNorm: string;
  readonly intermediate: string;
  readonly output: string;
  readonly outputNorm: string;
}

/** The names that transformers' Python classes give an architecture's parameters. */
export function parameterNames(architecture: Architecture): ParameterNames {
  if (architecture === 'distilbert') {
    return {
      prefix: 'distilbert.',
      words: 'distilbert.embeddings.word_embeddings',
      positions: 'distilbert.embeddings.position_embeddings',
      embeddingNorm: 'distilbert.embeddings.LayerNorm',
      layer: (i) => {
        const at = `distilbert.transformer.layer.${String(i)}`;
        return {
          query: `${at}.attention.q_lin`,
          key: `${at}.attention.k_lin`,
          value: `${at}.attention.v_lin`,
          attentionOutput: `${at}.attention.out_lin`,
          attentionNorm: `${at}.sa_layer_norm`,
          intermediate: `${at}.ffn.lin1`,
          output: `${at}.ffn.lin2`,
          outputNorm: `${at}.output_layer_norm`,
        };
      },
      head: ['pre_classifier', 'classifier'],
    };
  }
  return {
    prefix: `${architecture}.`,
    words: `${architecture}.embeddings.word_embeddings`,
    positions: `${architecture}.embeddings.position_embeddings`,
    tokenTypes: `${architecture}.embeddings.token_type_embeddings`,
    embeddingNorm: `${architecture}.embeddings.LayerNorm`,
    projection: architecture === 'electra' ? 'electra.embeddings_project' : undefined,
    layer: (i) => {
      const at = `${architecture}.encoder.layer.${String(i)}`;
      return {
        query: `${at}.attention.self.query`,
        key: `${at}.attention.self.key`,
        value: `${at}.attention.self.value`,
        attentionOutput: `${at}.attention.output.dense`,
        attentionNorm: `${at}.attention.output.LayerNorm`,
        intermediate: `${at}.intermediate.dense`,
        output: `${at}.output.dense`,
        outputNorm: `${at}.output.LayerNorm`,
      };
    },
    head: architecture === 'bert' ? ['bert.pooler.dense', 'classifier'] : ['classifier.dense', 'classifier.out_proj'],
  };
}

/** Every parameter of the encoder (without head) or of the classifier with `labels` outputs, in a fixed order. */
export function parameterSpecs(config: EncoderConfig, labels?: number): ParameterSpec[] {
  const names = parameterNames(config.architecture);
  const { hiddenSize: h, embeddingSize: e, intermediateSize: f } = config;
  const specs: ParameterSpec[] = [];
  const table = (name: string, rows: number): void => {
    specs.push({ name: `${name}.weight`, shape: [rows, e], decay: true, head: false });
  };
  const dense = (name: string, outputs: number, inputs: number, head = false): void => {
    specs.push({ name: `${name}.weight`, shape: [outputs, inputs], decay: true, head });
    specs.push({ name: `${name}.bias`, shape: [outputs], decay: false, head });
  };
  const norm = (name: string, width: number): void => {
    specs.push({ name: `${name}.weight`, shape: [width], decay: false, head: false });
    specs.push({ name: `${name}.bias`, shape: [width], decay: false, head: false });
  };

  table(names.words, config.vocabularySize);
  table(names.positions, config.maxPositions);
  if (names.tokenTypes !== undefined && config.tokenTypes > 0) table(names.tokenTypes, config.tokenTypes);
  norm(names.embeddingNorm, e);
  if (names.projection !== undefined && e !== h) dense(names.projection, h, e);
  for (let i = 0; i < config.layers; i++) {
    const layer = names.layer(i);
    dense(layer.query, h, h);
    dense(layer.key, h, h);
    dense(layer.value, h, h);
    dense(layer.attentionOutput, h, h);
    norm(layer.attentionNorm, h);
    dense(layer.intermediate, f, h);
    dense(layer.output, h, f);
    norm(layer.outputNorm, h);
  }
  if (labels !== undefined) {
    names.head.forEach((name, i) => {
      dense(name, i === names.head.length - 1 ? labels : h, h, true);
    });
  }
  return specs;
}
