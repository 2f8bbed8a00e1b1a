/**
 * The losses of src/jobs/losses.ts against PyTorch (test/fixtures/models/README.md, `weighted`) and against their
 * definitions: which factor multiplies a row's cross-entropy, and whether a gradient flows through it.
 */
import { describe, expect, it } from 'vitest';
import { gradients } from '../../src/engine/graph/autodiff.ts';
import { Graph } from '../../src/engine/graph/graph.ts';
import * as ops from '../../src/engine/graph/ops.ts';
import { padBatch } from '../../src/engine/models/padBatch.ts';
import type { Device, HostTensor, HostTensors, MicroBatchResult } from '../../src/engine/runtime/device.ts';
import { DropoutMasks } from '../../src/engine/training/dropoutMasks.ts';
import { trainingFeeds } from '../../src/engine/training/trainingFeeds.ts';
import { buildTrainingGraph, type LossFunction } from '../../src/engine/training/trainingGraph.ts';
import { crossEntropy, dimp, focal, weightedCrossEntropy } from '../../src/jobs/losses.ts';
import { devices } from '../support/devices.ts';
import { encodedRows, fixtureModel, relativeError } from '../support/fixtureModel.ts';

const model = fixtureModel('bert');
const { config, padId } = model;
const weighted = model.expected.weighted!;
const size = weighted.labels.length;
const unclipped = { min: -Infinity, max: Infinity };

const vector = (values: readonly number[]): HostTensor => ({
  dtype: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
});
const ofLabel = (table: readonly (readonly number[])[]): number[] =>
  weighted.labels.map((label, row) => table[row]![label]!);
const logP = ofLabel(weighted.logP);
const logQ = ofLabel(weighted.logQ);
/** IMP's constant weight, as the caller computes it: (P̂'/Q̂)^γ. */
const impWeights = (gamma: number): HostTensor => vector(logP.map((p, row) => Math.exp(gamma * (p - logQ[row]!))));

/** Each fixture: the loss that it is, what it reads, and whether it multiplies cross-entropy by a factor. */
const losses: readonly (readonly [string, LossFunction, HostTensors])[] = [
  ['ce', crossEntropy, {}],
  ['imp_gamma1', weightedCrossEntropy, { weight: impWeights(1) }],
  ['imp_gamma0.5', weightedCrossEntropy, { weight: impWeights(0.5) }],
  ['dimp_gamma1', dimp(1, unclipped), { logP: vector(logP) }],
  ['dimp_gamma0.5', dimp(0.5, unclipped), { logP: vector(logP) }],
  ['focal_detached_gamma1', focal(1, true), {}],
  ['focal_textbook_gamma1', focal(1, false), {}],
  ['focal_textbook_gamma2', focal(2, false), {}],
];

