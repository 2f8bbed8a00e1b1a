import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Filter, type FilterFault, everyRow, parseFilter } from '../../../src/core/table/filter.ts';
import { formatFilter } from '../../../src/core/table/formatFilter.ts';
import { filterOf } from './support.ts';

const labels = ['ham', 'spam', 'not sure'];

function faultOf(text: string, options?: { labels?: readonly string[] }): FilterFault & { marked: string } {
  const result = parseFilter(text, options);
  if (!('fault' in result)) throw new Error(`${text} has no fault: ${formatFilter(result.filter)}`);
  return { ...result.fault, marked: text.slice(result.fault.start, result.fault.end) };
}

describe('what is understood', () => {
  it('the example of the panel', () => {
    expect(filterOf('weight<0.3 label:spam verdict:misaligned refund')).toEqual({
      root: {
        kind: 'all',
        of: [
          { kind: 'compare', field: 'weight', comparison: '<', operand: { value: 0.3, written: '0.3', places: 1 } },
          { kind: 'label', values: ['spam'] },
          { kind: 'verdict', values: ['misaligned'] },
          { kind: 'text', text: 'refund' },
        ],
      },
      terms: ['refund'],
    });
  });

  it('nothing is every row', () => {
    for (const text of ['', '  \t\n']) expect(filterOf(text)).toEqual(everyRow);
  });

  it.each([
    // Every field, alias and comparison; spaces around operators.
    ['w<1', 'weight<1'],
    ['Weight >= 1e-3', 'weight>=1e-3'],
    ['p>0.5', 'quality>0.5'],
    ["P̂'<=.5", 'quality<=.5'],
    ['P̂’<97%', 'quality<97%'],
    ['Q̂=1', 'diversity=1'],
    ['q:0.5', 'diversity=0.5'],
    ['#<10', 'rank<10'],
    ['line:7', 'line=7'],
    ['weight:0.1..0.5', 'weight:0.1..0.5'],
    ['weight=0.1..', 'weight:0.1..'],
    ['line:..7', 'line:..7'],
    ['weight:-1..+1', 'weight:-1..+1'],
    // Values.
    ['label=spam,ham,spam', 'label:spam,ham'],
    ['label: spam, "not sure"', 'label:spam,"not sure"'],
    ['label:billing:refund', 'label:"billing:refund"'],
    ['label:or', 'label:"or"'],
    ['suggestion:ham', 'suggested:ham'],
    ['VERDICT:Misaligned,ok', 'verdict:misaligned,ok'],
    ['is:kept,Relabeled', 'is:kept,relabelled'],
    ['text:a,"b c"', 'a or "b c"'],
    // Texts.
    ['Free "Big Money"', 'free "big money"'],
    ['"say \\"hi\\" \\\\ \\n"', '"say \\"hi\\" \\\\ \\\\n"'],
    ['--help', '"--help"'],
    ['a - b', 'a "-" b'],
    ['hello,world 50% #1', '"hello,world" 50% #1'],
    ['weight', 'weight'],
    ['"or"', '"or"'],
    // Negation and grouping.
    ['-spam', '-spam'],
    ['not spam', '-spam'],
    ['not not spam', 'spam'],
    ['-(-spam)', 'spam'],
    ['NOT (a b)', '-(a b)'],
    ['-"a b"', '-"a b"'],
    ['-label:spam', '-label:spam'],
    ['a b or c d', 'a b or c d'],
    ['a (b or c)', 'a (b or c)'],
    ['a|b|(c or d)', 'a or b or c or d'],
    ['a and (b AND c)', 'a b c'],
    ['a b (c or d e) -(f or g)', 'a b (c or d e) -(f or g)'],
    ['(((a)))', 'a'],
  ])('%s', (text, canonical) => {
    expect(formatFilter(filterOf(text))).toBe(canonical);
  });

  it('and binds tighter than or', () => {
    expect(filterOf('a b or c').root).toEqual({
      kind: 'any',
      of: [
        {
          kind: 'all',
          of: [
            { kind: 'text', text: 'a' },
            { kind: 'text', text: 'b' },
          ],
        },
        { kind: 'text', text: 'c' },
      ],
    });
  });

  it('each text is looked for once', () => {
    expect(filterOf('Refund or b refund -(B or c)').terms).toEqual(['refund', 'b', 'c']);
  });

  it('labels in any case, unless that could mean several', () => {
    const known = ['Spam', 'ham', 'HAM'];
    expect(filterOf('label:SPAM,ham suggested:HAM', known)).toEqual(filterOf('label:Spam,ham suggested:HAM'));
    expect(faultOf('label:Ham', { labels: known })).toMatchObject({
      marked: 'Ham',
      message: "More than one label reads 'Ham': write it with the capitals of the one you mean.",
    });
    expect(filterOf('label:Ham').root).toEqual({ kind: 'label', values: ['Ham'] });
  });
});

