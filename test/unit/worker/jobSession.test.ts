import { describe, expect, it } from 'vitest';
import { CancelledError, UserError } from '../../../src/base/errors.ts';
import type { JobContext } from '../../../src/jobs/context.ts';
import type { Predictor } from '../../../src/jobs/predictor.ts';
import { describeFailure } from '../../../src/protocol/failure.ts';
import type { JobApi, JobEvents, ScoreRequest } from '../../../src/protocol/jobs.ts';
import { createClient, serve } from '../../../src/protocol/rpc.ts';
import { classifierCache } from '../../../src/worker/job/classifierCache.ts';
import { jobSession } from '../../../src/worker/job/jobSession.ts';
import { asUnsupported, type Engine } from '../../../src/worker/job/loadEngine.ts';
import { portPair } from '../host/fakeWorker.ts';

const request: ScoreRequest = {
  ...{ files: { synthetic: '/data/s.jsonl', real: '/data/r.jsonl' }, effort: 'standard', method: 'imp', seed: 7 },
  fields: { textField: 'body', labelMap: { Spam: 'spam' } },
};
const result = { folder: '/run', rows: 3, scored: 2, ess: 1.5, verdicts: { ok: 2 }, warnings: ['w'], ranked: [] };
const estimate = { seconds: 60, forwardRows: 1, backwardRows: 2, memoryBytes: 3, diskBytes: 4 };

/** A session whose `score` is the test's. */
function sessionWith(scoreJob: (options: object, context: JobContext) => Promise<unknown>, engine: object = {}) {
  const [ours, theirs] = portPair();
  const fake = { longJobSeconds: 1800, noEncoder: 'none', scoreJob, ...engine } as unknown as Engine;
  const session = jobSession(
    (name, payload) => server.emit(name, payload),
    () => Promise.resolve(fake),
  );
  const server = serve<JobApi, JobEvents>(theirs, session.handlers, describeFailure);
  return { client: createClient<JobApi, JobEvents>(ours), session };
}

/** A job that ends when it is cancelled. */
const untilCancelled = (_: object, { signal }: JobContext): Promise<never> =>
  new Promise((_resolve, reject) => {
    const end = (): void => reject(new CancelledError());
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end);
  });

