import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError } from '../../../src/base/errors.ts';
import {
  canonical,
  inRun,
  type InRunOptions,
  type OpenRun,
  type RunOutcome,
  type RunPlan,
} from '../../../src/jobs/inRun.ts';
import type { BegunRun } from '../../../src/jobs/context.ts';
import { runStages } from '../../../src/jobs/runStages.ts';
import { readRunRecord, writeRunRecord } from '../../../src/store/runRecord.ts';
import { withLock } from '../../../src/store/lock.ts';
import { whileReadOnly } from '../store/support.ts';

let folder: string;
let notices: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-run-'));
  notices = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const plan: RunPlan = {
  ...{ kind: 'score', schema: {}, labels: ['a', 'b'], settings: { gamma: 1 }, seed: 1, device: 'cpu', versions: {} },
  inputs: [{ role: 'synthetic', path: '/somewhere', sha256: 'f00', rows: 2, errors: 0 }],
};
const options = (changes: Partial<InRunOptions> = {}): InRunOptions => ({
  ...{ dataset: join(folder, 'data.jsonl'), method: 'imp', plan, warnings: [], notice: (line) => notices.push(line) },
  ...changes,
});
const done = (result: string): RunOutcome<string> => ({
  result,
  metrics: { x: 1 },
  warnings: ['w'],
  keep: ['quality/kept'],
});
const stage = (value: number) => ({
  meta: {},
  tensors: new Map([['v', { dtype: 'float32' as const, shape: [1], data: Float32Array.of(value) }]]),
});
const fail =
  (thrown: Error, first?: (run: OpenRun) => Promise<void>) =>
  async (run: OpenRun): Promise<RunOutcome<string>> => {
    await first?.(run);
    throw thrown;
  };
const runs = (): string[] => readdirSync(join(folder, '.counterweight', 'data.jsonl'));

