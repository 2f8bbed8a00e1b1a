/** What a user does in VS Code's window, by keyboard and mouse. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Browser, type FrameLocator, type Locator, type Page } from 'playwright-core';
import { findChromium } from '../../../scripts/vscodeTest.mjs';
import { root, type Server } from './server.ts';

/** Where pictures and times are kept. */
export const outputFolder = path.join(root, 'test-output', 'ui');

/** By their names in VS Code's picker. */
/** Name in the picker, class of the window, and what a webview's body says of it. */
const themes = {
  dark: { name: 'Dark Modern', window: 'vs-dark', webview: 'vscode-dark' },
  light: { name: 'Light Modern', window: 'vs', webview: 'vscode-light' },
  'high contrast': { name: 'Dark High Contrast', window: 'hc-black', webview: 'vscode-high-contrast' },
  'high contrast light': { name: 'Light High Contrast', window: 'hc-light', webview: 'vscode-high-contrast-light' },
} as const;
export type Theme = keyof typeof themes;

/** Starts Chromium as VSCODE.md tells. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync'],
    ],
  });
}

export interface OpenOptions {
  /** Absolute path; no folder where absent. */
  readonly folder?: string;
  readonly width?: number;
  readonly height?: number;
  /** Further parameters of the page, e.g. `payload`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The window runs test suites by itself: it is not waited for, but for its end. */
  readonly driven?: boolean;
}

/** Opens a window on a server and waits until its explorer is there. */
export async function openWorkbench(browser: Browser, server: Server, options: OpenOptions = {}): Promise<Workbench> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1400, height: options.height ?? 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  // What takes a moment on a quiet machine takes a minute on a busy one.
  context.setDefaultTimeout(90_000);
  await context.addInitScript({ path: path.join(import.meta.dirname, 'leaveOutAppWorker.js') });
  const page = await context.newPage();
  const workbench = new Workbench(page);
  if (options.driven) await workbench.listen();
  const query = new URLSearchParams(options.parameters);
  if (options.folder !== undefined) query.set('folder', options.folder);
  await page.goto(`${server.url}/?${query.toString()}`);
  if (!options.driven) await workbench.ready(options.folder !== undefined);
  return workbench;
}

/** One window of VS Code. */
export class Workbench {
  readonly #log: string[] = [];
  #exit: (code: number) => void = () => undefined;
  /** The exit code of the suites that a driven window runs; never settles in another. */
  readonly exited = new Promise<number>((resolve) => {
    this.#exit = resolve;
  });

  constructor(readonly page: Page) {}

  /** Offers the page what VS Code's smoke-test driver calls. */
  async listen(): Promise<void> {
    await this.page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => {
      this.#log.push(`${type}: ${args.map(String).join(' ')}`);
    });
    await this.page.exposeFunction('codeAutomationExit', (code: number) => this.#exit(code));
  }

  /** What a driven window logged. */
  log(): readonly string[] {
    return this.#log;
  }

