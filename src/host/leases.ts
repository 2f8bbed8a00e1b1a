/** What is open as long as somebody needs it, and a little longer. Free of `vscode` at run time, for tests. */
import type * as vscode from 'vscode';

export interface LeaseHost {
  /** Whether a thing is on screen, e.g. in a tab: it is needed then without anybody holding it. */
  isShown(key: string): boolean;
  /** Nobody has needed it for the grace. */
  expire(key: string): void;
  /** Milliseconds. */
  readonly graceMs: number;
}

/** Knows by key what is held, used and shown; tells when something was not for so long. */
export class Leases implements vscode.Disposable {
  readonly #holders = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(private readonly host: LeaseHost) {}

  /** Something is needed until the result is disposed of. */
  hold(key: string): vscode.Disposable {
    this.#holders.set(key, (this.#holders.get(key) ?? 0) + 1);
    this.#stop(key);
    let held = true;
    return {
      dispose: () => {
        if (!held) return;
        held = false;
        const left = (this.#holders.get(key) ?? 1) - 1;
        if (left > 0) {
          this.#holders.set(key, left);
          return;
        }
        this.#holders.delete(key);
        this.#start(key);
      },
    };
  }

  /** Something is needed while `work` goes on. */
  async during<T>(key: string, work: () => Promise<T>): Promise<T> {
    const held = this.hold(key);
    try {
      return await work();
    } finally {
      held.dispose();
    }
  }

  /** What is shown may have changed. @param keys All that is open. */
  look(keys: Iterable<string>): void {
    for (const key of keys) {
      if (this.#isNeeded(key)) this.#stop(key);
      else if (!this.#timers.has(key)) this.#start(key);
    }
  }

  /** It is gone, for whatever reason. */
  forget(key: string): void {
    this.#stop(key);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#holders.clear();
  }

  #isNeeded(key: string): boolean {
    return this.#holders.has(key) || this.host.isShown(key);
  }

  #start(key: string): void {
    this.#stop(key);
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      if (!this.#isNeeded(key)) this.host.expire(key);
    }, this.host.graceMs);
    this.#timers.set(key, timer);
  }

  #stop(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }
}
