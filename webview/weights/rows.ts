import type { RowActionId } from '../../src/core/table/actions.ts';
import type { SortKey } from '../../src/core/table/columns.ts';
import type { QueryResult, RowView, RowWindow, Sorting } from '../../src/protocol/data.ts';
import type { PanelApi, PanelEvents } from '../../src/protocol/panel.ts';
import type { Client } from '../../src/protocol/rpc.ts';
import { Grid } from './grid.ts';
import { followRow } from './followRow.ts';
import type { Occasion } from './occasions.ts';
import { RowCache, pageRequests } from './rowCache.ts';
import { actionOfKey } from './rowKeys.ts';
import * as scroll from './scroll.ts';
import { Selection, mostSelected, shifted, type KeptSelection } from './selection.ts';
import { t } from '../shared/l10n.ts';

/** More rows are not followed one by one where lines of the file moved. */
const mostFollowed = 200;

export interface RowsEvents {
  readonly sort: (key: SortKey) => void;
  /** The selection, or the row where the keyboard is, changed. */
  readonly selected: () => void;
  readonly scrolled: () => void;
  readonly open: () => void;
  /** A key of the table of row actions. */
  readonly act: (action: RowActionId) => void;
  readonly search: () => void;
  readonly toggleDetails: () => void;
  readonly copy: () => void;
  /** One line about what could not be done. */
  readonly say: (line: string) => void;
  readonly failed: (thrown: unknown) => void;
}

/** The list of rows: what is selected, where it is scrolled to, and how both survive another order of rows. */
export class Rows {
  readonly grid: Grid;
  readonly selection = new Selection();
  readonly #client: Client<PanelApi, PanelEvents>;
  readonly #events: RowsEvents;
  readonly #cache: RowCache;
  /** The weight that fills a bar. */
  fullWeight = 2;
  /** Verdicts are those of a preview. */
  preview = false;
  #total = 0;
  /** What the selected rows read, by number, as far as they are followed. */
  #texts = new Map<number, string>();
  #pressed = false;

