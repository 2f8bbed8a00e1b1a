import { columns, type SortKey } from '../../src/core/table/columns.ts';
import type { Neighbour, Sorting, WeightControls } from '../../src/protocol/data.ts';
import type { PanelApi, PanelEvents, PanelState } from '../../src/protocol/panel.ts';
import type { Client } from '../../src/protocol/rpc.ts';
import { h, show } from '../shared/dom.ts';
import { Above } from './above.ts';
import { isUnbounded, received } from './clip.ts';
import { Controls } from './controls.ts';
import { lineOf } from './faults.ts';
import { Filters } from './filters.ts';
import { Later } from './later.ts';
import { ListLine } from './listLine.ts';
import { warningsOf, type Model } from './model.ts';
import type { Occasion } from './occasions.ts';
import { chosenOrder, hasIntervals, orderOf } from './rankBy.ts';
import { RememberedView, type StateKeeper } from './rememberedView.ts';
import { revealRow } from './revealing.ts';
import { RowActs } from './rowActs.ts';
import { DetailsOfLead } from './rowDetails.ts';
import { RowQueries } from './rowQueries.ts';
import { Rows } from './rows.ts';
import { listenForShortcuts } from './shortcuts.ts';
import { SidePane } from './sidePane.ts';
import { SurenessPart } from './sureness.ts';
import { createTell, type Tell } from './tell.ts';

/** Pauses before the host is told what is selected, and before what rests is written down, milliseconds. */
const selectPause = 40;
const settlePause = 300;

/** The weights panel: puts its parts together, so that what one of them changes reaches those that show it. */
export class App {
  readonly element: HTMLElement;
  readonly #client: Client<PanelApi, PanelEvents>;
  readonly #tell: Tell;
  readonly #model: Model;
  readonly #above: Above;
  readonly #filters: Filters;
  readonly #line: ListLine;
  readonly #rows: Rows;
  readonly #details: DetailsOfLead;
  readonly #sureness: SurenessPart;
  readonly #pane: SidePane;
  readonly #queries: RowQueries;
  readonly #acts: RowActs;
  readonly #work: HTMLElement;
  readonly #later = new Later();
  /** The newest state but for its job, as JSON. */
  #described = '';

