import { formatCount, formatPercent } from '../../src/core/table/format.ts';
import type { EmbeddingPoints, MapRegion } from '../../src/protocol/map.ts';
import { fill, h, show } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { visible } from '../shared/visibleText.ts';

/** Regions that are listed, of each kind, at most. */
const most = 5;

/** A region that is listed. */
export interface ListedRegion {
  /** Index among the map's regions. */
  readonly region: number;
  /** As the badge on the map and the list have it. */
  readonly number: number;
  readonly standing: 'lacking' | 'flooded';
}

/** The regions that differ beyond chance, the farthest apart first; those that lack rows before those that are flooded. */
export function listedRegions(regions: readonly MapRegion[]): ListedRegion[] {
  const of = (standing: ListedRegion['standing']): number[] =>
    [...regions.keys()]
      .filter((i) => regions[i].standing === standing)
      .sort((a, b) => Math.abs(Math.log(regions[b].ratio)) - Math.abs(Math.log(regions[a].ratio)))
      .slice(0, most);
  return (['lacking', 'flooded'] as const)
    .flatMap((standing) => of(standing).map((region) => ({ region, standing })))
    .map((listed, i) => ({ ...listed, number: i + 1 }));
}

/** Where the generator writes too little and too much, in words; each can be chosen. */
export class RegionList {
  readonly element: HTMLElement;
  readonly #body = h('div', {});
  readonly #choose: (region: number, add: boolean) => void;

  constructor(choose: (region: number, add: boolean) => void) {
    this.#choose = choose;
    this.element = h(
      'section',
      { class: 'regions' },
      h('h2', {}, t('What the generator misses and floods')),
      this.#body,
    );
    show(this.element, false);
  }

  update(points: EmbeddingPoints | undefined): void {
    show(this.element, points !== undefined);
    if (points === undefined) return;
    const { regions, real } = points;
    const listed = listedRegions(regions);
    const totals = regions.reduce(
      (sum, { realRows, syntheticRows }) => ({ real: sum.real + realRows, synthetic: sum.synthetic + syntheticRows }),
      { real: 0, synthetic: 0 },
    );
    if (listed.length === 0) {
      fill(
        this.#body,
        h(
          'p',
          { class: 'faint' },
          real === 0
            ? t('The run kept no embeddings of real rows, so there is nothing to compare with.')
            : t('Real and synthetic rows are spread alike: no region differs beyond chance.'),
        ),
      );
      return;
    }
    fill(
      this.#body,
      ...(['lacking', 'flooded'] as const).flatMap((standing) => {
        const own = listed.filter((region) => region.standing === standing);
        if (own.length === 0) return [];
        return [
          h('h3', {}, standing === 'lacking' ? t('Too few synthetic rows') : t('Too many synthetic rows')),
          h('ul', {}, ...own.map(({ region, number }) => this.#entry(regions[region], region, number, totals))),
        ];
      }),
    );
  }

  #entry(
    { theme, realRows, syntheticRows, standing }: MapRegion,
    region: number,
    number: number,
    totals: { readonly real: number; readonly synthetic: number },
  ): HTMLElement {
    const share = (rows: number, of: number): string => formatPercent(of === 0 ? 0 : rows / of);
    return h(
      'li',
      {},
      h(
        'button',
        {
          type: 'button',
          class: 'region',
          title: t('Choose the rows of this region and zoom to it'),
          onclick: ({ ctrlKey, metaKey }: MouseEvent) => {
            this.#choose(region, ctrlKey || metaKey);
          },
        },
        h('span', { class: `number ${standing}` }, String(number)),
        h(
          'span',
          { class: 'region-words' },
          theme.length === 0
            ? h('span', {}, t('no words of its own'))
            : h('bdi', { class: 'theme' }, theme.map((word) => visible(word)).join(', ')),
          h(
            'span',
            { class: 'faint' },
            t(
              '{0} of the real rows, {1} of the synthetic ones ({2} and {3})',
              ...[share(realRows, totals.real), share(syntheticRows, totals.synthetic)],
              ...[formatCount(realRows), formatCount(syntheticRows)],
            ),
          ),
        ),
      ),
    );
  }
}
