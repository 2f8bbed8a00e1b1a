/**
 * Stands in for VS Code and the extension host in the page under test: `acquireVsCodeApi`, messages as JSON, answers that the
 * test sets. Bundled for the browser.
 */
import type { Message, RequestMessage } from '../../../src/protocol/rpc.ts';

/** What a test sees of the page. */
export interface ViewHarness {
  /** Every call of the view, in order. */
  readonly calls: { readonly method: string; readonly params: unknown }[];
  /** How often text of the user's was taken for code. */
  hostile: number;
  /** What the view kept of itself. */
  kept: unknown;
  /** Sends an event. */
  emit(name: string, payload: unknown): void;
  /** Answers of a method from now on: a result, or `{ fails: message }`. */
  answer(method: string, result: unknown, delay?: number): void;
}

declare global {
  interface Window {
    viewHarness: ViewHarness;
    hostile: () => void;
    /** Answers by method, set before the page runs. */
    initialAnswers?: Readonly<Record<string, unknown>>;
    acquireVsCodeApi: () => {
      postMessage(message: unknown): void;
      getState(): unknown;
      setState(state: unknown): void;
    };
  }
}

const answers = new Map<string, { result: unknown; delay: number }>();
for (const [method, result] of Object.entries(window.initialAnswers ?? {})) answers.set(method, { result, delay: 0 });

function post(message: Message): void {
  const data = JSON.parse(JSON.stringify(message)) as unknown;
  setTimeout(() => window.dispatchEvent(new MessageEvent('message', { data })), 0);
}

function answer({ id, method, params }: RequestMessage): void {
  window.viewHarness.calls.push({ method, params });
  const { result, delay } = answers.get(method) ?? { result: null, delay: 0 };
  setTimeout(() => {
    if (typeof result === 'object' && result !== null && 'fails' in result) {
      post({ type: 'error', id, error: { message: String(result.fails), kind: 'user' } });
    } else {
      post({ type: 'ok', id, result });
    }
  }, delay);
}

window.viewHarness = {
  calls: [],
  hostile: 0,
  kept: undefined,
  emit: (name, payload) => {
    post({ type: 'event', name, payload });
  },
  answer: (method, result, delay = 0) => {
    answers.set(method, { result, delay });
  },
};
window.hostile = () => {
  window.viewHarness.hostile++;
};
window.acquireVsCodeApi = () => ({
  postMessage: (message) => {
    // VS Code turns messages into JSON too: what JSON cannot say must not be relied upon.
    const data = JSON.parse(JSON.stringify(message)) as Message;
    if (data.type === 'call') answer(data);
  },
  getState: () => window.viewHarness.kept,
  setState: (state) => {
    window.viewHarness.kept = state;
  },
});
