import { describe, expect, it } from 'vitest';
import { menuEntries } from '../../../src/host/jobs/menuEntries.ts';
import {
  doneText,
  estimateText,
  failureText,
  isWorthNotifying,
  statusText,
  statusTooltip,
  titleOf,
} from '../../../src/host/jobs/messages.ts';
import { costText, nextPace, type Costs } from '../../../src/host/score/costText.ts';
import type { Job, JobRequest } from '../../../src/host/services.ts';
import type { ScoreOutcome, TrainOutcome } from '../../../src/protocol/jobs.ts';
import type { JobView } from '../../../src/protocol/panel.ts';
import type { CallFailure } from '../../../src/protocol/rpc.ts';

/** As `vscode.l10n.t` without a translation. */
const t = (message: string, ...args: (string | number | boolean)[]): string =>
  message.replace(/\{(\d+)\}/g, (_, i: string) => String(args[Number(i)]));

const files = { synthetic: '/data/rows.jsonl', real: '/data/real.jsonl' };
const score: JobRequest = { kind: 'score', request: { files, effort: 'standard', method: 'imp' } };
const preview: JobRequest = { kind: 'score', request: { files, effort: 'preview', method: 'imp' } };
const train: JobRequest = { kind: 'train', request: { files, loss: 'imp' } };
const compare: JobRequest = {
  kind: 'compare',
  request: { files: { ...files, test: '/data/test.jsonl' }, methods: ['ce'], seeds: [1] },
};
const rescore: JobRequest = { kind: 'rescore', request: { files, run: '/run' } };

describe('titleOf', () => {
  it.each([
    [score, 'Scoring rows.jsonl'],
    [preview, 'Preview of rows.jsonl'],
    [train, 'Training on rows.jsonl'],
    [rescore, 'Re-scoring rows.jsonl'],
    [compare, 'Comparing methods on rows.jsonl'],
  ])('%#: %s', (request, title) => {
    expect(titleOf(request, t)).toBe(title);
  });
});

describe('statusText', () => {
  const view = (changes: Partial<JobView>): JobView => ({
    id: 1,
    kind: 'score',
    title: 'T',
    state: 'running',
    ...changes,
  });

  it.each([
    [{}, 0, 'T'],
    [
      { stage: 'Quality checker, fold 2 of 5', fraction: 0.419, secondsLeft: 200 },
      0,
      'Quality checker, fold 2 of 5 41 % · 4 min left',
    ],
    [{ stage: 'Waiting' }, 2, 'Waiting · 2 waiting'],
    [{ state: 'cancelling', stage: 'S', fraction: 0.5, secondsLeft: 9 }, 0, 'Cancelling …'],
  ] as const)('%j, %i others: %s', (changes, waiting, text) => {
    expect(statusText(view(changes), waiting, t)).toBe(text);
  });
});

describe('doneText', () => {
  const outcome = { scored: 1234, verdicts: { misaligned: 37 } } as unknown as ScoreOutcome;
  const scores = { accuracy: 0.9123, macroF1: 0.9 };

  it('says what came of it; a preview calls no row misaligned', () => {
    expect(doneText(score, outcome, t)).toBe(`Scored rows.jsonl: ${(1234).toLocaleString()} rows, 37 misaligned.`);
    expect(doneText(preview, outcome, t)).not.toContain('misaligned');
    const trained = (of: object): string => doneText(train, of as TrainOutcome, t);
    expect(trained({})).toBe('Trained a classifier on rows.jsonl.');
    expect(trained({ dev: scores, test: { accuracy: 0.88, macroF1: 0.87 } })).toBe(
      'Trained a classifier on rows.jsonl: accuracy 88.0 %, macro-F1 87.0 % on the test rows.',
    );
    const compared = { folder: '/run', advice: 'IMP beats CE.', trainings: 8, warnings: [] };
    expect(doneText(compare, compared, t)).toBe('Compared methods on rows.jsonl. IMP beats CE.');
    expect(trained({ dev: scores })).toContain('accuracy 91.2 %, macro-F1 90.0 % on the dev rows');
  });
});

describe('isWorthNotifying', () => {
  it.each([
    [false, 15_000, true],
    [false, 14_999, false],
    [true, 3_600_000, false],
  ])('focused %s, after %d ms: %s', (focused, ms, told) => {
    expect(isWorthNotifying(focused, ms)).toBe(told);
  });
});

