/** What the stand-in of a view saw, and what every view must pass: nothing beside the window, nothing executed. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type {} from './harness.ts';

/**
 * Whether the page can be scrolled sideways.
 * @param width That the window was given, where it was given another one; undefined is answered as long as the page has not got it.
 */
export function overflows(page: Page, width?: number): Promise<boolean | undefined> {
  return page.evaluate(async (wanted) => {
    // Charts learn of a new width with a frame and are drawn with the next.
    for (let frames = 0; frames < 3; frames++) await new Promise((resolve) => requestAnimationFrame(resolve));
    const { scrollWidth, clientWidth } = document.documentElement;
    return wanted === undefined || window.innerWidth === wanted ? scrollWidth > clientWidth : undefined;
  }, width);
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
