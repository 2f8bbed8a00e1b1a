import type { Architecture } from '../models/config.ts';

/** transformers' class names of an architecture. */
const classPrefix: Readonly<Record<Architecture, string>> = {
  bert: 'Bert',
  roberta: 'Roberta',
  distilbert: 'DistilBert',
  electra: 'Electra',
};

/**
 * Fields of an encoder's config.json that are untrue of a classifier fine-tuned from it: where it came from, the number
 * of labels (transformers counts `id2label`), the task, the precision and compression of the old weights, code of its own.
 */
const staleFields = new Set([
  '_name_or_path',
  'name_or_path',
  'num_labels',
  '_num_labels',
  'finetuning_task',
  'torch_dtype',
  'quantization_config',
  'auto_map',
  'custom_pipelines',
]);

/**
 * The `config.json` of a classifier, from its encoder's: what transformers and transformers.js need to load it, the rest
 * as it was.
 * @param labels Names; the index is the class id.
 */
export function classifierConfig(
  encoder: Readonly<Record<string, unknown>>,
  architecture: Architecture,
  labels: readonly string[],
): Record<string, unknown> {
  const kept = Object.fromEntries(Object.entries(encoder).filter(([name]) => !staleFields.has(name)));
  const transformersJs = kept['transformers.js_config'];
  return {
    ...kept,
    architectures: [`${classPrefix[architecture]}ForSequenceClassification`],
    dtype: 'float32',
    id2label: Object.fromEntries(labels.map((label, id) => [String(id), label])),
    label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
    problem_type: 'single_label_classification',
    // Browsers would ask for onnx/model_quantized.onnx, which is not written.
    'transformers.js_config': { ...(isRecord(transformersJs) ? transformersJs : {}), dtype: 'fp32' },
  };
}

/** The name of transformers' tokenizer class for an architecture, for folders that do not say. */
export function tokenizerClass(architecture: Architecture): string {
  return `${classPrefix[architecture]}Tokenizer`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
