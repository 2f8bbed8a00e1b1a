import { formatCount, formatPercent } from '../../src/core/table/format.ts';
import type { EmbeddingPoints, MapApi, MapEvents, MapMissing, MapState } from '../../src/protocol/map.ts';
import type { Client } from '../../src/protocol/rpc.ts';
import { linkButton, progressBar } from '../shared/controls.ts';
import { fill, h, setText, show } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { EmptyState } from './emptyState.ts';
import type { Palette } from './looks.ts';
import { Plot, type PlotEvents } from './plot.ts';
import { bytesOf, chosenOf, nothingChosen, pointsOf, type Chosen, type Points } from './points.ts';
import { listedRegions, RegionList } from './regionList.ts';
import type { Badge } from './scatter.ts';

export interface TabEvents extends PlotEvents {
  /** Other points are shown: what is chosen has to be counted anew. */
  readonly shown: () => void;
}

export interface EmbeddingsEvents extends TabEvents {
  /** The user gave up drawing the map of a run, or wants it after all: undefined. */
  readonly cancelled: (run: string | undefined) => void;
}

/** The map of the embeddings, with its regions. */
export class EmbeddingsTab {
  readonly element: HTMLElement;
  readonly plot: Plot;
  readonly #client: Client<MapApi, MapEvents>;
  readonly #events: EmbeddingsEvents;
  readonly #regions: RegionList;
  readonly #empty = new EmptyState();
  readonly #note = h('p', { class: 'faint map-note' });
  readonly #bar = progressBar(t('Progress of the map'));
  readonly #drawing: HTMLElement;
  readonly #drawingWords = h('span', {});
  readonly #beside: HTMLElement;
  #points: Points | undefined;
  #regionOf = new Int16Array(0);
  #numbering = 0;
  /** What is shown was asked for at this state. */
  #asked: string | undefined;
  #asking = false;
  #preview = false;
  #run: string | undefined;
  /** The run whose map the user gave up drawing: it is drawn only once it is asked for. */
  #cancelled: string | undefined;
  #chosen = nothingChosen;

