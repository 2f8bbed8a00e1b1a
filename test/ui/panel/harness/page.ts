/** Stands in for VS Code in the page under test: `acquireVsCodeApi`, messages as JSON, state that survives a reload. */
import { defaultOptions, type HarnessOptions, type HostChange } from './options.ts';

/** What a test sees of the page. */
export interface Harness {
  /** Every call of the panel, in order. */
  readonly calls: readonly { readonly method: string; readonly params: unknown }[];
  /** How often something in a row was taken for code. */
  hostile: number;
  change(change: HostChange): void;
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
const host = new Worker('host.js');
host.postMessage(JSON.stringify({ type: 'harness', options }));
host.addEventListener('message', ({ data }: MessageEvent<string>) => {
  window.dispatchEvent(new MessageEvent('message', { data: JSON.parse(data) as unknown }));
});

window.harness = {
  calls,
  hostile: 0,
  change: (change) => {
    host.postMessage(JSON.stringify({ type: 'harness', change }));
  },
};
window.hostile = () => {
  window.harness.hostile++;
};
window.acquireVsCodeApi = () => ({
  postMessage: (message) => {
    // VS Code turns messages into JSON too: what JSON cannot say must not be relied upon.
    const text = JSON.stringify(message);
    const call = JSON.parse(text) as { type: string; method: string; params: unknown };
    if (call.type === 'call') calls.push({ method: call.method, params: call.params });
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