describe('inRun', () => {
  it('records a run and keeps the checkers asked for, nothing else', async () => {
    const { folder: run, record } = await inRun(options(), async ({ stages, timed, passes, resumed }) => {
      expect(resumed).toBe(false);
      await stages.save('quality/kept', stage(1));
      await stages.save('quality/dropped/deeper', stage(2));
      await stages.save('other', stage(3));
      passes.forward += 7;
      await timed('part', () => Promise.resolve());
      return done('r');
    });
    expect(record).toMatchObject({
      status: 'done',
      metrics: { x: 1 },
      warnings: ['w'],
      passes: { forward: 7, backward: 0 },
    });
    expect(record.timings['part']).toBeGreaterThanOrEqual(0);
    expect(await readRunRecord(run)).toEqual(record);
    expect(readdirSync(run).sort()).toEqual(['checkers', 'run.json']);
    expect(readdirSync(join(run, 'checkers'))).toEqual(['quality']);
    expect(readdirSync(join(run, 'checkers', 'quality'))).toEqual(['kept']);
  });

  it('takes up an unfinished run of the same plan, wherever the files lie now', async () => {
    const work = fail(new CancelledError(), ({ stages, passes }) => {
      passes.backward += 5;
      return stages.save('half', stage(9));
    });
    await expect(inRun(options(), work)).rejects.toThrow(CancelledError);
    const [run] = runs();
    expect((await readRunRecord(join(folder, '.counterweight', 'data.jsonl', run))).status).toBe('cancelled');
    const moved = { ...plan, inputs: plan.inputs.map((input) => ({ ...input, path: '/elsewhere' })) };
    const { record } = await inRun(options({ plan: moved }), async ({ stages, resumed }) => {
      expect(resumed).toBe(true);
      expect((await stages.load('half'))?.tensors.get('v')?.data).toEqual(Float32Array.of(9));
      return done('r');
    });
    expect(record.passes.backward).toBe(5);
    expect(runs()).toEqual([run]);
    expect(notices).toEqual([expect.stringContaining('Resuming')]);
  });

  it.each([
    ['webgpu: a GPU', 'cpu: a processor, 2 threads', true],
    ['cpu: a processor, 2 threads', 'webgpu: a GPU', false],
    ['webgpu: a GPU', 'webgpu: another', false],
    ['cpu: a processor, 2 threads', 'cpu: a processor, 4 threads', false],
  ])('what was begun on "%s" and is asked for on "%s" goes on: %s', async (first, second, goesOn) => {
    await expect(inRun(options({ plan: { ...plan, device: first } }), fail(new Error('broken')))).rejects.toThrow();
    const { record } = await inRun(options({ plan: { ...plan, device: second } }), ({ resumed }) => {
      expect(resumed).toBe(goesOn);
      return Promise.resolve(done('r'));
    });
    expect(record.device).toBe(second);
  });

  it.each([
    ['data', { inputs: [{ ...plan.inputs[0], sha256: 'ba4' }] }],
    ['settings', { settings: { gamma: 2 } }],
    ['seed', { seed: 2 }],
    ['model', { model: { id: 'm', hash: '1' } }],
    ['versions', { versions: { counterweight: '2' } }],
  ] as const)('begins anew where the %s changed', async (_, change) => {
    await expect(inRun(options(), fail(new Error('broken')))).rejects.toThrow('broken');
    await inRun(options({ plan: { ...plan, ...change } }), ({ resumed }) => {
      expect(resumed).toBe(false);
      return Promise.resolve(done('r'));
    });
    expect(runs()).toHaveLength(2);
  });

  it('never takes up a finished run, and replaces the one in --out', async () => {
    const out = join(folder, 'out');
    const work = async ({ stages, resumed }: OpenRun): Promise<RunOutcome<string>> => {
      expect(resumed).toBe(false);
      expect(await stages.load('quality/kept')).toBeUndefined();
      await stages.save('quality/kept', stage(1));
      return done('r');
    };
    await inRun(options({ out }), work);
    await inRun(options({ out }), work);
    expect(notices).toEqual([expect.stringContaining('replacing the finished run')]);
  });

  it('refuses a run that is being written, and lets others begin beside it', async () => {
    const out = join(folder, 'out');
    await inRun(options({ out }), async () => {
      await expect(inRun(options({ out }), () => Promise.resolve(done('r')))).rejects.toThrow(/in use by process/);
      return done('r');
    });
    await inRun(options(), async () => {
      await inRun(options(), () => Promise.resolve(done('r')));
      return done('r');
    });
    expect(runs()).toHaveLength(2);
  });

  it('computes a damaged stage again, and says so', async () => {
    const out = join(folder, 'out');
    const work = fail(new CancelledError(), ({ stages }) => stages.save('half', stage(9)));
    await expect(inRun(options({ out }), work)).rejects.toThrow();
    writeFileSync(join(out, 'checkpoint', 'half', 'checkpoint.bin'), 'damaged');
    await inRun(options({ out }), async ({ stages }) => {
      expect(await stages.load('half')).toBeUndefined();
      return done('r');
    });
    expect(notices.at(-1)).toMatch(/half.*computed again/);
  });

  it('clears away a run that was killed before its first record', async () => {
    const parent = join(folder, '.counterweight', 'data.jsonl');
    for (const name of ['20260101T000000Z-imp', '20260101T000001Z-imp', '20260101T000002Z-imp']) {
      mkdirSync(join(parent, name), { recursive: true });
    }
    writeFileSync(join(parent, '20260101T000001Z-imp', 'notes.txt'), 'mine');
    const old = new Date(Date.now() - 120_000);
    for (const name of ['20260101T000000Z-imp', '20260101T000001Z-imp']) utimesSync(join(parent, name), old, old);
    await inRun(options(), () => Promise.resolve(done('r')));
    // One with somebody's file and one that may just be beginning stay.
    expect(runs().filter((name) => name.startsWith('2026010'))).toEqual([
      '20260101T000001Z-imp',
      '20260101T000002Z-imp',
    ]);
  });
});

