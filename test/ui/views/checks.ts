/** What the stand-in of a view saw, and what every view must pass: nothing beside the window, nothing executed. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type {} from './harness.ts';

/** Whether the page can be scrolled sideways. */
export function overflows(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}

/** The view's calls of a method, in order. */
export function callsOf(page: Page, method: string): Promise<unknown[]> {
  return page.evaluate(
    (wanted) => window.viewHarness.calls.filter((call) => call.method === wanted).map(({ params }) => params),
    method,
  );
}

/** Nothing of the user's was taken for code. */
export async function expectNothingExecuted(page: Page): Promise<void> {
  expect(await page.evaluate(() => window.viewHarness.hostile)).toBe(0);
}
