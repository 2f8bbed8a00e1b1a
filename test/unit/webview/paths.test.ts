import { describe, expect, it } from 'vitest';
import { pathParts, withoutFolders } from '../../../webview/shared/paths.ts';

describe('paths in sentences', () => {
  it('finds the ones that are known, spaces and all', () => {
    const known = ['/home/ada/my mails/real.jsonl', '/home/ada/my mails/real.jsonl.old'];
    expect(
      pathParts('/home/ada/my mails/real.jsonl.old: 2 rows are in /home/ada/my mails/real.jsonl too.', known),
    ).toEqual([{ path: known[1] }, ': 2 rows are in ', { path: known[0] }, ' too.']);
  });

  it.each([
    ['/home/ada/dev.jsonl: 2 rows', 'dev.jsonl: 2 rows'],
    ['/home/ada/dev.jsonl:14: your decision', 'dev.jsonl:14: your decision'],
    ['C:\\Users\\ada\\dev.jsonl: 2 rows', 'dev.jsonl: 2 rows'],
    ['too in /a/b/test.jsonl (lines 1, 2).', 'too in test.jsonl (lines 1, 2).'],
    ['is in /a/b/test.jsonl.', 'is in test.jsonl.'],
  ])('shortens %s', (sentence, short) => {
    expect(withoutFolders(sentence)).toBe(short);
  });

  it.each(["P̂'(y|x) / Q̂(y|x)", 'and/or', "label '1/2'", 'https://example.org/a/b', '/', '3 rows/s', '</script>'])(
    'leaves %s alone',
    (sentence) => {
      expect(pathParts(sentence)).toEqual([sentence]);
    },
  );
});
