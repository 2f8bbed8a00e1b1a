/** The child process' end of the port to the process that started it (`child_process.fork`, `serialization: 'advanced'`). */
import type { Message, Port } from '../protocol/rpc.ts';

/** What a worker needs of its own process; `process` itself, unless a test says otherwise. */
export interface ParentChannel {
  send?(message: unknown, callback?: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
}

/**
 * The port to the parent process.
 *
 * @param onGone Called once when the parent is gone or can no longer be written to: nothing posted arrives any more, and
 * the worker must end by itself.
 * @throws Error where this process was not started with an IPC channel.
 */
export function parentPort(onGone: () => void, channel: ParentChannel = process): Port {
  const send = channel.send?.bind(channel);
  if (send === undefined) throw new Error('This program is a worker of Counterweight; it is started by the extension.');
  let gone = false;
  const leave = (): void => {
    if (gone) return;
    gone = true;
    onGone();
  };
  channel.on('disconnect', leave);
  return {
    post: (message) => {
      if (gone) return;
      // What cannot be serialised throws here, at the caller's; a closed channel is told to the callback.
      send(message, (error) => {
        if (error !== null) leave();
      });
    },
    listen: (listener) => {
      const receive = (message: unknown): void => {
        if (isMessage(message)) listener(message);
      };
      channel.on('message', receive);
      return () => channel.off('message', receive);
    },
  };
}

function isMessage(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string';
}
