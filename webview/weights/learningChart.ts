import { formatCount, formatPercent } from '../../src/core/table/format.ts';
import { say } from '../../src/core/table/sentence.ts';
import { learningCurveAdvice } from '../../src/core/weighting/learningCurve.ts';
import type { LearningCurve } from '../../src/core/weighting/sureness.ts';
import { fill, h } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { LineChart, type Series } from '../shared/lineChart.ts';
import { niceTicks } from '../shared/scale.ts';
import { numberTable } from './numberTable.ts';

/** How good the quality checker is with fewer real rows, and whether more of them would pay. */
export class LearningChart {
  readonly element: HTMLElement;
  readonly #words = h('p', {});
  readonly #chart = new LineChart(t('Macro-F1 on real rows it has not seen'));
  readonly #table = h('div', {});

  constructor() {
    const name = t('Would more real rows help?');
    this.element = h(
      'section',
      { class: 'sure-part', 'aria-label': name },
      h('h3', {}, name),
      this.#words,
      this.#chart.element,
      h('p', { class: 'muted' }, t('The area shows how much it varies with which rows were drawn.')),
      this.#table,
    );
  }

  /** @param realRows All of them; the models of the curve were trained on a share of these. */
  update(curve: LearningCurve, realRows: number | undefined): void {
    const { points, projected } = curve;
    this.#words.textContent = say(learningCurveAdvice(curve), t);
    const measured: Series = {
      ...{ name: t('measured'), look: 'after', dots: true },
      points: points.map(({ rows, macroF1 }) => [rows, 100 * macroF1] as const),
      band: points.map(({ low, high }) => [100 * low, 100 * high] as const),
    };
    const last = points.at(-1);
    const [most, further] = [last?.rows ?? 0, projected?.rows ?? 0];
    // Of further rows, models see the share that they see of those there are.
    const to = most + (realRows === undefined ? further : (further * most) / realRows);
    const ahead: Series[] =
      last === undefined || projected === undefined
        ? []
        : [
            {
              ...{ name: t('with {0} more', projected.rows), look: 'before' },
              points: [
                [last.rows, 100 * last.macroF1],
                [to, 100 * last.macroF1 + projected.gain],
              ],
            },
          ];
    this.#chart.update({
      series: [measured, ...ahead],
      x: {
        ...{ from: 0, to: Math.max(1, to), name: t('real rows it learns from') },
        ticks: niceTicks(0, Math.max(1, to), 4).filter((tick) => tick <= to),
      },
      showX: (rows) => formatCount(Math.round(rows)),
      showY: (share) => `${Number(share.toFixed(1)).toString()} %`,
      leastStep: 1,
      summary:
        last === undefined
          ? ''
          : t(
              'Learning curve: macro-F1 from {0} with {1} rows to {2} with {3} rows. All numbers are in the table.',
              formatPercent(points[0].macroF1),
              formatCount(points[0].rows),
              formatPercent(last.macroF1),
              formatCount(last.rows),
            ),
      empty: t('Not measured.'),
    });
    fill(
      this.#table,
      numberTable(
        t('Quality checker by real rows'),
        [t('Real rows'), t('Macro-F1'), t('Least – most'), t('Accuracy'), t('Log-loss')],
        [
          {
            rows: points.map(({ rows, macroF1, low, high, accuracy, logLoss }) => [
              formatCount(rows),
              formatPercent(macroF1),
              `${String(Math.round(100 * low))} – ${formatPercent(high)}`,
              formatPercent(accuracy),
              logLoss.toFixed(2),
            ]),
          },
        ],
      ),
    );
  }
}