describe('failureText', () => {
  const failed = (failure: CallFailure, crashed: boolean, resumable = false, encoderMissing = false) =>
    failureText('Scoring rows.jsonl', { kind: 'failed', failure, crashed }, { resumable, encoderMissing }, t);

  it('is one line with a way on', () => {
    const full: CallFailure = {
      kind: 'user',
      message: 'Cannot write /x: the disk is full; free some space and run again.',
    };
    expect(failed(full, false, true)).toEqual({
      text: 'Scoring rows.jsonl: Cannot write /x: the disk is full; free some space and run again. What was finished is kept.',
      ways: ['resume', 'log'],
    });
    expect(failed({ kind: 'user', message: 'a: no such file.' }, false)).toEqual({
      text: 'Scoring rows.jsonl: a: no such file.',
      ways: ['retry', 'log'],
    });
    expect(failed({ kind: 'user', message: 'The model is not on this machine.' }, false, false, true).ways).toEqual([
      'downloadEncoder',
      'log',
    ]);
    expect(failed({ kind: 'defect', message: 'The job worker ended unexpectedly (SIGSEGV).' }, true, true)).toEqual({
      text: 'Scoring rows.jsonl stopped. The job worker ended unexpectedly (SIGSEGV). What was finished is kept.',
      ways: ['resume', 'log'],
    });
    const notFound = 'The job worker could not be started: spawn /no/node ENOENT.';
    expect(failed({ kind: 'defect', message: notFound }, true).ways).toEqual(['settings', 'log']);
    expect(failed({ kind: 'defect', message: 'x is undefined.\nsecond line', stack: 's' }, false).text).toBe(
      'Scoring rows.jsonl failed by a defect of Counterweight: x is undefined.',
    );
  });
});

describe('a machine without ONNX Runtime', () => {
  const failure: CallFailure = { kind: 'user', message: 'Models cannot run on this machine.', unsupported: true };

  it.each([true, false])('offers neither a download nor another try (encoder missing: %s)', (encoderMissing) => {
    const end = { kind: 'failed', failure, crashed: false } as const;
    expect(failureText('Scoring rows.jsonl', end, { resumable: false, encoderMissing }, t)).toEqual({
      text: 'Scoring rows.jsonl: Models cannot run on this machine.',
      ways: ['log'],
    });
  });
});

describe('menuEntries', () => {
  it('offers to begin first, with the question, then to cancel', () => {
    const asked: string[] = [];
    const job = (title: string, more: Partial<JobView>): Job =>
      ({
        view: { id: 1, kind: 'score', title, state: 'running', ...more },
        answer: (go: boolean) => asked.push(`${title} answer ${String(go)}`),
        cancel: () => asked.push(`${title} cancel`),
      }) as unknown as Job;
    const jobs = [job('A', { stage: 'Waiting for your answer', question: 'A takes 2 h.' }), job('B', { stage: 'S' })];
    const entries = menuEntries(jobs, t);
    expect(entries.map(({ label, detail }) => [label, detail])).toEqual([
      ['$(play) Begin: A', 'A takes 2 h.'],
      ['$(stop-circle) Cancel: A', undefined],
      ['$(stop-circle) Cancel: B', 'S'],
    ]);
    for (const { run } of entries) run();
    expect(asked).toEqual(['A answer true', 'A cancel', 'B cancel']);
    expect(statusTooltip(jobs[0].view, t)).toBe('A takes 2 h.\nClick to begin or cancel.');
  });
});

describe('estimateText', () => {
  it('names time, memory and disk', () => {
    const estimate = { ask: true, seconds: 7300, memoryBytes: 1.26e9, diskBytes: 8e8, forwardRows: 1, backwardRows: 1 };
    expect(estimateText('Scoring rows.jsonl', estimate, t)).toBe(
      'Scoring rows.jsonl takes about 2 h 2 min on this machine (memory 1.3 GB, disk 800 MB).',
    );
  });
});

describe('costText', () => {
  const cost = (seconds: number) => ({ seconds, forwardRows: 0, backwardRows: 0 });
  const costs: Costs = { preview: cost(8), standard: cost(200), paper: cost(4000) };

  it('is as rough as it is known', () => {
    expect(costText('preview', costs, 1, true, t)).toBe('about 10 s');
    expect(costText('standard', costs, 1, true, t)).toBe('about 4 min, a preview after 10 s');
    expect(costText('standard', costs, 2, false, t)).toBe('about 7 min');
    expect(costText('paper', costs, 1, false, t)).toBe('about 1 h 30 min');
  });

  it('learns from measured estimates', () => {
    expect(nextPace(1, 100, 150)).toBe(1.5);
    expect(nextPace(1.5, 100, 50)).toBe(1);
    // A measurement out of all proportion is not believed.
    expect(nextPace(1, 1, 1e6)).toBe(20);
    expect(nextPace(1.2, 0, 50)).toBe(1.2);
  });
});