  constructor(client: Client<PanelApi, PanelEvents>, events: RowsEvents) {
    this.#client = client;
    this.#events = events;
    this.#cache = new RowCache(
      (request) => client.call('rows', request),
      () => {
        this.#leadKnown();
        this.grid.paint();
      },
      events.failed,
    );
    const cache = this.#cache;
    const selection = this.selection;
    const shown = (): Pick<Rows, 'fullWeight' | 'preview'> => this;
    this.grid = new Grid(
      {
        get count() {
          return cache.count;
        },
        row: (index) => cache.get(index),
        has: (first, last) => cache.has(first, last),
        want: (first, last, around) => {
          cache.want(first, last, around);
        },
        isSelected: (view) => (view === undefined ? selection.all : selection.has(view.row)),
        get leadIndex() {
          return selection.lead?.index;
        },
        get fullWeight() {
          return shown().fullWeight;
        },
        get preview() {
          return shown().preview;
        },
      },
      events.sort,
      events.scrolled,
    );
    this.#listen(this.grid.element);
  }

  /** Names the order shown, in actions on all that match. */
  get view(): number {
    return this.#cache.view;
  }

  get count(): number {
    return this.#cache.count;
  }

  /** The row where the keyboard is, once it is known. */
  get lead(): RowView | undefined {
    const { lead } = this.selection;
    const view = lead && this.#cache.get(lead.index);
    return view?.row === lead?.row ? view : undefined;
  }

  /** What to come back to after the panel was hidden. */
  get place(): { readonly anchor?: { readonly row: number; readonly offset: number }; readonly lead?: number } {
    const index = this.grid.visible.first;
    const view = this.#cache.get(index);
    const offset = Math.round(index * scroll.rowHeight - this.grid.top);
    const top = this.grid.top === 0 || view === undefined;
    return { anchor: top ? undefined : { row: view.row, offset }, lead: this.selection.lead?.row };
  }

  /**
   * Shows another order of rows. Everything it needs is fetched first, so that the list changes from one complete picture
   * to the next.
   *
   * @param isCurrent False once a newer order was asked for: this one is given up.
   */
  async show(result: QueryResult, sorting: Sorting, occasion: Occasion, isCurrent: () => boolean): Promise<void> {
    const { view, count } = result;
    const extent = { count, viewport: this.grid.extent.viewport };
    const isVoid = occasion.kind === 'act' && occasion.isVoid();
    const plan = await this.#plan(result, isVoid ? { kind: 'revision' } : occasion);
    if (!isCurrent()) return;
    const { first, last } = scroll.visibleRange(plan.top, extent);
    const windows: readonly RowWindow[] =
      count === 0
        ? []
        : await Promise.all(
            pageRequests(view, first, Math.max(first, last), count).map((request) =>
              this.#client.call('rows', request),
            ),
          );
    if (!isCurrent() || windows.some((window) => window.view !== view)) return;
    this.#cache.reset(view, count, windows);
    this.#total = result.total;
    if (plan.gone !== undefined) this.selection.shift(plan.gone);
    if (plan.rows !== undefined) this.selection.replace(plan.rows);
    if (plan.select === 'lead') this.selection.clear();
    if (plan.lead !== undefined && plan.select === 'lead') this.selection.only(plan.lead);
    this.selection.lead = plan.lead;
    this.selection.anchor = plan.lead?.index ?? 0;
    this.grid.setSorting(sorting);
    // The list may have got lower since the plan was made.
    this.grid.resize(
      scroll.topToKeep(plan.lead?.index, plan.top, extent, { count, viewport: this.grid.extent.viewport }),
    );
    this.#leadKnown();
    this.#noteTexts();
    this.#events.selected();
  }

  async #plan(result: QueryResult, occasion: Occasion): Promise<Plan> {
    const { view, count } = result;
    const extent = { count, viewport: this.grid.extent.viewport };
    const { lead } = this.selection;
    const top = scroll.clampTop(this.grid.top, extent);
    if (count === 0) {
      return { top: 0, lead: undefined, select: 'lead' };
    }
    const find = async (row: number | undefined): Promise<number | undefined> => {
      if (row === undefined) return undefined;
      const index = await this.#client.call('place', { view, row });
      return index < 0 ? undefined : index;
    };
    const leadAt = (index: number | undefined, row: number | undefined): Plan['lead'] =>
      index === undefined || row === undefined ? undefined : { index, row };

    switch (occasion.kind) {
      case 'sort':
        return { top: 0, lead: leadAt(await find(lead?.row), lead?.row), select: 'keep' };

      case 'filter': {
        // What was selected may not match any more, and an action must not reach what cannot be seen.
        const index = await find(lead?.row);
        const keep = leadAt(index, lead?.row);
        const offset = this.#offsetOfLead();
        return {
          top: keep !== undefined && offset !== undefined ? scroll.topToAnchor(keep.index, offset, extent) : 0,
          lead: keep,
          select: 'lead',
        };
      }

      case 'controls': {
        const index = await find(lead?.row);
        const offset = this.#offsetOfLead();
        return {
          top: index !== undefined && offset !== undefined ? scroll.topToAnchor(index, offset, extent) : top,
          lead: leadAt(index, lead?.row),
          select: 'keep',
        };
      }

      case 'revision': {
        const by = result.total - this.#total;
        const follow = (row: number | undefined, text: string | undefined): ReturnType<typeof followRow> =>
          row === undefined ? Promise.resolve(undefined) : followRow(row, text, by, this.#now(view));
        const newLead = await follow(lead?.row, this.lead?.text ?? this.#texts.get(lead?.row ?? -1));
        const rows = await this.#followSelected(newLead?.row, by, follow);
        const offset = this.#offsetOfLead();
        const stays = { lead: newLead, select: 'keep', rows } as const;
        if (newLead !== undefined && offset !== undefined) {
          return { top: scroll.topToAnchor(newLead.index, offset, extent), ...stays };
        }
        if (this.grid.top === 0) return { top: 0, ...stays };
        // Nothing chosen is on screen: what is at its upper edge stays there.
        const { first, last } = this.grid.visible;
        for (let at = first; at <= Math.min(last, first + 5); at++) {
          const there = this.#cache.get(at);
          const found = await follow(there?.row, there?.text);
          if (found === undefined) continue;
          const offset = at * scroll.rowHeight - this.grid.top;
          return { top: scroll.topToAnchor(found.index, offset, extent), ...stays };
        }
        return { top, ...stays };
      }

      case 'act': {
        if (lead === undefined) return { top, lead: undefined, select: 'keep' };
        if (occasion.rows === 'view') {
          const text = this.lead?.text ?? this.#texts.get(lead.row ?? -1);
          const by = result.total - this.#total;
          const found = lead.row === undefined ? undefined : await followRow(lead.row, text, by, this.#now(view));
          return { top, lead: found, select: found === undefined ? 'lead' : 'keep' };
        }
        // Rows taken out of the file move every later one up.
        const gone = occasion.removes && result.total === this.#total - occasion.rows.length ? occasion.rows : [];
        const now = (row: number | undefined): number | undefined =>
          row === undefined ? undefined : shifted(row, gone);
        const index = await find(now(lead.row));
        if (index === lead.index) {
          return { top, lead: leadAt(index, now(lead.row)), select: 'keep', gone };
        }
        const acted = new Set(occasion.rows);
        // The user has gone on to another row meanwhile: it stays the one that is chosen.
        if (index !== undefined && lead.row !== undefined && !acted.has(lead.row)) {
          const kept = leadAt(index, now(lead.row));
          return { top: scroll.topToReveal(index, top, extent), lead: kept, select: 'keep', gone };
        }
        // It left its place: the next row takes its turn, where it is now.
        const next = now(this.#neighbour(lead.index, acted));
        const nextIndex = (await find(next)) ?? Math.min(lead.index, count - 1);
        const row = next ?? (await this.#client.call('rows', { view, from: nextIndex, count: 1 })).rows[0]?.row;
        return {
          top: scroll.topToReveal(nextIndex, top, extent),
          lead: leadAt(nextIndex, row),
          select: 'lead',
        };
      }

      case 'restore': {
        const index = await find(occasion.lead);
        const anchor = await find(occasion.anchor?.row);
        return {
          top: anchor === undefined ? 0 : scroll.topToAnchor(anchor, occasion.anchor?.offset ?? 0, extent),
          lead: leadAt(index, occasion.lead),
          select: 'lead',
        };
      }
    }
  }

  /** Pixels of the lead below the upper edge, where it is on screen. */
  #offsetOfLead(): number | undefined {
    const { lead } = this.selection;
    const { first, last } = this.grid.visible;
    if (lead === undefined || lead.index < first || lead.index > last) return undefined;
    return lead.index * scroll.rowHeight - this.grid.top;
  }

  /** Another order of rows, as {@link followRow} looks at it. */
  #now(view: number): Parameters<typeof followRow>[3] {
    return {
      place: (row) => this.#client.call('place', { view, row }),
      at: async (from) => (await this.#client.call('rows', { view, from, count: 1 })).rows[0],
    };
  }

  /**
   * The selected rows by the numbers they have now; undefined where they stay as they are. What cannot be followed is not
   * selected any more: an action must not reach another row than the one that was chosen.
   */
  async #followSelected(
    lead: number | undefined,
    by: number,
    follow: (row: number, text: string | undefined) => ReturnType<typeof followRow>,
  ): Promise<readonly number[] | undefined> {
    const { rows, all } = this.selection;
    if (all || rows.size === 0) return undefined;
    if (rows.size > mostFollowed) return by === 0 ? undefined : lead === undefined ? [] : [lead];
    const found = await Promise.all([...rows].map((row) => follow(row, this.#texts.get(row))));
    return found.flatMap((each) => (each === undefined ? [] : [each.row]));
  }

  /** Remembers what the selected rows read, so that they are known again when lines of the file have moved. */
  #noteTexts(): void {
    const { rows, all, lead } = this.selection;
    const wanted = new Set(all || rows.size > mostFollowed ? [] : rows);
    if (lead?.row !== undefined) wanted.add(lead.row);
    const before = this.#texts;
    this.#texts = new Map([...wanted].flatMap((row) => (before.has(row) ? [[row, before.get(row) ?? '']] : [])));
    for (const { row, text } of this.#cache.rows()) if (wanted.has(row)) this.#texts.set(row, text);
  }

  /** Selects again what was selected before an action that came to nothing. */
  restore(kept: KeptSelection): void {
    this.selection.restore(kept);
    this.#changed();
  }

  /** The nearest row known that is not among those acted on, after an index first. */
  #neighbour(index: number, acted: ReadonlySet<number>): number | undefined {
    for (const step of [1, -1]) {
      for (let at = index + step; ; at += step) {
        const view = this.#cache.get(at);
        if (view === undefined) break;
        if (!acted.has(view.row)) return view.row;
      }
    }
    return undefined;
  }

  /** The lead moved to where nothing was known yet; now it is. */
  #leadKnown(): void {
    const { lead } = this.selection;
    if (lead === undefined || lead.row !== undefined) return;
    const view = this.#cache.get(lead.index);
    if (view === undefined) return;
    const known = { index: lead.index, row: view.row };
    // What was selected meanwhile stays so.
    if (this.selection.size(this.count) > 0) this.selection.lead = known;
    else this.selection.only(known);
    this.#noteTexts();
    this.#events.selected();
  }

  /** Selects one row by its number and shows it; false where it is not in the view. */
  async reveal(row: number): Promise<boolean> {
    const index = await this.#client.call('place', { view: this.view, row });
    if (index < 0) return false;
    this.selection.only({ index, row });
    const { first, last } = this.grid.visible;
    if (index <= first || index >= last) {
      const { extent } = this.grid;
      this.grid.scrollTo(scroll.topToAnchor(index, Math.floor(extent.viewport / 3), extent));
    }
    this.#changed();
    return true;
  }

  selectAll(): void {
    if (this.count === 0) return;
    this.selection.selectAll();
    this.#changed();
  }

  /** Selects nothing but the row where the keyboard is. */
  deselect(): void {
    this.selection.collapse();
    this.#changed();
  }

  #changed(): void {
    this.#noteTexts();
    this.grid.paint();
    this.#events.selected();
  }

  /** Moves the keyboard to a row; with `extend` the selection reaches from its anchor to there. */
  #moveTo(index: number, extend: boolean): void {
    if (this.count === 0) return;
    const to = Math.min(Math.max(0, index), this.count - 1);
    const view = this.#cache.get(to);
    if (extend) void this.#extendTo(to);
    else this.selection.only({ index: to, row: view?.row });
    this.grid.reveal(to);
    this.#changed();
  }

  async #extendTo(index: number): Promise<void> {
    const { selection, view, count } = this;
    const from = Math.min(selection.anchor, index);
    const to = Math.max(selection.anchor, index);
    if (to - from >= mostSelected) {
      this.#events.say(
        t(
          'A range holds at most {0} rows: narrow the list with a filter and select all that match (Ctrl+A).',
          mostSelected.toLocaleString('en'),
        ),
      );
      return;
    }
    const known = this.#known(from, to);
    if (known !== undefined) selection.range(known, { index, row: this.#cache.get(index)?.row });
    else {
      selection.lead = { index, row: this.#cache.get(index)?.row };
      try {
        const windows = await Promise.all(
          pageRequests(view, from, to, count).map((request) => this.#client.call('rows', request)),
        );
        // Meanwhile another order of rows, or another range, counts.
        if (view !== this.view || selection.lead?.index !== index) return;
        const rows = windows.flatMap((window) =>
          window.rows.filter((_, at) => window.from + at >= from && window.from + at <= to),
        );
        selection.range(
          rows.map(({ row }) => row),
          { index, row: selection.lead.row ?? rows[index === to ? rows.length - 1 : 0]?.row },
        );
      } catch (thrown) {
        this.#events.failed(thrown);
        return;
      }
    }
    this.#changed();
  }

  #known(from: number, to: number): readonly number[] | undefined {
    const rows: number[] = [];
    for (let index = from; index <= to; index++) {
      const view = this.#cache.get(index);
      if (view === undefined) return undefined;
      rows.push(view.row);
    }
    return rows;
  }

  #listen(element: HTMLElement): void {
    element.addEventListener('mousedown', (event) => {
      this.#press(event);
    });
    element.addEventListener('dblclick', (event) => {
      if (this.grid.indexAt(event.target) !== undefined) this.#events.open();
    });
    element.addEventListener('keydown', (event) => {
      if (event.target !== element || !this.#key(event)) return;
      event.preventDefault();
      // VS Code looks at every key that reaches the window: Ctrl+A would select the page's text.
      event.stopPropagation();
    });
    element.addEventListener('focus', () => {
      // With Tab into a list that has no row chosen: the first on screen, so that the keyboard is somewhere.
      const { lead } = this.selection;
      if (this.#pressed || lead !== undefined || this.selection.size(this.count) > 0) return;
      this.#moveTo(this.grid.visible.first, false);
    });
    element.addEventListener('copy', (event) => {
      if (document.getSelection()?.isCollapsed === false) return;
      event.preventDefault();
      this.#events.copy();
    });
  }

  #press(event: MouseEvent): void {
    this.#pressed = true;
    setTimeout(() => {
      this.#pressed = false;
    });
    const index = this.grid.indexAt(event.target);
    const view = index === undefined ? undefined : this.#cache.get(index);
    if (index === undefined || view === undefined) return;
    const lead = { index, row: view.row };
    // The menu is about the selection where the row under the pointer is part of it.
    if (event.button === 2 && this.selection.has(view.row)) this.selection.lead = lead;
    else if (event.button === 0 && event.shiftKey) void this.#extendTo(index);
    else if (event.button === 0 && (event.ctrlKey || event.metaKey)) this.selection.toggle(lead);
    else this.selection.only(lead);
    this.#changed();
  }

  /** @returns Whether the key was for the list. */
  #key(event: KeyboardEvent): boolean {
    const at = this.selection.lead?.index ?? -1;
    const page = scroll.pageRows(this.grid.extent);
    if (event.altKey) return false;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== 'a' || event.shiftKey) return false;
      this.selectAll();
      return true;
    }
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: this.count - 1,
    }[event.key];
    if (to !== undefined) {
      this.#moveTo(to, event.shiftKey);
      return true;
    }
    const action = actionOfKey(event);
    if (action !== undefined) {
      // A key that is held down is one wish.
      if (!event.repeat) this.#events.act(action);
      return true;
    }
    switch (event.key) {
      case '/':
        this.#events.search();
        return true;
      case ' ':
        this.#events.toggleDetails();
        return true;
      case 'Escape':
        if (this.selection.size(this.count) < 2) return false;
        this.selection.collapse();
        this.#changed();
        return true;
      default:
        return false;
    }
  }
}

/** What becomes of the list with another order of rows. */
interface Plan {
  readonly top: number;
  readonly lead: { readonly index: number; readonly row: number } | undefined;
  /** `lead`: nothing but the lead is selected from now on, and nothing where there is none. */
  readonly select: 'keep' | 'lead';
  /** Rows that left the file, ascending: later ones have moved up. */
  readonly gone?: readonly number[];
  /** What is selected by the numbers that rows have now. */
  readonly rows?: readonly number[];
}