describe('a run that was killed', () => {
  /** What a process leaves that is killed once this much is on disk. */
  const killed = async (work: (run: OpenRun) => Promise<void>): Promise<string> => {
    await expect(inRun(options(), fail(new Error('killed'), work))).rejects.toThrow('killed');
    const run = join(folder, '.counterweight', 'data.jsonl', runs()[0]);
    await writeRunRecord(run, { ...(await readRunRecord(run)), status: 'running', finished: undefined });
    return run;
  };

  it('tells how many passes lie behind what it had saved, and counts on from there', async () => {
    let atSave: unknown;
    const run = await killed(async ({ stages, passes, folder: at }) => {
      passes.backward += 32;
      passes.forward += 7;
      await stages.save('half', stage(9));
      atSave = (await readRunRecord(at)).passes;
    });
    expect(atSave).toEqual({ forward: 7, backward: 32 });
    const begun: BegunRun[] = [];
    const { record } = await inRun(options({ onRun: (each) => begun.push(each) }), ({ passes }) => {
      passes.backward += 8;
      return Promise.resolve(done('r'));
    });
    expect(begun).toEqual([{ folder: run, resumed: true, device: 'cpu', passes: { forward: 7, backward: 32 } }]);
    expect(record.passes).toEqual({ forward: 7, backward: 40 });
  });

  it('while it tidied up is tidied up by the next job; one that may go on is left alone', async () => {
    const save = async ({ stages }: Pick<OpenRun, 'stages'>): Promise<void> => {
      for (const name of ['quality/kept', 'quality/dropped', 'quality/kept/training'])
        await stages.save(name, stage(1));
    };
    const run = await killed(async (open) => {
      await save(open);
      await open.stages.aboutToFinish(['quality/kept']);
    });
    const left = (): string[] => readdirSync(run, { recursive: true }).map(String).sort();
    const all = left();
    expect(all).toContain(join('checkers', 'quality', 'dropped', 'checkpoint.bin'));
    // Not recorded as done, and of another plan: somebody may want to go on with it.
    const other = options({ plan: { ...plan, seed: 2 } });
    await inRun(other, () => Promise.resolve(done('r')));
    expect(left()).toEqual(all);

    await writeRunRecord(run, { ...(await readRunRecord(run)), status: 'done' });
    // It still works in it.
    const lock = join(run, 'lock');
    await withLock(lock, () => inRun(other, () => Promise.resolve(done('r'))).then(() => undefined));
    expect(left().filter((name) => name !== 'lock')).toEqual(all);

    await inRun(other, () => Promise.resolve(done('r')));
    expect(left()).toEqual(
      ['checkers', join('checkers', 'quality'), join('checkers', 'quality', 'kept')]
        .concat(join('checkers', 'quality', 'kept', 'checkpoint.bin'), 'run.json')
        .sort(),
    );
    expect(notices).toEqual([]);
  });

  it('is done all the same where it cannot tidy up: a notice says so', async () => {
    const denied = Object.assign(new Error('EBUSY: resource busy or locked'), { code: 'EBUSY' });
    const { record } = await inRun(options(), ({ stages }) => {
      stages.finish = () => Promise.reject(denied);
      return Promise.resolve(done('r'));
    });
    expect(record.status).toBe('done');
    expect(notices).toEqual([expect.stringMatching(/what a finished run left there stays for now\. EBUSY/)]);
  });

  it('keeps all checkers where it does not say which of them stay', async () => {
    const run = await killed(({ stages }) => stages.save('quality/kept', stage(1)));
    mkdirSync(join(run, 'checkpoint', 'other'), { recursive: true });
    await runStages(run, () => undefined).finish();
    expect(readdirSync(run).sort()).toEqual(['checkers', 'run.json']);
    expect(readdirSync(join(run, 'checkers', 'quality', 'kept'))).toEqual(['checkpoint.bin']);
  });
});

describe('a read-only folder', () => {
  it('keeps the run in the storage, takes it up there, and tells where it is', async () => {
    const data = join(folder, 'data');
    const storage = join(folder, 'storage');
    mkdirSync(data);
    mkdirSync(storage);
    for (const path of [folder, storage]) chmodSync(path, 0o777);
    const opened: BegunRun[] = [];
    const passes = { forward: 0, backward: 0 };
    const inside = options({ dataset: join(data, 'data.jsonl'), storage, onRun: (run) => opened.push(run) });
    await whileReadOnly(data, async () => {
      await expect(inRun(inside, fail(new CancelledError()))).rejects.toBeInstanceOf(CancelledError);
      await inRun(inside, () => Promise.resolve(done('r')));
    });
    expect(opened).toEqual([
      { folder: expect.stringContaining(storage), resumed: false, device: 'cpu', passes },
      { folder: opened[0].folder, resumed: true, device: 'cpu', passes },
    ]);
    expect(notices).toContainEqual(`${data} cannot be written; results are kept in ${dirname(opened[0].folder)}.`);
    expect(readdirSync(data)).toEqual([]);
  });
});

describe('canonical', () => {
  it('does not depend on the order of members', () => {
    expect(canonical({ b: [{ y: 1, x: 2 }], a: undefined, c: null })).toBe('{"b":[{"x":2,"y":1}],"c":null}');
  });
});
