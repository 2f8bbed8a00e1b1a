import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CancelledError, UserError } from '../../../src/base/errors.ts';
import { findEncoder } from '../../../src/engine/hub/findEncoder.ts';
import { encodeRows, loadTokenizer, type TextRow, type TextTokenizer } from '../../../src/engine/hub/tokenizer.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/tokenizer');
const readJson = (path: string): unknown => JSON.parse(readFileSync(join(fixtures, path), 'utf8'));

type Text = string | [unit: string, times: number];
const inputs = readJson('texts.json') as { texts: Text[]; pairs: [number, number][]; mixedPairs: [Text, Text][] };
const whole = (text: Text): string => (typeof text === 'string' ? text : text[0].repeat(text[1]));
const singles: TextRow[] = inputs.texts.map((text) => ({ text: whole(text) }));
const sets: Record<string, TextRow[]> = {
  texts: singles,
  pairs: inputs.pairs.map(([a, b]) => ({ text: 'the '.repeat(a), textPair: 'dog '.repeat(b) })),
  mixedPairs: inputs.mixedPairs.map(([a, b]) => ({ text: whole(a), textPair: whole(b) })),
};
type Expected = Record<string, Record<string, [ids: string, types: string][]>>;

function load(dir: string, overrides: Record<string, unknown> = {}): TextTokenizer {
  const config = JSON.parse(readFileSync(join(dir, 'tokenizer_config.json'), 'utf8')) as Record<string, unknown>;
  return loadTokenizer({
    tokenizerJson: readFileSync(join(dir, 'tokenizer.json'), 'utf8'),
    tokenizerConfigJson: JSON.stringify({ ...config, ...overrides }),
  });
}

/** Rows as the fixtures write them. */
async function written(tokenizer: TextTokenizer, rows: readonly TextRow[], maxLength: number): Promise<string[][]> {
  const { encoded } = await encodeRows(tokenizer, rows, { maxLength });
  return rows.map((_, i) => [
    encoded.inputIds.subarray(encoded.offsets[i], encoded.offsets[i + 1]).join(' '),
    encoded.tokenTypeIds.subarray(encoded.offsets[i], encoded.offsets[i + 1]).join(''),
  ]);
}

const encoder = await findEncoder();
const tokenizers = [
  { name: 'a small WordPiece tokenizer', fixture: 'wordpiece', dir: join(fixtures, 'wordpiece') },
  { name: 'a small byte-level BPE tokenizer', fixture: 'bpe', dir: join(fixtures, 'bpe') },
  {
    name: `the tokenizer of all-MiniLM-L6-v2${encoder ? '' : ' (skipped: the encoder is not here, see npm run encoder)'}`,
    fixture: 'minilm',
    dir: encoder?.dir,
  },
];

describe.each(tokenizers)('ids equal the Python tokenizer: $name', ({ fixture, dir }) => {
  const expected = readJson(`${fixture}.json`) as Expected;
  for (const set of Object.keys(sets)) {
    for (const length of Object.keys(expected[set])) {
      it.skipIf(dir === undefined)(`${set}, at most ${length} tokens`, async () => {
        const rows = await written(load(String(dir)), sets[set], Number(length));
        for (const [i, row] of rows.entries()) {
          expect(row, JSON.stringify(sets[set][i]).slice(0, 200)).toEqual(expected[set][length][i]);
        }
      });
    }
  }
  it.skipIf(dir === undefined)('truncated on the left where tokenizer_config.json says so', async () => {
    const tokenizer = load(String(dir), { truncation_side: 'left' });
    expect(await written(tokenizer, singles, 16)).toEqual(expected.left['16']);
  });
});

