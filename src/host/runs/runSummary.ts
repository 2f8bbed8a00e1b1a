/** What a run comes down to in one line of the runs view. Pure. */
import type { RunRecord } from '../../store/runRecord.ts';
import { planOf } from '../compare/requestOf.ts';
import { readSetScores } from '../train/runTable.ts';
import { memberOf, numberOf, textOf } from '../jsonMembers.ts';

/** `interrupted`: its process is gone; `running`: some process, of this window or of another, is at it. */
export type RunState = 'running' | 'done' | 'cancelled' | 'failed' | 'interrupted';

export interface RunSummary {
  readonly kind: RunRecord['kind'];
  /** Method of a scoring, loss of a training; lower case, as in the record. */
  readonly method: string | undefined;
  /** Of a scoring. */
  readonly effort: string | undefined;
  /** What a training was trained on. */
  readonly data: string | undefined;
  readonly state: RunState;
  /** Of a finished scoring. */
  readonly misaligned: number | undefined;
  /** Effective sample size as a share of the rows. */
  readonly essShare: number | undefined;
  /** Of a finished training: the test rows' where there are some, else the dev rows'. */
  readonly result: { readonly on: 'test' | 'dev'; readonly accuracy: number; readonly macroF1: number } | undefined;
  /** Of a comparison: how many methods and seeds it has, and what it advises once it is finished. */
  readonly compared:
    { readonly methods: number; readonly seeds: number; readonly advice: string | undefined } | undefined;
}

/** @param held Whether a process holds the run's lock. */
export function summarise(record: RunRecord, held: boolean): RunSummary {
  const { kind, settings, metrics, status } = record;
  const isTraining = kind === 'train';
  const rows = record.inputs.find(({ role }) => role === 'synthetic')?.rows;
  const ess = numberOf(metrics['ess']);
  return {
    kind,
    method: textOf(isTraining ? settings['loss'] : settings['method']),
    effort: isTraining ? undefined : textOf(settings['effort']),
    data: isTraining ? textOf(settings['data']) : undefined,
    state: status === 'running' && !held ? 'interrupted' : status,
    misaligned: kind === 'score' ? numberOf(memberOf(metrics['verdicts'], 'misaligned')) : undefined,
    essShare: kind === 'score' && ess !== undefined && rows !== undefined && rows > 0 ? ess / rows : undefined,
    result: isTraining ? resultOf(metrics) : undefined,
    compared: kind === 'compare' ? comparedIn(record) : undefined,
  };
}

/** Whether a run can be taken up again: it was begun, is not finished, and nobody is at it. */
export function isResumable({ kind, state }: RunSummary): boolean {
  return (kind === 'score' || kind === 'train' || kind === 'compare') && state !== 'done' && state !== 'running';
}

function comparedIn(record: RunRecord): RunSummary['compared'] {
  const { methods, seeds } = planOf(record);
  return { methods: methods.length, seeds: seeds.length, advice: textOf(record.metrics['advice']) };
}

function resultOf(metrics: RunRecord['metrics']): RunSummary['result'] {
  const [test, dev] = [readSetScores(metrics), readSetScores(metrics['dev'])];
  const best = test ?? dev;
  return best && { on: test === undefined ? 'dev' : 'test', accuracy: best.accuracy, macroF1: best.macroF1 };
}
