import { formatPercent, formatWeight } from '../../src/core/table/format.ts';
import { mostTrajectories, type Trajectory } from '../../src/protocol/map.ts';
import { fill, h, show } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { LineChart, type Series } from '../shared/lineChart.ts';
import { wholeTicks } from '../shared/scale.ts';

/** Lines that are drawn one by one; of more rows only the mean says anything. */
const mostLines = 25;

/** How the chosen rows went over the epochs: P(label) and, where the loss gave weights that change, the weight. */
export class Trajectories {
  readonly element: HTMLElement;
  readonly #probability = new LineChart(t('P(label) over the epochs'));
  readonly #weight = new LineChart(t('Weight over the epochs'));
  readonly #note = h('p', { class: 'faint' });

  constructor() {
    this.element = h(
      'section',
      { class: 'trajectories', 'aria-label': t('Chosen rows over the epochs') },
      this.#weight.element,
      this.#probability.element,
      this.#note,
    );
    this.update([], 0);
  }

  /** @param chosen How many rows are chosen in all. */
  update(rows: readonly Trajectory[], chosen: number): void {
    const weights = rows.flatMap(({ weight }) => (weight === undefined ? [] : [weight]));
    const empty = t('Choose rows to see how they were learnt.');
    this.#draw(
      this.#probability,
      rows.map(({ probability }) => probability),
      formatPercent,
      empty,
    );
    this.#draw(this.#weight, weights, formatWeight, empty);
    show(this.#weight.element, weights.length > 0);
    const left = chosen - rows.length;
    fill(
      this.#note,
      left > 0 && rows.length > 0
        ? rows.length >= mostTrajectories
          ? t('The first {0} of {1} chosen rows.', rows.length, chosen)
          : t('{0} of {1} chosen rows; this training did not see the others.', rows.length, chosen)
        : '',
    );
  }

  #draw(chart: LineChart, lines: readonly (readonly number[])[], showY: (y: number) => string, empty: string): void {
    const epochs = lines[0]?.length ?? 0;
    const points = (line: readonly number[]): (readonly [number, number])[] =>
      line.flatMap((y, i) => (Number.isFinite(y) ? [[i + 1, y] as const] : []));
    const mean = Array.from(
      { length: epochs },
      (_, epoch) => lines.reduce((sum, line) => sum + line[epoch], 0) / lines.length,
    );
    const single = lines.length === 1;
    const series: Series[] =
      lines.length === 0
        ? []
        : [
            ...(single || lines.length > mostLines
              ? []
              : lines.map((line) => ({ ...{ name: '', look: 'each', faint: true }, points: points(line) }))),
            {
              ...{ name: single ? t('this row') : t('mean of the rows'), look: 'mean', dots: true },
              points: points(mean),
              ...(lines.length > mostLines && {
                band: points(mean).map(([epoch]) => spreadOf(lines.map((line) => line[epoch - 1]))),
              }),
            },
          ];
    chart.update({
      ...{ series, showX: String, showY, empty, fromZero: true },
      x: { from: 1, to: Math.max(2, epochs), ticks: wholeTicks(epochs, 8), name: t('Epoch') },
      summary: t(
        'From {0} after the first epoch to {1} after the last, on average.',
        ...[showY(mean[0] ?? 0), showY(mean.at(-1) ?? 0)],
      ),
    });
  }
}

/** The middle half. */
function spreadOf(values: readonly number[]): readonly [number, number] {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return [at(0.25), at(0.75)];
}
