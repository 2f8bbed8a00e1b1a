/** The side of the line protocol that is measured: what bench/torch/common.py's `serve` is for PyTorch. */
import { createInterface } from 'node:readline';
import { messageOf } from '../src/base/errors.ts';

export type Command = (words: readonly string[]) => Promise<object>;

/** Obeys `name argument…` lines from stdin, one JSON line of answer each, until `quit` or the end of the input. */
export async function serve(commands: Readonly<Record<string, Command>>, ready: object): Promise<void> {
  answer({ ready: true, commands: Object.keys(commands), ...ready });
  for await (const line of createInterface({ input: process.stdin })) {
    const [name = '', ...words] = line.trim().split(/\s+/);
    if (name === 'quit') break;
    const command = commands[name];
    try {
      answer(command === undefined ? { error: `unknown command ${name}` } : await command(words));
    } catch (thrown) {
      answer({ error: messageOf(thrown) });
    }
  }
  process.exit(0);
}

function answer(result: object): void {
  // maxRSS is in kilobytes on every platform.
  process.stdout.write(`${JSON.stringify({ ...result, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 })}\n`);
}

/** Lets one routine run up to its next pause at another's command. */
export interface Gate {
  /** The worker's side: waits until told to go on. */
  pause(): Promise<void>;
  /** Waits until the worker pauses. */
  paused(): Promise<void>;
  /** Lets a paused worker go on. */
  proceed(): void;
}

export function gate(): Gate {
  let reached = deferred();
  let go = deferred();
  return {
    pause: async () => {
      reached.resolve();
      await go.promise;
    },
    paused: () => reached.promise,
    proceed: () => {
      const waiting = go;
      reached = deferred();
      go = deferred();
      waiting.resolve();
    },
  };
}

function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
