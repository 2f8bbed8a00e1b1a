import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CancelledError, UserError } from '../../../src/base/errors.ts';
import { JobQueue, type QueueHost } from '../../../src/host/jobs/jobQueue.ts';
import type { JobRequest } from '../../../src/host/services.ts';
import type { JobApi, JobEvents, ScoreOutcome } from '../../../src/protocol/jobs.ts';
import type { Handlers } from '../../../src/protocol/rpc.ts';
import { fakeWorker, type FakeWorker } from './fakeWorker.ts';

const outcome: ScoreOutcome = { folder: '/run', rows: 2, scored: 2, ess: 1, verdicts: {}, warnings: [] };
const requestFor = (name: string): JobRequest => ({
  kind: 'score',
  request: { files: { synthetic: `/data/${name}`, real: '/data/real' }, effort: 'preview', method: 'imp' },
});

/** A promise to settle from outside. */
function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}

type Running = FakeWorker<JobApi, JobEvents> & {
  readonly job: ReturnType<typeof deferred<ScoreOutcome>>;
  readonly calls: string[];
};

/** A queue whose workers do what the test says. */
function setUp(changes: Partial<QueueHost> = {}, handlers: Partial<Handlers<JobApi>> = {}) {
  const workers: Running[] = [];
  const ended: string[] = [];
  const warnings: string[] = [];
  const queue = new JobQueue({
    launch: () => {
      const job = deferred<ScoreOutcome>();
      const calls: string[] = [];
      const worker = fakeWorker<JobApi, JobEvents>('job worker', {
        score: () => job.promise,
        cancel: () => {
          calls.push('cancel');
          return null;
        },
        approve: ({ go }: { go: boolean }) => {
          calls.push(`approve ${String(go)}`);
          return null;
        },
        ...handlers,
      } as Handlers<JobApi>);
      const running = Object.assign(worker, { job, calls });
      workers.push(running);
      return running;
    },
    exclusively: (work) => work(),
    approve: () => Promise.resolve(true),
    titleOf: ({ request }) => `Scoring ${request.files.synthetic}`,
    notes: { waiting: 'Waiting', starting: 'Starting', asking: 'Asking' },
    log: { warn: (line) => warnings.push(line) },
    now: () => Date.now(),
    ...changes,
  });
  queue.onDidEnd(({ id, end }) => ended.push(`${String(id)} ${end?.kind ?? ''}`));
  return {
    queue,
    workers,
    ended,
    warnings,
    states: () => queue.all.map(({ id, view }) => `${String(id)} ${view.state}`),
  };
}

