import type { RowActionId } from '../../src/core/table/actions.ts';
import { columns, type ColumnId } from '../../src/core/table/columns.ts';
import { editorWords } from '../../src/core/table/editorWords.ts';
import { parseFilter } from '../../src/core/table/filter.ts';
import type { Neighbour, QueryResult, RowDetails, Target, WeightControls } from '../../src/protocol/data.ts';
import type { PanelApi, PanelEvents, PanelState } from '../../src/protocol/panel.ts';
import { CallError, type Client } from '../../src/protocol/rpc.ts';
import { Announcer } from '../shared/announcer.ts';
import { button, linkButton } from '../shared/controls.ts';
import { fill, h, isolated, show } from '../shared/dom.ts';
import { icon } from '../shared/icons.ts';
import { fileName } from '../shared/paths.ts';
import { pathText } from '../shared/pathText.ts';
import { rowCount } from '../shared/numbers.ts';
import { splitter } from '../shared/splitter.ts';
import { visible } from '../shared/visibleText.ts';
import { BulkBar, bulkWords } from './bulkBar.ts';
import { Chips } from './chips.ts';
import { isUnbounded, received } from './clip.ts';
import { Details } from './details.ts';
import { Echoes } from './echoes.ts';
import { Facts } from './facts.ts';
import { Header, type PanelCommand } from './header.ts';
import { Latest } from './latest.ts';
import { Notices } from './notices.ts';
import { Overview } from './overview.ts';
import { mergeOccasions, type Occasion } from './occasions.ts';
import { Rows } from './rows.ts';
import { Search } from './search.ts';
import type { KeptSelection } from './selection.ts';
import { Turns } from './turns.ts';
import { readViewState, type ViewState } from './viewState.ts';
import { around } from '../shared/around.ts';
import { t } from '../shared/l10n.ts';

/** Pauses before something is asked of the host, milliseconds. */
const typingPause = 150;
const detailsPause = 40;
const settlePause = 300;
/** From this width on, details stand beside the list, pixels. */
const wide = '(min-width: 960px)';
/** With this much room the overview is unfolded at first. */
const roomy = '(min-width: 600px) and (min-height: 600px)';

/** Where the panel's state outlives it. */
export interface StateKeeper {
  getState(): unknown;
  setState(state: unknown): void;
}

/** An action that is under way. */
interface Acting {
  readonly rows: readonly number[] | 'view';
  readonly removes: boolean;
  /** What was selected when it began. */
  readonly before: KeptSelection;
  /** It came to nothing. */
  isVoid: boolean;
}

type QueryParams = PanelApi['query']['params'];
type NumberedResult = PanelApi['query']['result'];

/** The weights panel: what the user does becomes calls, what the host tells becomes what the user sees. */
export class App {
  readonly element: HTMLElement;
  readonly #client: Client<PanelApi, PanelEvents>;
  readonly #keeper: StateKeeper;
  readonly #header: Header;
  readonly #notices: Notices;
  readonly #facts: Facts;
  readonly #overview: Overview;
  readonly #search: Search;
  readonly #chips: Chips;
  readonly #bulk: BulkBar;
  readonly #rows: Rows;
  readonly #details: Details;
  readonly #splitter: HTMLElement;
  readonly #work: HTMLElement;
  readonly #waiting = h('div', { class: 'waiting' });
  readonly #announcer = new Announcer();
  readonly #wide = window.matchMedia(wide);
  readonly #roomy = window.matchMedia(roomy);
  readonly #queries: Latest<QueryParams, NumberedResult>;
  readonly #detailCalls: Latest<{ row: number; controls: WeightControls }, RowDetails>;
  #view: ViewState;
  #state: PanelState | undefined;
  #controls: WeightControls = { gamma: 1, clipMax: 2, misalignedBelow: 0.2 };
  /** The host has not been told of the newest controls yet. */
  #controlsTold = true;
  /** Details could not be had while another order of rows was on its way. */
  #detailsMissed = false;
  /** The newest state but for its job, as JSON. */
  #described = '';
  #result: QueryResult | undefined;
  readonly #turns = new Turns(() => !this.#queries.pending);
  /** What the numbers of the rows that are shown and selected belong to. */
  #numbering = 0;
  #occasion: Occasion | undefined;
  #acting: Acting | undefined;
  /** The action that rows were last shown for, and what was selected then. */
  #actShown: { readonly acting: Acting | undefined; readonly rows: ReadonlySet<number> } | undefined;
  readonly #echoes = new Echoes<RowActionId>();
  /** The rows shown are those of a preview, which calls none misaligned. */
  #preview = false;
  #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(client: Client<PanelApi, PanelEvents>, keeper: StateKeeper) {
    this.#client = client;
    this.#keeper = keeper;
    this.#view = readViewState(keeper.getState());
    const command = (name: PanelCommand): void => {
      this.#tell('command', { name });
    };

