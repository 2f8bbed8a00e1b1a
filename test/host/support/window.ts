/** The window that the suites run in, asked through host.test.ts, which has it in a browser. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { becomes, eventually } from './suite.ts';
import type { Message, WindowApi } from './windowApi.ts';

async function call<M extends keyof WindowApi>(method: M, ...args: Parameters<WindowApi[M]>): Promise<unknown> {
  const address = process.env.COUNTERWEIGHT_HOST_WINDOW;
  assert.ok(address !== undefined, 'COUNTERWEIGHT_HOST_WINDOW is not set');
  const response = await fetch(address, { method: 'POST', body: JSON.stringify({ method, args }) });
  const { result, error } = (await response.json()) as { result?: unknown; error?: string };
  if (error !== undefined) throw new Error(`${method}: ${error}`);
  return result;
}

/** The window's side of the tests. */
export const userWindow: WindowApi = {
  messages: async () => {
    await showCentre();
    return (await call('messages')) as readonly Message[];
  },
  press: async (text, button) => {
    await showCentre();
    await call('press', text, button);
  },
  choose: async (title, choice) => void (await call('choose', title, choice)),
  choosePath: async (file) => void (await call('choosePath', file)),
  rowSelected: async (text) => void (await call('rowSelected', text)),
  viewHolds: async (text) => void (await call('viewHolds', text)),
  drawnLines: async () => (await call('drawnLines')) as readonly string[],
};

/** Notifications are read in their centre, which holds them until they are closed. */
async function showCentre(): Promise<void> {
  await vscode.commands.executeCommand('notifications.showList');
}

/** Closes all notifications, so that those are told from earlier ones that come from now on. */
export async function fromHere(): Promise<void> {
  await vscode.commands.executeCommand('notifications.clearAll');
  await becomes(() => userWindow.messages(), []);
}

/** What is said to be wrong since {@link fromHere}. */
export async function faultsTold(): Promise<string[]> {
  return (await userWindow.messages()).filter(({ severity }) => severity !== 'info').map(({ text }) => text);
}

/** The first message that comes since {@link fromHere}; fails where it is not the only one by then. */
export async function oneMessage(limit?: number): Promise<Message> {
  const found = await eventually(
    'something is said',
    async () => {
      const messages = await userWindow.messages();
      return messages.length > 0 ? messages : undefined;
    },
    limit,
  );
  assert.deepEqual(found.slice(1), []);
  assert.doesNotMatch(found[0].text, /\n/, 'one line');
  return found[0];
}