/** Lets everything happen that needs no time. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('JobQueue', () => {
  it('runs one job at a time, in their order, each in a worker of its own', async () => {
    const { queue, workers, states, ended } = setUp();
    const [first, second] = [queue.enqueue(requestFor('a')), queue.enqueue(requestFor('b'))];
    await settle();
    expect(workers).toHaveLength(1);
    expect(states()).toEqual(['1 running', '2 queued']);
    expect(queue.current).toBe(first);
    workers[0].job.resolve(outcome);
    expect(await first.done).toEqual(outcome);
    await settle();
    expect(workers).toHaveLength(2);
    expect(workers[0].ended).toEqual({ code: 0, signal: null });
    expect(states()).toEqual(['2 running', '1 done']);
    workers[1].job.resolve(outcome);
    await second.done;
    await settle();
    expect(states()).toEqual(['2 done', '1 done']);
    expect(ended).toEqual(['1 done', '2 done']);
  });

  it('finds the job about a dataset while it has not ended', async () => {
    const { queue, workers } = setUp();
    const job = queue.enqueue(requestFor('a'));
    const other = queue.enqueue(requestFor('b'));
    await settle();
    expect(queue.about('/data/./a')).toBe(job);
    expect(queue.about('/data/b')).toBe(other);
    workers[0].job.resolve(outcome);
    await settle();
    expect(queue.about('/data/a')).toBeUndefined();
  });

  it('shows what the worker tells, and passes it on', async () => {
    const { queue, workers } = setUp();
    const job = queue.enqueue(requestFor('a'));
    const lines: string[] = [];
    let changes = 0;
    queue.onDidChange(() => changes++);
    job.on('notice', ({ line }) => lines.push(line));
    await settle();
    expect(job.view).toMatchObject({ title: 'Scoring /data/a', state: 'running', stage: 'Starting' });
    const before = changes;
    const { emit } = workers[0].server;
    emit('run', { folder: '/run', resumed: false, device: 'cpu: x, 2 threads' });
    emit('progress', { stage: 'embeddings', done: 5, total: 10, unit: 'rows', rate: 20 });
    emit('notice', { line: 'hello' });
    await settle();
    expect(job.view).toMatchObject({
      device: 'cpu: x, 2 threads',
      stage: 'Embeddings',
      fraction: 0.5,
      secondsLeft: 0.25,
    });
    expect(job.folder).toBe('/run');
    expect(lines).toEqual(['hello']);
    expect(changes).toBe(before + 3);
  });

  it('takes a queued job out, without a worker', async () => {
    const { queue, workers, states } = setUp();
    queue.enqueue(requestFor('a'));
    const second = queue.enqueue(requestFor('b'));
    await settle();
    second.cancel();
    expect(await second.done).toBeUndefined();
    expect(states()).toEqual(['1 running', '2 cancelled']);
    workers[0].job.resolve(outcome);
    await settle();
    expect(workers).toHaveLength(1);
  });

  it('waits for another window, says so, and can be cancelled while it waits', async () => {
    const { queue, workers, states } = setUp({
      exclusively: (_, { signal, onWait }) => {
        onWait();
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new CancelledError())));
      },
    });
    const job = queue.enqueue(requestFor('a'));
    await settle();
    expect(job.view).toMatchObject({ state: 'queued', stage: 'Waiting' });
    job.cancel();
    expect(await job.done).toBeUndefined();
    expect(states()).toEqual(['1 cancelled']);
    expect(workers).toHaveLength(0);
  });

  it('cancels a running job: the worker is asked, then gone, then the next begins', async () => {
    const { queue, workers, states } = setUp();
    const job = queue.enqueue(requestFor('a'));
    queue.enqueue(requestFor('b'));
    await settle();
    job.cancel();
    job.cancel();
    await settle();
    expect(states()).toEqual(['1 cancelling', '2 queued']);
    expect(workers[0].calls).toEqual(['cancel']);
    workers[0].job.reject(new CancelledError());
    expect(await job.done).toBeUndefined();
    await settle();
    expect(states()).toEqual(['2 running', '1 cancelled']);
    expect(workers[0].asked).toEqual(['kill']);
  });

  it('lets a worker that saves its checkpoint finish, while the job has ended for the user', async () => {
    const { queue, workers, states } = setUp();
    const job = queue.enqueue(requestFor('a'));
    queue.enqueue(requestFor('b'));
    await settle();
    job.cancel();
    await vi.advanceTimersByTimeAsync(1499);
    expect(states()).toEqual(['1 cancelling', '2 queued']);
    await vi.advanceTimersByTimeAsync(1);
    expect(await job.done).toBeUndefined();
    // The next one has to wait for the process all the same.
    expect(states()).toEqual(['2 queued', '1 cancelled']);
    expect(workers[0].asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(5000);
    workers[0].job.reject(new CancelledError());
    await settle();
    expect(states()).toEqual(['2 running', '1 cancelled']);
  });

  it('ends a worker that does not answer, and one that saves for too long', async () => {
    const deaf = setUp({}, { cancel: () => new Promise(() => undefined) });
    const job = deaf.queue.enqueue(requestFor('a'));
    await settle();
    job.cancel();
    await vi.advanceTimersByTimeAsync(1500);
    expect(await job.done).toBeUndefined();
    expect(deaf.workers[0].ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(deaf.states()).toEqual(['1 cancelled']);

    const slow = setUp();
    const other = slow.queue.enqueue(requestFor('a'));
    await settle();
    other.cancel();
    await vi.advanceTimersByTimeAsync(19_999);
    expect(slow.workers[0].ended).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(slow.workers[0].ended).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('tells a crash from a fault of the input from a defect, and goes on with the next job', async () => {
    const { queue, workers } = setUp();
    const jobs = ['a', 'b', 'c'].map((name) => queue.enqueue(requestFor(name)));
    await settle();
    workers[0].end({ code: 134, signal: null });
    await settle();
    workers[1].job.reject(new UserError('a: no such file'));
    await settle();
    workers[2].job.reject(new TypeError('x is undefined'));
    await settle();
    expect(jobs.map(({ end }) => end)).toMatchObject([
      {
        kind: 'failed',
        crashed: true,
        failure: {
          message: 'The job worker ended unexpectedly (exit code 134); the machine may be out of memory.',
        },
      },
      { kind: 'failed', crashed: false, failure: { kind: 'user', message: 'a: no such file' } },
      { kind: 'failed', crashed: false, failure: { kind: 'defect', message: 'x is undefined' } },
    ]);
    expect(jobs[1].view).toMatchObject({ state: 'failed', error: 'a: no such file' });
    expect(await Promise.all(jobs.map(({ done }) => done))).toEqual([undefined, undefined, undefined]);
  });

  it('fails a job whose turn cannot be had', async () => {
    const { queue, workers } = setUp({ exclusively: () => Promise.reject(new UserError('Cannot write /storage')) });
    const job = queue.enqueue(requestFor('a'));
    await settle();
    expect(job.end).toMatchObject({ kind: 'failed', failure: { kind: 'user', message: 'Cannot write /storage' } });
    expect(workers).toHaveLength(0);
  });

  it('warns where the turn could not be given back, which is not the job’s fault', async () => {
    const { queue, workers, warnings } = setUp({
      exclusively: async (work) => {
        await work();
        throw new UserError('Cannot write /storage');
      },
    });
    const job = queue.enqueue(requestFor('a'));
    await settle();
    workers[0].job.resolve(outcome);
    expect(await job.done).toEqual(outcome);
    await settle();
    expect(warnings).toEqual(['Cannot write /storage']);
  });

  it.each([
    [true, 'approve true', 'running'],
    [false, 'approve false', 'cancelling'],
  ])('asks before a long job; the answer %s', async (answer, call, state) => {
    const asked = deferred<boolean>();
    const { queue, workers } = setUp({ approve: () => asked.promise });
    const job = queue.enqueue(requestFor('a'));
    await settle();
    const estimate = { seconds: 3600, memoryBytes: 1, diskBytes: 1, forwardRows: 1, backwardRows: 1 };
    workers[0].server.emit('estimate', { ask: true, ...estimate });
    await settle();
    expect(job.view.stage).toBe('Asking');
    asked.resolve(answer);
    await settle();
    expect(workers[0].calls).toContain(call);
    expect(job.view.state).toBe(state);
    await vi.advanceTimersByTimeAsync(1500);
    expect(job.view.state).toBe(answer ? 'running' : 'cancelled');
  });

  it.each([
    ['a notification, the menu or the panel says begin', true, 'running'],
    ['somebody says cancel', false, 'cancelling'],
  ] as const)('keeps a question until it is answered: %s', async (_, go, state) => {
    const { queue, workers } = setUp({ approve: (job) => job.ask('It takes 2 h.') });
    const job = queue.enqueue(requestFor('a'));
    await settle();
    expect(job.view).not.toHaveProperty('question');
    const estimate = { seconds: 7200, memoryBytes: 1, diskBytes: 1, forwardRows: 1, backwardRows: 1 };
    workers[0].server.emit('estimate', { ask: true, ...estimate });
    await settle();
    // Whatever goes by meanwhile, it is there.
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(job.view).toMatchObject({ state: 'running', question: 'It takes 2 h.' });
    expect(workers[0].calls).toEqual([]);
    job.answer(go);
    job.answer(!go);
    await settle();
    expect(job.view).toMatchObject({ state });
    expect(job.view).not.toHaveProperty('question');
    expect(workers[0].calls).toContain(`approve ${String(go)}`);
    expect(workers[0].calls).not.toContain(`approve ${String(!go)}`);
  });

  it('takes the question away with a job that is cancelled or fails while it asks', async () => {
    const { queue, workers } = setUp({ approve: (job) => job.ask('It takes 2 h.') });
    const [cancelled, failed] = [queue.enqueue(requestFor('a')), queue.enqueue(requestFor('b'))];
    const estimate = { seconds: 7200, memoryBytes: 1, diskBytes: 1, forwardRows: 1, backwardRows: 1 };
    await settle();
    workers[0].server.emit('estimate', { ask: true, ...estimate });
    await settle();
    cancelled.cancel();
    await settle();
    expect(cancelled.view).not.toHaveProperty('question');
    expect(workers[0].calls).toEqual(expect.arrayContaining(['cancel', 'approve false']));
    workers[0].job.reject(new CancelledError());
    await settle();
    workers[1].server.emit('estimate', { ask: true, ...estimate });
    await settle();
    expect(failed.view).toHaveProperty('question');
    workers[1].end({ code: 1, signal: null });
    await settle();
    expect(failed.view).toMatchObject({ state: 'failed' });
    expect(failed.view).not.toHaveProperty('question');
  });

  it('when the window goes: the worker is asked to end, nobody is told, nothing begins', async () => {
    const { queue, workers, ended } = setUp();
    queue.enqueue(requestFor('a'));
    queue.enqueue(requestFor('b'));
    await settle();
    queue.dispose();
    await settle();
    expect(workers.map(({ asked }) => asked)).toEqual([['dispose', 'dispose']]);
    expect(ended).toEqual([]);
  });
});
