/**
 * Calls and events between two sides that can only post messages to each other: host ⇄ worker process, host ⇄ webview.
 * Calls are derived from a type that names every method with its parameters and its result; every call is answered, with
 * its result or with an error.
 */

/** Every method of one side: its parameters and its result. */
export type Api = Readonly<Record<string, { readonly params: unknown; readonly result: unknown }>>;
/** Every event of one side: its payload. */
export type Events = Readonly<Record<string, unknown>>;

/** What a failed call tells. */
export interface CallFailure {
  /** One line for the user where `expected`; else a defect's message. */
  readonly message: string;
  /** `user`: a UserError; `cancelled`: a CancelledError; `defect`: anything else. */
  readonly kind: 'user' | 'cancelled' | 'defect';
  /** An UnsupportedMachineError: nothing that needs a model can run on this machine. */
  readonly unsupported?: true;
  /** For the log; absent for a `user` failure. */
  readonly stack?: string;
}

export type RequestMessage = {
  readonly type: 'call';
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
};
export type ResponseMessage =
  | { readonly type: 'ok'; readonly id: number; readonly result: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: CallFailure };
export type EventMessage = { readonly type: 'event'; readonly name: string; readonly payload: unknown };
export type Message = RequestMessage | ResponseMessage | EventMessage;

/** One end of a pair that posts structured-clonable messages. */
export interface Port {
  post(message: Message): void;
  /** Calls `listener` for each message; returns how to stop. */
  listen(listener: (message: Message) => void): () => void;
}

/** A call that the other side answered with an error. */
export class CallError extends Error {
  constructor(
    readonly method: string,
    readonly failure: CallFailure,
  ) {
    super(failure.message);
    this.name = 'CallError';
  }
}

/** The calling end. */
export interface Client<A extends Api, E extends Events> {
  /** @throws CallError with what the other side answered; after `close`, for every call that was still open. */
  call<M extends keyof A & string>(method: M, params: A[M]['params']): Promise<A[M]['result']>;
  on<N extends keyof E & string>(name: N, listener: (payload: E[N]) => void): () => void;
  /** Fails the open calls with `reason` and stops listening. */
  close(reason: string): void;
}

/** A {@link Client} on a port. */
export function createClient<A extends Api, E extends Events>(port: Port): Client<A, E> {
  const open = new Map<number, { method: string; resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const listeners = new Map<string, Set<(payload: never) => void>>();
  let nextId = 1;
  let closed: string | undefined;
  const stop = port.listen((message) => {
    switch (message.type) {
      case 'ok':
        open.get(message.id)?.resolve(message.result);
        open.delete(message.id);
        break;
      case 'error': {
        const call = open.get(message.id);
        open.delete(message.id);
        call?.reject(new CallError(call.method, message.error));
        break;
      }
      case 'event':
        for (const listener of [...(listeners.get(message.name) ?? [])]) listener(message.payload as never);
        break;
      case 'call':
        break;
    }
  });
  return {
    call: (method, params) => {
      if (closed !== undefined) return Promise.reject(new CallError(method, { message: closed, kind: 'defect' }));
      const id = nextId++;
      return new Promise((resolve, reject) => {
        open.set(id, { method, resolve: resolve as (value: unknown) => void, reject });
        try {
          port.post({ type: 'call', id, method, params });
        } catch (thrown) {
          open.delete(id);
          reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
        }
      });
    },
    on: (name, listener) => {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set);
      set.add(listener as (payload: never) => void);
      return () => set.delete(listener as (payload: never) => void);
    },
    close: (reason) => {
      closed ??= reason;
      stop();
      const calls = [...open.values()];
      open.clear();
      for (const { method, reject } of calls) reject(new CallError(method, { message: reason, kind: 'defect' }));
    },
  };
}

/** The methods of the answering end. */
export type Handlers<A extends Api> = {
  readonly [M in keyof A & string]: (params: A[M]['params']) => A[M]['result'] | Promise<A[M]['result']>;
};

/** The answering end: how it tells events, and how it stops. */
export interface Server<E extends Events> {
  emit<N extends keyof E & string>(name: N, payload: E[N]): void;
  close(): void;
}

/**
 * Answers calls on a port. Whatever a handler throws becomes an `error` answer.
 * @param describe Tells a failure from what was thrown; the side that knows UserError passes {@link CallFailure}s of that kind.
 */
export function serve<A extends Api, E extends Events>(
  port: Port,
  handlers: Handlers<A>,
  describe: (thrown: unknown) => CallFailure,
): Server<E> {
  const answer = async ({ id, method, params }: RequestMessage): Promise<void> => {
    try {
      if (!Object.hasOwn(handlers, method)) throw new Error(`There is no method "${method}".`);
      port.post({ type: 'ok', id, result: await handlers[method](params) });
    } catch (thrown) {
      port.post({ type: 'error', id, error: describe(thrown) });
    }
  };
  const stop = port.listen((message) => {
    if (message.type === 'call') void answer(message);
  });
  return {
    emit: (name, payload) => {
      port.post({ type: 'event', name, payload });
    },
    close: stop,
  };
}
