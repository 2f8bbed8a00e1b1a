import { describe, expect, it } from 'vitest';
import type { RowView, RowWindow } from '../../../src/protocol/data.ts';
import { RowCache, pageRequests, pageSize, type FetchRows } from '../../../webview/weights/rowCache.ts';

type Request = Parameters<FetchRows>[0];

const rowView = (row: number): RowView => ({ row, line: row + 1, label: 'a', marks: [], text: `text ${String(row)}` });
const windowOf = ({ view, from, count }: Request): RowWindow => ({
  view,
  from,
  rows: Array.from({ length: count }, (_, i) => rowView(from + i)),
});

/** A host that answers when the test says so. */
function slowHost() {
  const open: { request: Request; answer: (window: RowWindow) => void; fail: (error: Error) => void }[] = [];
  const fetch: FetchRows = (request) =>
    new Promise((answer, fail) => {
      open.push({ request, answer, fail });
    });
  let arrivals = 0;
  const failures: unknown[] = [];
  const cache = new RowCache(
    fetch,
    () => arrivals++,
    (thrown) => failures.push(thrown),
  );
  const answerAll = async (): Promise<void> => {
    for (const { request, answer } of open.splice(0)) answer(windowOf(request));
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { cache, open, answerAll, failures, arrivals: () => arrivals };
}

describe('RowCache', () => {
  it('asks for what is on screen first, then for the pages beside it, two at a time', async () => {
    const { cache, open, answerAll } = slowHost();
    cache.reset(1, 10_000);
    cache.want(5 * pageSize + 3, 5 * pageSize + 40);
    expect(open.map(({ request }) => request.from)).toEqual([5 * pageSize, 6 * pageSize]);
    await answerAll();
    expect(open.map(({ request }) => request.from)).toEqual([4 * pageSize]);
    expect(cache.get(5 * pageSize + 3)?.row).toBe(5 * pageSize + 3);
    expect(cache.get(4 * pageSize)).toBeUndefined();
    expect(cache.has(5 * pageSize, 7 * pageSize - 1)).toBe(true);
    expect(cache.has(5 * pageSize - 1, 5 * pageSize)).toBe(false);
  });

  it('never asks for what a fast scroll passed by', async () => {
    const { cache, open, answerAll } = slowHost();
    cache.reset(1, 1_000_000);
    for (let page = 0; page < 100; page++) cache.want(page * pageSize, page * pageSize + 30);
    expect(open.length).toBe(2);
    await answerAll();
    expect(open.map(({ request }) => request.from / pageSize)).toEqual([99, 100]);
  });

  it('asks for nothing beside it where only the range counts', () => {
    const { cache, open } = slowHost();
    cache.reset(1, 10_000);
    cache.want(5 * pageSize, 5 * pageSize + 20, false);
    expect(open.map(({ request }) => request.from)).toEqual([5 * pageSize]);
  });

  it('asks for the last page with the rows it has', async () => {
    const { cache, open, answerAll } = slowHost();
    cache.reset(1, pageSize + 7);
    cache.want(pageSize, pageSize + 6);
    expect(open[0].request).toEqual({ view: 1, from: pageSize, count: 7 });
    await answerAll();
    expect(cache.get(pageSize + 6)?.row).toBe(pageSize + 6);
    expect(await cache.load(pageSize + 7)).toBeUndefined();
  });

  it('keeps a bounded number of pages, those used last and those on screen', async () => {
    const { cache, answerAll, open } = slowHost();
    cache.reset(1, 1_000_000);
    for (let page = 0; page < 200; page++) {
      cache.want(page * pageSize, page * pageSize + 10);
      while (open.length > 0) await answerAll();
    }
    expect(cache.pages).toBeLessThanOrEqual(48);
    expect(cache.get(199 * pageSize)?.row).toBe(199 * pageSize);
    expect(cache.get(0)).toBeUndefined();
  });

  it('drops answers about an order that was replaced', async () => {
    const { cache, open, answerAll, arrivals, failures } = slowHost();
    cache.reset(1, 1000);
    cache.want(0, 10);
    const [first, second] = open.splice(0);
    cache.reset(2, 1000, [windowOf({ view: 2, from: 0, count: pageSize })]);
    first.answer(windowOf(first.request));
    second.fail(new Error('This order of rows was replaced.'));
    await answerAll();
    expect(arrivals()).toBe(0);
    expect(failures).toEqual([]);
    expect(cache.get(0)?.row).toBe(0);
    expect(cache.get(pageSize)).toBeUndefined();
  });

  it('tells of a failure once, and asks again when rows are wanted again', async () => {
    const { cache, open, failures } = slowHost();
    cache.reset(1, 1000);
    cache.want(0, 10);
    for (const { fail } of open.splice(0, 1)) fail(new Error('gone'));
    await new Promise((resolve) => setTimeout(resolve));
    expect(failures).toEqual([new Error('gone')]);
    cache.want(0, 10);
    expect(open.some(({ request }) => request.from === 0)).toBe(true);
  });

  it('loads a single row, known or not', async () => {
    const { cache, open, answerAll } = slowHost();
    cache.reset(1, 1000);
    const row = cache.load(500);
    await answerAll();
    expect((await row)?.row).toBe(500);
    expect((await cache.load(501))?.row).toBe(501);
    expect(open).toEqual([]);
  });
});

it('splits a range into pages', () => {
  expect(pageRequests(3, 100, 300, 310)).toEqual([
    { view: 3, from: 0, count: 128 },
    { view: 3, from: 128, count: 128 },
    { view: 3, from: 256, count: 54 },
  ]);
});