  /** Waits until the window can be used and knows its extensions. */
  async ready(withFolder: boolean): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor();
    if (withFolder) await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
    await this.activityBar('Counterweight').waitFor();
  }

  activityBar(name: string): Locator {
    return this.page.locator(`.activitybar .action-item a[aria-label^="${name}"]`);
  }

  /** Runs a command by its title, as the palette shows it, e.g. `Counterweight: Show weights`. */
  async command(title: string): Promise<void> {
    await this.openPalette(title);
    await this.quickInputRow(title).click();
  }

  /** Opens the palette with something typed, without choosing. */
  async openPalette(text: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.quickInput().waitFor();
    await this.quickInput().fill(`>${text}`);
  }

  /** The box of the palette, of quick picks and of input boxes. */
  quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible input[type=text]');
  }

  /** A choice in it, by a part of its text. */
  quickInputRow(text: string | RegExp): Locator {
    return this.page.locator('.quick-input-widget:visible .monaco-list-row').filter({ hasText: text }).first();
  }

  /** Every choice in it that is drawn. */
  async quickInputRows(): Promise<string[]> {
    return this.page
      .locator('.quick-input-widget:visible .monaco-list-row')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label') ?? row.textContent ?? ''));
  }

  /** Answers VS Code's own dialog for a file or folder; `file` may be one that is to be written. */
  async choosePath(file: string): Promise<void> {
    const input = this.quickInput();
    await input.waitFor();
    // The dialog fills in where it starts, a moment after it opens, and lists a folder after each change.
    const isListing = this.page.locator('.quick-input-widget:visible .monaco-progress-container.active');
    for (let looks = 0; looks < 2;) {
      await isListing.waitFor({ state: 'hidden' });
      if ((await input.inputValue()).replace(/\/$/, '') === file) looks++;
      else {
        looks = 0;
        await input.fill(file);
      }
      await this.page.waitForTimeout(700);
    }
    const ok = this.page.locator('.quick-input-widget:visible .quick-input-action .monaco-button').first();
    await ok.click();
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  /** A file or folder in the explorer. */
  explorerRow(name: string): Locator {
    return this.page
      .locator('.explorer-folders-view .monaco-list-row')
      .filter({ has: this.page.locator('.label-name', { hasText: new RegExp(`^${name.replaceAll('.', '\\.')}$`) }) });
  }

  /** Right-clicks a file in the explorer and chooses an entry. */
  async explorerMenu(name: string, entry: string): Promise<void> {
    await this.explorerRow(name).click({ button: 'right' });
    await this.chooseEntry(entry);
  }

  /** Clicks an entry of the menu that is open; a menu that has just opened does not listen to the mouse yet. */
  async chooseEntry(entry: string): Promise<void> {
    const found = this.menuEntry(entry);
    await found.waitFor();
    for (let tries = 0; tries < 10; tries++) {
      await this.page.waitForTimeout(200);
      try {
        await found.click({ timeout: 5000 });
      } catch (thrown) {
        // It had closed by then, at the click before.
        if (tries === 0 || (await found.isVisible())) throw thrown;
      }
      await this.page.waitForTimeout(500);
      if (!(await found.isVisible())) return;
    }
    await found.waitFor({ state: 'detached' });
  }

  /** An entry of the menu that is open. */
  menuEntry(entry: string): Locator {
    return this.page.locator('.monaco-menu .action-item').filter({ hasText: entry }).first();
  }

  /** The texts of the menu that is open. */
  async menuEntries(): Promise<string[]> {
    await this.page.locator('.monaco-menu .action-item').first().waitFor();
    return (await this.page.locator('.monaco-menu .action-item .action-label').allInnerTexts()).filter(
      (text) => text !== '',
    );
  }

  async closeMenu(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.page.locator('.monaco-menu').waitFor({ state: 'detached' });
  }

  /** The content of the webview that is shown in front; `nth` where there are several. */
  webview(nth = 0): FrameLocator {
    return this.page
      .locator('iframe.webview:visible')
      .nth(nth)
      .contentFrame()
      .locator('iframe#active-frame')
      .contentFrame();
  }

  /** A tab by its title. */
  tab(title: string | RegExp): Locator {
    return this.page.locator('.tabs-container .tab').filter({ hasText: title });
  }

  statusBar(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text });
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text });
  }

  /** A modal dialog. */
  dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  squiggles(kind: 'error' | 'warning' | 'info' | 'hint' = 'warning'): Locator {
    return this.page.locator(`.monaco-editor .squiggly-${kind}`);
  }

  /** Opens a file of the folder from the explorer and waits until its text is shown. */
  async openFile(name: string): Promise<void> {
    await this.explorerRow(name).dblclick();
    await this.tab(name).waitFor();
    await this.page.locator('.editor-instance .view-line').first().waitFor();
  }

  /** Saves the editor in front and waits until no editor has anything unsaved. */
  async save(): Promise<void> {
    await this.page.keyboard.press('Control+s');
    await this.page.locator('.tabs-container .tab.dirty').first().waitFor({ state: 'detached' });
  }

  /** Shows a text that is open, by its file's name, and gives it the keyboard. */
  async showText(name: string): Promise<void> {
    await this.tab(name).filter({ hasNotText: 'Weights' }).first().click();
    await this.textFocused();
  }

  /** Waits until a text has the keyboard: VS Code moves it a moment after the click. */
  async textFocused(): Promise<void> {
    await this.page.locator('.editor-instance .monaco-editor.focused').first().waitFor();
  }

  /** Undoes in the editor that has the keyboard. */
  async undo(times = 1): Promise<void> {
    await this.textFocused();
    for (let done = 0; done < times; done++) await this.page.keyboard.press('Control+z');
  }

  /** Switches the colour theme through its own picker, and waits until window and webview wear it. */
  async setTheme(theme: Theme): Promise<void> {
    await this.page.keyboard.press('Control+k');
    await this.page.keyboard.press('Control+t');
    await this.quickInput().waitFor();
    const { name, window, webview } = themes[theme];
    await this.quickInput().fill(name);
    await this.page
      .locator('.quick-input-widget:visible .monaco-list-row')
      .filter({ has: this.page.locator('.label-name', { hasText: new RegExp(`^${name}$`) }) })
      .first()
      .click();
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    await this.page.locator(`.monaco-workbench.${window}`).waitFor();
    await this.webview().locator(`body[data-vscode-theme-kind="${webview}"]`).waitFor();
  }

  async resize(width: number, height: number): Promise<void> {
    await this.page.setViewportSize({ width, height });
  }

  /** Keeps a picture as `test-output/ui/<name>.png`. */
  async picture(name: string): Promise<string> {
    await mkdir(outputFolder, { recursive: true });
    const file = path.join(outputFolder, `${name}.png`);
    await this.page.screenshot({ path: file });
    return file;
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
