import type * as vscode from 'vscode';

/**
 * An event source like `vscode.EventEmitter`, for modules that know nothing of VS Code at run time and can be tested
 * without it.
 */
export class Emitter<T> implements vscode.Disposable {
  readonly #listeners = new Set<(payload: T) => void>();

  readonly event: vscode.Event<T> = (listener, self?: unknown, owners?: vscode.Disposable[]) => {
    const call = (payload: T): void => {
      listener.call(self, payload);
    };
    this.#listeners.add(call);
    const subscription = { dispose: (): void => void this.#listeners.delete(call) };
    owners?.push(subscription);
    return subscription;
  };

  fire(payload: T): void {
    for (const listener of [...this.#listeners]) listener(payload);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
