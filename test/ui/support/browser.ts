/** Opens views in a real browser. */
import { chromium, type Browser, type Page } from 'playwright-core';
import { findChromium } from '../../../scripts/vscodeTest.mjs';

const executablePath = findChromium();

/** Why there is no browser to test with; undefined where there is one. */
export const noBrowser =
  executablePath === undefined ? 'skipped: Chromium is missing (COUNTERWEIGHT_CHROMIUM may name one)' : undefined;

/** Chromium without what needs a desktop or a network. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Numbers of the memory test are those of this moment, not of minutes ago.
      '--enable-precise-memory-info',
      '--js-flags=--expose-gc',
    ],
  });
}

/** What went wrong in a page while it was used: errors, and what the content security policy forbade. */
export function watchFaults(page: Page): string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
  });
  return faults;
}
