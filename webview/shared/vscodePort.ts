import type { Message, Port } from '../../src/protocol/rpc.ts';

/** What VS Code gives a webview, once per load. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** A port to the extension host, and the state that VS Code keeps for the webview while it is hidden. */
export interface VsCodePort extends Port {
  /** As it was set last, by whatever version of this code: check it before use. */
  getState(): unknown;
  setState(state: unknown): void;
}

/** The port of this webview. May be called once per load: VS Code hands its interface out only once. */
export function createVsCodePort(): VsCodePort {
  const api = acquireVsCodeApi();
  return {
    post: (message) => {
      api.postMessage(message);
    },
    listen: (listener) => {
      const receive = (event: MessageEvent<unknown>): void => {
        if (isMessage(event.data)) listener(event.data);
      };
      window.addEventListener('message', receive);
      return () => {
        window.removeEventListener('message', receive);
      };
    },
    getState: () => api.getState(),
    setState: (state) => {
      api.setState(state);
    },
  };
}

/** VS Code itself posts to webviews too; only messages of the protocol get through. */
function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  return value.type === 'ok' || value.type === 'error' || value.type === 'event';
}
