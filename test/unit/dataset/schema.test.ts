import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { scanJson, type JsonScan } from '../../../src/core/dataset/jsonScanner.ts';
import { detectSchema, type Schema, type SchemaOverrides } from '../../../src/core/dataset/schema.ts';

function detect(objects: readonly object[], overrides?: SchemaOverrides, labelOptional?: boolean): Schema {
  const sample = objects.map((object) => (scanJson(JSON.stringify(object)) as JsonScan).members);
  return detectSchema(sample, 'a.jsonl', overrides, labelOptional);
}

function repeat(count: number, object: object): object[] {
  return Array.from({ length: count }, () => object);
}

describe('found by name', () => {
  test.each<[object, Schema]>([
    [
      { text: 'a', label: 'x' },
      { text: 'text', label: 'label' },
    ],
    [
      { id: '7', review: 'a', class: 2 },
      { text: 'review', label: 'class' },
    ],
    [
      { Sentence: 'a', LABEL: true },
      { text: 'Sentence', label: 'LABEL' },
    ],
    [
      { content: 'a', category: 'x', title: 'b' },
      { text: 'content', label: 'category' },
    ],
    [
      { label_text: 'bad', text: 'a', labels: 0 },
      { text: 'text', label: 'labels' },
    ],
    [
      { target: 1, class: 'x', text: 'a' },
      { text: 'text', label: 'class' },
    ],
    [
      { sentence1: 'a', sentence2: 'b', idx: 0, label: 1 },
      { text: 'sentence1', textPair: 'sentence2', label: 'label' },
    ],
    [
      { hypothesis: 'b', premise: 'a', label: 1 },
      { text: 'premise', textPair: 'hypothesis', label: 'label' },
    ],
    [
      { text: 'a', text_pair: 'b', label: 1 },
      { text: 'text', textPair: 'text_pair', label: 'label' },
    ],
    [
      { Question: 'a', sentence: 'b', label: 1 },
      { text: 'Question', textPair: 'sentence', label: 'label' },
    ],
  ])('%j', (object, schema) => {
    expect(detect([object])).toEqual(schema);
  });

  test('a field without usable values does not count', () => {
    expect(detect([{ text: 5, content: 'a', label: null, class: 'x' }])).toEqual({ text: 'content', label: 'class' });
    expect(detect([{ text: 'a', labels: [1], target: 'x' }])).toEqual({ text: 'text', label: 'target' });
    expect(detect([{ premise: 'a', hypothesis: null, text: 'b', label: 1 }])).toEqual({ text: 'text', label: 'label' });
  });

  test('strays in a few rows change nothing', () => {
    const rows = [...repeat(5, { sentence: 'a', class: 'x' }), { text: 'a', label: 'x' }, { Sentence: 'b' }];
    expect(detect(rows)).toEqual({ text: 'sentence', label: 'class' });
    const pairs = [...repeat(5, { premise: 'a', hypothesis: 'b', label: 1 }), { text: 'x' }];
    expect(detect(pairs)).toEqual({ text: 'premise', textPair: 'hypothesis', label: 'label' });
  });

  test('one good row among faulty ones is enough', () => {
    expect(detect([...repeat(4, {}), { text: 'a', label: 'x' }])).toEqual({ text: 'text', label: 'label' });
  });

  test('labels may be absent where that is allowed', () => {
    expect(detect([{ text: 'a' }], {}, true)).toEqual({ text: 'text' });
    expect(detect([{ text: 'a', label: 1 }], {}, true)).toEqual({ text: 'text', label: 'label' });
  });
});

describe('overridden', () => {
  test.each<[object, SchemaOverrides, Schema]>([
    [{ a: 'x', text: 'y', label: 1 }, { textField: 'a' }, { text: 'a', label: 'label' }],
    [{ text: 'x', text_pair: 'y', label: 1 }, { textField: 'text' }, { text: 'text', label: 'label' }],
    [{ text: 'x', b: 'y', label: 1 }, { textPairField: 'b' }, { text: 'text', textPair: 'b', label: 'label' }],
    [
      { text: 'x', sentence: 'y', label: 1 },
      { textPairField: 'text' },
      { text: 'sentence', textPair: 'text', label: 'label' },
    ],
    [
      { text: 'x', label: 1, gold: 2 },
      { textField: 'text', textPairField: 'gold', labelField: 'label' },
      { text: 'text', textPair: 'gold', label: 'label' },
    ],
    [{ text: 'x', label: 1, gold: 2 }, { labelField: 'gold' }, { text: 'text', label: 'gold' }],
    [{ Text: 'a', text: 'b', label: 1 }, { textField: 'Text' }, { text: 'Text', label: 'label' }],
  ])('%j with %j', (object, overrides, schema) => {
    expect(detect([object], overrides)).toEqual(schema);
  });
});