describe('faults name the fix and where it is', () => {
  it.each([
    [
      'refund weigth<0.3',
      'weigth',
      "There is no field 'weigth'. Did you mean 'weight'? To look for the text, put it in quotes.",
    ],
    [
      'see http://x',
      'http',
      "There is no field 'http'. Fields are weight, low, quality, diversity, line, rank, label, suggested, verdict, is, text. To look for the text, put it in quotes.",
    ],
    ['lable:spam', 'lable', "There is no field 'lable'. Did you mean 'label'? To look for the text, put it in quotes."],
    ['verdict:ok,misalined', 'misalined', "There is no verdict 'misalined'. Did you mean 'misaligned'?"],
    ['verdict:bad', 'bad', "There is no verdict 'bad'. Write one of misaligned, redundant, unsure, informative, ok."],
    ['is:kep', 'kep', "There is no state 'kep'. Did you mean 'kept'?"],
    ['label:spma', 'spma', "There is no label 'spma'. Did you mean 'spam'?"],
    ['suggested:x', 'x', "There is no label 'x'. The labels are 'ham', 'spam', 'not sure'."],
    ['a weight< b', 'b', "'b' is not a number: write one, as in weight<0.3."],
    ['a weight<', 'weight<', 'A number is missing here: write one, as in weight<0.3.'],
    ['rank > or b', 'or', "'or' is not a number: write one, as in rank<100."],
    ['(weight:)', 'weight:', 'A number is missing here: write one, as in weight<0.3.'],
    ['weight<0,3', '0,3', "'0,3' has a comma: write 0.3."],
    ['weight<1e999', '1e999', "'1e999' is too large: write a smaller number."],
    ['weight<3%', '3%', 'weight has no per cent: write a plain number, as in weight<0.3.'],
    ['p>97', '97', 'quality lies between 0 and 1: write for example 0.97 or 97%.'],
    ['q<-0.5', '-0.5', 'diversity lies between 0 and 1: write for example 0.97 or 97%.'],
    ['weight:0.5..0.1', '0.5..0.1', 'This range ends before it begins: exchange its numbers.'],
    ['weight:..', '..', 'A number is missing here: write one, as in weight:0.1..0.5.'],
    ['weight:1..x', 'x', "'x' is not a number: write one, as in weight<0.3."],
    ['weight<0.1..0.5', '<0.1..0.5', 'A range follows a colon, as in weight:0.1..0.5.'],
    ['weight!=1', '!=', "'!=' is not understood: put - before the test, as in -weight=1."],
    ['label!=spam', '!=', "'!=' is not understood: put - before the test, as in -label:ham."],
    ['label>3', '>', 'label is not a number: write label:ham.'],
    ['label:', 'label:', 'A value is missing here: write one, as in label:ham.'],
    ['verdict: ) a', 'verdict:', 'A value is missing here: write one, as in verdict:misaligned.'],
    ['label:spam, ', ',', 'A value is missing here: write one, as in label:ham.'],
    ['label:""', '""', 'A value is missing here: write one, as in label:ham.'],
    ['a ""', '""', 'Nothing stands between these quotes: write a text or remove them.'],
    ['a "b c', '"b c', 'This quote is not closed: add " where the text ends.'],
    ['label:"b c\\"', '"b c\\"', 'This quote is not closed: add " where the text ends.'],
    [
      'a (b or (c)',
      '(b or (c)'.slice(0, 1),
      'This parenthesis is not closed: add ) where it ends, or put it in quotes to look for it.',
    ],
    ['a (', '(', 'This parenthesis is not closed: add ) where it ends, or put it in quotes to look for it.'],
    ['a ( )', '( )', 'Nothing stands between these parentheses: remove them.'],
    ['a) b', ')', 'No parenthesis is open here: remove this one, or put it in quotes to look for it.'],
    [') b', ')', 'No parenthesis is open here: remove this one, or put it in quotes to look for it.'],
    ['or b', 'or', "Something is missing before 'or': add it, or put 'or' in double quotes to look for it."],
    ['(and b)', 'and', "Something is missing before 'and': add it, or put 'and' in double quotes to look for it."],
    ['a or', 'or', "Something is missing after 'or': add it, or put 'or' in double quotes to look for it."],
    ['a || b', '|', "Something is missing after '|': add it, or put '|' in double quotes to look for it."],
    ['(a not)', 'not', "Something is missing after 'not': add it, or put 'not' in double quotes to look for it."],
    [
      '<3',
      '<',
      "A field is missing before '<', as in weight<0.3 or label:spam; to look for the text, put it in quotes.",
    ],
  ])('%s', (text, marked, message) => {
    expect(faultOf(text, { labels })).toMatchObject({ marked, message });
  });

  it('takes examples from the labels, where one can stand without quotes', () => {
    expect(faultOf('label:', { labels: ['not sure', 'positive'] }).message).toMatch(/label:positive\.$/);
    for (const options of [undefined, { labels: ['not sure', 'x'.repeat(31)] }]) {
      expect(faultOf('label:', options).message).toMatch(/label:spam\.$/);
    }
  });

  it('marks the parenthesis that is open, not another', () => {
    expect(faultOf('(a) (b or (c)')).toMatchObject({ start: 4, end: 5 });
  });

  it('limits length, depth and number of texts', () => {
    expect(filterOf('a'.repeat(10_000)).terms).toHaveLength(1);
    expect(faultOf('a'.repeat(10_001))).toMatchObject({ start: 10_000, end: 10_001 });
    const deep = (n: number): string => `${'('.repeat(n)}a${')'.repeat(n)}`;
    expect(filterOf(deep(50)).terms).toEqual(['a']);
    expect(faultOf(deep(51))).toMatchObject({ start: 50, end: 51 });
    expect(faultOf('('.repeat(10_000)).message).toMatch(/50 deep/);
    const texts = (n: number): string => Array.from({ length: n }, (_, i) => `t${i}`).join(' ');
    expect(filterOf(texts(32)).terms).toHaveLength(32);
    expect(faultOf(texts(33))).toMatchObject({ marked: 't32' });
  });
});

