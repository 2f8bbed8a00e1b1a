import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asOneEdit } from '../../../src/host/edits/editForm.ts';
import { countsOf, nothingOf, noticeOf, questionOf } from '../../../src/host/edits/planText.ts';
import {
  applySpans,
  changedLines,
  type Lines,
  type Place,
  spliceSpans,
  toSpans,
} from '../../../src/host/edits/spans.ts';
import { findMismatch } from '../../../src/host/edits/verifyPlan.ts';
import type { LineEdit } from '../../../src/protocol/data.ts';
import { translate } from './translate.ts';

/** A document as VS Code shows it. */
function documentOf(text: string, eol: '\n' | '\r\n' = '\n'): { lines: Lines; offsetAt: (place: Place) => number } {
  const all = text.split(eol);
  const starts: number[] = [];
  let start = 0;
  for (const line of all) {
    starts.push(start);
    start += line.length + eol.length;
  }
  return {
    lines: { count: all.length, at: (line) => all[line] },
    offsetAt: ({ line, character }) => starts[line] + character,
  };
}

function edited(text: string, edits: readonly LineEdit[], eol: '\n' | '\r\n' = '\n'): string {
  const { lines, offsetAt } = documentOf(text, eol);
  return applySpans(text, toSpans(edits, lines), offsetAt);
}

describe('edits of a document', () => {
  it('replaces only the characters of a label', () => {
    expect(edited('{"l": "a"}\r\n{"l": 1}\r\n', [{ line: 1, start: 6, end: 7, text: '20' }], '\r\n')).toBe(
      '{"l": "a"}\r\n{"l": 20}\r\n',
    );
  });

  it('removes whole lines with their line ends', () => {
    expect(edited('a\nb\nc\nd\n', [{ line: 1, endLine: 3 }])).toBe('a\nd\n');
    expect(edited('a\r\nb\r\nc', [{ line: 0, endLine: 1 }], '\r\n')).toBe('b\r\nc');
  });

  it('removes a last line that has no line end, and leaves the one before it alone', () => {
    expect(edited('a\nb', [{ line: 1, endLine: 2 }])).toBe('a\n');
    expect(
      edited('a\nb\nc', [
        { line: 0, endLine: 1 },
        { line: 1, endLine: 3 },
      ]),
    ).toBe('');
  });

  it('joins neighbouring removals into one span', () => {
    const { lines } = documentOf('a\nb\nc\nd\ne\n');
    const edits = [
      { line: 0, endLine: 1 },
      { line: 1, endLine: 2 },
      { line: 3, endLine: 4 },
    ];
    expect(toSpans(edits, lines)).toEqual([
      { start: { line: 0, character: 0 }, end: { line: 2, character: 0 }, text: '' },
      { start: { line: 3, character: 0 }, end: { line: 4, character: 0 }, text: '' },
    ]);
  });

  it('agrees with a filter over the lines, whatever is removed and relabelled', () => {
    const row = fc.record({
      text: fc.stringMatching(/^[a-z]{0,6}$/),
      fate: fc.constantFrom('stay', 'remove', 'label'),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), fc.boolean(), fc.boolean(), (rows, ended, crlf) => {
        const eol = crlf ? '\r\n' : '\n';
        const lineOf = (text: string, label: string): string => `{"t":"${text}","l":"${label}"}`;
        const text = rows.map((r) => lineOf(r.text, 'x')).join(eol) + (ended ? eol : '');
        const edits = rows.flatMap((r, line): LineEdit[] => {
          if (r.fate === 'remove') return [{ line, endLine: line + 1 }];
          const start = lineOf(r.text, '').length - 3;
          return r.fate === 'label' ? [{ line, start, end: start + 3, text: '"other"' }] : [];
        });
        const kept = rows.flatMap((r, i) => {
          if (r.fate === 'remove') return [];
          const end = i < rows.length - 1 || ended ? eol : '';
          return [lineOf(r.text, r.fate === 'label' ? 'other' : 'x') + end];
        });
        expect(edited(text, edits, eol)).toBe(kept.join(''));
      }),
    );
  });

  it('gives the part between the first and the last span, for one replacement', () => {
    const text = 'a\nbb\nc\ndd\n';
    const { lines, offsetAt } = documentOf(text);
    const spans = toSpans(
      [
        { line: 1, endLine: 2 },
        { line: 3, start: 0, end: 1, text: 'x' },
      ],
      lines,
    );
    expect(spliceSpans(text, spans, offsetAt)).toEqual({ from: 2, to: 8, replaced: 'c\nx' });
  });

  it('shows the lines that change, before and after, as many as there is room for', () => {
    const { lines } = documentOf('a:1\nb:2\nc:3\nd:4\ne:5');
    const edits: LineEdit[] = [
      { line: 0, start: 2, end: 3, text: '9' },
      { line: 1, endLine: 3 },
      { line: 4, start: 2, end: 3, text: '7' },
    ];
    expect(changedLines(edits, lines, 10)).toEqual({ before: 'a:1\nb:2\nc:3\ne:5', after: 'a:9\ne:7', all: true });
    expect(changedLines(edits, lines, 2)).toEqual({ before: 'a:1\nb:2', after: 'a:9', all: false });
  });

  it('sends one replacement only for very many edits with little between them', () => {
    const spans = (n: number): Parameters<typeof asOneEdit>[0] =>
      Array.from({ length: n }, (_, line) => ({
        start: { line, character: 0 },
        end: { line, character: 1 },
        text: '',
      }));
    expect(asOneEdit(spans(50_000), 15_500_000)).toBe(true);
    expect(asOneEdit(spans(10_000), 31_000_000)).toBe(false);
    expect(asOneEdit(spans(1000), 1000)).toBe(false);
  });
});