    this.#header = new Header({
      command,
      export: (kind) => {
        this.#tell('export', { kind, view: kind === 'filtered' ? this.#rows.view : undefined });
      },
    });
    this.#notices = new Notices({
      command,
      toggleWarnings: (warnings) => {
        this.#remember({ warnings });
      },
    });
    this.#facts = new Facts({
      chooseReal: () => {
        command('chooseReal');
      },
      labelRows: () => {
        command('labelRows');
      },
      score: () => {
        command('rescore');
      },
      showProblems: () => {
        command('showProblems');
      },
    });
    this.#overview = new Overview({
      brush: (brush) => {
        this.#remember({ brush });
        this.#ask({ kind: 'filter' });
      },
      controls: (controls) => {
        this.#controls = controls;
        this.#controlsTold = false;
        this.#ask({ kind: 'controls' });
        this.#later('controls', settlePause, () => {
          this.#controlsTold = true;
          this.#tell('setControls', { controls: this.#controls });
        });
      },
      toggle: (overview) => {
        this.#remember({ overview });
        this.#drawResult();
      },
    });
    this.#search = new Search(
      (filter) => {
        if (filter === this.#view.filter) return;
        this.#remember({ filter });
        this.#ask({ kind: 'filter' }, typingPause);
      },
      () => {
        this.#rows.grid.element.focus();
      },
    );
    this.#chips = new Chips({
      toggle: (kind, name) => {
        const on = this.#view[kind];
        this.#remember({ [kind]: on.includes(name) ? on.filter((other) => other !== name) : [...on, name] });
        this.#ask({ kind: 'filter' });
      },
      clearBrush: () => {
        this.#remember({ brush: undefined });
        this.#ask({ kind: 'filter' });
      },
      clearAll: () => {
        this.#clearFilters();
      },
    });
    const act = (action: RowActionId) => () => {
      void this.#act(action);
    };
    this.#bulk = new BulkBar({
      relabel: act('relabel'),
      remove: act('remove'),
      keep: act('keep'),
      clear: act('clear'),
      copyText: act('copyText'),
      copyJson: act('copyJson'),
      selectAll: () => {
        this.#rows.selectAll();
        this.#rows.grid.element.focus();
      },
      deselect: () => {
        this.#rows.selection.collapse();
        this.#rows.grid.paint();
        this.#selected();
        this.#rows.grid.element.focus();
      },
      toggleDetails: () => {
        this.#toggleDetails();
      },
      sort: (column) => {
        this.#sort(column);
      },
    });
    this.#rows = new Rows(client, {
      sort: (column) => {
        this.#sort(column);
      },
      selected: () => {
        this.#selected();
      },
      scrolled: () => {
        this.#later('place', settlePause, () => {
          this.#remember(this.#rows.place);
        });
      },
      open: act('open'),
      act: (action) => {
        this.#echoes.began(action, performance.now());
        void this.#act(action);
      },
      search: () => {
        this.#search.focus();
      },
      toggleDetails: () => {
        this.#toggleDetails();
      },
      copy: act('copyText'),
      say: (line) => {
        this.#notices.trouble(line);
      },
      failed: (thrown) => {
        // Rows of an order that is about to be replaced are not missed.
        if (!this.#queries.pending) this.#trouble(thrown);
      },
    });
    const actOnShown = (action: RowActionId, label?: string): void => {
      const { row } = this.#details;
      if (row !== undefined) void this.#act(action, { rows: [row] }, label);
    };
    this.#details = new Details({
      open: () => {
        actOnShown('open');
      },
      relabel: () => {
        actOnShown('relabel');
      },
      relabelTo: (label) => {
        actOnShown('relabelTo', label);
      },
      remove: () => {
        actOnShown('remove');
      },
      keep: () => {
        actOnShown('keep');
      },
      clear: () => {
        actOnShown('clear');
      },
      copyText: () => {
        actOnShown('copyText');
      },
      copyJson: () => {
        actOnShown('copyJson');
      },
      similar: () => {
        void this.#findSimilar(this.#details.row);
      },
      goTo: (neighbour) => {
        void this.#goTo(neighbour);
      },
      close: () => {
        this.#toggleDetails();
        this.#rows.grid.element.focus();
      },
    });
    this.#work = h(
      'div',
      { class: 'work' },
      h('div', { class: 'list' }, this.#rows.grid.element, this.#rows.grid.empty),
    );
    this.#splitter = splitter({
      label: t('Size of the details'),
      orientation: () => (this.#wide.matches ? 'vertical' : 'horizontal'),
      size: () => (this.#wide.matches ? this.#view.detailsWidth : this.#view.detailsHeight),
      bounds: () => (this.#wide.matches ? [260, this.#work.clientWidth - 420] : [100, this.#work.clientHeight - 120]),
      resized: (size) => {
        this.#remember(this.#wide.matches ? { detailsWidth: size } : { detailsHeight: size });
        this.#showDetails();
      },
    });
    this.#work.append(this.#splitter, this.#details.element);
    this.element = h(
      'main',
      { class: 'panel' },
      this.#header.element,
      this.#notices.element,
      this.#waiting,
      this.#facts.element,
      this.#overview.element,
      h('div', { class: 'filters' }, this.#search.element, this.#chips.element),
      this.#bulk.element,
      this.#work,
      this.#announcer.element,
    );

    this.#queries = new Latest(
      (params) => client.call('query', params),
      (result, params, newest) => this.#answered(result, params, newest),
      (thrown) => {
        this.#trouble(thrown, () => {
          this.#ask({ kind: 'revision' });
        });
      },
      () => {
        this.#drawBulk();
        if (this.#detailsMissed) this.#askDetails();
        this.#turns.look();
      },
    );
    this.#detailCalls = new Latest(
      (params) => client.call('details', params),
      (details, params) => {
        if (this.#rows.selection.lead?.row === params.row) this.#details.show(details);
      },
      (thrown) => {
        // Another order of rows is on its way: the row may have another number in it.
        if (this.#queries.pending) this.#detailsMissed = true;
        else this.#details.fail(lineOf(thrown));
      },
    );
    this.#listen();
    this.#search.set(this.#view.filter);
    this.#setTerms();
    this.#rows.grid.setSorting(this.#view.sort);
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

  #listen(): void {
    this.#client.on('state', (state) => {
      this.#received(state);
    });
    this.#client.on('action', ({ action }) => {
      if (action === 'search') {
        this.#search.focus();
        return;
      }
      // A key that was meant for the list but arrives while the user types elsewhere.
      if (document.activeElement instanceof HTMLInputElement) return;
      if (this.#echoes.take(action, performance.now())) return;
      void this.#act(action);
    });
    this.#client.on('reveal', ({ row }) => {
      void this.#reveal(row);
    });
    const grid = this.#rows.grid.element;
    grid.addEventListener('focus', () => {
      this.#tell('focus', { rows: true });
    });
    grid.addEventListener('blur', () => {
      this.#tell('focus', { rows: false });
    });
    this.#wide.addEventListener('change', () => {
      this.#showDetails();
    });
    this.#roomy.addEventListener('change', () => {
      this.#drawResult();
    });
    document.addEventListener('keydown', (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLInputElement) return;
      if (event.key === '/') this.#search.focus();
      else if (event.key === 'Escape' && event.target !== grid) grid.focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** The host told how things are. */
  #received(state: PanelState): void {
    const before = this.#state;
    const { job, ...rest } = state;
    const described = JSON.stringify(rest);
    if (described === this.#described && before !== undefined) {
      // Progress of a job, many times a second.
      this.#state = { ...before, job };
      this.#drawJob();
      return;
    }
    this.#described = described;
    this.#state = { ...state, controls: received(state.controls) };
    if (before?.run?.folder !== state.run?.folder || before?.run?.effort !== state.run?.effort) this.#overview.refit();
    if (this.#controlsTold) this.#controls = this.#state.controls;
    if (this.#view.path !== state.path) this.#remember({ path: state.path });
    if (state.facts !== undefined) {
      const labels = state.facts.labels.map(({ label }) => label);
      const { run } = state;
      this.#search.setExamples(labels, run === undefined ? 'none' : run.effort === 'preview' ? 'preview' : 'full');
      this.#rows.grid.setShape(state.run !== undefined, Math.max(4, ...labels.map((label) => label.length)));
    }
    this.#draw();
    if (state.facts === undefined) return;
    if (before?.facts === undefined) {
      this.#ask({ kind: 'restore', anchor: this.#view.anchor, lead: this.#view.lead });
    } else if (state.revision !== before.revision) {
      const acting = this.#acting;
      this.#ask(acting === undefined ? { kind: 'revision' } : { kind: 'act', ...acting, isVoid: () => acting.isVoid });
    }
  }

  /** Asks for the rows that match, unless a newer wish comes first. */
  #ask(occasion: Occasion, delay = 0): void {
    // What was selected of other rows is not selected again.
    if (occasion.kind === 'filter' || occasion.kind === 'restore') this.#actShown = undefined;
    this.#occasion = mergeOccasions(this.#occasion, occasion);
    const { filter, verdicts, labels, brush, sort } = this.#view;
    // What cannot be read leaves the rows as they are; the search box says why.
    const readable = 'filter' in this.#parse(filter) ? filter : '';
    this.#queries.request(
      {
        filter: readable,
        verdicts: verdicts.length === 0 ? undefined : verdicts,
        labels: labels.length === 0 ? undefined : labels,
        brush,
        sort,
        controls: this.#controls,
      },
      delay,
    );
    this.#later('busy', settlePause, () => {
      this.#drawBulk();
    });
  }

  async #answered(result: NumberedResult, params: QueryParams, newest: boolean): Promise<void> {
    this.#result = result;
    if (newest) this.#preview = this.#state?.run?.effort === 'preview';
    // While a slider moves, numbers and histogram follow at once; rows when there is time for them.
    this.#steadily(() => {
      this.#drawResult();
    });
    if (!newest) return;
    const occasion = this.#occasion ?? { kind: 'revision' };
    this.#occasion = undefined;
    const current = (): boolean => !this.#queries.superseded;
    this.#rows.fullWeight = isUnbounded(params.controls.clipMax)
      ? 4
      : Math.min(4, Math.max(1, params.controls.clipMax));
    this.#rows.preview = this.#preview;
    this.#details.setPreview(this.#preview);
    this.#setTerms();
    const acting = this.#acting;
    await this.#rows.show(result, params.sort, occasion, current);
    if (!current()) {
      this.#occasion = mergeOccasions(occasion, this.#occasion);
      return;
    }
    this.#numbering = result.numbering;
    if (occasion.kind === 'act') {
      this.#actShown = { acting, rows: this.#rows.selection.rows };
      this.#acting = undefined;
      if (acting?.isVoid) this.#rows.restore(acting.before);
    }
    this.#notices.trouble(undefined);
    this.#drawEmpty();
    this.#announcer.say(bulkWords({ ...this.#bulkState(), selected: 0, all: false }));
    this.#remember(this.#rows.place);
  }

  #parse(filter: string): ReturnType<typeof parseFilter> {
    const labels = this.#state?.facts?.labels.map(({ label }) => label);
    return parseFilter(filter, { labels: labels === undefined || labels.length === 0 ? undefined : labels });
  }

  #setTerms(): void {
    const read = this.#parse(this.#view.filter);
    const terms = 'filter' in read ? read.filter.terms : [];
    this.#rows.grid.setTerms(terms);
    this.#details.setTerms(terms);
  }

  #sort(column: ColumnId): void {
    const { sort } = this.#view;
    const first = columns.find(({ id }) => id === column)?.descendingFirst ?? false;
    this.#remember({ sort: { column, descending: sort.column === column ? !sort.descending : first } });
    this.#rows.grid.setSorting(this.#view.sort);
    this.#ask({ kind: 'sort' });
  }

  #clearFilters(): void {
    this.#remember({ filter: '', verdicts: [], labels: [], brush: undefined });
    this.#search.set('');
    this.#ask({ kind: 'filter' });
  }

  get #filtered(): boolean {
    const { filter, verdicts, labels, brush } = this.#view;
    return filter.trim() !== '' || verdicts.length > 0 || labels.length > 0 || brush !== undefined;
  }

  /** Carries out an action on what is selected, or on `target`. */
  async #act(action: RowActionId, target?: Target, label?: string): Promise<void> {
    // A target that is named is one of the rows as they are numbered now; what is selected is looked up when its turn comes.
    const numbering = target === undefined ? undefined : this.#numbering;
    if (!['relabel', 'relabelTo', 'remove', 'keep', 'clear'].includes(action)) {
      await this.#carryOut(action, target, label, numbering);
    } else if (await this.#turns.begin()) {
      try {
        await this.#carryOut(action, target, label, numbering);
      } finally {
        this.#turns.end();
      }
    }
  }

  async #carryOut(
    action: RowActionId,
    target: Target | undefined,
    label: string | undefined,
    numbering = this.#numbering,
  ): Promise<void> {
    const { selection, view } = this.#rows;
    const lead = selection.lead?.row;
    const single = action === 'open' || action === 'similar';
    const about = target ?? (single && lead !== undefined ? { rows: [lead] } : selection.target(view));
    if (about === undefined) return;
    if (action === 'similar') {
      await this.#findSimilar(lead);
      return;
    }
    const edits = !['open', 'copyText', 'copyJson'].includes(action);
    const acting: Acting = {
      rows: 'rows' in about ? [...about.rows].sort((a, b) => a - b) : 'view',
      removes: action === 'remove',
      before: selection.kept,
      isVoid: false,
    };
    if (edits) this.#acting = acting;
    // A change from elsewhere, e.g. an undo, may have come instead and have been taken for this one.
    const nothing = (): void => {
      if (!edits) return;
      acting.isVoid = true;
      if (this.#acting === acting) this.#acting = undefined;
      const untouched = this.#actShown?.rows === selection.rows && !selection.all;
      if (this.#actShown?.acting === acting && untouched) this.#rows.restore(acting.before);
    };
    try {
      const { rows } = await this.#client.call('act', {
        ...{ action, target: about, label, controls: this.#controls, numbering },
      });
      if (rows === 0) nothing();
      if (edits) this.#announcer.say(rows === 0 ? t('Nothing changed') : t('{0} changed', rowCount(rows)));
    } catch (thrown) {
      nothing();
      if (!isCancelled(thrown)) this.#trouble(thrown);
    }
  }

  async #findSimilar(row: number | undefined): Promise<void> {
    if (row === undefined) return;
    if (!this.#view.details) this.#toggleDetails();
    try {
      const similar = await this.#client.call('similar', { row, count: 20 });
      this.#details.showSimilar(row, similar);
    } catch (thrown) {
      this.#trouble(thrown);
    }
  }

  async #goTo(neighbour: Neighbour): Promise<void> {
    if (neighbour.source === 'real' || neighbour.row === undefined) {
      this.#tell('openLine', { source: neighbour.source, line: neighbour.line });
    } else await this.#reveal(neighbour.row);
  }

  /** Shows and selects a row; where the filter hides it, without the filter. */
  async #reveal(row: number): Promise<void> {
    const anchor = { row, offset: Math.floor(this.#rows.grid.extent.viewport / 3) };
    const unfiltered = { filter: '', verdicts: [], labels: [], brush: undefined };
    if (this.#state?.facts === undefined) {
      // Asked for before the rows are known: when they come, this one is selected.
      this.#remember({ ...unfiltered, anchor, lead: row });
      this.#search.set('');
      return;
    }
    let shown = false;
    try {
      shown = !this.#queries.pending && (await this.#rows.reveal(row));
    } catch (thrown) {
      // The list that is shown is out of date. What else may be wrong is told by the query below.
      if (!(thrown instanceof CallError)) throw thrown;
    }
    // An order of rows that was asked for meanwhile chooses a row of its own: this one is chosen after it.
    if (shown && !this.#queries.pending) return;
    const fresh = shown || (this.#queries.pending && !this.#filtered);
    if (!fresh) this.#remember(unfiltered);
    this.#search.set(this.#view.filter);
    this.#ask({ kind: 'restore', anchor, lead: row });
  }

  #selected(): void {
    const { selection, view, count } = this.#rows;
    const row = selection.lead?.row;
    if (row === undefined) this.#details.show(undefined);
    else this.#askDetails();
    this.#drawBulk();
    this.#showDetails();
    this.#later('select', detailsPause, () => {
      this.#tell('select', selection.all ? { rows: [], view } : { rows: [...selection.rows] });
    });
    if (selection.size(count) > 1) this.#announcer.say(bulkWords(this.#bulkState()));
    this.#later('place', settlePause, () => {
      this.#remember(this.#rows.place);
    });
  }

  #askDetails(): void {
    const row = this.#rows.selection.lead?.row;
    this.#detailsMissed = false;
    if (row === undefined || !this.#view.details) return;
    this.#detailCalls.request({ row, controls: this.#controls }, detailsPause);
  }

  #toggleDetails(): void {
    this.#remember({ details: !this.#view.details });
    this.#showDetails();
    this.#selected();
  }

  #showDetails(): void {
    const { details, detailsWidth, detailsHeight } = this.#view;
    const beside = this.#wide.matches;
    // Below a narrow list, details take no room before a row is chosen.
    const visible = details && (beside || this.#rows.selection.lead !== undefined);
    this.#work.classList.toggle('beside', beside);
    this.#work.classList.toggle('below', visible && !beside);
    this.#details.setVisible(visible);
    show(this.#splitter, visible);
    this.#bulk.setSide(beside);
    this.#details.element.style.flexBasis = `${beside ? detailsWidth : detailsHeight}px`;
    this.#drawBulk();
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
      this.#drawAll();
    });
  }

  #drawJob(): void {
    const state = this.#state;
    this.#steadily(() => {
      this.#header.update(state);
      if (state?.facts === undefined || state.run !== undefined) return;
      this.#facts.update({ facts: state.facts, job: state.job, encoderMissing: state.encoderMissing !== undefined });
    });
  }

  #drawAll(): void {
    const state = this.#state;
    const facts = state?.facts;
    const usable = facts !== undefined && facts.rows > 0;
    this.#header.update(state);
    this.#drawWaiting();
    show(this.#facts.element, facts !== undefined && state?.run === undefined);
    if (facts !== undefined && state?.run === undefined) {
      this.#facts.update({ facts, job: state?.job, encoderMissing: state?.encoderMissing !== undefined });
    }
    show(this.#overview.element, state?.run !== undefined && usable);
    for (const part of [this.#search.element.parentElement, this.#bulk.element, this.#work]) {
      if (part !== null) show(part, usable);
    }
    this.#drawResult();
    this.#showDetails();
  }

  /** What stands in place of everything while there is nothing to show, or nothing that can be shown. */
  #drawWaiting(): void {
    const state = this.#state;
    show(this.#waiting, state?.facts === undefined || state.facts.rows === 0);
    if (state === undefined) fill(this.#waiting, h('p', { class: 'muted' }, t('Opening')));
    else if (state.fault !== undefined) {
      fill(
        this.#waiting,
        h(
          'p',
          { class: 'fault-line', role: 'alert' },
          icon('error'),
          h('span', {}, ...pathText(editorWords(state.fault), [state.path])),
        ),
        h(
          'div',
          { class: 'next' },
          button(t('Choose another real file'), {
            secondary: true,
            press: () => {
              this.#tell('command', { name: 'chooseReal' });
            },
          }),
          linkButton(t('Show log'), () => {
            this.#tell('command', { name: 'showLog' });
          }),
        ),
      );
    } else if (state.facts === undefined) fill(this.#waiting, h('p', { class: 'muted' }, t('Reading the files')));
    else if (state.facts.rows === 0) {
      fill(
        this.#waiting,
        h(
          'p',
          {},
          ...around(
            'There is no usable row in {0}. Each line should be a JSON object with a text and a label.',
            isolated(visible(fileName(state.facts.path))),
          ),
        ),
        state.facts.brokenRows > 0 &&
          linkButton(t('Show problems'), () => {
            this.#tell('command', { name: 'showProblems' });
          }),
      );
    }
  }

  #drawResult(): void {
    const state = this.#state;
    const result = this.#result;
    // Before there are scores, the facts show what there is to warn of.
    const warnings =
      state?.run === undefined ? [] : [...new Set([...state.run.warnings, ...(result?.summary.warnings ?? [])])];
    if (state !== undefined) this.#notices.update(state, warnings, this.#view.warnings);
    if (result === undefined) return;
    this.#overview.update(
      result,
      this.#view.brush,
      this.#controls,
      state?.run && received(state.run.controls),
      this.#view.overview ?? this.#roomy.matches,
      this.#preview,
    );
    this.#chips.update(result, { ...this.#view, preview: this.#preview }, this.#filtered);
    this.#drawBulk();
  }

  #drawEmpty(): void {
    if (this.#result === undefined || this.#result.count > 0) {
      this.#rows.grid.setEmpty();
      return;
    }
    this.#rows.grid.setEmpty(
      h('p', {}, t('No row matches.')),
      linkButton(t('Show all {0}', rowCount(this.#result.total)), () => {
        this.#clearFilters();
      }),
    );
  }

  #bulkState(): Parameters<BulkBar['update']>[0] {
    const { selection, count } = this.#rows;
    return {
      count,
      total: this.#result?.total ?? 0,
      selected: selection.size(count),
      all: selection.all,
      scored: this.#state?.run !== undefined,
      details: this.#view.details,
      sortedBy: this.#view.sort.column,
      busy: this.#queries.pending,
    };
  }

  #drawBulk(): void {
    this.#bulk.update(this.#bulkState());
  }

  #remember(changes: Partial<ViewState>): void {
    this.#view = { ...this.#view, ...changes };
    this.#later('remember', settlePause, () => {
      this.#keeper.setState(this.#view);
    });
  }

  /** Does something after a pause, unless it is asked for again. */
  #later(name: string, delay: number, work: () => void): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.set(name, setTimeout(work, delay));
  }

  /** A call whose answer is only that it was done. */
  #tell<M extends 'command' | 'export' | 'focus' | 'select' | 'setControls' | 'openLine'>(
    method: M,
    params: PanelApi[M]['params'],
  ): void {
    this.#client.call(method, params).catch((thrown: unknown) => {
      if (!isCancelled(thrown)) this.#trouble(thrown);
    });
  }

  #trouble(thrown: unknown, retry?: () => void): void {
    this.#notices.trouble(lineOf(thrown), retry);
  }
}

function isCancelled(thrown: unknown): boolean {
  return thrown instanceof CallError && thrown.failure.kind === 'cancelled';
}

/** What went wrong, in one line. */
function lineOf(thrown: unknown): string {
  if (thrown instanceof CallError && thrown.failure.kind !== 'defect') return thrown.message;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return t('Something went wrong in the panel: {0}', message.split('\n')[0]);
}
