/** What every view must pass: nothing serious for assistive technology, nothing beside the window, nothing executed. */
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { expect } from 'vitest';
import { findChromium } from '../../../scripts/vscodeTest.mjs';
import type {} from './harness.ts';

/** Where Chromium is; the UI tests are skipped without it. */
export const chromiumPath = findChromium();

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] });
}

/** Collects what the page complains of, e.g. of what its content security policy forbids. */
export function complaints(page: Page): string[] {
  const lines: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') lines.push(message.text());
  });
  page.on('pageerror', ({ message }) => lines.push(message));
  return lines;
}

/** Serious and critical findings of axe, each in one line. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the content security policy does not concern.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const run = (window as unknown as { axe: typeof axe }).axe;
    return (await run.run(document, { resultTypes: ['violations'] })).violations;
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary ?? ''}`),
    );
}

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