describe('a last look before a document is changed', () => {
  const { lines } = documentOf('{"t":"a:b","l": "x"}\n{"l":-1}\n{"l":true}\n{"l":"é\\"x"}');
  const plan = (edits: readonly LineEdit[]): Parameters<typeof findMismatch>[0] => ({ edits, samples: [] });

  it('finds nothing wrong with whole values and lines', () => {
    const edits: LineEdit[] = [
      { line: 0, start: 16, end: 19, text: '"y"' },
      { line: 1, start: 5, end: 7, text: '2' },
      { line: 2, start: 5, end: 9, text: 'false' },
      { line: 3, start: 5, end: 11, text: '"z"' },
    ];
    expect(findMismatch(plan(edits), lines)).toBeUndefined();
    expect(findMismatch(plan([{ line: 0, endLine: 4 }]), lines)).toBeUndefined();
  });

  it('names the line where an edit covers something else', () => {
    const wrong = (edit: LineEdit): number | undefined => findMismatch(plan([edit]), lines);
    expect(wrong({ line: 0, start: 15, end: 18, text: '"y"' })).toBe(1);
    expect(wrong({ line: 0, start: 5, end: 8, text: '"y"' })).toBe(1);
    expect(wrong({ line: 1, start: 1, end: 4, text: '"y"' })).toBe(2);
    expect(wrong({ line: 2, start: 5, end: 30, text: 'false' })).toBe(3);
    expect(wrong({ line: 3, start: 5, end: 8, text: '"z"' })).toBe(4);
    expect(wrong({ line: 4, start: 0, end: 1, text: '1' })).toBe(5);
    expect(wrong({ line: 2, endLine: 5 })).toBe(3);
  });

  it('compares the lines to be removed with the samples', () => {
    const removal = { edits: [{ line: 1, endLine: 3 }] };
    const sample = (before: string): number | undefined =>
      findMismatch({ ...removal, samples: [{ line: 2, before, after: '' }] }, lines);
    expect(sample('{"l":-1}')).toBeUndefined();
    expect(sample('{"l":…')).toBeUndefined();
    expect(sample('{"l":"other"}')).toBe(2);
  });
});

describe('what a user reads about a plan', () => {
  it('asks and tells in plain words', () => {
    const plan = {
      rows: 12,
      counts: [
        { what: 'positive → negative', rows: 8 },
        { what: 'negative → positive', rows: 4 },
      ],
      skipped: ['3 rows have no suggestion'],
    };
    expect(questionOf({ ...plan, action: 'relabel' }, translate)).toBe('Relabel 12 rows?');
    expect(countsOf(plan, translate)).toBe(
      'positive → negative: 8 · negative → positive: 4 · 3 rows have no suggestion',
    );
    expect(noticeOf({ ...plan, action: 'relabel' }, true, translate)).toBe(
      'Relabelled 12 rows; the file is not saved yet.',
    );
    expect(noticeOf({ action: 'remove', rows: 1 }, false, translate)).toBe(
      'Removed 1 row; decisions are honoured by training and export.',
    );
    expect(nothingOf({ skipped: ['3 rows have no suggestion'] }, translate)).toBe(
      'No row changes: 3 rows have no suggestion.',
    );
  });

  it('lists the first kinds of change and counts the rest', () => {
    const counts = Array.from({ length: 6 }, (_, i) => ({ what: `a → b${String(i)}`, rows: 1 }));
    expect(countsOf({ counts, skipped: [] }, translate)).toBe(
      'a → b0: 1 · a → b1: 1 · a → b2: 1 · a → b3: 1 · 2 more kinds',
    );
  });
});
