import { describe, expect, it } from 'vitest';
import { classifierConfig } from '../../../src/engine/hub/classifierConfig.ts';
import { classifierTokenizer } from '../../../src/engine/hub/classifierTokenizer.ts';
import { modelCard } from '../../../src/engine/hub/modelCard.ts';

const parse = (content: string | Uint8Array | undefined): Record<string, unknown> =>
  JSON.parse(typeof content === 'string' ? content : new TextDecoder().decode(content)) as Record<string, unknown>;

describe('classifierConfig', () => {
  it('drops what was true of the encoder alone and keeps the rest', () => {
    const encoder = {
      ...{ model_type: 'bert', hidden_size: 24, classifier_dropout: 0.3, 'transformers.js_config': { device: 'wasm' } },
      ...{ _name_or_path: '/home/somebody', num_labels: 2, torch_dtype: 'float16', id2label: { '5': 'old' } },
      ...{ quantization_config: {}, auto_map: {}, finetuning_task: 'sst-2', problem_type: 'regression' },
    };
    expect(classifierConfig(encoder, 'bert', ['no', 'yes'])).toEqual({
      ...{ model_type: 'bert', hidden_size: 24, classifier_dropout: 0.3 },
      architectures: ['BertForSequenceClassification'],
      dtype: 'float32',
      id2label: { '0': 'no', '1': 'yes' },
      label2id: { no: 0, yes: 1 },
      problem_type: 'single_label_classification',
      'transformers.js_config': { device: 'wasm', dtype: 'fp32' },
    });
  });

  it('takes any label, even those that JavaScript objects treat specially', () => {
    const labels = ['10', '2', '__proto__', 'constructor', ''];
    const { id2label, label2id } = parse(JSON.stringify(classifierConfig({}, 'electra', labels)));
    expect(labels.map((_, id) => (id2label as string[])[id])).toEqual(labels);
    const ids = new Map(Object.entries(label2id as Record<string, number>));
    expect(labels.map((label) => ids.get(label))).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('classifierTokenizer', () => {
  const defaults = { tokenizerClass: 'RobertaTokenizer', padId: 1 };
  const added_tokens = [
    { id: 0, content: '<s>' },
    { id: 1, content: '<pad>' },
  ];

  it('takes baked-in truncation and padding out, and states the limit once', () => {
    const baked = {
      truncation: { max_length: 6 },
      padding: { strategy: { Fixed: 16 } },
      added_tokens,
      model: { a: 1 },
    };
    const files = new Map([
      ['tokenizer.json', JSON.stringify(baked)],
      ['tokenizer_config.json', JSON.stringify({ model_max_length: 512, max_length: 6, tokenizer_file: '/root/x' })],
      ['merges.txt', 'a b'],
    ]);
    const result = classifierTokenizer(files, 128, defaults);
    expect(parse(result.get('tokenizer.json'))).toEqual({ ...baked, truncation: null, padding: null });
    expect(parse(result.get('tokenizer_config.json'))).toEqual({
      ...{ model_max_length: 128, tokenizer_class: 'RobertaTokenizer', pad_token: '<pad>' },
    });
    expect(result.get('merges.txt')).toBe('a b');
  });

  it('leaves a tokenizer.json without them byte for byte, and what the configuration says', () => {
    const json = new TextEncoder().encode('{ "truncation": null,\n"padding": null, "added_tokens": [] }');
    const config = { tokenizer_class: 'PreTrainedTokenizerFast', pad_token: '[P]', do_lower_case: false };
    const files = new Map<string, string | Uint8Array>([
      ['tokenizer.json', json],
      ['tokenizer_config.json', JSON.stringify(config)],
    ]);
    const result = classifierTokenizer(files, 64, defaults);
    expect(result.get('tokenizer.json')).toBe(json);
    expect(parse(result.get('tokenizer_config.json'))).toEqual({ ...config, model_max_length: 64 });
  });

  it('writes a configuration where there was none', () => {
    const result = classifierTokenizer(new Map([['tokenizer.json', JSON.stringify({ added_tokens })]]), 32, defaults);
    expect(parse(result.get('tokenizer_config.json'))).toEqual({
      ...{ model_max_length: 32, tokenizer_class: 'RobertaTokenizer', pad_token: '<pad>' },
    });
  });
});

describe('modelCard', () => {
  it('names the base model, the labels as code, and the notes', () => {
    const card = modelCard({ baseModel: 'a/b', labels: ['good', 'has `ticks`'], maxLength: 128, notes: '## Results' });
    expect(card).toMatch(/^---\nlibrary_name: transformers\n/);
    expect(card).toContain('\nbase_model: "a/b"\n');
    expect(card).toContain(
      '- 2 labels: `good`, `` has `ticks` ``\n- trained on texts of at most 128 tokens\n\n## Results\n',
    );
  });

  it('counts many labels, and says nothing of a base model without a name', () => {
    const card = modelCard({ labels: Array.from({ length: 100 }, (_, i) => `label ${String(i)}`), maxLength: 128 });
    expect(card).toContain('- 100 labels (`id2label` in `config.json`)');
    expect(card).not.toContain('base_model');
  });
});
