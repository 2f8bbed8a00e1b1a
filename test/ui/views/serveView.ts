/** Serves the training or the labelling view; the test sets the answers of the host. */
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { servePage, type PageOptions, type ThemeName } from '../support/servePage.ts';
import type {} from './harness.ts';

export interface ViewServer {
  /**
   * Opens the view in a page of its own.
   * @param answers By method, e.g. `ready` with the state.
   */
  open(browser: Browser, answers: Readonly<Record<string, unknown>>, options?: OpenOptions): Promise<Page>;
  stop(): Promise<void>;
}

export interface OpenOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly sentences?: PageOptions['sentences'];
  /** What the view kept of itself the last time. */
  readonly kept?: unknown;
}

/** Bundles a view and serves it on a free port of this machine. */
export async function serveView(view: 'training' | 'compare' | 'label' | 'map'): Promise<ViewServer> {
  const server = await servePage({ view, standIn: path.join(import.meta.dirname, 'harness.ts') });
  return {
    open: async (browser, answers, { theme, width = 1100, height = 800, sentences, kept } = {}) => {
      const page = await browser.newPage({ viewport: { width, height } });
      // A page on a busy machine takes its time.
      page.setDefaultTimeout(60_000);
      await page.addInitScript(
        (initial) => {
          window.initialAnswers = initial.answers;
          window.initiallyKept = initial.kept;
        },
        { answers, kept },
      );
      await page.goto(server.url({ theme, sentences }));
      return page;
    },
    stop: () => server.stop(),
  };
}
