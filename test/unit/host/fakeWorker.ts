import type { LaunchedWorker, WorkerExit } from '../../../src/host/launchWorker.ts';
import { describeExit } from '../../../src/host/launchWorker.ts';
import { describeFailure } from '../../../src/protocol/failure.ts';
import {
  createClient,
  serve,
  type Api,
  type Events,
  type Handlers,
  type Message,
  type Port,
  type Server,
} from '../../../src/protocol/rpc.ts';

/** A worker in this process, whose handlers, events and end are the test's. */
export interface FakeWorker<A extends Api, E extends Events> extends LaunchedWorker<A, E> {
  readonly server: Server<E>;
  /** Ends the process as if by itself. */
  end(exit: WorkerExit): void;
  readonly ended: WorkerExit | undefined;
  /** What was asked of it: `dispose`, `kill`. */
  readonly asked: readonly string[];
}

/** @param onDispose What the process does when it is asked to end; exits with code 0 unless told. */
export function fakeWorker<A extends Api, E extends Events>(
  name: string,
  handlers: Handlers<A>,
  onDispose: (worker: FakeWorker<A, E>) => void = (worker) => worker.end({ code: 0, signal: null }),
): FakeWorker<A, E> {
  const [ours, theirs] = portPair();
  const server = serve<A, E>(theirs, handlers, describeFailure);
  const client = createClient<A, E>(ours);
  const asked: string[] = [];
  let resolveExit: (exit: WorkerExit) => void;
  const exited = new Promise<WorkerExit>((resolve) => (resolveExit = resolve));
  let ended: WorkerExit | undefined;
  const worker: FakeWorker<A, E> = {
    ...{ client, server, exited, asked, pid: 1 },
    get ended() {
      return ended;
    },
    end: (exit) => {
      if (ended !== undefined) return;
      ended = exit;
      server.close();
      client.close(describeExit(name, exit));
      resolveExit(exit);
    },
    dispose: () => {
      asked.push('dispose');
      client.close(`The ${name} was stopped.`);
      onDispose(worker);
    },
    kill: () => {
      asked.push('kill');
      worker.end({ code: null, signal: 'SIGKILL' });
    },
  };
  return worker;
}

/** Two ports that hand messages to each other, a turn later as processes do. */
export function portPair(): [Port, Port] {
  const listeners = [new Set<(message: Message) => void>(), new Set<(message: Message) => void>()];
  const port = (own: number): Port => ({
    post: (message) => {
      queueMicrotask(() => listeners[1 - own].forEach((listener) => listener(structuredClone(message))));
    },
    listen: (listener) => {
      listeners[own].add(listener);
      return () => listeners[own].delete(listener);
    },
  });
  return [port(0), port(1)];
}
