/** What the user is told of jobs, in words. Free of `vscode`: sentences are made by the function that is passed in. */
import { basename } from 'node:path';
import type { CompareOutcome, JobEvents, JobOutcome, ScoreOutcome, TrainOutcome } from '../../protocol/jobs.ts';
import type { JobView } from '../../protocol/panel.ts';
import type { Translate } from '../l10n.ts';
import type { JobRequest } from '../services.ts';
import { duration } from '../train/duration.ts';
import type { JobEnd } from './queuedJob.ts';

/** What a job is called in the status bar, in messages and in the panel. */
export function titleOf({ kind, request }: JobRequest, t: Translate): string {
  const file = basename(request.files.synthetic);
  switch (kind) {
    case 'score':
      return request.effort === 'preview' ? t('Preview of {0}', file) : t('Scoring {0}', file);
    case 'train':
      return t('Training on {0}', file);
    case 'rescore':
      return t('Re-scoring {0}', file);
    case 'compare':
      return t('Comparing methods on {0}', file);
  }
}

/** The status bar while a job runs or waits: what it does, how far, how long still. */
export function statusText(view: JobView, waiting: number, t: Translate): string {
  const { stage, fraction, secondsLeft, state } = view;
  const parts = [
    state === 'cancelling' ? t('Cancelling …') : (stage ?? view.title),
    ...(fraction === undefined || state === 'cancelling' ? [] : [`${String(Math.floor(100 * fraction))} %`]),
  ];
  const left = secondsLeft === undefined || state === 'cancelling' ? [] : [t('{0} left', duration(secondsLeft))];
  const more = waiting === 0 ? [] : [t('{0} waiting', waiting)];
  return [parts.join(' '), ...left, ...more].join(' · ');
}

/** What is behind it. */
export function statusTooltip({ title, stage, rate, device, question }: JobView, t: Translate): string {
  const click = question === undefined ? t('Click for more.') : t('Click to begin or cancel.');
  return [...(question === undefined ? [title, stage, rate, device] : [question]), click]
    .filter((line) => line !== undefined)
    .join('\n');
}

/** One sentence on what came of a job. */
export function doneText({ kind, request }: JobRequest, outcome: JobOutcome, t: Translate): string {
  const file = basename(request.files.synthetic);
  const count = (rows: number): string => rows.toLocaleString();
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  if (kind === 'compare') return t('Compared methods on {0}. {1}', file, (outcome as CompareOutcome).advice);
  if (kind === 'train') {
    const { test, dev } = outcome as TrainOutcome;
    const [judged, on] = test !== undefined ? [test, t('test rows')] : [dev, t('dev rows')];
    if (judged === undefined) return t('Trained a classifier on {0}.', file);
    const { accuracy, macroF1 } = judged;
    return t(
      'Trained a classifier on {0}: accuracy {1}, macro-F1 {2} on the {3}.',
      ...[file, percent(accuracy), percent(macroF1), on],
    );
  }
  const { scored, verdicts } = outcome as ScoreOutcome;
  // A preview raises no such claim.
  if (kind === 'score' && request.effort === 'preview') return t('Preview of {0}: {1} rows.', file, count(scored));
  return t('Scored {0}: {1} rows, {2} misaligned.', file, count(scored), count(verdicts['misaligned'] ?? 0));
}

/** Jobs shorter than this end before anybody has turned to something else, in milliseconds. */
const longEnoughMs = 15_000;

/** Whether the end of a job is told by a notification: the user is elsewhere, and had time to go there. */
export function isWorthNotifying(focused: boolean, ranMs: number): boolean {
  return !focused && ranMs >= longEnoughMs;
}

/** A way on from a failure. */
export type WayOn = 'resume' | 'retry' | 'downloadEncoder' | 'settings' | 'log';

/**
 * What is said of a failed job, and the ways on.
 * @param resumable Whether the run it began is there to go on with.
 * @param encoderMissing Whether it failed for want of the encoder.
 */
export function failureText(
  title: string,
  { failure, crashed }: Extract<JobEnd, { kind: 'failed' }>,
  { resumable, encoderMissing }: { readonly resumable: boolean; readonly encoderMissing: boolean },
  t: Translate,
): { readonly text: string; readonly ways: readonly WayOn[] } {
  // Neither a download nor another try can help: the message says where it would run.
  if (failure.unsupported) return { text: t('{0}: {1}', title, failure.message), ways: ['log'] };
  const again: WayOn = resumable ? 'resume' : 'retry';
  const kept = resumable ? ` ${t('What was finished is kept.')}` : '';
  if (encoderMissing) return { text: t('{0}: {1}', title, failure.message), ways: ['downloadEncoder', 'log'] };
  if (crashed) {
    const notStarted = failure.message.includes('could not be started');
    return {
      text: `${t('{0} stopped. {1}', title, failure.message)}${kept}`,
      ways: notStarted ? ['settings', 'log'] : [again, 'log'],
    };
  }
  if (failure.kind === 'user') return { text: `${t('{0}: {1}', title, failure.message)}${kept}`, ways: [again, 'log'] };
  const [line] = failure.message.split('\n');
  return {
    text: `${t('{0} failed by a defect of Counterweight: {1}.', title, line.replace(/\.$/, ''))}${kept}`,
    ways: [again, 'log'],
  };
}

/** The question before a long job. */
export function estimateText(title: string, estimate: JobEvents['estimate'], t: Translate): string {
  const { seconds, memoryBytes, diskBytes } = estimate;
  return t(
    '{0} takes about {1} on this machine (memory {2}, disk {3}).',
    ...[title, duration(seconds), bytes(memoryBytes), bytes(diskBytes)],
  );
}

function bytes(count: number): string {
  return count >= 1e9 ? `${(count / 1e9).toFixed(1)} GB` : `${String(Math.max(1, Math.round(count / 1e6)))} MB`;
}
