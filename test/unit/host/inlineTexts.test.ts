import { describe, expect, it } from 'vitest';
import { readFixArguments, readRowPlace } from '../../../src/host/diagnostics/fixArguments.ts';
import { fixesOf } from '../../../src/host/diagnostics/fixes.ts';
import { decomposition, hoverText, type HoverFacts } from '../../../src/host/diagnostics/hoverText.ts';
import { labelRange } from '../../../src/host/diagnostics/labelRange.ts';
import { type LensFacts, lensesOf } from '../../../src/host/diagnostics/lenses.ts';
import { noteOf } from '../../../src/host/diagnostics/notes.ts';
import type { WeightControls } from '../../../src/protocol/data.ts';
import { detailsOf, flagOf, flagsOf, runOf, viewOf } from './flags.ts';
import { translate } from './translate.ts';

const controls = { gamma: 1, clipMax: 2, misalignedBelow: 0.2 };

function hover(rest: Partial<HoverFacts> = {}): string {
  const facts: HoverFacts = {
    details: detailsOf(),
    controls,
    place: { path: '/data/synthetic.jsonl', line: 7, version: 4 },
    told: false,
    preview: false,
    rescoreArguments: ['uri'],
    realAddress: (line) => `file:///data/real.jsonl#L${String(line)}`,
    ...rest,
  };
  return hoverText(facts, translate) ?? '';
}

