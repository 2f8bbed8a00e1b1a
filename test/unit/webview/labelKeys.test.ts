import { describe, expect, it } from 'vitest';
import { labelKeys, type LabelState } from '../../../src/protocol/label.ts';
import { keyAction, keyOf } from '../../../webview/label/keys.ts';

const state: LabelState = {
  ...{ phase: 'labelling', source: 'mails.jsonl', sourceKind: 'texts', dataset: '/d/s.jsonl', target: 'real.jsonl' },
  ...{ appends: false, labels: ['ham', 'spam'], goal: 200, labelled: 1, skipped: 0, perLabel: [] },
  ...{ canGoBack: true, canGoForward: false, canResume: true, saved: true },
};
const press = (key: string, more: object = {}): ReturnType<typeof keyAction> =>
  keyAction({ ...state, ...more }, { key, ctrlKey: false, altKey: false, metaKey: false });

describe('keys while labelling', () => {
  it('number keys give labels', () => {
    expect(press('1')).toEqual({ kind: 'answer', label: 'ham' });
    expect(press('2')).toEqual({ kind: 'answer', label: 'spam' });
    expect(press('3')).toBeUndefined();
    expect(press('0')).toBeUndefined();
  });

  it('go on with letters where there are more than nine labels, never with s', () => {
    const labels = Array.from({ length: 40 }, (_, i) => `label ${String(i)}`);
    expect(press('a', { labels })).toEqual({ kind: 'answer', label: 'label 9' });
    expect(press('B', { labels })).toEqual({ kind: 'answer', label: 'label 10' });
    expect(press('s', { labels })).toEqual({ kind: 'skip' });
    expect(new Set(labelKeys).size).toBe(34);
    expect(keyOf(33)).toBe('z');
    expect(keyOf(34)).toBeUndefined();
  });

  it('s skips, Backspace and the arrows move', () => {
    expect(press('s')).toEqual({ kind: 'skip' });
    expect(press('Backspace')).toEqual({ kind: 'back' });
    expect(press('Backspace', { canGoBack: false })).toBeUndefined();
    expect(press('ArrowRight')).toBeUndefined();
    expect(press('ArrowRight', { canGoForward: true })).toEqual({ kind: 'forward' });
    expect(press('Enter')).toBeUndefined();
  });

  it("leave VS Code's own shortcuts alone", () => {
    for (const modifier of ['ctrlKey', 'altKey', 'metaKey']) {
      expect(
        keyAction(state, { key: '1', ctrlKey: false, altKey: false, metaKey: false, [modifier]: true }),
      ).toBeUndefined();
    }
  });

  it('do nothing before it begins; at its end one can go back', () => {
    expect(press('1', { phase: 'setup' })).toBeUndefined();
    expect(press('Backspace', { phase: 'setup' })).toBeUndefined();
    expect(press('1', { phase: 'done' })).toBeUndefined();
    expect(press('Backspace', { phase: 'done' })).toEqual({ kind: 'back' });
  });
});
