import type { Flag, Flags, RowDetails, RowView, RunFacts } from '../../../src/protocol/data.ts';

export function flagOf(line: number, rest: Partial<Flag> = {}): Flag {
  return {
    row: line - 1,
    line,
    verdict: 'misaligned',
    labelStart: 10,
    labelEnd: 20,
    message: "label 'positive', real data says 'negative' (97 %), weight 0.03",
    label: 'positive',
    suggested: 'negative',
    weight: 0.03,
    provisional: false,
    ...rest,
  };
}

export function flagsOf(rest: Partial<Flags> = {}): Flags {
  return {
    version: 0,
    flags: [],
    broken: [],
    misaligned: 0,
    redundant: 0,
    brokenTotal: 0,
    scored: 469,
    ess: 312.4,
    stale: 0,
    preview: false,
    ...rest,
  };
}

export function viewOf(rest: Partial<RowView> = {}): RowView {
  return {
    row: 6,
    line: 7,
    label: 'positive',
    suggested: 'negative',
    weight: 0.0306,
    quality: 0.03,
    diversity: 0.98,
    verdict: 'misaligned',
    marks: [],
    text: 'a text',
    ...rest,
  };
}

export function detailsOf(rest: Partial<RowDetails> = {}): RowDetails {
  return {
    view: viewOf(),
    text: 'a text',
    truncated: false,
    json: '{"text":"a text","label":"positive"}',
    probabilities: [
      { label: 'negative', quality: 0.97, diversity: 0.02 },
      { label: 'positive', quality: 0.03, diversity: 0.98 },
    ],
    reason: "label 'positive', real data says 'negative' (97 %), weight 0.03",
    nearestReal: [],
    nearCopies: [],
    nearCopyCount: 0,
    ...rest,
  };
}

export function runOf(rest: Partial<RunFacts> = {}): RunFacts {
  return {
    folder: '/data/.counterweight/synthetic.jsonl/20260131T142233Z-imp',
    created: '2026-01-31T14:22:33.000Z',
    effort: 'standard',
    method: 'imp',
    device: 'cpu',
    scored: 469,
    controls: { gamma: 1, clipMax: 2, misalignedBelow: 0.2 },
    quality: { kind: 'fine-tuned' },
    warnings: [],
    staleRows: 0,
    ...rest,
  };
}