describe('encodeRows', () => {
  const tokenizer = load(join(fixtures, 'wordpiece'));

  it('counts the rows that lost tokens', async () => {
    // 6 words and two special tokens fill 8.
    const rows = [5, 6, 7, 100].map((n) => ({ text: 'the '.repeat(n) }));
    const { encoded, truncated } = await encodeRows(tokenizer, rows, { maxLength: 8 });
    expect(truncated).toBe(2);
    expect([...encoded.offsets]).toEqual([0, 7, 15, 23, 31]);
  });

  it('allows 128 tokens by default, whatever tokenizer.json says', async () => {
    const { encoded } = await encodeRows(tokenizer, [{ text: 'the '.repeat(500) }, { text: 'the' }]);
    expect([...encoded.offsets]).toEqual([0, 128, 131]);
  });

  it('gives empty arrays for no rows', async () => {
    const { encoded, truncated } = await encodeRows(tokenizer, []);
    expect(encoded).toEqual({
      count: 0,
      offsets: Int32Array.of(0),
      inputIds: new Int32Array(0),
      tokenTypeIds: new Int32Array(0),
    });
    expect(truncated).toBe(0);
  });

  it('keeps every row within its bounds, special tokens whole and ids in the vocabulary', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    const row = fc.record({ text, textPair: text }, { requiredKeys: ['text'] });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 8 }), fc.integer({ min: 4, max: 40 }), async (rows, maxLength) => {
        const { encoded } = await encodeRows(tokenizer, rows, { maxLength });
        const sep = tokenizer.encode('[SEP]')[0];
        for (let i = 0; i < rows.length; i++) {
          const ids = encoded.inputIds.subarray(encoded.offsets[i], encoded.offsets[i + 1]);
          expect(ids.length).toBeLessThanOrEqual(maxLength);
          expect(ids[0]).toBe(tokenizer.encode('[CLS]')[0]);
          expect(ids[ids.length - 1]).toBe(sep);
          expect(ids.every((id) => id >= 0 && id < tokenizer.vocabularySize)).toBe(true);
        }
        expect(encoded.offsets[rows.length]).toBe(encoded.inputIds.length);
        expect(encoded.tokenTypeIds.length).toBe(encoded.inputIds.length);
      }),
    );
  });

  it('lets other work of the thread run, reports progress, and stops when told to', async () => {
    const rows = Array.from({ length: 20_000 }, () => ({
      text: 'the quick brown fox jumps over the lazy dog '.repeat(4),
    }));
    const stop = new AbortController();
    const progress: number[] = [];
    setTimeout(() => stop.abort(), 30);
    const encoding = encodeRows(tokenizer, rows, { signal: stop.signal, onProgress: (done) => progress.push(done) });
    await expect(encoding).rejects.toBeInstanceOf(CancelledError);
    expect(progress.length).toBeGreaterThan(0);
    expect(Math.max(...progress)).toBeLessThan(rows.length);
  });

  it('refuses a maximum length that leaves no room for text', async () => {
    await expect(encodeRows(tokenizer, [{ text: 'a' }], { maxLength: 2 })).rejects.toThrow('give at least 3');
    await expect(encodeRows(tokenizer, [{ text: 'a', textPair: 'b' }], { maxLength: 3 })).rejects.toThrow('at least 4');
  });
});

describe('loadTokenizer', () => {
  it.each([
    ['{', 'tokenizer.json is not JSON'],
    ['[]', 'tokenizer.json is not a JSON object'],
    ['{}', 'tokenizer.json cannot be used'],
    ['{"model":{"type":"WordPiece","vocab":{"a":0},"unk_token":"a"},"post_processor":{"type":"Odd"}}', 'Odd'],
  ])('names what is wrong with %s', (tokenizerJson, message) => {
    expect(() => loadTokenizer({ tokenizerJson })).toThrow(UserError);
    expect(() => loadTokenizer({ tokenizerJson })).toThrow(message);
  });

  it('reads BertProcessing as the same template', async () => {
    const description = readJson('wordpiece/tokenizer.json') as Record<string, unknown>;
    const original = loadTokenizer({ tokenizerJson: JSON.stringify(description) });
    const [cls, sep] = ['[CLS]', '[SEP]'].map((token) => [token, original.encode(token)[0]]);
    const processor = { type: 'Sequence', processors: [{ type: 'ByteLevel' }, { type: 'BertProcessing', cls, sep }] };
    const same = loadTokenizer({ tokenizerJson: JSON.stringify({ ...description, post_processor: processor }) });
    expect(same.template).toEqual(original.template);
  });
});
