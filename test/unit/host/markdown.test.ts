import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandLink, escapeMarkdown, placeLink } from '../../../src/host/diagnostics/markdown.ts';
import { plainText } from '../../../src/host/plainText.ts';

describe('text of files in Markdown', () => {
  it('leaves nothing that could begin a link, an icon, HTML, a table cell or a list', () => {
    expect(escapeMarkdown('[x](command:quit) $(trash) <img src=x> a|b `c` *d*')).toBe(
      '\\[x\\]\\(command\\:quit\\) \\$\\(trash\\) \\<img src\\=x\\> a\\|b \\`c\\` \\*d\\*',
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bare = escapeMarkdown(text).replace(/\\[!-/:-@[-`{-~]/g, '');
        expect(bare).not.toMatch(/[!-/:-@[-`{-~]|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('stays on one line and shows what would hide or turn the writing', () => {
    expect(escapeMarkdown('a\n\n# b\r\n\tc')).toBe('a \\# b c');
    expect(escapeMarkdown('safe\u202Eevil\u0000')).toBe('safe\\\\u202eevil\\\\u0000');
  });

  it('cuts long texts between characters', () => {
    expect(escapeMarkdown('😀'.repeat(5), 3)).toBe('😀😀😀…');
    expect(escapeMarkdown('abc', 3)).toBe('abc');
    expect(escapeMarkdown('x'.repeat(10_000_000), 5)).toBe('xxxxx…');
  });

  it('shows everything else as it is', () => {
    const letters = fc.stringMatching(/^[\p{L}\p{N}]{0,40}$/u);
    fc.assert(
      fc.property(letters, (text) => {
        expect(escapeMarkdown(text)).toBe(text);
      }),
    );
  });

  it('encodes the arguments of a command so that nothing ends the link early', () => {
    const link = commandLink('Open', 'counterweight.fix.show', [{ path: `/a) b(c)/[x]("q")'!*_.jsonl`, line: 3 }]);
    const address = /^\[Open\]\(command:counterweight\.fix\.show\?([^)]*)\)$/.exec(link)?.[1] ?? '';
    expect(address).toMatch(/^[A-Za-z0-9%.-]+$/);
    expect(JSON.parse(decodeURIComponent(address))).toEqual([{ path: `/a) b(c)/[x]("q")'!*_.jsonl`, line: 3 }]);
  });

  it('encodes parentheses of a place', () => {
    expect(placeLink('line 3', 'file:///a(1)/real.jsonl#L3')).toBe('[line 3](file:///a%281%29/real.jsonl#L3)');
  });
});

describe('text of files in notifications', () => {
  it('cannot be a link or an icon', () => {
    expect(plainText('[a](command:x) $(bug) b\u202Ec')).toBe('[a] (command:x) $ (bug) b\\u202ec');
  });
});
