import type { FrameLocator, Locator } from 'playwright-core';
import { expect } from 'vitest';
import type { Workbench } from './workbench.ts';

/** A row of the list as the user reads it. */
export interface ShownRow {
  /** Place in the list, 0-based. */
  readonly index: number;
  readonly line: number;
  readonly weight: string;
  readonly label: string;
  readonly suggestion: string;
  readonly verdict: string;
  readonly text: string;
}

/** The weights panel that is in front. */
export class WeightsPanel {
  constructor(private readonly vscode: Workbench) {}

  get frame(): FrameLocator {
    return this.vscode.webview();
  }

  get facts(): Locator {
    return this.frame.locator('.facts');
  }

  /** Waits until the facts can be seen. Looks often: a locator's own waiting is up to half a second late. */
  async factsShown(): Promise<void> {
    await expect.poll(() => this.facts.isVisible(), { interval: 25 }).toBe(true);
  }

  /** Which effort the scores are of. */
  get badge(): Locator {
    return this.frame.locator('.title-line vscode-badge');
  }

  /** How good the quality checker is, in words. */
  get checker(): Locator {
    return this.frame.locator('.checker');
  }

  get job(): Locator {
    return this.frame.locator('section.job');
  }

  get grid(): Locator {
    return this.frame.getByRole('grid', { name: 'Rows' });
  }

  get search(): Locator {
    return this.frame.getByRole('searchbox', { name: 'Filter rows' });
  }

  /** What is selected or shown, in words. */
  get count(): Locator {
    return this.frame.locator('.bulk-words');
  }

  get details(): Locator {
    return this.frame.getByRole('region', { name: 'Details of the row' });
  }

  /** Which line the details are about: the name of their tab. */
  get detailsTitle(): Locator {
    return this.frame.locator('.details-title');
  }

  /** The toggle of a verdict or a label. */
  chip(name: string): Locator {
    return this.frame.locator(`.chip[data-name="${name}"]`);
  }

  async chipCount(name: string): Promise<number> {
    return Number((await this.chip(name).locator('.chip-count').innerText()).replaceAll(',', ''));
  }

  row(index: number): Locator {
    return this.frame.locator(`#row-${String(index)}`);
  }

  button(name: string | RegExp): Locator {
    return this.frame.getByRole('button', { name });
  }

  header(name: string): Locator {
    return this.frame.getByRole('columnheader', { name });
  }

  /** Waits until what the panel counts has stood still for a while: it follows edits made elsewhere. */
  async settled(): Promise<void> {
    await this.grid.waitFor();
    const read = async (): Promise<string> =>
      (await this.frame.locator('.chip').allTextContents()).join() + (await this.count.innerText());
    for (let before = ''; ;) {
      const now = await read();
      if (now === before) return;
      before = now;
      await this.vscode.page.waitForTimeout(2000);
    }
  }

  /** Chooses a row and presses a key at once: the list itself acts, before VS Code knows that it has the keyboard. */
  async press(index: number, key: string): Promise<void> {
    await this.row(index).click();
    await this.vscode.page.keyboard.press(key);
  }

  /** The rows on screen, from top to bottom. */
  async rows(): Promise<ShownRow[]> {
    return this.frame.locator('.layer > .row:not([hidden]):not(.pending)').evaluateAll((rows) =>
      rows
        .map((row) => {
          const part = (selector: string): string => row.querySelector(selector)?.textContent?.trim() ?? '';
          return {
            index: Number(row.getAttribute('aria-rowindex')) - 2,
            line: Number(part('.c-line').replaceAll(',', '')),
            weight: part('.c-weight .number'),
            label: part('.label'),
            suggestion: part('.c-suggested'),
            verdict: part('.word'),
            text: part('.c-text'),
          };
        })
        .sort((a, b) => a.index - b.index),
    );
  }
}
