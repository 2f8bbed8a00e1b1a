/** Lets suites in an extension host see and use the window they run in. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Locator } from 'playwright-core';
import type { Message, WindowApi } from '../../host/support/windowApi.ts';
import { WeightsPanel } from './weightsPanel.ts';
import type { Workbench } from './workbench.ts';

export interface WindowServer {
  /** Where calls go: `{ method, args }` by POST, answered with `{ result }` or `{ error }`. */
  readonly url: string;
  /** The window has opened. */
  connect(workbench: Workbench): void;
  close(): Promise<void>;
}

/** Serves a window that will open later. */
export async function serveWindow(): Promise<WindowServer> {
  let api: WindowApi | undefined;
  const answer = async (request: IncomingMessage): Promise<object> => {
    try {
      const { method, args } = (await jsonOf(request)) as { method: keyof WindowApi; args: [string, string] };
      if (api === undefined) throw new Error('the window is not open yet');
      return { result: await api[method](...args) };
    } catch (thrown) {
      return { error: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  };
  const server = createServer((request, response) => {
    void answer(request).then((result) => response.end(JSON.stringify(result)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`,
    connect: (workbench) => {
      api = windowApi(workbench);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function windowApi(workbench: Workbench): WindowApi {
  const { page } = workbench;
  // A window with VS Code's driver for tests shows no toasts.
  const notifications = page.locator('.notifications-center .notification-list-item');
  return {
    messages: () => notifications.evaluateAll(messagesIn),
    press: (text, button) =>
      notifications.filter({ hasText: text }).first().getByRole('button', { name: button }).click(),
    choose: async (title, choice) => {
      await page.locator('.quick-input-widget:visible .quick-input-title').filter({ hasText: title }).waitFor();
      await workbench.quickInputRow(choice).click();
    },
    choosePath: (file) => workbench.choosePath(file),
    rowSelected: async (text) => {
      const { grid } = new WeightsPanel(workbench);
      // Elements of rows are used again: one that is hidden says what it said last.
      const selected = grid.locator('.row[aria-selected=true]:not([hidden])');
      const wanted = selected.filter({ hasText: text });
      await wanted.waitFor();
      const until = Date.now() + 60_000;
      for (;;) {
        const [rows, found] = [await selected.count(), await wanted.count()];
        const isOnly = rows === 1 && found === 1;
        const fault = isOnly
          ? await outOfSight(selected, grid)
          : `selected: ${String(rows)}, ${String(found)} of them it`;
        if (fault === undefined) return;
        if (Date.now() > until) throw new Error(fault);
        await page.waitForTimeout(100);
      }
    },
    viewHolds: (text) =>
      page
        .frameLocator('iframe.webview:visible')
        .frameLocator('iframe#active-frame')
        .locator('main')
        .filter({ hasText: text })
        .waitFor({ timeout: 120_000 }),
    drawnLines: () =>
      page.locator('.editor-instance .view-lines .view-line').evaluateAll((lines: PageElement[]) => {
        // Older versions of VS Code draw it as a pseudo-element, newer ones as text.
        const behind = (element: PageElement): string => getComputedStyle(element, '::after').content;
        return lines.map((line) => {
          const parts = [line.textContent ?? '', ...[...line.querySelectorAll('*')].map(behind)];
          return parts.join(' ').replaceAll('\u00A0', ' ');
        });
      }),
  };
}

/** Where a row is that is not within its list or not within the window; undefined where all of it is. */
async function outOfSight(row: Locator, list: Locator): Promise<string | undefined> {
  const [inner, outer] = [await row.boundingBox(), await list.boundingBox()];
  const height = row.page().viewportSize()?.height ?? 0;
  const isInside =
    inner !== null &&
    outer !== null &&
    inner.y >= Math.max(0, outer.y) &&
    inner.y + inner.height <= Math.min(height, outer.y + outer.height + 1);
  return isInside ? undefined : `the row is out of sight: ${JSON.stringify({ row: inner, list: outer, height })}`;
}

/** What is used of a page's own objects: the suites of test/host are compiled without the types of a browser. */
interface PageElement {
  readonly textContent: string | null;
  readonly className: string;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}
declare const getComputedStyle: (element: object, pseudo: string) => { readonly content: string };

/** What the centre of notifications holds; it lists the newest first. */
function messagesIn(items: PageElement[]): Message[] {
  return items.reverse().map((item) => {
    const icon = item.querySelector('.notification-list-item-icon')?.className ?? '';
    const buttons = [...item.querySelectorAll('.notification-list-item-buttons-container .monaco-button')];
    return {
      severity: icon.includes('error') ? 'error' : icon.includes('warning') ? 'warning' : 'info',
      text: item.querySelector('.notification-list-item-message')?.textContent ?? '',
      buttons: buttons.map((button) => button.textContent ?? ''),
    };
  });
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text);
}
