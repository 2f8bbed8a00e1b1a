import type { RowActionId } from '../../src/core/table/actions.ts';
import type { MapApi, MapEvents, MapState, PointText } from '../../src/protocol/map.ts';
import type { Client } from '../../src/protocol/rpc.ts';
import { around } from '../shared/around.ts';
import { fill, h, isolated } from '../shared/dom.ts';
import { t } from '../shared/l10n.ts';
import { fileName } from '../shared/paths.ts';
import { Tabs } from '../shared/tabs.ts';
import { visible } from '../shared/visibleText.ts';
import { DynamicsTab } from './dynamicsTab.ts';
import { EmbeddingsTab, type TabEvents } from './embeddingsTab.ts';
import { readPalette } from './looks.ts';
import { countsOf, maskOf, nothingChosen, type Chosen } from './points.ts';
import { SelectionBar } from './selectionBar.ts';
import { keptChoice, readViewState, type TabId, type ViewState } from './viewState.ts';

/** Where the view's state rests while it is hidden. */
export interface StateKeeper {
  getState(): unknown;
  setState(state: unknown): void;
}

/** The whole map view. */
export class View {
  readonly #title = h('h1', {});
  readonly #tabs: Tabs<TabId>;
  readonly #embeddings: EmbeddingsTab;
  readonly #dynamics: DynamicsTab;
  readonly #selection: SelectionBar;
  readonly #client: Client<MapApi, MapEvents>;
  readonly #keeper: StateKeeper;
  readonly #failed: (thrown: unknown) => void;
  #kept: ViewState;
  #state: MapState | undefined;
  #chosen: Chosen = nothingChosen;
  /** The numbering of the points that were chosen among: by any other, the same numbers name other rows. */
  #chosenAt = 0;
  /** Text of the one row that is chosen. */
  #text: PointText | undefined;

