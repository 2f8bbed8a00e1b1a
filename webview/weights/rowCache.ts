import type { RowView, RowWindow } from '../../src/protocol/data.ts';

/** Rows per request; a screen is one or two of them. */
export const pageSize = 128;
/** Pages kept: at most 6144 rows, whatever the size of the dataset. */
const mostPages = 48;
/** Requests under way at a time; what a fast scroll passes by is never asked for. */
const mostRequests = 2;

export type FetchRows = (request: { view: number; from: number; count: number }) => Promise<RowWindow>;

/**
 * The rows near what is on screen, in pages, the least recently used dropped. Rows are asked for in the order of
 * need at this moment: a request that is no longer wanted is not started.
 */
export class RowCache {
  readonly #fetch: FetchRows;
  readonly #arrived: () => void;
  readonly #failed: (thrown: unknown) => void;
  /** In the order of use, least recent first. */
  readonly #pages = new Map<number, readonly RowView[]>();
  readonly #underWay = new Set<number>();
  #wanted: readonly number[] = [];
  #view = -1;
  #count = 0;

  /**
   * @param arrived After rows came that {@link want} had asked for.
   * @param failed With what a request threw, except for views that are gone.
   */
  constructor(fetch: FetchRows, arrived: () => void, failed: (thrown: unknown) => void) {
    this.#fetch = fetch;
    this.#arrived = arrived;
    this.#failed = failed;
  }

  get view(): number {
    return this.#view;
  }

  /** Rows of the view. */
  get count(): number {
    return this.#count;
  }

  /** Pages held, for tests. */
  get pages(): number {
    return this.#pages.size;
  }

  /** Forgets everything: another order of rows counts from now on. `rows` are the first of it that are known. */
  reset(view: number, count: number, windows: readonly RowWindow[] = []): void {
    this.#view = view;
    this.#count = count;
    this.#pages.clear();
    this.#underWay.clear();
    this.#wanted = [];
    for (const window of windows) this.#keep(window);
  }

  /** The row at an index, where it is known. */
  get(index: number): RowView | undefined {
    return this.#pages.get(Math.floor(index / pageSize))?.[index % pageSize];
  }

  /** Every row that is known. */
  *rows(): Iterable<RowView> {
    for (const page of this.#pages.values()) yield* page;
  }

  /** Whether every row of a range is known. */
  has(first: number, last: number): boolean {
    for (let page = Math.floor(first / pageSize); page <= Math.floor(last / pageSize); page++) {
      if (!this.#pages.has(page)) return false;
    }
    return true;
  }

  /** Asks for a range of rows and, with less urgency, where `around` is set, for the page on either side. */
  want(first: number, last: number, around = true): void {
    if (this.#count === 0) return;
    const from = Math.floor(first / pageSize);
    const to = Math.floor(Math.max(first, last) / pageSize);
    const pages: number[] = [];
    for (let page = from; page <= to; page++) pages.push(page);
    if (around) pages.push(to + 1, from - 1);
    this.#wanted = pages.filter((page) => page >= 0 && page * pageSize < this.#count);
    for (const page of this.#wanted) this.#touch(page);
    this.#pump();
  }

  /** A row, asked for where it is not known. Undefined where the view is gone or the index is outside of it. */
  async load(index: number): Promise<RowView | undefined> {
    if (index < 0 || index >= this.#count) return undefined;
    const known = this.get(index);
    if (known !== undefined) return known;
    const view = this.#view;
    const window = await this.#fetch(request(view, Math.floor(index / pageSize), this.#count));
    if (view !== this.#view || window.view !== view) return undefined;
    this.#keep(window);
    this.#arrived();
    return this.get(index);
  }

  #pump(): void {
    for (const page of this.#wanted) {
      if (this.#underWay.size >= mostRequests) return;
      if (this.#pages.has(page) || this.#underWay.has(page)) continue;
      void this.#request(page);
    }
  }

  async #request(page: number): Promise<void> {
    const view = this.#view;
    this.#underWay.add(page);
    try {
      const window = await this.#fetch(request(view, page, this.#count));
      if (view !== this.#view) return;
      this.#underWay.delete(page);
      if (window.view === view) {
        this.#keep(window);
        this.#arrived();
      }
      this.#pump();
    } catch (thrown) {
      // An order of rows that was replaced while it was asked for is no failure.
      if (view !== this.#view) return;
      this.#underWay.delete(page);
      this.#wanted = [];
      this.#failed(thrown);
    }
  }

  #keep({ from, rows }: RowWindow): void {
    for (let start = 0; start < rows.length; start += pageSize) {
      this.#pages.set((from + start) / pageSize, rows.slice(start, start + pageSize));
    }
    for (const page of this.#pages.keys()) {
      if (this.#pages.size <= mostPages) return;
      if (!this.#wanted.includes(page)) this.#pages.delete(page);
    }
  }

  #touch(page: number): void {
    const rows = this.#pages.get(page);
    if (rows === undefined) return;
    this.#pages.delete(page);
    this.#pages.set(page, rows);
  }
}

/** The request for one page. */
function request(view: number, page: number, count: number): { view: number; from: number; count: number } {
  const from = page * pageSize;
  return { view, from, count: Math.min(pageSize, count - from) };
}

/** The pages that hold a range of rows, as requests. */
export function pageRequests(
  view: number,
  first: number,
  last: number,
  count: number,
): readonly { view: number; from: number; count: number }[] {
  const requests = [];
  for (
    let page = Math.floor(first / pageSize);
    page <= Math.floor(last / pageSize) && page * pageSize < count;
    page++
  ) {
    requests.push(request(view, page, count));
  }
  return requests;
}
