import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { RestartingWorker } from '../../../src/host/restartingWorker.ts';
import { CallError } from '../../../src/protocol/rpc.ts';
import { fakeWorker, type FakeWorker } from './fakeWorker.ts';

type TestApi = {
  twice: { params: number; result: number };
  fail: { params: null; result: null };
  hang: { params: null; result: null };
};
type TestEvents = { ping: string };

/** A service whose workers the test can crash. */
function service() {
  const workers: FakeWorker<TestApi, TestEvents>[] = [];
  let time = 0;
  const restarting = new RestartingWorker<TestApi, TestEvents>({
    name: 'data worker',
    now: () => time,
    launch: () => {
      const worker = fakeWorker<TestApi, TestEvents>('data worker', {
        twice: (n) => 2 * n,
        fail: () => Promise.reject(new UserError('no such row')),
        hang: () => new Promise(() => undefined),
      });
      workers.push(worker);
      return worker;
    },
  });
  return {
    ...{ restarting, workers },
    wait: (ms: number) => {
      time += ms;
    },
    crash: async () => {
      workers.at(-1)?.end({ code: null, signal: 'SIGSEGV' });
      await new Promise(setImmediate);
    },
  };
}

const failureOf = (call: Promise<unknown>): Promise<CallError> =>
  call.then(
    () => Promise.reject(new Error('did not fail')),
    (thrown: CallError) => thrown,
  );

describe('RestartingWorker', () => {
  it('starts with the first call, once', async () => {
    const { restarting, workers } = service();
    expect(workers).toHaveLength(0);
    expect(await Promise.all([restarting.call('twice', 2), restarting.call('twice', 3)])).toEqual([4, 6]);
    expect(workers).toHaveLength(1);
  });

  it('passes the failure of a call on as it is', async () => {
    const { restarting } = service();
    expect((await failureOf(restarting.call('fail', null))).failure).toEqual({ kind: 'user', message: 'no such row' });
  });

  it('after a crash: fails open calls with one line, starts again, says so', async () => {
    const { restarting, workers, crash } = service();
    let restarts = 0;
    restarting.onDidRestart(() => restarts++);
    const open = failureOf(restarting.call('hang', null));
    await crash();
    expect((await open).failure).toEqual({
      kind: 'user',
      message: 'The data worker ended unexpectedly (SIGSEGV). It was started again: try once more.',
    });
    expect({ restarts, workers: workers.length }).toEqual({ restarts: 1, workers: 2 });
    expect(await restarting.call('twice', 4)).toBe(8);
  });

  it('tells events of every worker, whenever somebody began to listen', async () => {
    const { restarting, workers, crash } = service();
    const seen: string[] = [];
    const early = restarting.on('ping', (payload) => seen.push(`early ${payload}`));
    await restarting.call('twice', 1);
    workers[0].server.emit('ping', 'a');
    await new Promise(setImmediate);
    restarting.on('ping', (payload) => seen.push(`late ${payload}`));
    await crash();
    workers[1].server.emit('ping', 'b');
    await new Promise(setImmediate);
    early.dispose();
    workers[1].server.emit('ping', 'c');
    await new Promise(setImmediate);
    expect(seen).toEqual(['early a', 'early b', 'late b', 'late c']);
  });

  it('gives up after three crashes within a minute, for that minute', async () => {
    const { restarting, workers, crash, wait } = service();
    await restarting.call('twice', 1);
    for (let i = 0; i < 3; i++) await crash();
    expect(workers).toHaveLength(3);
    // Whoever told the others something tells the next one before the call that starts it.
    const order: string[] = [];
    restarting.onDidRestart(() => {
      order.push('restart');
      void Promise.resolve().then(async () => {
        await restarting.call('twice', 7);
        order.push('told');
      });
    });
    expect((await failureOf(restarting.call('twice', 1))).message).toBe(
      'The data worker ended unexpectedly (SIGSEGV). This happened 3 times within a minute; the log says more. Try again in a minute.',
    );
    wait(60_001);
    expect(await restarting.call('twice', 5)).toBe(10);
    order.push('answered');
    expect(workers).toHaveLength(4);
    expect(order).toEqual(['restart', 'told', 'answered']);
  });

  it('does not try again by itself what cannot be started, until the settings change', async () => {
    const { restarting, workers } = service();
    await restarting.call('twice', 1);
    workers[0].end({ code: null, signal: null, error: new Error('spawn nowhere ENOENT') });
    await new Promise(setImmediate);
    const wanted =
      'The data worker could not be started: spawn nowhere ENOENT. Check the setting counterweight.nodePath.';
    expect((await failureOf(restarting.call('twice', 1))).message).toBe(wanted);
    expect(workers).toHaveLength(1);
    restarting.forgive();
    expect(await restarting.call('twice', 1)).toBe(2);
  });

  it('is not started again once it is put away', async () => {
    const { restarting, workers } = service();
    await restarting.call('twice', 1);
    restarting.dispose();
    await new Promise(setImmediate);
    expect(workers.map(({ ended }) => ended)).toEqual([{ code: 0, signal: null }]);
    expect((await failureOf(restarting.call('twice', 1))).message).toBe('The data worker was stopped.');
  });
});