describe('refused, with the fields seen and the option to use', () => {
  test.each<[object[], SchemaOverrides, string]>([
    [
      [
        { words: 'a', label: 1 },
        { words: 'b', extra: 1 },
      ],
      {},
      "a.jsonl: no text field found; fields in the first 2 rows: 'words', 'label', 'extra'. Name it with --text-field.",
    ],
    [
      [{ text: 'a', mood: 'x' }],
      {},
      "a.jsonl: no label field found; fields in the first row: 'text', 'mood'. Name it with --label-field.",
    ],
    [[{}], {}, 'a.jsonl: no text field found; fields in the first row: none. Name it with --text-field.'],
    [
      [{ text: 'a', Text: 'b', label: 1 }],
      {},
      "a.jsonl: the text could be 'text', or 'Text'; fields in the first row: 'text', 'Text', 'label'. Choose with --text-field.",
    ],
    [
      [{ text: 'a', label: 1, Label: 2 }],
      {},
      "a.jsonl: the label could be 'label', or 'Label'; fields in the first row: 'text', 'label', 'Label'. Choose with --label-field.",
    ],
    [
      [{ text: 'a', premise: 'b', hypothesis: 'c' }],
      {},
      "a.jsonl: the text could be 'premise' + 'hypothesis', or 'text'; fields in the first row: 'text', 'premise', " +
        "'hypothesis'. Choose with --text-field (and --text-pair-field for sentence pairs).",
    ],
    [
      [{ sentence1: 'a', sentence2: 'b', premise: 'b', hypothesis: 'c' }],
      {},
      "a.jsonl: the text could be 'sentence1' + 'sentence2', or 'premise' + 'hypothesis'; fields in the first row: " +
        "'sentence1', 'sentence2', 'premise', 'hypothesis'. Choose with --text-field (and --text-pair-field for " +
        'sentence pairs).',
    ],
    [
      [...repeat(3, { text: 'a' }), { text: 'a', text_pair: 'b' }],
      {},
      "a.jsonl: the text could be 'text' + 'text_pair', or 'text'; fields in the first 4 rows: 'text', 'text_pair'. " +
        'Choose with --text-field (and --text-pair-field for sentence pairs).',
    ],
    [
      [{ text: 'a' }, { review: 'a' }, { body: 'a' }],
      {},
      "a.jsonl: the text could be 'text', or 'review', or 'body'; fields in the first 3 rows: 'text', 'review', " +
        "'body'. Choose with --text-field.",
    ],
    [
      [{ text: 'a', label: 1 }],
      { textField: 'txt' },
      "a.jsonl: no row has the field 'txt' given with --text-field; fields in the first row: 'text', 'label'.",
    ],
    [
      [{ text: 'a', label: 1 }],
      { textPairField: 'b' },
      "a.jsonl: no row has the field 'b' given with --text-pair-field; fields in the first row: 'text', 'label'.",
    ],
    [
      [{ text: 'a', label: 1 }],
      { labelField: 'gold' },
      "a.jsonl: no row has the field 'gold' given with --label-field; fields in the first row: 'text', 'label'.",
    ],
    [
      [{ text: 'a', label: 1 }],
      { labelField: 'text' },
      "a.jsonl: 'text' cannot be both text and label; name another --label-field.",
    ],
    [
      [{ text: 'a', label: 1 }],
      { textField: 'text', textPairField: 'text' },
      "a.jsonl: --text-field and --text-pair-field both name 'text'; name two different fields.",
    ],
  ])('%j with %j', (objects, overrides, message) => {
    expect(() => detect(objects, overrides)).toThrow(new UserError(message));
  });

  test('of very many fields the first are named', () => {
    const wide = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, 'x']));
    expect(() => detect([wide])).toThrow("'f0', 'f1',");
    expect(() => detect([wide])).toThrow("'f11' and 488 more. Name it with --text-field.");
  });
});