interface Run {
  readonly result: MicroBatchResult;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** One forward and backward pass of the fixture's batch. */
async function run(device: Device, loss: LossFunction, rowInputs: HostTensors, dropoutStep?: number): Promise<Run> {
  const dropout = dropoutStep !== undefined;
  const graph = buildTrainingGraph({ config, labels: 3, loss, dropout });
  const state = await device.train(graph, model.weights);
  const indices = weighted.labels.map((_, row) => row);
  const batch = padBatch(encodedRows(weighted), indices, config, padId);
  const masks = dropout ? new DropoutMasks(graph.dropoutSites, 5).draw(dropoutStep, batch.size, batch.sequence) : {};
  const training = trainingFeeds(batch, config, { count: 3, ids: weighted.labels }, 1 / size);
  const result = await state.accumulate({ ...batch.feeds, ...training, ...rowInputs, ...masks }, batch.uniqueIds);
  const found = new Map([...(await state.gradients())].map(([name, data]) => [name, data.slice()]));
  await state.release();
  return { result, gradients: found };
}

/** The loss on logits that are given: its rows, factors, and gradient with respect to the logits. */
async function onLogits(
  device: Device,
  loss: LossFunction,
  logits: readonly number[],
  labels: readonly number[],
  rowInputs: HostTensors,
): Promise<Record<'rowLoss' | 'rowWeight' | 'gradient', Float32Array>> {
  const g = new Graph();
  const batch = labels.length;
  const input = g.input('logits', 'float32', ['batch', 3]);
  const logProbabilities = ops.logSoftmax(g, input);
  const targets = g.input('targets', 'float32', ['batch', 3]);
  const { rowLoss, rowWeight } = loss({
    graph: g,
    logProbabilities,
    labelLogProbability: ops.reduceSum(g, ops.mul(g, logProbabilities, targets), [1]),
    rowInput: (name) => g.cached(name, () => g.input(name, 'float32', ['batch'])),
  });
  const mean = ops.scale(g, ops.reduceSum(g, rowLoss, [0]), 1 / batch);
  g.output('row loss', rowLoss);
  if (rowWeight !== undefined) g.output('row weight', rowWeight);
  g.output('gradient', gradients(g, mean, [input])[0]!);
  const program = await device.load(g);
  const oneHot = Float32Array.from({ length: 3 * batch }, (_, i) => (labels[Math.floor(i / 3)] === i % 3 ? 1 : 0));
  const result = await program.run({
    logits: { dtype: 'float32', shape: [batch, 3], data: Float32Array.from(logits) },
    targets: { dtype: 'float32', shape: [batch, 3], data: oneHot },
    ...rowInputs,
  });
  await program.release();
  const numbers = (name: string): Float32Array =>
    (result[name]?.data as Float32Array | undefined) ?? new Float32Array(batch).fill(1);
  return { rowLoss: numbers('row loss'), rowWeight: numbers('row weight'), gradient: numbers('gradient') };
}

const onDevices = devices.flatMap(([where, device]) =>
  losses.map(([name, loss, rowInputs]) => ({ where, device, name, loss, rowInputs })),
);

describe.each(onDevices)('$name on $where against PyTorch', ({ device, name, loss, rowInputs }) => {
  const wanted = weighted.losses[name]!;

  it('row losses, mean, factors and gradients of the parameters', async () => {
    const { result, gradients: found } = await run(device, loss, rowInputs);
    expect(relativeError(result.logits, model.array('weighted.logits'))).toBeLessThan(5e-6);
    for (let row = 0; row < size; row++) {
      // Each on its own scale: row 3's weight is 1e-4 of the others'.
      expect(Math.abs(result.rowLoss[row]! / wanted.rowLosses[row]! - 1), `loss of row ${String(row)}`).toBeLessThan(
        1e-5,
      );
      const factor = result.rowWeight?.[row] ?? 1;
      expect(Math.abs(factor / wanted.factors[row]! - 1), `factor of row ${String(row)}`).toBeLessThan(1e-5);
    }
    expect(Math.abs(result.loss / wanted.meanLoss - 1)).toBeLessThan(3e-6);
    for (const parameter of weighted.gradients) {
      const reference = model.array(`weighted.${name}.grad.${parameter}`);
      expect(relativeError(found.get(parameter)!, reference), parameter).toBeLessThan(1e-5);
    }
  });

  it('gradient with respect to the logits', async () => {
    const { gradient } = await onLogits(device, loss, [...model.array('weighted.logits')], weighted.labels, rowInputs);
    expect(relativeError(gradient, model.array(`weighted.${name}.logits_grad`))).toBeLessThan(3e-6);
  });
});

describe.each(devices)('DIMP, with dropout on: %s', (_, device) => {
  /** log softmax of a row of logits at its label, in float64. */
  const labelLogProbability = (logits: Float32Array, row: number): number => {
    const own = [...logits.subarray(3 * row, 3 * row + 3)];
    const top = Math.max(...own);
    return own[weighted.labels[row]!]! - top - Math.log(own.reduce((sum, x) => sum + Math.exp(x - top), 0));
  };

  it.each([1, 0.5])('the weight is (P̂′/P̂θ)^γ of this very forward pass, γ = %s', async (gamma) => {
    const first = await run(device, dimp(gamma, unclipped), { logP: vector(logP) }, 0);
    const second = await run(device, dimp(gamma, unclipped), { logP: vector(logP) }, 1);
    for (const { result } of [first, second]) {
      for (let row = 0; row < size; row++) {
        const w = Math.exp(gamma * (logP[row]! - labelLogProbability(result.logits, row)));
        expect(Math.abs(result.rowWeight![row]! / w - 1)).toBeLessThan(1e-5);
      }
    }
    // Another step draws other masks: the weight follows. And none is that of the model without dropout.
    const still = await run(device, dimp(gamma, unclipped), { logP: vector(logP) });
    for (let row = 0; row < size; row++) {
      const [a, b, c] = [first, second, still].map(({ result }) => result.rowWeight![row]!) as [number, number, number];
      expect(Math.abs(a / b - 1)).toBeGreaterThan(1e-4);
      expect(Math.abs(a / c - 1)).toBeGreaterThan(1e-4);
    }
  });

  it('no gradient flows through the weight: the gradient is that of w·CE with the same w as constants', async () => {
    const { result, gradients: live } = await run(device, dimp(1, unclipped), { logP: vector(logP) }, 3);
    const constant = await run(device, weightedCrossEntropy, { weight: vector([...result.rowWeight!]) }, 3);
    expect(constant.result.rowLoss).toEqual(result.rowLoss);
    for (const [parameter, gradient] of live) {
      const reference = constant.gradients.get(parameter)!;
      if (parameter.endsWith('key.bias')) continue; // rounding noise around zero
      expect(relativeError(gradient, reference), parameter).toBeLessThan(1e-6);
    }
  });

  it('were the weight differentiated, the gradient would be another: the test above can fail', async () => {
    const differentiated: LossFunction = ({ graph: g, labelLogProbability: own, rowInput }) => ({
      rowLoss: ops.mul(g, ops.exp(g, ops.sub(g, rowInput('logP'), own)), ops.neg(g, own)),
    });
    const [live, wrong] = [
      await run(device, dimp(1, unclipped), { logP: vector(logP) }, 3),
      await run(device, differentiated, { logP: vector(logP) }, 3),
    ];
    expect(relativeError(wrong.result.rowLoss, live.result.rowLoss)).toBeLessThan(1e-6);
    expect(
      relativeError(wrong.gradients.get('classifier.weight')!, live.gradients.get('classifier.weight')!),
    ).toBeGreaterThan(0.1);
  });

  it('log w is clipped before exp, to both sides', async () => {
    const clip = { min: -0.5, max: 0.25 };
    const { result } = await run(device, dimp(1, clip), { logP: vector(logP) }, 3);
    const kinds = new Set<string>();
    for (let row = 0; row < size; row++) {
      const ratio = logP[row]! - labelLogProbability(result.logits, row);
      const w = Math.exp(Math.min(clip.max, Math.max(clip.min, ratio)));
      expect(Math.abs(result.rowWeight![row]! / w - 1)).toBeLessThan(1e-5);
      kinds.add(ratio < clip.min ? 'low' : ratio > clip.max ? 'high' : 'inside');
    }
    expect(kinds).toContain('low');
    expect(kinds).toContain('high');
  });
});

describe.each(devices)('losses at the ends of their range: %s', (_, device) => {
  // Certain and right, certain and wrong, undecided; and logits so far apart that e^logit overflows.
  const logits = [30, 0, 0, 0, 30, 0, 1, 1, 1, 2e4, 0, -2e4];
  const labels = [0, 0, 2, 2];
  const nll = [0, 30, Math.log(3), 4e4];

  it.each([
    ['focal, detached, γ 1', focal(1, true)],
    ['focal, γ 0.5', focal(0.5, false)],
    ['focal, γ 1', focal(1, false)],
    ['focal, γ 2', focal(2, false)],
    ['focal, γ 5', focal(5, false)],
  ])('%s', async (__, loss) => {
    const { rowLoss, rowWeight, gradient } = await onLogits(device, loss, logits, labels, {});
    for (const x of [...rowLoss, ...rowWeight, ...gradient]) expect(Number.isFinite(x)).toBe(true);
    // Certain and right: no loss, no gradient. Certain and wrong: plain cross-entropy.
    expect(Math.abs(rowLoss[0]!)).toBeLessThan(1e-6);
    for (const x of gradient.subarray(0, 3)) expect(Math.abs(x)).toBeLessThan(1e-6);
    expect(rowWeight[1]!).toBeCloseTo(1, 6);
    expect(rowLoss[1]! / nll[1]!).toBeCloseTo(1, 6);
    expect(rowLoss[3]! / nll[3]!).toBeCloseTo(1, 6);
  });

  it('focal is finite for every probability near 1, where 1 − P̂θ rounds', async () => {
    // Logits from 4 to 20 in fine steps: P̂θ passes through all the last floats below 1.
    const rows = Array.from({ length: 4000 }, (_, i) => 4 + i * 0.004);
    const many = rows.flatMap((x) => [x, 0, 0]);
    for (const loss of [focal(2, false), focal(0.5, false), focal(0.5, true)]) {
      const { rowLoss, gradient } = await onLogits(device, loss, many, Array<number>(rows.length).fill(0), {});
      expect([...rowLoss].filter((x) => !Number.isFinite(x) || x < 0)).toEqual([]);
      expect([...gradient].filter((x) => !Number.isFinite(x))).toEqual([]);
    }
  });

  it('IMP and DIMP: a quality checker that is certain of another label (log P̂′ = −69)', async () => {
    const certain = Array<number>(4).fill(-69);
    const weight = vector(certain.map(Math.exp));
    const imp = await onLogits(device, weightedCrossEntropy, logits, labels, { weight });
    const live = await onLogits(device, dimp(1, { min: -100, max: 10 }), logits, labels, { logP: vector(certain) });
    for (const { rowLoss, rowWeight, gradient } of [imp, live]) {
      for (const x of [...rowLoss, ...rowWeight, ...gradient]) expect(Number.isFinite(x)).toBe(true);
    }
    expect(imp.rowWeight[0]! / 1e-30).toBeCloseTo(Math.exp(-69) / 1e-30, 5);
    // w = e^(−69 + nll): tiny where the model agrees with the label, clipped at e¹⁰ where it is certain it does not.
    expect(Math.log(live.rowWeight[1]!)).toBeCloseTo(-39, 3);
    expect(Math.log(live.rowWeight[3]!)).toBeCloseTo(10, 5);
  });
});
