import type { TrainingState } from '../../src/protocol/training.ts';
import { h, show } from '../shared/dom.ts';
import { LineChart } from '../shared/lineChart.ts';
import { niceTicks, smooth, wholeTicks } from '../shared/scale.ts';
import { t } from '../shared/l10n.ts';

/** From this many points on a line is drawn through their running mean. */
const smoothedFrom = 24;

/** Ends of more epochs than this are not drawn: they would be a pattern of their own. */
const mostRules = 20;

/** The two charts: training loss by step, and the dev rows' numbers by epoch. */
export class Curves {
  readonly element: HTMLElement;
  readonly #loss = new LineChart(t('Training loss'));
  readonly #dev = new LineChart(t('Dev rows'));
  #last = '';

  constructor() {
    this.element = h('section', { class: 'curves', 'aria-label': t('Curves') }, this.#loss.element, this.#dev.element);
  }

  update(state: TrainingState): void {
    const { losses, epochs, step, steps, epochCount, stepsPerEpoch, bestEpoch, devFile, ended } = state;
    const key = JSON.stringify([
      losses.length,
      step,
      steps,
      epochs,
      epochCount,
      stepsPerEpoch,
      bestEpoch,
      devFile,
      ended,
    ]);
    if (key === this.#last) return;
    this.#last = key;
    // After a reload the steps of an earlier training are gone, its epochs are not.
    const measured = epochs.some(({ accuracy, macroF1 }) => accuracy !== undefined || macroF1 !== undefined);
    show(this.#loss.element, ended === undefined || losses.length > 0);
    show(this.#dev.element, ended === undefined || losses.length > 0 || measured);
    this.#drawLoss(state);
    this.#drawDev(state);
  }

  #drawLoss({ losses, steps, stepsPerEpoch, epochCount }: TrainingState): void {
    const to = Math.max(steps ?? 0, losses.at(-1)?.step ?? 0, 1);
    const raw = losses.map(({ step, loss }) => [step, loss] as const);
    const means = smooth(
      raw.map(([, loss]) => loss),
      0.9,
    );
    const mean = raw.map(([step], i) => [step, means[i]] as const);
    const isLong = raw.length >= smoothedFrom;
    const rules =
      stepsPerEpoch === undefined || to / stepsPerEpoch > mostRules
        ? []
        : Array.from(
            { length: Math.max(0, (epochCount ?? Math.round(to / stepsPerEpoch)) - 1) },
            (_, i) => (i + 1) * stepsPerEpoch,
          );
    const [first, last] = [means.at(0), means.at(-1)];
    this.#loss.update({
      series: isLong
        ? [
            { name: t('Loss of a step'), look: 'loss-raw', points: raw, faint: true },
            { name: t('Running mean'), look: 'loss', points: mean },
          ]
        : [{ name: t('Loss'), look: 'loss', points: raw }],
      x: {
        from: 0,
        to,
        ticks: niceTicks(0, to, 4).filter((tick) => tick <= to && Number.isInteger(tick)),
        name: t('step'),
      },
      rules,
      showX: (x) => x.toLocaleString('en-US'),
      showY: (y) => Number(y.toPrecision(3)).toString(),
      fromZero: true,
      summary:
        first === undefined || last === undefined
          ? ''
          : t(
              'Training loss over {0} steps, from {1} to {2}.',
              String(raw.at(-1)?.[0]),
              first.toFixed(3),
              last.toFixed(3),
            ),
      empty: t('The curve begins with the first step of the classifier; its checkers are made before.'),
    });
  }

  #drawDev({ epochs, epochCount, bestEpoch, devFile, ended }: TrainingState): void {
    const measured = epochs.filter(({ accuracy, macroF1 }) => accuracy !== undefined || macroF1 !== undefined);
    const to = Math.max(epochCount ?? 0, measured.at(-1)?.epoch ?? 0, 1);
    const points = (read: (epoch: (typeof epochs)[number]) => number | undefined): (readonly [number, number])[] =>
      measured.flatMap((epoch) => {
        const value = read(epoch);
        return value === undefined ? [] : [[epoch.epoch, 100 * value] as const];
      });
    const latest = measured.at(-1);
    this.#dev.update({
      series: [
        { name: t('Accuracy'), look: 'accuracy', points: points(({ accuracy }) => accuracy), dots: true },
        { name: t('Macro-F1'), look: 'macro', points: points(({ macroF1 }) => macroF1), dots: true },
      ],
      x: { ...(to > 1 ? { from: 1, to } : { from: 0.5, to: 1.5 }), ticks: wholeTicks(to, 8), name: t('epoch') },
      marked: bestEpoch === undefined ? undefined : { x: bestEpoch, text: t('kept') },
      showX: String,
      showY: (y) => `${Number(y.toFixed(1)).toString()} %`,
      leastStep: 0.5,
      summary:
        latest === undefined
          ? ''
          : t(
              'Dev rows after epoch {0}: accuracy {1} %, macro-F1 {2} %.',
              latest.epoch,
              (100 * (latest.accuracy ?? 0)).toFixed(1),
              (100 * (latest.macroF1 ?? 0)).toFixed(1),
            ),
      empty:
        devFile === undefined
          ? t('No dev file: nothing chooses among the epochs, and the last weights are kept.')
          : ended === undefined
            ? t('One point after each epoch.')
            : t('No epoch was finished since it began or was resumed here.'),
    });
  }
}