  constructor(
    root: HTMLElement,
    client: Client<MapApi, MapEvents>,
    keeper: StateKeeper,
    failed: (thrown: unknown) => void,
  ) {
    this.#client = client;
    this.#keeper = keeper;
    this.#failed = failed;
    this.#kept = readViewState(keeper.getState());
    const palette = readPalette(document.body);
    const events = (tab: TabId): TabEvents => ({
      choose: (chosen) => {
        this.#choose(chosen);
      },
      colour: (by) => {
        this.#keep({ colours: { ...this.#kept.colours, [tab]: by } });
      },
      textOf: (source, at) => client.call('text', { source, at }),
      shown: () => {
        if (this.#state === undefined) return;
        this.#dropOld();
        this.#spread();
        this.#drawSelection();
      },
      failed,
      framed: (frame) => {
        this.#keep({ frames: { ...this.#kept.frames, [tab]: frame } });
      },
    });
    this.#selection = new SelectionBar({
      act: (action) => {
        this.#act(action);
      },
      showRows: () => {
        const rows = [...this.#chosenOn(this.#tab).synthetic];
        client.call('showRows', { rows, numbering: this.#chosenAt }).catch(failed);
      },
      clear: () => {
        this.#choose(nothingChosen);
      },
      openLine: ({ source, line }) => {
        client.call('openLine', { source, line }).catch(failed);
      },
    });
    this.#embeddings = new EmbeddingsTab(client, palette, {
      ...events('embeddings'),
      cancelled: (run) => {
        this.#keep({ cancelled: run });
      },
    });
    this.#embeddings.cancelled = this.#kept.cancelled;
    this.#dynamics = new DynamicsTab(client, palette, {
      ...events('dynamics'),
      training: (folder) => {
        this.#keep({ training: folder });
        this.#drawDynamics();
      },
    });
    this.#embeddings.plot.colour = this.#kept.colours.embeddings;
    this.#dynamics.plot.colour = this.#kept.colours.dynamics;
    this.#embeddings.plot.frame = this.#kept.frames.embeddings;
    this.#dynamics.plot.frame = this.#kept.frames.dynamics;
    this.#tabs = new Tabs<TabId>(
      t('Maps'),
      [
        { id: 'embeddings', title: h('span', {}, t('Embeddings')), content: this.#embeddings.element },
        { id: 'dynamics', title: h('span', {}, t('Training dynamics')), content: this.#dynamics.element },
      ],
      (tab) => {
        this.#keep({ tab });
        this.#tabs.choose(tab);
        this.#drawTab();
      },
    );
    this.#tabs.choose(this.#kept.tab);
    fill(
      root,
      h(
        'main',
        { class: 'map' },
        h('header', {}, this.#title, this.#tabs.element),
        ...this.#tabs.panels,
        this.#selection.element,
      ),
    );
    new MutationObserver(() => {
      const changed = readPalette(document.body);
      this.#embeddings.plot.repaint(changed);
      this.#dynamics.plot.repaint(changed);
    }).observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-kind'] });
  }

  update(state: MapState): void {
    if (this.#state?.dataset !== state.dataset)
      fill(this.#title, ...around('Map of {0}', isolated(visible(fileName(state.dataset)))));
    const isFirst = this.#state === undefined;
    this.#state = state;
    if (isFirst) this.#restore(state);
    if (this.#kept.dataset !== state.dataset) this.#keep({ dataset: state.dataset });
    this.#dropOld();
    if (state.asked !== undefined && state.asked.id !== this.#kept.asked) {
      this.#keep({ asked: state.asked.id, training: state.asked.run, tab: 'dynamics' });
      this.#tabs.choose('dynamics');
    }
    this.#drawTab();
  }

  get #tab(): EmbeddingsTab | DynamicsTab {
    return this.#kept.tab === 'embeddings' ? this.#embeddings : this.#dynamics;
  }

  /** Only what is looked at is asked for: drawing the map takes a while. */
  #drawTab(): void {
    const state = this.#state;
    if (state === undefined) return;
    if (this.#kept.tab === 'embeddings') void this.#embeddings.update(state);
    else this.#drawDynamics();
    this.#drawSelection();
  }

  #drawDynamics(): void {
    if (this.#state !== undefined) void this.#dynamics.update(this.#state, this.#state.preview, this.#kept.training);
  }

  /** Rows have other numbers: what was chosen would be others now. */
  #dropOld(): void {
    const { synthetic, real } = this.#chosen;
    if (synthetic.size + real.size > 0 && this.#chosenAt !== this.#state?.numbering) this.#choose(nothingChosen);
  }

  /** What is chosen, by the numbers of the points that a tab shows: nothing while these are of another numbering. */
  #chosenOn(tab: EmbeddingsTab | DynamicsTab): Chosen {
    return tab.numbering === this.#chosenAt ? this.#chosen : nothingChosen;
  }

  #spread(): void {
    for (const tab of [this.#embeddings, this.#dynamics]) tab.choose(this.#chosenOn(tab));
  }

  /** What was chosen before the view was hidden. */
  #restore({ session, numbering }: MapState): void {
    const { chosen } = this.#kept;
    if (chosen?.session !== session || chosen.numbering !== numbering) return;
    this.#choose({ synthetic: new Set(chosen.synthetic), real: new Set(chosen.real) }, numbering);
  }

  /** @param at The numbering of the rows: by default that of the points that are looked at. */
  #choose(chosen: Chosen, at = this.#tab.numbering): void {
    this.#chosen = chosen;
    this.#chosenAt = at;
    this.#keep({ chosen: keptChoice(chosen, at, this.#state?.session) });
    this.#text = undefined;
    this.#spread();
    this.#drawSelection();
    const [synthetic] = chosen.synthetic;
    const [real] = chosen.real;
    if (chosen.synthetic.size + chosen.real.size !== 1) return;
    const source = synthetic === undefined ? 'real' : 'synthetic';
    this.#client
      .call('text', { source, at: synthetic ?? real ?? 0 })
      .then((text) => {
        if (this.#chosen !== chosen) return;
        this.#text = text ?? undefined;
        this.#drawSelection();
      })
      .catch(this.#failed);
  }

  #drawSelection(): void {
    const { points } = this.#tab;
    const chosen = this.#chosenOn(this.#tab);
    const { synthetic, real } = chosen;
    const counts = points === undefined ? { labels: [], verdicts: [] } : countsOf(points, maskOf(points, chosen));
    this.#selection.element.hidden = points === undefined;
    this.#selection.update({
      ...{ synthetic: synthetic.size, real: real.size, preview: this.#state?.preview ?? false },
      ...{ ...counts, text: this.#text },
    });
  }

  #act(action: RowActionId): void {
    const rows = [...this.#chosenOn(this.#tab).synthetic].sort((a, b) => a - b);
    this.#client.call('act', { action, rows, numbering: this.#chosenAt }).catch(this.#failed);
  }

  #keep(changes: Partial<ViewState>): void {
    this.#kept = { ...this.#kept, ...changes };
    this.#keeper.setState(this.#kept);
  }
}
