import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { editorWords } from '../../../src/core/table/editorWords.ts';
import { unknownLabelMessage } from '../../../src/core/dataset/labels.ts';

describe('messages in the editor', () => {
  it('name the setting in place of the option', () => {
    expect(editorWords(unknownLabelMessage('positiv', ['positive', 'negative'], 'positive'))).toBe(
      'label \'positiv\' is unknown to the real data; did you mean \'positive\'? Fix it or set counterweight.labelMap to {"positiv":"positive"}',
    );
    expect(editorWords(unknownLabelMessage('Not spam', ['not_spam', 'spam'], 'not_spam'))).toBe(
      `label 'Not spam' is unknown to the real data; did you mean 'not_spam'? Fix it or set counterweight.labelMap to {"Not spam":"not_spam"}`,
    );
    expect(editorWords(unknownLabelMessage('x', ['a', 'b'], undefined))).toBe(
      "label 'x' is unknown to the real data; its labels are 'a', 'b'. Fix it or set counterweight.labelMap",
    );
    expect(editorWords('name another --label-field.')).toBe('name another counterweight.labelField.');
  });

  it('say whose an option without a setting is', () => {
    expect(editorWords('12 rows (3.4 %) are longer than 128 tokens and were cut; --max-length changes that.')).toBe(
      '12 rows (3.4 %) are longer than 128 tokens and were cut; --max-length of the command line changes that.',
    );
  });

  it('leave everything else as it is', () => {
    for (const words of ['a--b', 'well -- no', '---', 'r--x', '--', "label '--Caps'", 'a long-winded --'])
      expect(editorWords(words)).toBe(words);
  });

  it('name settings that there are', () => {
    const known = Object.keys(manifest.contributes.configuration.properties);
    const options = ['text-field', 'text-pair-field', 'label-field', 'label-map', 'gamma', 'clip-max'];
    for (const option of [...options, 'model', 'effort', 'device', 'threads']) {
      expect(known).toContain(editorWords(`--${option}`));
    }
  });
});
