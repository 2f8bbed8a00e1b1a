import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CancelledError, UserError } from '../../../src/base/errors.ts';
import { parseMethods } from '../../../src/core/comparison/methods.ts';
import type { Outcome } from '../../../src/core/comparison/summary.ts';
import { comparisonPasses } from '../../../src/jobs/compareCost.ts';
import { compareJob, type CompareOptions } from '../../../src/jobs/compareJob.ts';
import { mostReducible } from '../../../src/jobs/compareMethod.ts';
import type { Estimate } from '../../../src/jobs/estimate.ts';
import { sum } from '../../../src/jobs/workload.ts';
import { trainJob } from '../../../src/jobs/trainJob.ts';
import type { Progress } from '../../../src/jobs/workspace.ts';
import { readComparison } from '../../../src/store/comparison.ts';
import { readRunRecord } from '../../../src/store/runRecord.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';

const labels = ['neg', 'pos'];
let folder: string;
let model: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-compare-'));
  model = writeTinyModel(join(folder, 'encoder'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A comparison on data of its own, so that runs of different tests do not meet; the rows are always the same. */
function comparison(name: string, changes: Partial<CompareOptions> = {}): CompareOptions {
  const inner = mkdtempSync(join(folder, `${name}-`));
  const of = (file: string, rows: number, seed: number, noise = 0): string =>
    writeRows(inner, file, generateRows({ rows, labels, seed, noise }));
  return {
    paths: {
      ...{ synthetic: of('synthetic.jsonl', 48, 1, 0.2), real: of('real.jsonl', 20, 2) },
      ...{ dev: of('dev.jsonl', 16, 3), test: of('test.jsonl', 30, 4) },
    },
    ...{ methods: parseMethods(), seeds: [1, 2], recipe: 'default', effort: 'paper', model },
    ...{ device: 'cpu', threads: 1, checkpointSeconds: 0 },
    overrides: { epochs: 2, checkerEpochs: 2, batchSize: 16 },
    ...changes,
  };
}

const quiet = { notice: () => undefined };

/** `compare.json` without what a clock says. */
function withoutSeconds(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'), (name, value: unknown) => (name === 'seconds' ? undefined : value));
}

describe('compareJob', () => {
  it('runs every method with every seed, shares the checkers, and reports', async () => {
    // Random weights are unsure: with τ = 0.7 no row would be left.
    const chosen = parseMethods('real,focal,quality,filter-0.3,filter-0.5,imp,dimp,rho,random,both');
    const options = comparison('all', { methods: chosen });
    const notices: string[] = [];
    const result = await compareJob(options, { notice: (line) => notices.push(line) });
    const { methods, testRows, seeds, pairs, leftOut } = result.comparison;
    expect(methods.map(({ method }) => method)).toEqual(options.methods.map(({ name }) => name));
    // Four of the thirty share most of their words with rows that are trained on.
    expect({ testRows, seeds, leftOut }).toEqual({ testRows: 26, seeds: [1, 2], leftOut: 4 });
    expect(result.warnings).toContainEqual(
      expect.stringMatching(
        /^test\.jsonl: 4 of 30 rows are copies of training rows \(.*line \d+ of synthetic\.jsonl:\d+/,
      ),
    );
    expect(pairs).toHaveLength((12 * 11) / 2);
    for (const { method, macroF1, accuracy, difference, ess, trainedRows, seconds, failures } of methods) {
      expect(failures).toEqual([]);
      expect(macroF1?.bySeed).toHaveLength(2);
      expect(accuracy?.bySeed.every((value) => Number.isInteger(Math.round(value * 26 * 1e6) / 1e6))).toBe(true);
      expect(difference === undefined).toBe(method === 'ce');
      // Weights, where a method has them; focal loss has none of its own choosing.
      expect(ess !== undefined).toBe(/^(quality|filter|imp|dimp|random)/.test(method));
      if (method === 'real') expect(trainedRows).toBe(20);
      if (method === 'both') expect(trainedRows).toBe(68);
      if (method === 'rho-50') expect(trainedRows).toBe(24);
      expect(seconds.training).toBeGreaterThan(0);
      expect(seconds.checkers > 0).toBe(!['real', 'ce', 'focal', 'both'].includes(method));
    }
    // Each checker is trained once a seed, and the CE run serves IMP with K = 1, RHO and random weights.
    const sets = {
      ...{ real: { count: 20, tokens: 1 }, synthetic: { count: 48, tokens: 1 } },
      ...{ dev: { count: 16, tokens: 1 }, test: { count: 30, tokens: 1 } },
    };
    const planned = sum(
      comparisonPasses({ ...options, effort: 'paper' }, sets, options.methods, options.seeds, () => false),
    );
    // Two of the sixteen dev rows are copies too, which is known only afterwards: 2 epochs of 24 trainings do without them.
    expect(result.passes).toEqual({ forward: planned.forwardRows - 2 * 2 * 24, backward: planned.backwardRows });
    expect(planned.backwardRows).toBe(
      // Quality: 2 epochs of 20. Diversity, K = 2: 2 epochs of 48 / 2 twice. Nine classifiers on the synthetic rows, RHO on half
      // of them, one on the real rows, one on both.
      2 * (2 * 20 + 2 * 48 + 2 * (9 * 48 + 24 + 20 + 68)),
    );
    expect(notices[0]).toBe(
      'Plan: 12 methods × 2 seeds = 24 trainings; once a seed, for all of them: the quality checker and the diversity checker with K = 2.',
    );
    expect(
      notices.filter((line) => /^seed [12], .*: macro-F1 [\d.]+ %, accuracy [\d.]+ %, \d+ s \(\d+ of 24\)$/.test(line)),
    ).toHaveLength(24);

    const record = await readRunRecord(result.folder);
    expect(record).toMatchObject({ kind: 'compare', status: 'done', seed: 1, metrics: { advice: result.advice } });
    expect(record.settings).toMatchObject({ seeds: [1, 2], methods: options.methods.map(({ name }) => name) });
    // Outcomes and reports stay; models and checkpoints do not.
    expect(readdirSync(result.folder).sort()).toEqual(
      ['compare.html', 'compare.json', 'compare.md', 'outcomes', 'run.json'].sort(),
    );
    expect(readdirSync(join(result.folder, 'outcomes'))).toHaveLength(24);
    const json = JSON.parse(readFileSync(result.files.json, 'utf8')) as Record<string, unknown>;
    expect(json).toMatchObject({ version: 1, advice: result.advice, testRows: 26, baseline: 'ce' });
    const markdown = readFileSync(result.files.markdown, 'utf8');
    for (const { title } of methods) expect(markdown).toContain(`| ${title} |`);
  });

  it('gives what `train` gives with the same loss and seed', async () => {
    const options = comparison('train', {
      methods: parseMethods('real,ce,imp-2,filter-0.5,dimp,both,imp-2+real,quality+real,dimp+real'),
      ...{ seeds: [5], effort: 'standard' },
    });
    const { comparison: compared } = await compareJob(options, quiet);
    for (const [method, loss, data] of [
      ['real', 'ce', 'real'],
      ['ce', 'ce', 'synthetic'],
      ['imp-2', 'imp', 'synthetic'],
      ['filter-0.5', 'filter', 'synthetic'],
      ['dimp', 'dimp', 'synthetic'],
      ['both', 'ce', 'both'],
      ['imp-2+real', 'imp', 'both'],
      ['quality+real', 'quality', 'both'],
      ['dimp+real', 'dimp', 'both'],
    ] as const) {
      const { test } = await trainJob(
        { ...options, loss, data, overrides: { ...options.overrides, seed: 5, folds: 2 } },
        quiet,
      );
      const found = compared.methods.find((one) => one.method === method);
      expect([method, found?.macroF1?.mean, found?.accuracy?.mean]).toEqual([method, test?.macroF1, test?.accuracy]);
    }
  });

  it('gives a method its own settings of the weights', async () => {
    const own = [
      ['imp-2@clip-max=0.5', { clipMax: 0.5 }],
      ['imp-2@truncate=0.3@self-normalise', { truncateQuantile: 0.3, selfNormalise: true }],
      ['imp-2@prior-correction', { priorCorrection: true }],
    ] as const;
    const names = ['imp-2', 'imp-2@gamma=0', 'dimp@gamma=0', ...own.map(([name]) => name)];
    const options = comparison('own', { methods: parseMethods(names.join()), seeds: [5], effort: 'standard' });
    const outcomeOf = (folder: string, name: string): Outcome => {
      const file = join(folder, 'outcomes', `${name}.seed-5.json`);
      return (JSON.parse(readFileSync(file, 'utf8')) as { outcome: Outcome }).outcome;
    };
    const { folder: run } = await compareJob(options, quiet);
    // Weights of 1 are no weights.
    const plain = outcomeOf(run, 'ce');
    for (const name of ['imp-2@gamma=0', 'dimp@gamma=0']) {
      const { ess, dev, predicted } = outcomeOf(run, name);
      expect([name, ess, dev, predicted]).toEqual([name, 1, plain.dev, plain.predicted]);
    }
    // The comparison's setting in place of the method's own gives the same.
    for (const [name, overrides] of own) {
      const outer = {
        ...options,
        ...{ methods: parseMethods('imp-2'), overrides: { ...options.overrides, ...overrides } },
      };
      const [inner, same] = [outcomeOf(run, name), outcomeOf((await compareJob(outer, quiet)).folder, 'imp-2')];
      expect([name, inner.ess, inner.dev, inner.predicted]).toEqual([name, same.ess, same.dev, same.predicted]);
      expect([name, inner.dev?.logLoss]).not.toEqual([name, outcomeOf(run, 'imp-2').dev?.logLoss]);
    }
  });

  it('refuses a setting of a method that crosses those of the comparison, before anything is computed', async () => {
    const methods = parseMethods('imp-2@clip-max=0.1');
    const options = comparison('crossed', { methods, seeds: [5] });
    await expect(compareJob({ ...options, overrides: { clipMin: 0.5 } }, quiet)).rejects.toThrow(
      new UserError('--methods imp-2@clip-max=0.1: --clip-min must not be above --clip-max.', 2),
    );
  });

  it('trains weighted synthetic rows and the real ones together, and counts both in the cost', async () => {
    const names = 'imp-1+real,dimp+real,filter-0.3+real,rho-50+real,random+real,focal+real';
    const options = comparison('with-real', { methods: parseMethods(`${names},imp-1,filter-0.3,both`), seeds: [1] });
    const { comparison: compared, folder: run, files, passes } = await compareJob(options, quiet);
    const of = (name: string): (typeof compared.methods)[number] => {
      const found = compared.methods.find(({ method }) => method === name);
      if (found === undefined) throw new Error(`no ${name}`);
      return found;
    };
    expect(compared.methods.flatMap(({ failures }) => failures)).toEqual([]);
    for (const name of ['imp-1+real', 'dimp+real', 'random+real', 'focal+real', 'both']) {
      expect([name, of(name).trainedRows]).toEqual([name, 48 + 20]);
    }
    expect(of('rho-50+real').trainedRows).toBe(24 + 20);
    expect(of('filter-0.3+real').trainedRows).toBe(of('filter-0.3').trainedRows + 20);
    for (const name of names.split(',')) {
      const { ess } = of(name);
      if (/^(rho|focal)/.test(name)) expect([name, ess]).toEqual([name, undefined]);
      else {
        expect(ess).toBeGreaterThan(1 / 68);
        expect(ess).toBeLessThanOrEqual(1);
      }
    }
    // Dealing the weights out changes neither their sum nor that of their squares.
    expect(of('random+real').ess).toBeCloseTo(of('imp-1+real').ess ?? NaN, 6);
    expect(of('imp-1+real').ess).not.toBe(of('imp-1').ess);
    expect(of('filter-0.3+real').ess).toBeCloseTo(of('filter-0.3+real').trainedRows / 68, 6);
    // CE, IMP and filter on the synthetic rows; six of the seven others on all 68, RHO on 44; the quality checker.
    expect(passes.backward).toBe(2 * (3 * 48 + 6 * 68 + 44 + 20));

    // The numbers on the dev rows, kept with each outcome and summed up.
    const kept = JSON.parse(readFileSync(join(run, 'outcomes', 'imp-1+real.seed-1.json'), 'utf8')) as {
      outcome: { dev: { macroF1: number; accuracy: number; logLoss: number } };
    };
    expect(of('imp-1+real').dev).toEqual({ mean: kept.outcome.dev.macroF1 });
    expect(kept.outcome.dev.logLoss).toBeGreaterThan(0);
    expect((await readComparison(files.json))?.comparison.methods.every(({ dev }) => dev !== undefined)).toBe(true);
    // What is done is found again by its name.
    const again = await compareJob({ ...options, methods: parseMethods('random+real,imp-1+real') }, quiet);
    expect(again.passes.backward).toBe(0);
  });

  it('goes on after being stopped again and again, and ends with the same numbers', async () => {
    const changes = { methods: parseMethods('imp,dimp,rho,both') };
    const whole = await compareJob(comparison('whole', changes), quiet);
    const options = comparison('stopped', changes);
    let stops = 0;
    let redone = 0;
    for (let nth = 1; ; nth++) {
      const stop = new AbortController();
      let [seen, outcomes] = [0, 0];
      const onProgress = ({ unit }: Progress): void => {
        // A little further into the job each time: in checkers, in trainings and between them.
        if (unit === 'steps' && ++seen === 7) stop.abort();
      };
      const notice = (line: string): void => {
        if (/^seed \d, /.test(line)) outcomes++;
      };
      const done = await compareJob(options, { notice, onProgress, signal: stop.signal }).catch((thrown: unknown) => {
        expect(thrown).toBeInstanceOf(CancelledError);
        return undefined;
      });
      redone += outcomes;
      if (done === undefined) {
        stops++;
        expect(nth).toBeLessThan(100);
        continue;
      }
      expect(withoutSeconds(done.files.json)).toEqual(withoutSeconds(whole.files.json));
      expect(readFileSync(done.files.html, 'utf8').length).toBeGreaterThan(1000);
      // No step was done twice: the last checkpoint is the last step.
      expect(done.passes.backward).toBe(whole.passes.backward);
      break;
    }
    expect(stops).toBeGreaterThan(5);
    // Each method and seed was finished once, whatever was stopped.
    expect(redone).toBe(12);
  });

  it('tells how far it is, and keeps what is known so far where it is stopped', async () => {
    const options = comparison('so-far', { methods: parseMethods('real,quality'), seeds: [1, 2], effort: 'preview' });
    const stop = new AbortController();
    const told: unknown[] = [];
    let folder = '';
    const stopped = compareJob(options, {
      ...quiet,
      signal: stop.signal,
      onRun: (run) => (folder = run.folder),
      onCompared: (progress) => {
        told.push(progress);
        if (progress.done === 4) stop.abort();
      },
    });
    await expect(stopped).rejects.toThrow(CancelledError);
    const order = ['ce', 'real', 'quality'];
    expect(told).toEqual(
      [0, 1, 2, 3, 4].map((done) => ({
        ...{ done, total: 6 },
        next: { method: order[done % 3], seed: done < 3 ? 1 : 2 },
      })),
    );
    const soFar = await readComparison(join(folder, 'compare.json'));
    expect(soFar?.facts.unfinished).toEqual({ done: 4, total: 6 });
    expect(soFar?.comparison.methods.map(({ method, seeds }) => [method, seeds])).toEqual([
      ...[
        ['ce', [1, 2]],
        ['real', [1]],
        ['quality', [1]],
      ],
    ]);
    // Of a method with one seed: 2 epochs of its rows; the checkers of a preview pass nothing backwards.
    expect(soFar?.passes).toMatchObject({ ce: { backward: 96 }, real: { backward: 40 }, quality: { backward: 96 } });
    expect(existsSync(join(folder, 'compare.md'))).toBe(false);

    const again: unknown[] = [];
    const whole = await compareJob(options, { ...quiet, onCompared: (progress) => again.push(progress) });
    expect(whole.folder).toBe(folder);
    expect(again).toEqual([
      { done: 4, total: 6, next: { method: 'real', seed: 2 } },
      { done: 5, total: 6, next: { method: 'quality', seed: 2 } },
      { done: 6, total: 6 },
    ]);
    expect((await readComparison(whole.files.json))?.facts.unfinished).toBeUndefined();
  });

  it('runs only what earlier comparisons of the same rows and settings have not', async () => {
    const options = comparison('more', { methods: parseMethods('real,focal'), seeds: [1] });
    const first = await compareJob(options, quiet);
    const notices: string[] = [];
    const more = await compareJob(
      { ...options, methods: parseMethods('real,imp-1'), seeds: [1, 3] },
      { notice: (line) => notices.push(line) },
    );
    expect(more.folder).not.toBe(first.folder);
    expect(notices[0]).toContain('3 methods × 2 seeds = 6 trainings, 2 of them done before');
    // imp-1 and the CE run that it asks with seed 1, everything with seed 3; quality checkers with both.
    expect(more.passes.backward).toBe(2 * (48 + 48) + 2 * (20 + 48 + 48) + 2 * 2 * 20);
    const again = await compareJob({ ...options, methods: parseMethods('imp-1,real'), seeds: [3, 1] }, quiet);
    // Nothing is trained; the embeddings that tell which test rows are copies are made again.
    expect(again.passes).toEqual({ forward: 20 + 48 + 16 + 30, backward: 0 });
    const of = ({ comparison: { methods } }: typeof more, name: string): number[] =>
      [...(methods.find(({ method }) => method === name)?.macroF1?.bySeed ?? [])].sort();
    for (const name of ['ce', 'real', 'imp-1']) expect(of(again, name)).toEqual(of(more, name));
    // Other settings are another comparison.
    const other = await compareJob({ ...options, overrides: { ...options.overrides, learningRate: 1e-3 } }, quiet);
    expect(other.passes.backward).toBe(2 * (20 + 48 + 48));
  });

  it('runs again what was damaged, and says so', async () => {
    const options = comparison('damaged', { methods: parseMethods('focal'), seeds: [1] });
    const first = await compareJob(options, quiet);
    const file = join(first.folder, 'outcomes', 'focal.seed-1.json');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 40));
    const notices: string[] = [];
    const second = await compareJob(options, { notice: (line) => notices.push(line) });
    expect(notices[0]).toMatch(/focal\.seed-1\.json is damaged or of another version; this part is computed again/);
    expect(second.passes.backward).toBe(2 * 48);
    expect(withoutSeconds(second.files.json)).toEqual(withoutSeconds(first.files.json));
  });

  it('goes on with the other methods where one cannot be run', async () => {
    const chosen = parseMethods('filter-0.99999,quality,filter-0.99999+real');
    const options = comparison('filter', { methods: chosen, seeds: [1] });
    const { comparison: compared, advice, files } = await compareJob(options, quiet);
    const [, filter, quality, withReal] = compared.methods;
    expect(filter.macroF1).toBeUndefined();
    expect(filter.failures).toEqual([{ seed: 1, reason: expect.stringContaining('every synthetic row has weight 0') }]);
    expect(quality.macroF1?.bySeed).toHaveLength(1);
    // Real rows alone are another method.
    const onlyReal = 'every synthetic row has weight 0, so that only the real rows are left to train on';
    expect(withReal.failures).toEqual([{ seed: 1, reason: onlyReal }]);
    expect(advice).toContain(
      'filter, τ = 0.99999 and filter, τ = 0.99999, with real rows could not be run with every seed',
    );
    expect(readFileSync(files.markdown, 'utf8')).toContain('filter, τ = 0.99999, seed 1: every synthetic row');
  });

  it('works with the preview’s checkers, without dev rows, and in a folder of one’s own', async () => {
    const options = comparison('preview', { methods: parseMethods('imp-2,random'), seeds: [1], effort: 'preview' });
    const paths = { ...options.paths, dev: undefined };
    const out = join(folder, 'own');
    const result = await compareJob({ ...options, paths, out }, quiet);
    expect(result.folder).toBe(out);
    expect(result.passes.backward).toBe(3 * 2 * 48);
    expect(result.warnings).toContainEqual(expect.stringContaining('No dev rows'));
    // With the same folder again nothing is lost and nothing run.
    const again = await compareJob({ ...options, paths, out, methods: parseMethods('focal') }, quiet);
    expect(again.passes.backward).toBe(2 * 48);
    expect(existsSync(join(out, 'outcomes', 'imp-2.seed-1.json'))).toBe(true);
  });

  it('says that nothing chose the epoch where all dev rows are copies of training rows', async () => {
    const options = comparison('copied-dev', { methods: parseMethods('ce'), seeds: [1], effort: 'preview' });
    const paths = { ...options.paths, dev: options.paths.real };
    const result = await compareJob({ ...options, paths }, quiet);
    expect(result.facts.devRows).toBeUndefined();
    expect(result.warnings).toContainEqual(
      expect.stringMatching(/^No dev rows that are no copies of training or test rows:/),
    );
  });

  it('refuses settings that DIMP cannot have, before anything is read', async () => {
    const options = comparison('dimp', { overrides: { selfNormalise: true } });
    await expect(compareJob(options, quiet)).rejects.toThrow(UserError);
  });

  it('tells what it costs and stops where that is not approved', async () => {
    // So many seeds that even a small model would take long; the job ends at once, should it begin all the same.
    const seeds = Array.from({ length: 20_000 }, (_, i) => i);
    const larger = writeTinyModel(join(folder, 'larger'), { hidden: 64, layers: 2 });
    const options = comparison('cost', { methods: parseMethods('imp-2'), seeds, model: larger });
    const stop = new AbortController();
    const asked: Estimate[] = [];
    const context = {
      signal: stop.signal,
      notice: (line: string) => line.startsWith('seed ') && stop.abort(),
      approve: (estimate: Estimate) => {
        asked.push(estimate);
        return Promise.reject(new UserError('Not begun.', 130));
      },
    };
    await expect(compareJob(options, context)).rejects.toThrow('Not begun.');
    expect(asked[0].seconds).toBeGreaterThan(1);
    // CE, IMP, the quality checker and two folds of the diversity checker, two epochs each.
    expect(asked[0].backwardRows).toBe(seeds.length * 2 * (48 + 48 + 20 + 48));
    expect(existsSync(join(dirname(options.paths.synthetic), '.counterweight'))).toBe(false);
  });
});

describe('mostReducible', () => {
  it('keeps the rows with the largest log P̂′ − log Q̂ of their label, in their order', () => {
    const logP = Float64Array.from([-1, -9, -1, -9, -9, -3, -2, -9]);
    const logQ = Float64Array.from([-1, -9, -4, -9, -9, -5, -2, -9]);
    // 0, 3, 2 and 0 for the labels 0, 0, 1, 0.
    expect(Array.from(mostReducible(Int32Array.of(0, 0, 1, 0), logP, logQ, 0.5))).toEqual([1, 2]);
    expect(Array.from(mostReducible(Int32Array.of(0, 0, 1, 0), logP, logQ, 0.75))).toEqual([0, 1, 2]);
    expect(Array.from(mostReducible(Int32Array.of(0, 0, 1, 0), logP, logQ, 0.01))).toEqual([1]);
  });
});
