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
  /** Sends an event. Resolves once the view has received it. */
  emit(name: string, payload: unknown): Promise<void>;
  /** Answers of a method from now on: a result, or `{ fails: message }`; where they are held, only once they are released. */
  answer(method: string, result: unknown, held?: 'held'): void;
  /** Gives the answers that were held, and holds none from now on. Resolves once the view has received them. */
  release(): Promise<void>;
}

declare global {
  interface Window {
    viewHarness: ViewHarness;
    hostile: () => void;
    /** Answers by method, set before the page runs. */
    initialAnswers?: Readonly<Record<string, unknown>>;
    /** What the view kept of itself the last time, set before the page runs. */
    initiallyKept?: unknown;
    acquireVsCodeApi: () => {
      postMessage(message: unknown): void;
      getState(): unknown;
      setState(state: unknown): void;
    };
  }
}

const answers = new Map<string, { result: unknown; held: boolean }>();
for (const [method, result] of Object.entries(window.initialAnswers ?? {})) {
  answers.set(method, { result, held: false });
}
const held: Message[] = [];

/** Resolves once the view has received it. */
function post(message: Message): Promise<void> {
  const data = JSON.parse(JSON.stringify(message)) as unknown;
  return new Promise((resolve) => {
    setTimeout(() => {
      window.dispatchEvent(new MessageEvent('message', { data }));
      // What hangs on the answer as a promise comes before the next task.
      setTimeout(resolve, 0);
    }, 0);
  });
}

function answer({ id, method, params }: RequestMessage): void {
  window.viewHarness.calls.push({ method, params });
  const { result, held: isHeld } = answers.get(method) ?? { result: null, held: false };
  const message: Message =
    typeof result === 'object' && result !== null && 'fails' in result
      ? { type: 'error', id, error: { message: String(result.fails), kind: 'user' } }
      : { type: 'ok', id, result };
  if (isHeld) held.push(message);
  else void post(message);
}

window.viewHarness = {
  calls: [],
  hostile: 0,
  kept: window.initiallyKept,
  emit: (name, payload) => post({ type: 'event', name, payload }),
  answer: (method, result, isHeld) => {
    answers.set(method, { result, held: isHeld === 'held' });
  },
  release: async () => {
    for (const [method, { result }] of answers) answers.set(method, { result, held: false });
    await Promise.all(held.splice(0).map(post));
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
