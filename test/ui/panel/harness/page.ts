/** Stands in for VS Code in the page under test: `acquireVsCodeApi`, messages as JSON, state that survives a reload. */
import { defaultOptions, type HarnessOptions, type HostChange } from './options.ts';

/** What a test sees of the page. */
export interface Harness {
  /** Every call of the panel, in order. */
  readonly calls: readonly { readonly method: string; readonly params: unknown }[];
  /** Calls that have no answer yet. */
  readonly open: number;
  /** How many messages went from one side to the other so far. */
  readonly messages: number;
  /** How often something in a row was taken for code. */
  hostile: number;
  /** Resolves once the host has changed and the panel has received what it told of that. */
  change(change: HostChange): Promise<void>;
}

declare global {
  interface Window {
    harness: Harness;
    hostile: () => void;
    acquireVsCodeApi: () => {
      postMessage(message: unknown): void;
      getState(): unknown;
      setState(state: unknown): void;
    };
  }
}

const query = new URLSearchParams(location.search).get('options');
const options: HarnessOptions = { ...defaultOptions, ...(query === null ? {} : (JSON.parse(query) as object)) };
const calls: { method: string; params: unknown }[] = [];
const open = new Set<number>();
let messages = 0;
/** Changes that the host has not confirmed, oldest first. */
const changing: (() => void)[] = [];
const host = new Worker('host.js');
host.postMessage(JSON.stringify({ type: 'harness', options }));
host.addEventListener('message', ({ data }: MessageEvent<string>) => {
  const message = JSON.parse(data) as { type: string; id?: number };
  if (message.type === 'changed') {
    changing.shift()?.();
    return;
  }
  messages++;
  if (message.id !== undefined) open.delete(message.id);
  window.dispatchEvent(new MessageEvent('message', { data: message }));
});

window.harness = {
  calls,
  hostile: 0,
  get open() {
    return open.size;
  },
  get messages() {
    return messages;
  },
  change: (change) =>
    new Promise((resolve) => {
      changing.push(resolve);
      host.postMessage(JSON.stringify({ type: 'harness', change }));
    }),
};
window.hostile = () => {
  window.harness.hostile++;
};
window.acquireVsCodeApi = () => ({
  postMessage: (message) => {
    // VS Code turns messages into JSON too: what JSON cannot say must not be relied upon.
    const text = JSON.stringify(message);
    const call = JSON.parse(text) as { type: string; id: number; method: string; params: unknown };
    messages++;
    if (call.type === 'call') {
      calls.push({ method: call.method, params: call.params });
      open.add(call.id);
    }
    host.postMessage(text);
  },
  getState: () => {
    const kept = sessionStorage.getItem('state');
    return kept === null ? undefined : (JSON.parse(kept) as unknown);
  },
  setState: (state) => {
    sessionStorage.setItem('state', JSON.stringify(state));
  },
});