const piece = fc.oneof(
  fc.constantFrom(
    ...['weight', 'p', "P̂'", 'label', 'verdict', 'is', 'text', 'or', 'and', 'not', '-', '(', ')', '|', ':', '<', '>='],
    ...[
      '=',
      '!=',
      '"',
      '\\',
      ',',
      '..',
      '0.3',
      '97%',
      'spam',
      'ok',
      'kept',
      ' ',
      ' ',
      '\n',
      '\u00a0',
      '\ud83d',
      'Σ',
      'İ',
    ],
  ),
  fc.string({ maxLength: 4, unit: 'binary' }),
);
const someText = fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(''));

/** Texts that are mostly filters. */
const someFilter = fc.letrec<{ any: string; term: string }>((tie) => ({
  any: fc
    .tuple(fc.array(tie('term'), { minLength: 1, maxLength: 4 }), fc.constantFrom(' ', ' or ', '|', ' and '))
    .map(([terms, joiner]) => terms.join(joiner)),
  term: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      ...['refund', '"a \\" b"', 'weight<0.3', 'p:97%', 'q:.1..1', 'line:..5', 'rank>=1e1', 'is:kept,stale'],
    ),
    fc.constantFrom(
      ...['label:spam,"not sure"', 'suggested:HAM', 'verdict:ok', 'text:"x y",z', "don't", '50%', '日本語'],
    ),
    fc.string({ unit: 'grapheme' }).map((text) => `"${text.replace(/[\\"]/g, '\\$&')}"`),
    tie('term').map((term) => `-${term}`),
    tie('any').map((any) => `(${any})`),
  ),
})).any;

describe('properties', () => {
  it('never throws; a fault has a message of one line and marks a part of the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(someText, fc.string()),
        fc.option(fc.constant(labels), { nil: undefined }),
        (text, known) => {
          const result = parseFilter(text, { labels: known });
          if (!('fault' in result)) return;
          const { message, start, end } = result.fault;
          expect(0 <= start && start < end && end <= text.length).toBe(true);
          expect(message).toMatch(/^[^\p{Cc}\p{Cs}]{10,400}$/u);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('what is written back means the same', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.oneof(someFilter, someText), (text) => {
        const result = parseFilter(text);
        if ('fault' in result) return;
        read++;
        const canonical = formatFilter(result.filter);
        const again = parseFilter(canonical);
        expect(again).toEqual(result);
        expect(formatFilter((again as { filter: Filter }).filter)).toBe(canonical);
      }),
      { numRuns: 3000 },
    );
    // Most of them must be filters for this to say anything.
    expect(read).toBeGreaterThan(1000);
  });
});
