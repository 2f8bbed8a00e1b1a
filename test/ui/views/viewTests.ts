/** The set-up of a view's tests, and the tests that every state of every view must pass. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousFindings } from '../support/axe.ts';
import { launchChromium, watchFaults } from '../support/browser.ts';
import { pseudoSentences, untranslated } from '../support/pseudo.ts';
import { overflows } from './checks.ts';
import { serveView, type OpenOptions, type ViewServer } from './serveView.ts';

const themes = ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const;

/** Opens a page of the view with a state, and answers of the host by method. */
export type OpenView<State> = (state: State, options?: OpenOptions, answers?: object) => Promise<Page>;

/**
 * Call it in a `describe`.
 *
 * @param states By names, all of which are tested.
 * @param heading That the view has once it is there.
 * @param data Selectors of what is the user's own, or said by the host, and its words.
 * @param answersOf What the host answers in a state, by method, where a state is more than the answer to `ready`.
 */
export function viewTests<State>(
  view: 'training' | 'compare' | 'label' | 'map',
  states: Readonly<Record<string, State>>,
  heading: RegExp,
  data: { readonly selectors: readonly string[]; readonly words: readonly string[] },
  answersOf: (state: State) => object = (ready) => ({ ready }),
): OpenView<State> {
  let server: ViewServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await serveView(view);
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  const open: OpenView<State> = async (state, options, answers = {}) => {
    const page = await server.open(browser, { ...answersOf(state), ...answers }, options);
    await page.locator('h1').getByText(heading).waitFor();
    return page;
  };

  describe.each(Object.entries(states))('%s', (name, state) => {
    it.each(themes)('has nothing serious for assistive technology, %s', async (theme) => {
      const page = await open(state, { theme });
      const faults = watchFaults(page);
      expect(await seriousFindings(page)).toEqual([]);
      expect(faults).toEqual([]);
      await page.close();
    });

    it('says everything in the language of the user', async () => {
      const page = await open(state, { sentences: pseudoSentences() });
      expect(await untranslated(page, data.selectors, data.words)).toEqual([]);
      await page.close();
    });

    it('fits windows of any width', async () => {
      const page = await open(state);
      for (const width of [1600, 900, 500, 360]) {
        await page.setViewportSize({ width, height: 750 });
        await expect.poll(() => overflows(page, width), { message: `${name} at ${String(width)} px` }).toBe(false);
      }
      await page.close();
    });
  });
  return open;
}