  constructor(client: Client<MapApi, MapEvents>, palette: Palette, events: EmbeddingsEvents) {
    this.#client = client;
    this.#events = events;
    const colours = [
      ['label', t('Label')],
      ['verdict', t('Verdict')],
      ['weight', t('Weight')],
    ] as const;
    this.plot = new Plot({ id: 'embeddings', label: t('Map of the embeddings'), colours }, palette, events);
    this.#regions = new RegionList((region, add) => {
      this.#chooseRegion(region, add);
    });
    this.#drawing = h(
      'div',
      { class: 'drawing', role: 'status', hidden: true },
      this.#drawingWords,
      linkButton(t('Cancel'), () => {
        this.#setCancelled(this.#run);
        client.call('cancel', {}).catch(events.failed);
      }),
      this.#bar,
    );
    this.#beside = h('div', { class: 'beside' }, this.plot.legend, this.#regions.element);
    this.element = h(
      'div',
      { class: 'tab-content' },
      h('div', { class: 'main-part' }, this.#empty.element, this.#drawing, this.plot.element, this.#note),
      this.#beside,
    );
    client.on('mapping', ({ fraction }) => {
      if (this.#asking) this.#drawProgress(fraction);
    });
    this.#show(undefined, undefined);
  }

  get points(): Points | undefined {
    return this.#points;
  }

  /** Of the points that are shown. */
  get numbering(): number {
    return this.#numbering;
  }

  /** See `EmbeddingsEvents.cancelled`. */
  set cancelled(run: string | undefined) {
    this.#cancelled = run;
  }

  /** Asks for the points where what is known of them is no longer true. */
  async update({ ready, run, revision, preview, fault }: MapState): Promise<void> {
    this.#preview = preview;
    this.#run = run;
    if (!ready || fault !== undefined) {
      // Once they can be read again, nothing that was asked for before is worth anything.
      this.#asked = undefined;
      this.#show(undefined, fault ?? t('The files are being read.'));
      return;
    }
    const state = `${run ?? ''} ${String(revision)}`;
    if (state === this.#asked) return;
    const sameRun = this.#asked?.startsWith(`${run ?? ''} `) === true;
    this.#asked = state;
    await this.#ask(run === undefined || run !== this.#cancelled, sameRun);
  }

  choose(chosen: Chosen): void {
    this.#chosen = chosen;
    this.plot.choose(chosen);
  }

  async #ask(make: boolean, keepFrame: boolean): Promise<void> {
    const state = this.#asked;
    this.#asking = true;
    try {
      const found = await this.#client.call('points', { make });
      // A newer question is on its way.
      if (state !== this.#asked) return;
      this.#numbering = found.numbering;
      if ('missing' in found) this.#show(undefined, found.missing);
      else this.#show(found, undefined, keepFrame);
    } catch (thrown) {
      if (state === this.#asked) this.#asked = undefined;
      this.#events.failed(thrown);
    } finally {
      if (state === this.#asked || this.#asked === undefined) {
        this.#asking = false;
        show(this.#drawing, false);
      }
    }
  }

  #drawProgress(fraction: number): void {
    show(this.#drawing, true);
    this.#empty.update(undefined);
    setText(this.#drawingWords, t('Drawing the map: {0}', formatPercent(fraction)));
    this.#bar.indeterminate = fraction === 0;
    this.#bar.value = Math.round(100 * fraction);
  }

  #show(found: EmbeddingPoints | undefined, missing: MapMissing | string | undefined, keepFrame = false): void {
    this.#points = found && pointsOf(found);
    this.#regionOf = found === undefined ? new Int16Array(0) : new Int16Array(bytesOf(found.regionOf));
    const points = this.#points;
    this.plot.update(points && found && { points, of: found.run, preview: this.#preview }, keepFrame);
    this.plot.setBadges(found === undefined || points === undefined ? [] : this.#badges(found, points));
    this.#regions.update(found);
    for (const part of [this.plot.element, this.#beside, this.#note]) show(part, found !== undefined);
    fill(this.#note, ...(found === undefined ? [] : [notes(found).join(' ')]));
    this.#say(missing);
    this.#events.shown();
  }

  #say(missing: MapMissing | string | undefined): void {
    const score = {
      label: t('Score synthetic data'),
      press: () => {
        this.#client.call('command', { name: 'score' }).catch(this.#events.failed);
      },
    };
    switch (missing) {
      case undefined:
        this.#empty.update(undefined);
        break;
      case 'scores':
        this.#empty.update(
          t('These rows have not been scored yet. The map is drawn from the embeddings of a score run.'),
          score,
        );
        break;
      case 'encoder':
        this.#empty.update(
          t(
            'These scores are a preview without an encoder (TF-IDF), so there are no embeddings. Score with an encoder to see the map.',
          ),
          score,
        );
        break;
      case 'embeddings':
        this.#empty.update(
          t(
            'This run has too many rows to keep all embeddings, and was made by a version that kept none of them. Score again to see the map.',
          ),
          score,
        );
        break;
      case 'rows':
        this.#empty.update(t('There are too few rows for a map: it takes 16.'), score);
        break;
      case 'unmade':
        this.#empty.update(t('The map has not been drawn yet. It takes from seconds to a minute or two.'), {
          label: t('Draw the map'),
          press: () => {
            this.#setCancelled(undefined);
            void this.#ask(true, false);
          },
        });
        break;
      default:
        this.#empty.update(missing);
    }
  }

  #setCancelled(run: string | undefined): void {
    this.#cancelled = run;
    this.#events.cancelled(run);
  }

  #chooseRegion(region: number, add: boolean): void {
    const points = this.#points;
    if (points === undefined) return;
    const mask = Uint8Array.from(this.#regionOf, (own) => (own === region ? 1 : 0));
    const picked = [...mask.keys()].filter((i) => mask[i] === 1);
    this.#events.choose(chosenOf(points, picked, add ? this.#chosen : nothingChosen));
    this.plot.fitTo(mask);
  }

  /** A region's number stands where most of its rows are: the median, which strays do not move. */
  #badges({ regions }: EmbeddingPoints, { places }: Points): Badge[] {
    return listedRegions(regions).map(({ region, number, standing }) => {
      const own = [...this.#regionOf.keys()].filter((i) => this.#regionOf[i] === region);
      const median = (axis: 0 | 1): number => {
        const sorted = own.map((i) => places[2 * i + axis]).sort((a, b) => a - b);
        return sorted[sorted.length >> 1] ?? 0;
      };
      return { text: String(number), x: median(0), y: median(1), strong: standing === 'lacking' };
    });
  }
}

function notes({ count, real, scored, realKnown, notKept }: EmbeddingPoints): string[] {
  const shown = count - real;
  return [
    t(
      '{0} synthetic and {1} real rows; texts that are alike lie beside each other (UMAP).',
      formatCount(shown),
      formatCount(real),
    ),
    ...(shown < scored
      ? [
          t(
            'Of {0} scored rows these are on the map: a sample in the proportions of the labels, or those still in the file.',
            formatCount(scored),
          ),
        ]
      : []),
    ...(real > 0 && !realKnown
      ? [t('The real file has changed since the scores were made, so real rows have no text here.')]
      : []),
    ...(notKept === undefined ? [] : [t('The map could not be kept: {0}', notKept)]),
  ];
}