describe('a job session', () => {
  it('hands the request on and passes what the job tells', async () => {
    let given: object = {};
    const { client } = sessionWith(async (options, context) => {
      given = options;
      context.onRun?.({ folder: '/run', resumed: true, device: 'cpu', passes: { forward: 1, backward: 2 } });
      context.notice('note');
      context.onRowErrors?.([]);
      context.onRowErrors?.(['a:1:1: b']);
      context.onProgress?.({ stage: 's', done: 1, total: 2, unit: 'rows' });
      context.onEvaluation?.({ epoch: 1, trainLoss: 0.5 });
      await context.approve?.(estimate);
      return result;
    });
    const events: [string, unknown][] = [];
    for (const name of ['run', 'notice', 'rowErrors', 'progress', 'evaluation', 'estimate'] as const) {
      client.on(name, (payload) => events.push([name, payload]));
    }
    expect(await client.call('score', request)).toEqual({ ...result, ranked: undefined });
    expect(given).toMatchObject({
      ...{ paths: { synthetic: '/data/s.jsonl', real: '/data/r.jsonl' }, effort: 'standard', method: 'imp' },
      ...{ textField: 'body', labelMap: { Spam: 'spam' }, overrides: { seed: 7 } },
    });
    expect(events).toEqual([
      ['run', { folder: '/run', resumed: true, device: 'cpu', passes: { forward: 1, backward: 2 } }],
      ['notice', { line: 'note' }],
      ['rowErrors', { lines: ['a:1:1: b'] }],
      ['progress', { stage: 's', done: 1, total: 2, unit: 'rows' }],
      ['evaluation', { epoch: 1, trainLoss: 0.5 }],
      ['estimate', { ask: false, ...estimate }],
    ]);
  });

  it('trains with the scores of the run that is named, and tells of what it goes on with', async () => {
    let given: object = {};
    const resumed = { stage: 'classifier, imp', step: 5, steps: 9, encoderRows: 80, losses: [], epochs: [] };
    const trainJob = (options: object, context: JobContext): Promise<unknown> => {
      given = options;
      context.onResumed?.(resumed);
      return Promise.resolve({ folder: '/run', model: '/run/model', loss: 'imp', warnings: [] });
    };
    const { client } = sessionWith(untilCancelled, { trainJob });
    const told: unknown[] = [];
    client.on('resumed', (payload) => told.push(payload));
    await client.call('train', { files: request.files, loss: 'imp', scores: '/runs/a' });
    expect(given).toMatchObject({ loss: 'imp', scores: '/runs/a' });
    expect(told).toEqual([resumed]);
  });

  it('compares the methods once each, CE first, with the settings of the request, and tells how far it is', async () => {
    let given: object = {};
    const compareJob = (options: object, context: JobContext): Promise<unknown> => {
      given = options;
      context.onCompared?.({ done: 3, total: 6, next: { method: 'imp-2', seed: 2 } });
      const comparison = { methods: [{}, {}, {}], seeds: [1, 2] };
      return Promise.resolve({ folder: '/run', advice: 'IMP beats CE.', comparison, warnings: ['w'] });
    };
    const { client } = sessionWith(untilCancelled, { compareJob });
    const told: unknown[] = [];
    client.on('compared', (payload) => told.push(payload));
    const outcome = await client.call('compare', {
      files: { ...request.files, test: '/data/t.jsonl' },
      ...{ methods: ['imp-2', 'ce', 'imp-2'], seeds: [1, 2], effort: 'preview', overrides: { gamma: 0.5 } },
    });
    expect(outcome).toEqual({ folder: '/run', advice: 'IMP beats CE.', trainings: 6, warnings: ['w'] });
    expect(given).toMatchObject({
      paths: { synthetic: '/data/s.jsonl', real: '/data/r.jsonl', test: '/data/t.jsonl' },
      methods: [{ name: 'ce' }, { name: 'imp-2', folds: 2 }],
      ...{ seeds: [1, 2], recipe: 'default', effort: 'preview', overrides: { gamma: 0.5 } },
    });
    expect(told).toEqual([{ done: 3, total: 6, next: { method: 'imp-2', seed: 2 } }]);
  });

  it.each([
    [true, 'begun'],
    [false, 'cancelled'],
  ])('asks before a long job; the answer %s', async (go, end) => {
    const { client } = sessionWith(async (_, context) => {
      await context.approve?.({ ...estimate, seconds: 1801 });
      return result;
    });
    client.on('estimate', ({ ask }) => {
      expect(ask).toBe(true);
      void client.call('approve', { go });
    });
    const scored = client.call('score', request).then(
      () => 'begun',
      (thrown: { failure: { kind: string } }) => thrown.failure.kind,
    );
    expect(await scored).toBe(end);
  });

  it('can be cancelled while it waits for the answer, and while it works', async () => {
    const waiting = sessionWith(async (_, context) => context.approve?.({ ...estimate, seconds: 1e6 }));
    waiting.client.on('estimate', () => void waiting.client.call('cancel', {}));
    await expect(waiting.client.call('score', request)).rejects.toMatchObject({ failure: { kind: 'cancelled' } });

    const working = sessionWith(untilCancelled);
    const scored = working.client.call('score', request);
    await Promise.all([
      expect(scored).rejects.toMatchObject({ failure: { kind: 'cancelled' } }),
      working.client.call('cancel', {}),
    ]);
  });

  it('runs one job at a time', async () => {
    const { client } = sessionWith(untilCancelled);
    const first = client.call('score', request);
    await expect(client.call('score', request)).rejects.toThrow('runs a job already');
    await Promise.all([expect(first).rejects.toThrow('Cancelled'), client.call('cancel', {})]);
  });

  it('leaves when the job has ended, and begins no other', async () => {
    let ended = false;
    const { client, session } = sessionWith(async (options, context) => {
      if (!context.signal?.aborted) await untilCancelled(options, context).catch(() => (ended = true));
      throw new CancelledError();
    });
    const scored = client.call('score', request);
    const refused = expect(scored).rejects.toMatchObject({ failure: { kind: 'cancelled' } });
    // The call has to arrive before the window goes.
    await client.call('approve', { go: true });
    await session.leave();
    expect(ended).toBe(true);
    await refused;
    await expect(client.call('score', request)).rejects.toMatchObject({ failure: { kind: 'cancelled' } });
  });

  it.each([
    [true, undefined],
    [false, 'none'],
  ])('previews offline with the encoder where it is here (%s), else without', async (present, model) => {
    const given: { model?: string }[] = [];
    const engine = { encoderPresence: () => Promise.resolve({ present }) };
    const { client } = sessionWith((options) => {
      given.push(options);
      return Promise.resolve(result);
    }, engine);
    await client.call('score', { ...request, effort: 'preview', offline: true });
    await client.call('score', request);
    expect(given.map((options) => options.model)).toEqual([model, undefined]);
  });
});

