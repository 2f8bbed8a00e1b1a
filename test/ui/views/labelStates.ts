/** States of the labelling view as the host would send them. */
import type { LabelState } from '../../../src/protocol/label.ts';

const base: LabelState = {
  phase: 'labelling',
  source: 'mails.jsonl',
  sourceKind: 'texts',
  dataset: '/home/ada/projects/mail/synthetic.jsonl',
  target: 'real.jsonl',
  appends: false,
  labels: ['ham', 'spam'],
  goal: 200,
  labelled: 57,
  skipped: 4,
  perLabel: [
    { label: 'ham', rows: 41 },
    { label: 'spam', rows: 16 },
  ],
  current: {
    line: 1204,
    text: 'Re: Electric car an Edsel... Actually, you use both. No, even best supercapacitors are a long way to go from reasonably good electrochemical energy sources. But you can recharge and discharge them very quickly, and they take lots more of cycles than the best battery. Ideal for absorbing the energy of braking, and giving it back when you start again.',
    cut: false,
  },
  canGoBack: true,
  canGoForward: false,
  canResume: true,
  saved: true,
};

export const states = {
  setup: { ...base, phase: 'setup', current: undefined, labelled: 0, skipped: 0, perLabel: [], canGoBack: false },
  setupSynthetic: {
    ...base,
    ...{ phase: 'setup', current: undefined, labelled: 0, skipped: 0, perLabel: [], canGoBack: false },
    ...{ source: 'synthetic.jsonl', sourceKind: 'synthetic', appends: true },
  },
  labelling: base,
  first: {
    ...base,
    labelled: 0,
    skipped: 0,
    perLabel: base.perLabel.map(({ label }) => ({ label, rows: 0 })),
    canGoBack: false,
  },
  past: { ...base, canGoForward: true, current: { ...base.current!, answer: 'spam' } },
  hostile: {
    ...base,
    source: '<img src=x onerror=hostile()>.jsonl',
    labels: ['<b onclick=hostile()>bold</b>', 'spam'],
    perLabel: [
      { label: '<b onclick=hostile()>bold</b>', rows: 1 },
      { label: 'spam', rows: 0 },
    ],
    current: {
      line: 7,
      text: '</script><script>hostile()</script><img src=x onerror="hostile()"> \u202eright to left\u202c and a null \0 and a bell \x07',
      textPair: `a word without an end ${'x'.repeat(3000)}`,
      cut: true,
    },
  },
  many: {
    ...base,
    labels: Array.from({ length: 14 }, (_, i) => `a label with a long name ${String(i)}`),
    perLabel: Array.from({ length: 14 }, (_, i) => ({ label: `a label with a long name ${String(i)}`, rows: i })),
    current: {
      ...base.current!,
      text: Array.from({ length: 60 }, (_, i) => `Line ${String(i)} of a long letter.`).join('\n'),
    },
  },
  fault: {
    ...base,
    saved: false,
    fault: 'Cannot write /home/ada/projects/mail/real.jsonl: the disk is full; free some space and run again.',
  },
  done: {
    ...base,
    ...{ phase: 'done', current: undefined, labelled: 200, skipped: 11 },
    perLabel: [
      { label: 'ham', rows: 193 },
      { label: 'spam', rows: 7 },
    ],
  },
  early: {
    ...base,
    ...{ phase: 'done', current: undefined, labelled: 12, skipped: 0 },
    perLabel: [
      { label: 'ham', rows: 12 },
      { label: 'spam', rows: 0 },
    ],
  },
} satisfies Readonly<Record<string, LabelState>>;
