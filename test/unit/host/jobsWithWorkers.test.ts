/** The queue with real workers, a tiny model, and the lock that two windows share. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { JobQueue, type JobWorker } from '../../../src/host/jobs/jobQueue.ts';
import { launchWorker } from '../../../src/host/launchWorker.ts';
import type { Job, JobRequest } from '../../../src/host/services.ts';
import type { JobApi, JobEvents, TrainOutcome } from '../../../src/protocol/jobs.ts';
import { listRuns } from '../../../src/store/listRuns.ts';
import { withLock } from '../../../src/store/lock.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';
import { buildWorker, keptLog } from '../../support/worker.ts';

let folder: string;
let model: string;
let script: string;
const queues: JobQueue[] = [];
const workers: JobWorker[] = [];

beforeAll(async () => {
  script = await buildWorker('job');
  folder = mkdtempSync(join(tmpdir(), 'counterweight-jobs-'));
  model = writeTinyModel(join(folder, 'encoder'), { hidden: 32, layers: 2 });
});

afterEach(async () => {
  for (const queue of queues.splice(0)) queue.dispose();
  for (const worker of workers.splice(0)) {
    worker.kill();
    await worker.exited;
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A window: a queue of its own, and the lock that all windows share. */
function openWindow(): JobQueue {
  const queue = new JobQueue({
    launch: () => {
      const worker = launchWorker<JobApi, JobEvents>({ name: 'job worker', script, log: keptLog() });
      workers.push(worker);
      return worker;
    },
    exclusively: (work, options) => withLock(join(folder, 'job.lock'), work, options),
    approve: () => Promise.resolve(true),
    titleOf: ({ kind }) => kind,
    notes: { waiting: 'Waiting', starting: 'Starting', asking: 'Asking' },
    log: keptLog(),
  });
  queues.push(queue);
  return queue;
}

/** Epochs of a training that is stopped and then runs to its end, and of one that never gets there. */
const [long, endless] = [150, 5000];

function training(name: string, epochs = long): JobRequest {
  const inner = join(folder, name);
  mkdirSync(inner, { recursive: true });
  const write = (file: string, rows: number, seed: number): string =>
    writeRows(inner, file, generateRows({ rows, labels: ['neg', 'pos'], seed, noise: 0.1 }));
  const files = { synthetic: write('synthetic.jsonl', 64, 1), real: write('real.jsonl', 32, 2) };
  return { kind: 'train', request: { files, model, threads: 1, loss: 'imp', effort: 'preview', epochs } };
}

/** Resolves when a job trains its classifier. */
function trains(job: Job): Promise<void> {
  return new Promise((resolve) => {
    job.on('progress', ({ stage, done }) => {
      if (stage.startsWith('classifier') && done >= 3) resolve();
    });
  });
}

describe('jobs', () => {
  it('lets a job of another window wait for its turn', async () => {
    const [one, other] = [openWindow(), openWindow()];
    const first = one.enqueue(training('first', endless));
    await trains(first);
    const second = other.enqueue(training('second', 1));
    await expect.poll(() => second.view.stage).toBe('Waiting');
    expect(workers).toHaveLength(1);
    first.cancel();
    expect(await first.done).toBeUndefined();
    const outcome = (await second.done) as TrainOutcome;
    expect(outcome.model).toContain('second');
  });

  it('keeps what a cancelled job had, and goes on with it', async () => {
    const queue = openWindow();
    const request = training('cancelled');
    const first = queue.enqueue(request);
    await trains(first);
    first.cancel();
    expect(await first.done).toBeUndefined();
    expect(first.view.state).toBe('cancelled');
    const again = queue.enqueue(request);
    const resumed: boolean[] = [];
    again.on('run', (run) => resumed.push(run.resumed));
    expect(await again.done).toMatchObject({ folder: first.folder });
    expect(resumed).toEqual([true]);
  });

  it('gets over a worker that is killed: one failure, and the job goes on when asked', async () => {
    const queue = openWindow();
    const request = training('killed');
    const failed: string[] = [];
    queue.onDidEnd(({ end }) => {
      if (end?.kind === 'failed') failed.push(`${end.failure.message} ${String(end.crashed)}`);
    });
    const first = queue.enqueue(request);
    const waiting = queue.enqueue(training('next', 1));
    await trains(first);
    workers[0].kill();
    expect(await first.done).toBeUndefined();
    expect(failed).toEqual(['The job worker ended unexpectedly (SIGKILL); the machine may be out of memory. true']);
    expect(await waiting.done).toBeDefined();
    expect(await queue.enqueue(request).done).toMatchObject({ folder: first.folder });
  });

  it('leaves no process behind when the window goes, and the run resumable', async () => {
    const queue = openWindow();
    const request = training('gone', endless);
    const job = queue.enqueue(request);
    await trains(job);
    queue.dispose();
    expect(await workers[0].exited).toEqual({ code: 0, signal: null });
    const { runs } = await listRuns(request.request.files.synthetic);
    expect(runs.map(({ record }) => record.status)).toEqual(['cancelled']);
  });
});
