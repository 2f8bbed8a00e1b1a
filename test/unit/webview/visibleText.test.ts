import { describe, expect, it } from 'vitest';
import { hasUnseen, visible, visibleParts } from '../../../webview/shared/visibleText.ts';

describe('visible', () => {
  it('names characters that cannot be seen or that reorder others', () => {
    expect(visible('a\0b\u001b[31m')).toBe('a⟨NUL⟩b⟨ESC⟩[31m');
    expect(visible('\u202eevil\u202c')).toBe('⟨RLO⟩evil⟨PDF⟩');
    expect(visible('zero\u200bwidth\ufeff')).toBe('zero⟨ZWSP⟩width⟨BOM⟩');
    expect(visible('\u0085\u007f')).toBe('⟨0085⟩⟨DEL⟩');
  });

  it('leaves line ends, tabs, right-to-left text and joined emoji alone', () => {
    for (const text of ['a\tb\r\nc\n', 'שלום مرحبا', '👩\u200d🚀', 'می\u200cخواهم']) {
      expect(visible(text)).toBe(text);
      expect(hasUnseen(text)).toBe(false);
    }
    expect(visible('a\rb')).toBe('a⟨CR⟩b');
  });

  it('tells parts from stand-ins', () => {
    expect(visibleParts('x\0y')).toEqual([
      { text: 'x', standIn: false },
      { text: '⟨NUL⟩', standIn: true },
      { text: 'y', standIn: false },
    ]);
    expect(visibleParts('')).toEqual([]);
    // Looking leaves nothing behind that the next look starts from.
    for (let i = 0; i < 3; i++) {
      expect(hasUnseen('\u202ex\0')).toBe(true);
      expect(visibleParts('\u202ex\0').map(({ text }) => text)).toEqual(['⟨RLO⟩', 'x', '⟨NUL⟩']);
    }
  });
});