describe('classifierCache', () => {
  /** Says of each text how long it is, in the first label. */
  const opened: string[] = [];
  const open = (model: string): Promise<Predictor> => {
    opened.push(`open ${model}`);
    if (model === 'broken') return Promise.reject(new UserError('broken'));
    return Promise.resolve({
      ...{ labels: ['a', 'b'], maxLength: 8 },
      predict: (rows) => {
        const p = rows.map(({ text }) => text.length / 10);
        return Promise.resolve({
          logP: Float64Array.from(p.flatMap((x) => [Math.log(x), Math.log(1 - x)])),
          truncated: 0,
        });
      },
      release: () => {
        opened.push(`release ${model}`);
        return Promise.resolve();
      },
    });
  };

  it('loads a model once, lets it go for another, and gets over one that is broken', async () => {
    const { classify } = classifierCache(open);
    const ask = (model: string) => classify({ model, texts: [{ text: 'xx' }, { text: 'xxxxx' }] });
    const [first, second] = await Promise.all([ask('m'), ask('m')]);
    expect(first.labels).toEqual(['a', 'b']);
    expect(first.probabilities.flat().map((p) => Number(p.toFixed(6)))).toEqual([0.2, 0.8, 0.5, 0.5]);
    expect(second).toEqual(first);
    await expect(ask('broken')).rejects.toThrow('broken');
    await ask('m');
    expect(opened).toEqual(['open m', 'release m', 'open broken', 'open m']);
  });
});

describe('asUnsupported', () => {
  const error = (message: string, code: string): Error => Object.assign(new Error(message), { code });

  it.each([
    error(
      "Cannot find module '../bin/napi-v6/darwin/x64/onnxruntime_binding.node'\nRequire stack:",
      'MODULE_NOT_FOUND',
    ),
    error("/lib/libc.so.6: version `GLIBC_2.28' not found (required by x.node)", 'ERR_DLOPEN_FAILED'),
    error("Cannot find package 'onnxruntime-node' imported from job.js", 'ERR_MODULE_NOT_FOUND'),
  ])('says in one line that the platform is not supported: %s', (thrown) => {
    const told = asUnsupported(thrown, 'darwin-x64');
    expect(told).toBeInstanceOf(UserError);
    expect((told as UserError).message).toMatch(
      /^Models cannot run on this machine \(darwin-x64\).*glibc 2\.28[^\n]*$/,
    );
  });

  it.each([error("Cannot find module './nothing.js'", 'MODULE_NOT_FOUND'), new TypeError('x is undefined')])(
    'leaves any other error as it is: %s',
    (thrown) => {
      expect(asUnsupported(thrown, 'linux-x64')).toBe(thrown);
    },
  );
});