  constructor(client: Client<PanelApi, PanelEvents>, keeper: StateKeeper) {
    this.#client = client;
    this.#tell = createTell(client, (thrown) => {
      this.#trouble(thrown);
    });
    this.#model = {
      view: new RememberedView(keeper),
      controls: new Controls((controls) => {
        this.#tell('setControls', { controls });
      }),
      ...{ state: undefined, result: undefined, preview: false, numbering: 0 },
    };
    this.#above = this.#createAbove();
    this.#filters = new Filters(this.#model, {
      changed: (delay) => {
        this.#ask({ kind: 'filter' }, delay);
      },
      left: () => {
        this.#focusList();
      },
    });
    this.#rows = this.#createRows();
    this.#line = this.#createLine();
    this.#queries = new RowQueries(client, this.#model, this.#rows, {
      answered: () => {
        this.#steadily(() => {
          this.#drawResult();
        });
      },
      showing: (occasion, { controls }) => this.#showing(occasion, controls),
      settled: () => {
        this.#line.draw();
        this.#details.settled();
        this.#acts.settled();
      },
      failed: (thrown) => {
        this.#trouble(thrown, () => {
          this.#ask({ kind: 'revision' });
        });
      },
    });
    this.#acts = new RowActs(client, this.#model, this.#rows, () => !this.#queries.pending, {
      similar: (row) => this.#findSimilar(row),
      say: (line) => {
        this.#line.announcer.say(line);
      },
      failed: (thrown) => {
        this.#trouble(thrown);
      },
    });
    const { grid } = this.#rows;
    this.#work = h('div', { class: 'work' }, h('div', { class: 'list' }, grid.element, grid.empty));
    this.#details = this.#createDetails();
    this.#sureness = new SurenessPart(() => {
      this.#tell('command', { name: 'rescore' });
    });
    this.#pane = this.#createPane();
    this.#work.append(...this.#pane.elements);
    this.element = h(
      'main',
      { class: 'panel' },
      ...this.#above.elements,
      this.#filters.element,
      this.#line.bar.element,
      this.#work,
      this.#line.announcer.element,
    );
    this.#listen();
    this.#setTerms();
    this.#draw();
  }

  /** Asks for everything there is to show. */
  async start(): Promise<void> {
    try {
      this.#received(await this.#client.call('ready', {}));
    } catch (thrown) {
      this.#trouble(thrown, () => {
        void this.start();
      });
    }
  }

  #createAbove(): Above {
    const { view, controls } = this.#model;
    return new Above(
      this.#model,
      {
        command: (name) => {
          this.#tell('command', { name });
        },
        export: (kind) => {
          this.#tell('export', { kind, view: kind === 'filtered' ? this.#rows.view : undefined });
        },
        brush: (brush) => {
          view.change({ brush });
          this.#ask({ kind: 'filter' });
        },
        controls: (moved) => {
          controls.move(moved);
          this.#ask({ kind: 'controls' });
        },
        showSureness: () => {
          this.#pane.open('sureness');
          this.#pane.focus();
        },
      },
      () => {
        this.#drawResult();
      },
    );
  }

  #createLine(): ListLine {
    return new ListLine(this.#model, this.#rows, {
      act: (action) => {
        void this.#acts.act(action);
      },
      toggleDetails: () => {
        this.#pane.toggleRow();
      },
      isDetailsOpen: () => this.#pane.side === 'row',
      sort: (key, descendingFirst) => {
        this.#sort(key, descendingFirst);
      },
      clearFilters: () => {
        this.#filters.clear();
      },
      isPending: () => this.#queries.pending,
    });
  }

  #createRows(): Rows {
    return new Rows(this.#client, {
      sort: (key) => {
        this.#sort(key);
      },
      selected: () => {
        this.#selected();
      },
      scrolled: () => {
        this.#rememberPlace();
      },
      open: () => {
        void this.#acts.act('open');
      },
      act: (action) => {
        this.#acts.key(action);
      },
      search: () => {
        this.#filters.focus();
      },
      toggleDetails: () => {
        this.#pane.toggleRow();
      },
      copy: () => {
        void this.#acts.act('copyText');
      },
      say: (line) => {
        this.#above.trouble(line);
      },
      failed: (thrown) => {
        // Rows of an order that is about to be replaced are not missed.
        if (!this.#queries.pending) this.#trouble(thrown);
      },
    });
  }

  #createDetails(): DetailsOfLead {
    return new DetailsOfLead(this.#client, this.#model, this.#rows, {
      act: (action, row, label) => {
        void this.#acts.act(action, { rows: [row] }, label);
      },
      similar: (row) => {
        void this.#findSimilar(row);
      },
      goTo: (neighbour) => {
        this.#goTo(neighbour);
      },
      isOpen: () => this.#pane.side === 'row',
      isPending: () => this.#queries.pending,
    });
  }

  #createPane(): SidePane {
    const { details } = this.#details;
    const parts = { row: details, sureness: this.#sureness.element };
    return new SidePane(this.#model.view, this.#work, parts, {
      changed: () => {
        this.#selected();
      },
      closed: () => {
        this.#focusList();
      },
      laidOut: (beside) => {
        this.#drawSureness();
        this.#line.bar.setSide(beside);
        this.#line.draw();
      },
      hasRow: () => this.#rows.selection.lead !== undefined,
    });
  }

  #listen(): void {
    this.#client.on('state', (state) => {
      this.#received(state);
    });
    this.#client.on('action', ({ action }) => {
      // A key that was meant for the list but arrives while the user types elsewhere is none of its.
      if (action === 'search') this.#filters.focus();
      else if (!(document.activeElement instanceof HTMLInputElement)) this.#acts.command(action);
    });
    this.#client.on('reveal', ({ row }) => {
      this.#reveal(row);
    });
    this.#client.on('filter', ({ text }) => {
      this.#filters.set(text);
    });
    const grid = this.#rows.grid.element;
    grid.addEventListener('focus', () => {
      this.#tell('focus', { rows: true });
    });
    grid.addEventListener('blur', () => {
      this.#tell('focus', { rows: false });
    });
    listenForShortcuts(grid, () => {
      this.#filters.focus();
    });
  }

  /** The host told how things are. */
  #received(state: PanelState): void {
    const model = this.#model;
    const before = model.state;
    const { job, ...rest } = state;
    const described = JSON.stringify(rest);
    if (described === this.#described && before !== undefined) {
      // Progress of a job, many times a second.
      model.state = { ...before, job };
      this.#steadily(() => {
        this.#above.drawJob();
      });
      return;
    }
    this.#described = described;
    model.state = { ...state, controls: received(state.controls) };
    if (before?.run?.folder !== state.run?.folder || before?.run?.effort !== state.run?.effort) this.#above.refit();
    model.controls.received(model.state.controls);
    const { now } = model.view;
    if (now.path !== state.path) model.view.change({ path: state.path });
    if (state.facts !== undefined) {
      const labels = state.facts.labels.map(({ label }) => label);
      const { run } = state;
      this.#filters.setExamples(labels, run === undefined ? 'none' : run.effort === 'preview' ? 'preview' : 'full');
      this.#rows.grid.setShape({
        scored: run !== undefined,
        intervals: hasIntervals(run),
        longestLabel: Math.max(4, ...labels.map((label) => label.length)),
      });
    }
    this.#draw();
    if (state.facts === undefined) return;
    if (before?.facts === undefined) this.#ask({ kind: 'restore', anchor: now.anchor, lead: now.lead });
    else if (state.revision !== before.revision) this.#ask(this.#acts.occasion);
  }

  /** Asks for the rows that match, unless a newer wish comes first. */
  #ask(occasion: Occasion, delay = 0): void {
    if (occasion.kind === 'filter' || occasion.kind === 'restore') this.#acts.forget();
    this.#queries.ask(occasion, this.#filters.readable, delay);
    this.#later.ask('busy', settlePause, () => {
      this.#line.draw();
    });
  }

  /** Rows are about to be shown. @returns What to do once they are. */
  #showing(occasion: Occasion, { clipMax, selfNormalise }: WeightControls): () => void {
    const { preview, view } = this.#model;
    // Divided by their mean, weights may go above their bound.
    const isBounded = !isUnbounded(clipMax) && selfNormalise !== true;
    this.#rows.fullWeight = isBounded ? Math.min(4, Math.max(1, clipMax)) : 4;
    this.#rows.preview = preview;
    this.#details.details.setPreview(preview);
    this.#setTerms();
    const acted = this.#acts.showing(occasion);
    return () => {
      acted();
      this.#above.trouble(undefined);
      this.#line.shown();
      view.change(this.#rows.place);
    };
  }

  /** What the filter looks for, marked wherever texts are. */
  #setTerms(): void {
    const { terms } = this.#filters;
    this.#rows.grid.setTerms(terms);
    this.#details.details.setTerms(terms);
  }

  /** @param descendingFirst Where it is not the column's own. */
  #sort(key: SortKey, descendingFirst = columns.find(({ id }) => id === key)?.descendingFirst ?? true): void {
    this.#model.view.change({ sort: chosenOrder(this.#sorting, key, descendingFirst) });
    this.#rows.grid.setSorting(this.#sorting);
    this.#line.draw();
    this.#ask({ kind: 'sort' });
  }

  /** The order that the rows have, or are about to have. */
  get #sorting(): Sorting {
    return orderOf(this.#model.view.now.sort, this.#model.state?.run);
  }

  #focusList(): void {
    this.#rows.grid.element.focus();
  }

  async #findSimilar(row: number | undefined): Promise<void> {
    if (row === undefined) return;
    this.#pane.open('row');
    try {
      this.#details.details.showSimilar(row, await this.#client.call('similar', { row, count: 20 }));
    } catch (thrown) {
      this.#trouble(thrown);
    }
  }

  #goTo({ source, row, line }: Neighbour): void {
    if (source === 'real' || row === undefined) this.#tell('openLine', { source, line });
    else this.#reveal(row);
  }

  #reveal(row: number): void {
    void revealRow(row, this.#model, this.#rows, {
      ask: (occasion) => {
        this.#ask(occasion);
      },
      isPending: () => this.#queries.pending,
      refiltered: () => {
        this.#filters.sync();
      },
    });
  }

  #selected(): void {
    const { selection, view } = this.#rows;
    this.#details.update();
    this.#pane.layOut();
    this.#later.ask('select', selectPause, () => {
      this.#tell('select', selection.all ? { rows: [], view } : { rows: [...selection.rows] });
    });
    this.#line.selected();
    this.#rememberPlace();
  }

  #rememberPlace(): void {
    this.#later.ask('place', settlePause, () => {
      this.#model.view.change(this.#rows.place);
    });
  }

  /**
   * Lets what stands above the list change its height, and scrolls by as much: rows stay where they are on the screen.
   * Not at the top of the list, which stays the top.
   */
  #steadily(draw: () => void): void {
    const { grid } = this.#rows;
    const before = grid.element.getBoundingClientRect().top;
    draw();
    const by = grid.element.getBoundingClientRect().top - before;
    if (by !== 0 && grid.top > 0) grid.scrollTo(grid.top + by);
  }

  #draw(): void {
    this.#steadily(() => {
      const rows = this.#model.state?.facts?.rows ?? 0;
      this.#above.draw();
      for (const part of [this.#filters.element, this.#line.bar.element, this.#work]) show(part, rows > 0);
      this.#rows.grid.setSorting(this.#sorting);
      this.#pane.setHasRun(this.#model.state?.run !== undefined);
      this.#drawResult();
      this.#pane.layOut();
    });
  }

  #drawResult(): void {
    this.#above.drawResult();
    this.#drawSureness();
    if (this.#model.result === undefined) return;
    this.#filters.update();
    this.#line.draw();
  }

  #drawSureness(): void {
    if (this.#pane.side === 'sureness') this.#sureness.update(this.#model.state, warningsOf(this.#model));
  }

  #trouble(thrown: unknown, retry?: () => void): void {
    this.#above.trouble(lineOf(thrown), retry);
  }
}