/** As a reader sees it: escapes gone. */
const read = (markdown: string): string => markdown.replace(/\\([!-/:-@[-`{-~])/g, '$1');

describe('hover', () => {
  it('tells the verdict with its reason, the equation and both checkers', () => {
    expect(read(hover()).split('\n\n').slice(0, 3)).toEqual([
      "**misaligned**: label 'positive', real data says 'negative' (97 %), weight 0.03",
      "weight **0.03** = P̂' 3 % / Q̂ 98 %",
      [
        "| label | &emsp;P̂' (real rows) | &emsp;Q̂ (synthetic rows) |",
        '| --- | ---: | ---: |',
        '| negative | 97 % | 2 % |',
        '| positive (this row) | 3 % | 98 % |',
      ].join('\n'),
    ]);
  });

  it('does not repeat the problem that is shown at the same place', () => {
    expect(hover({ told: true }).startsWith('weight **0')).toBe(true);
  });

  it('offers the panel, the suggestion and keeping', () => {
    const titles = [...hover().matchAll(/\[([^\]]*)\]\(command:([^?]*)\?/g)].map(([, title, command]) => [
      read(title),
      command,
    ]);
    expect(titles).toEqual([
      ['Open in panel', 'counterweight.fix.show'],
      ["Relabel to 'negative'", 'counterweight.fix.act'],
      ['Keep as it is', 'counterweight.fix.act'],
    ]);
  });

  it('keeps what the data says from being a link', () => {
    const evil = '](command:workbench.action.quit) [x](command:evil)';
    const view = viewOf({ label: evil, suggested: evil + '2' });
    const text = hover({
      details: detailsOf({
        view,
        reason: evil,
        probabilities: [{ label: evil, quality: 1, diversity: 1 }],
        nearestReal: [{ source: 'real', line: 3, label: evil, cosine: 0.9, text: evil }],
      }),
    });
    const links = [...text.matchAll(/(?<!\\)\]\(([^)]*)\)/g)].map(([, address]) => address.replace(/[?#].*/, ''));
    expect(new Set(links)).toEqual(
      new Set(['file:///data/real.jsonl', 'command:counterweight.fix.show', 'command:counterweight.fix.act']),
    );
  });

  it('says what is provisional, kept and stale, and offers what helps', () => {
    const relabelled = hover({ details: detailsOf({ view: viewOf({ marks: ['relabelled', 'kept'] }) }) });
    expect(read(relabelled)).toContain('weight and verdict are provisional');
    expect(read(relabelled)).toContain('Take back the decision');
    expect(relabelled).not.toContain('Keep as it is');
    const stale = detailsOf({
      view: { ...viewOf({ marks: ['stale'] }), weight: undefined, quality: undefined, verdict: undefined },
      probabilities: undefined,
      reason: undefined,
    });
    const text = hover({ details: stale });
    expect(read(text)).toContain('The text was not scored, or changed since.');
    expect(text).toContain('(command:counterweight.rescoreChangedRows?%5B%22uri%22%5D)');
  });

  it('has nothing to say of a row that nobody scored', () => {
    const view = { row: 0, line: 1, label: 'x', marks: [], text: '' };
    const details = detailsOf({ view, probabilities: undefined, reason: undefined });
    expect(hover({ details })).toBe('');
  });

  it('shows the row’s label, the suggestion and the likeliest of many labels', () => {
    const probabilities = Array.from({ length: 20 }, (_, i) => ({
      ...{ label: `l${String(i)}`, quality: (20 - i) / 210, diversity: i === 15 ? 0.9 : 0.005 },
    }));
    const text = read(
      hover({ details: detailsOf({ view: viewOf({ label: 'l19', suggested: 'l0' }), probabilities }) }),
    );
    const shown = [...text.matchAll(/^\| (l\d+)/gm)].map(([, label]) => label);
    expect(shown).toEqual(['l0', 'l1', 'l15', 'l19']);
  });
});

describe('decomposition of a weight', () => {
  const of = (weight: number, quality: number, diversity?: number, rest: WeightControls = controls): string =>
    read(decomposition({ weight, quality, diversity }, rest, translate) ?? '');

  it('is an equation only where it holds', () => {
    expect(of(1.5, 0.9, 0.6)).toBe("weight **1.50** = P̂' 90 % / Q̂ 60 %");
    expect(of(0.5, 0.25, 1, { ...controls, gamma: 0.5 })).toBe("weight **0.50** = (P̂' 25 % / Q̂ 100 %)^γ, γ = 0.5");
    expect(of(2, 0.9, 0.1)).toBe("weight **2.00** ← 9.00 = P̂' 90 % / Q̂ 10 %, cut at the largest weight allowed");
    expect(of(0.7, 0.9, 0.6)).toBe("weight **0.70** · P̂' 90 % · Q̂ 60 %");
    expect(of(0.9, 0.9)).toBe("weight **0.90** · P̂' 90 %");
  });

  it('names the settings that look at all rows where they make another weight', () => {
    const normalised = { ...controls, selfNormalise: true };
    expect(of(1.2, 0.9, 0.6, normalised)).toBe("weight **1.20** ← 1.50 = P̂' 90 % / Q̂ 60 %, with “Mean weight 1”");
    // At the bound by chance, and not cut there.
    expect(of(2, 0.9, 0.1, normalised)).toBe("weight **2.00** ← 9.00 = P̂' 90 % / Q̂ 10 %, with “Mean weight 1”");
    const all = { ...normalised, truncateQuantile: 0.99, priorCorrection: true };
    expect(of(0.7, 0.9, 0.6, all)).toContain('with “Cap at quantile 0.99, Mean weight 1, Correct label shares”');
    expect(of(0.7, 0.9, 0.6, { ...controls, truncateQuantile: 0.99 })).toContain('with “Cap at quantile 0.99”');
    // Cut at the bound as before, and untouched where the equation holds.
    expect(of(2, 0.9, 0.1, { ...controls, truncateQuantile: 0.99 })).toContain('cut at the largest weight allowed');
    expect(of(1.5, 0.9, 0.6, all)).toBe("weight **1.50** = P̂' 90 % / Q̂ 60 %");
    expect(of(0.7, 0.9, 0.6, { ...controls, truncateQuantile: null, selfNormalise: false })).toBe(
      "weight **0.70** · P̂' 90 % · Q̂ 60 %",
    );
  });
});

describe('CodeLens', () => {
  const titles = (flags: LensFacts['flags'], run: LensFacts['run'], rest: Partial<LensFacts> = {}): string[] =>
    lensesOf({ flags, run, shown: 500, ...rest }, translate).map(({ title }) => title);

  it('says what was scored and what can be done', () => {
    expect(titles(flagsOf(), runOf())).toEqual(['469 rows scored · ESS 312', 'Open weights', 'Re-score']);
    expect(titles(flagsOf({ preview: true }), runOf())[0]).toBe('Preview: 469 rows scored · ESS 312');
  });

  it('offers to score changed rows, and says where not all problems are marked', () => {
    const many = flagsOf({ misaligned: 700, redundant: 100 });
    expect(titles({ ...many, stale: 12 }, runOf()).slice(3)).toEqual([
      '12 changed rows: re-score',
      'the 500 worst of 800 problems are marked',
    ]);
    expect(titles(many, runOf(), { shown: Infinity })).toHaveLength(3);
  });

  it('offers scoring where there is no run', () => {
    expect(titles(flagsOf(), undefined)).toEqual(['Score synthetic data']);
    expect(titles(flagsOf(), undefined, { fault: 'damaged' })).toEqual([
      'The scores cannot be shown',
      'Score synthetic data',
    ]);
  });
});

describe('notes', () => {
  const line = { line: 1, weight: 0.034, verdict: 'misaligned' as const, kept: false };

  it('are written for flagged rows that the user does not keep', () => {
    expect(noteOf(line, false, translate)).toBe('weight 0.03 · misaligned');
    expect(noteOf({ ...line, verdict: 'redundant' }, true, translate)).toBe('weight 0.03 · redundant');
    expect(noteOf(line, true, translate)).toBeUndefined();
    expect(noteOf({ ...line, kept: true }, false, translate)).toBeUndefined();
    expect(noteOf({ ...line, verdict: 'ok' }, false, translate)).toBeUndefined();
  });
});

describe('quick fixes', () => {
  it('are about the row first, then about all rows of its verdict', () => {
    const titles = fixesOf(flagOf(1), flagsOf({ misaligned: 23 }), translate).map(({ title }) => title);
    expect(titles).toEqual([
      "Relabel to 'negative'",
      'Remove row',
      'Keep as it is',
      'Open in weights panel',
      'Relabel all 23 misaligned rows',
      'Remove all 23 misaligned rows',
    ]);
  });

  it('relabel only where there is a suggestion, and not all redundant rows', () => {
    const flag = flagOf(1, { verdict: 'redundant', suggested: undefined });
    expect(fixesOf(flag, flagsOf({ redundant: 5 }), translate)).toEqual([
      { title: 'Remove row', action: 'remove', all: false },
      { title: 'Keep as it is', action: 'keep', all: false },
      { title: 'Open in weights panel', action: 'show', all: false },
      { title: 'Remove all 5 redundant rows', action: 'remove', all: true },
    ]);
    expect(fixesOf(flag, flagsOf({ redundant: 1 }), translate)).toHaveLength(3);
  });
});

describe('arguments of commands', () => {
  it('are read, and refused where they are not ours', () => {
    const place = { path: '/a.jsonl', line: 3, version: 2 };
    expect(readFixArguments({ ...place, action: 'keep' })).toEqual({ ...place, action: 'keep' });
    expect(readFixArguments({ path: '/a', action: 'remove', verdict: 'redundant' })).toEqual({
      ...{ path: '/a', action: 'remove', verdict: 'redundant' },
    });
    expect(readFixArguments({ ...place, action: 'format disk' })).toBeUndefined();
    expect(readFixArguments({ action: 'keep' })).toBeUndefined();
    expect(readFixArguments(null)).toBeUndefined();
    expect(readRowPlace({ ...place, line: 0 })).toBeUndefined();
    expect(readRowPlace({ ...place, line: '3' })).toBeUndefined();
  });
});

describe('the label in a line', () => {
  it('is found with its quotes, and not where the line is no row', () => {
    expect(labelRange('{"text": "a \\"label\\": 1", "label": "x"}', 'label')).toEqual({ start: 36, end: 39 });
    expect(labelRange('{"label": 1}', 'label')).toEqual({ start: 10, end: 11 });
    expect(labelRange('{"label": ', 'label')).toBeUndefined();
    expect(labelRange('{"text": "a"}', 'label')).toBeUndefined();
  });
});
