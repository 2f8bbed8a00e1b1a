import { formatCount, formatPercent } from '../../src/core/table/format.ts';
import type { CheckerCalibration } from '../../src/core/weighting/sureness.ts';
import { fill, h } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { LineChart, type Series } from '../shared/lineChart.ts';
import { rowCount } from '../shared/numbers.ts';
import { niceTicks } from '../shared/scale.ts';
import { calibrationBasis, calibrationWords, diagramSummary, isScaled } from './calibrationWords.ts';
import { numberTable } from './numberTable.ts';

type Bins = CheckerCalibration['after']['bins'];

/** Radius of the dot of the bin with most rows, and of one with hardly any, pixels. */
const largest = 7;
const smallest = 2;

/** How often a checker is right, by how sure it is: the closer to the diagonal, the more its probabilities mean. */
export class ReliabilityDiagram {
  readonly element: HTMLElement;
  readonly #name: string;
  readonly #words = h('p', {});
  readonly #basis = h('p', { class: 'muted' });
  readonly #chart: LineChart;
  readonly #table = h('div', {});

  constructor(name: string) {
    this.#name = name;
    this.#chart = new LineChart(t('How often it is right'));
    this.element = h(
      'section',
      { class: 'sure-part', 'aria-label': name },
      h('h3', {}, name),
      this.#words,
      this.#chart.element,
      this.#basis,
      this.#table,
    );
  }

  update(calibration: CheckerCalibration): void {
    const { before, after } = calibration;
    const scaled = isScaled(calibration);
    const shown = scaled ? [...before.bins, ...after.bins] : after.bins;
    const tenth = (share: number): number => Math.min(0.9, Math.floor(10 * share + 1e-9) / 10);
    const from = tenth(Math.min(1, ...shown.map(({ confidence }) => confidence)));
    const low = tenth(Math.min(from, ...shown.map(({ accuracy }) => accuracy)));
    const [was, now] = this.#names(calibration);
    this.#words.textContent = calibrationWords(calibration);
    this.#basis.textContent = calibrationBasis(calibration);
    const bins = new Map([
      ['before', before.bins],
      ['after', after.bins],
    ]);
    this.#chart.update({
      series: [
        {
          name: '',
          look: 'ideal',
          points: [
            [from, from],
            [1, 1],
          ],
          faint: true,
        },
        ...(scaled ? [series(was, 'before', before.bins)] : []),
        series(now, 'after', after.bins),
      ],
      x: { from, to: 1, ticks: niceTicks(from, 1, 5), name: t('probability that it gives its label') },
      ticksY: niceTicks(low, 1, 4),
      showX: formatPercent,
      showY: formatPercent,
      note: ({ look }, at) => rowCount(bins.get(look)?.[at]?.rows ?? 0),
      summary: diagramSummary(this.#name, calibration),
      empty: t('No row was measured.'),
    });
    fill(
      this.#table,
      numberTable(
        t('{0}: how often it is right, by its probability', this.#name),
        [t('It says'), t('Rows'), t('On average'), t('Right')],
        [
          ...(scaled ? [{ heading: was, rows: before.bins.map(cells) }] : []),
          { heading: scaled ? now : undefined, rows: after.bins.map(cells) },
        ],
      ),
    );
  }

  #names({ temperature }: CheckerCalibration): readonly [string, string] {
    return [t('before scaling'), t('temperature {0}', temperature.toFixed(2))];
  }
}

function series(name: string, look: string, bins: Bins): Series {
  const most = Math.max(1, ...bins.map(({ rows }) => rows));
  return {
    ...{ name, look, dots: true },
    points: bins.map(({ confidence, accuracy }) => [confidence, accuracy] as const),
    // The area of a dot goes with its rows.
    radii: bins.map(({ rows }) => smallest + (largest - smallest) * Math.sqrt(rows / most)),
  };
}

function cells({ from, to, rows, confidence, accuracy }: Bins[number]): readonly string[] {
  const range = `${String(Math.round(100 * from))} – ${String(Math.round(100 * to))} %`;
  return [range, formatCount(rows), formatPercent(confidence), formatPercent(accuracy)];
}
