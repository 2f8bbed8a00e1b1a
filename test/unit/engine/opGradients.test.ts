/**
 * Every differentiable operation against central finite differences. A scalar is made of an operation's result y as
 * L = Σ r·y with random r; its gradient from the graph is compared, element by element, with a fourth-order difference
 * quotient of L, summed in float64 from the graph's own float32 results on the CPU, whichever device is under test.
 */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { gradients } from '../../../src/engine/graph/autodiff.ts';
import { Graph, type Shape, type Value } from '../../../src/engine/graph/graph.ts';
import * as ops from '../../../src/engine/graph/ops.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import type { Device, HostTensor } from '../../../src/engine/runtime/device.ts';
import { devices } from '../../support/devices.ts';
import { relativeError } from '../../support/fixtureModel.ts';

const cpu = cpuDevice({ threads: 1 });

/** Exact in float32, so that x ± step is too for inputs of moderate size. */
const step = 2 ** -5;
/** Relative to the gradient's largest element. Rounding gives about 1e-7/step, truncation step⁴/30 of a fifth derivative. */
const tolerance = 1e-4;

interface Input {
  readonly shape: Shape;
  readonly data: Float32Array;
}

interface Case {
  readonly inputs: Readonly<Record<string, Input>>;
  readonly build: (g: Graph, values: Readonly<Record<string, Value>>) => Value;
  /** Sizes of the named dimensions. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** y in closed form, where the operation is elementwise in `x`. */
  readonly closedForm?: (x: number) => number;
  /** Inputs to differentiate by; default all. */
  readonly by?: readonly string[];
}

const sized = (shape: Shape, sizes: Case['sizes'] = {}): number[] =>
  shape.map((dim) => (typeof dim === 'number' ? dim : sizes[dim]!));
const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const f32 = (shape: readonly number[], data: Float32Array): HostTensor => ({ dtype: 'float32', shape, data });

/** Random numbers on a grid of 1/64, from −2 to 2. */
function random(shape: Shape, purpose: string, sizes?: Case['sizes']): Input {
  const source = new Random(7, purpose);
  return {
    shape,
    data: Float32Array.from({ length: count(sized(shape, sizes)) }, () => (source.integer(256) - 127.5) / 64),
  };
}

/** The gradient of Σ r·y by each input, from the graph on a device and by differences. */
async function compare(
  device: Device,
  test: Case,
): Promise<{ y: Float32Array; pairs: Map<string, [Float32Array, Float32Array]> }> {
  const by = test.by ?? Object.keys(test.inputs);
  const g = new Graph();
  const values = Object.fromEntries(
    Object.entries(test.inputs).map(([name, { shape }]) => [name, g.input(name, 'float32', shape)]),
  );
  const y = test.build(g, values);
  const factor = g.input('factor', 'float32', y.shape);
  const loss = ops.reduceSum(
    g,
    ops.mul(g, y, factor),
    y.shape.map((_, axis) => axis),
  );
  const found = gradients(
    g,
    loss,
    by.map((name) => values[name]!),
  );
  g.output('y', y);
  by.forEach((name, i) => {
    expect(found[i]!.shape, `shape of the gradient of ${name}`).toEqual(test.inputs[name]!.shape);
    g.output(`gradient of ${name}`, found[i]!);
  });
  const program = await device.load(g);

  const yShape = sized(y.shape, test.sizes);
  const factorData = random(yShape, 'factor').data;
  const feeds: Record<string, HostTensor> = { factor: f32(yShape, factorData) };
  for (const [name, { shape, data }] of Object.entries(test.inputs)) {
    feeds[name] = f32(sized(shape, test.sizes), data.slice());
  }
  const result = await program.run(feeds);
  const reference = await cpu.load(g);
  const pairs = new Map<string, [Float32Array, Float32Array]>();
  for (const name of by) {
    const gradient = result[`gradient of ${name}`]!;
    expect(gradient.shape).toEqual(feeds[name]!.shape);
    const lossAt = async (): Promise<number> =>
      dot((await reference.run(feeds))['y']!.data as Float32Array, factorData);
    pairs.set(name, [gradient.data as Float32Array, await differences(feeds[name]!.data as Float32Array, lossAt)]);
  }
  await program.release();
  await reference.release();
  return { y: result['y']!.data as Float32Array, pairs };
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}

/** (8·(f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))) / 12h for each element of x, which is restored. */
async function differences(x: Float32Array, f: () => Promise<number>): Promise<Float32Array> {
  const slopes = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const at = x[i]!;
    const moved = async (by: number): Promise<number> => {
      x[i] = at + by;
      return f();
    };
    const near = (await moved(step)) - (await moved(-step));
    const far = (await moved(2 * step)) - (await moved(-2 * step));
    slopes[i] = (8 * near - far) / (12 * step);
    x[i] = at;
  }
  return slopes;
}

/** Φ by the series erf z = 2/√π · Σ (−1)ⁿ z²ⁿ⁺¹ / (n!(2n+1)). */
function normalCdf(x: number): number {
  const z = x / Math.SQRT2;
  let power = z;
  let sum = 0;
  for (let n = 0; n < 60; n++) {
    sum += power / (2 * n + 1);
    power *= (-z * z) / (n + 1);
  }
  return 0.5 + sum / Math.sqrt(Math.PI);
}

const elementwise = (
  op: (g: Graph, x: Value) => Value,
  closedForm: (x: number) => number,
  data = random([3, 4], 'x').data,
): Case => ({
  inputs: { x: { shape: [3, data.length / 3], data } },
  build: (g, { x }) => op(g, x!),
  closedForm,
});

const twoInputs = (op: (g: Graph, a: Value, b: Value) => Value, a: Shape, b: Shape, sizes?: Case['sizes']): Case => ({
  inputs: { a: random(a, 'a', sizes), b: random(b, 'b', sizes) },
  build: (g, values) => op(g, values['a']!, values['b']!),
  sizes,
});

const positive = random([3, 4], 'x').data.map((x) => Math.abs(x) + 0.5);
/** Away from the kink at 0 by more than two steps. */
const offZero = random([3, 4], 'x').data.map((x) => x + Math.sign(x) * 0.1);

const cases: Record<string, Case> = {
  neg: elementwise(ops.neg, (x) => -x),
  exp: elementwise(ops.exp, Math.exp),
  log: elementwise(ops.log, Math.log, positive),
  tanh: elementwise(ops.tanh, Math.tanh),
  relu: elementwise(ops.relu, (x) => Math.max(0, x), offZero),
  gelu: elementwise(ops.gelu, (x) => x * normalCdf(x)),
  'gelu, tails': elementwise(ops.gelu, (x) => x * normalCdf(x), Float32Array.of(-5, -4, -3, -1.5, 0, 0.25, 3, 4, 5)),
  scale: elementwise(
    (g, x) => ops.scale(g, x, -1.75),
    (x) => -1.75 * x,
  ),
  softmax: { inputs: { x: random([2, 3, 4], 'x') }, build: (g, { x }) => ops.softmax(g, x!) },
  logSoftmax: { inputs: { x: random([3, 4], 'x') }, build: (g, { x }) => ops.logSoftmax(g, x!) },
  'logSoftmax around 1e4': {
    inputs: { x: { shape: [2, 3], data: Float32Array.of(1e4, 10000.5, 9999, -1e4, -10000.5, -9999) } },
    build: (g, { x }) => ops.logSoftmax(g, x!),
  },
  linear: {
    inputs: { x: random([3, 4], 'x'), weight: random([2, 4], 'weight'), bias: random([2], 'bias') },
    build: (g, { x, weight, bias }) => ops.linear(g, x!, weight!, bias!),
  },
  'linear, named rows': {
    inputs: { x: random(['rows', 4], 'x', { rows: 3 }), weight: random([2, 4], 'weight'), bias: random([2], 'bias') },
    build: (g, { x, weight, bias }) => ops.linear(g, x!, weight!, bias!),
    sizes: { rows: 3 },
  },
  matmul: twoInputs((g, a, b) => ops.matmul(g, a, b), [2, 3, 4], [2, 4, 5]),
  'matmul, scaled': twoInputs((g, a, b) => ops.matmul(g, a, b, { alpha: 0.375 }), [3, 4], [4, 2]),
  'matmul, b transposed': twoInputs((g, a, b) => ops.matmul(g, a, b, { transposeB: true }), [2, 3, 4], [2, 5, 4]),
  'matmul, b transposed, scaled, four axes': twoInputs(
    (g, a, b) => ops.matmul(g, a, b, { transposeB: true, alpha: 0.375 }),
    ['batch', 2, 3, 2],
    ['batch', 2, 4, 2],
    { batch: 2 },
  ),
  transpose: { inputs: { x: random([2, 3, 4], 'x') }, build: (g, { x }) => ops.transpose(g, x!, [2, 0, 1]) },
  'transpose of heads': {
    inputs: { x: random([2, 3, 2, 2], 'x') },
    build: (g, { x }) => ops.transpose(g, x!, [0, 2, 1, 3]),
  },
  reshape: { inputs: { x: random([2, 6], 'x') }, build: (g, { x }) => ops.reshape(g, x!, [3, 4]) },
  'reshape, two named dimensions': {
    inputs: { x: random(['batch', 'sequence', 4], 'x', { batch: 2, sequence: 3 }) },
    build: (g, { x }) => {
      const shape = g.op('Shape', [x], { dtype: 'int64', shape: [3] });
      for (const [axis, name] of ['batch', 'sequence'].entries()) {
        g.bindDimension(name, g.op('Gather', [shape, g.ints([axis])], { dtype: 'int64', shape: [1] }, { axis: 0 }));
      }
      const tokens = ops.tanh(g, ops.reshape(g, x!, ['tokens', 4]));
      return ops.transpose(g, ops.reshape(g, tokens, ['batch', 'sequence', 2, 2]), [0, 2, 1, 3]);
    },
    sizes: { batch: 2, sequence: 3 },
  },
  layerNorm: {
    inputs: { x: random([3, 6], 'x'), weight: random([6], 'weight'), bias: random([6], 'bias') },
    build: (g, { x, weight, bias }) => ops.layerNorm(g, x!, weight!, bias!, 1e-5),
  },
  // ε as large as the variance itself: it must be part of the gradient too.
  'layerNorm, large epsilon': {
    inputs: { x: random(['rows', 6], 'x', { rows: 3 }), weight: random([6], 'weight'), bias: random([6], 'bias') },
    build: (g, { x, weight, bias }) => ops.layerNorm(g, x!, weight!, bias!, 1),
    sizes: { rows: 3 },
  },
  'reduceSum, axis dropped': {
    inputs: { x: random([2, 3, 4], 'x') },
    build: (g, { x }) => ops.tanh(g, ops.reduceSum(g, x!, [1])),
  },
  'reduceSum, axis kept': {
    inputs: { x: random([2, 3, 4], 'x') },
    build: (g, { x }) => ops.tanh(g, ops.reduceSum(g, x!, [1], true)),
  },
  'reduceSum, two axes dropped': {
    inputs: { x: random(['batch', 3, 2], 'x', { batch: 2 }) },
    build: (g, { x }) => ops.exp(g, ops.scale(g, ops.reduceSum(g, x!, [0, 2]), 0.25)),
    sizes: { batch: 2 },
  },
  'a value used three times': {
    inputs: { x: random([3, 4], 'x') },
    build: (g, { x }) => ops.sub(g, ops.mul(g, x!, x!), ops.mul(g, ops.tanh(g, x!), x!)),
  },
};

const broadcasts: Record<string, readonly [Shape, Shape, Case['sizes']?]> = {
  'equal shapes': [
    [3, 4],
    [3, 4],
  ],
  'a vector on the right': [[2, 3, 4], [4]],
  'a vector on the left': [[4], [2, 3, 4]],
  'a scalar': [[3, 4], []],
  'a column': [
    [3, 4],
    [3, 1],
  ],
  'a row and a column': [
    [1, 4],
    [3, 1],
  ],
  'an axis of one inside, and one missing': [
    [2, 3, 4],
    [3, 1],
  ],
  'named axes': [['batch', 2, 'sequence', 'sequence'], ['batch', 1, 1, 'sequence'], { batch: 2, sequence: 3 }],
  'an axis of one on both sides': [
    [3, 1],
    [2, 3, 1],
  ],
};
for (const [name, op] of Object.entries({ add: ops.add, sub: ops.sub, mul: ops.mul })) {
  for (const [how, [a, b, sizes]] of Object.entries(broadcasts)) {
    cases[`${name}, ${how}`] = twoInputs(op, a, b, sizes);
  }
}

describe.each(devices)('gradients against finite differences: %s', (_, device) => {
  it.each(Object.entries(cases))('%s', async (__, test) => {
    const { y, pairs } = await compare(device, test);
    for (const [name, [gradient, slopes]] of pairs) {
      expect(Math.max(...slopes.map(Math.abs)), `the differences by ${name} say something`).toBeGreaterThan(1e-3);
      expect(relativeError(gradient, slopes), name).toBeLessThan(tolerance);
    }
    if (test.closedForm !== undefined) {
      expect(relativeError(y, [...test.inputs['x']!.data].map(test.closedForm))).toBeLessThan(5e-7);
    }
  });

  it('firstToken', async () => {
    const isFirst = Float32Array.of(1, 0, 0);
    const { pairs } = await compare(device, {
      inputs: {
        x: random(['batch', 'sequence', 4], 'x', { batch: 2, sequence: 3 }),
        isFirst: { shape: [1, 'sequence', 1], data: isFirst },
      },
      build: (g, { x, isFirst: mark }) => ops.tanh(g, ops.firstToken(g, x!, mark!)),
      sizes: { batch: 2, sequence: 3 },
      by: ['x'],
    });
    const [gradient, slopes] = pairs.get('x')!;
    expect(relativeError(gradient, slopes)).toBeLessThan(tolerance);
  });

  it('embedding, with repeated ids', async () => {
    const g = new Graph();
    const table = g.input('table', 'float32', [6, 3]);
    const unique = g.input('unique', 'int32', ['unique']);
    const { output, rows } = ops.embedding(g, table, g.input('ids', 'int32', ['tokens']), unique);
    const factor = g.input('factor', 'float32', ['tokens', 3]);
    const y = ops.tanh(g, output);
    g.output('y', y);
    g.output('gradient', gradients(g, ops.reduceSum(g, ops.mul(g, y, factor), [0, 1]), [rows])[0]!);
    const program = await device.load(g);
    const reference = await cpu.load(g);
    const ids = Int32Array.of(4, 1, 4, 0, 4, 1, 5, 0);
    const uniqueIds = Int32Array.of(0, 1, 4, 5);
    const tableData = random([6, 3], 'table').data;
    const factorData = random([8, 3], 'factor').data;
    const feeds = {
      table: f32([6, 3], tableData),
      factor: f32([8, 3], factorData),
      ids: { dtype: 'int32' as const, shape: [8], data: ids },
      unique: { dtype: 'int32' as const, shape: [4], data: uniqueIds },
    };
    const { gradient } = await program.run(feeds);
    const slopes = await differences(tableData, async () =>
      dot((await reference.run(feeds))['y']!.data as Float32Array, factorData),
    );
    const used = [...uniqueIds].flatMap((id) => [...slopes.subarray(3 * id, 3 * id + 3)]);
    expect(gradient!.shape).toEqual([4, 3]);
    expect(relativeError(gradient!.data as Float32Array, used)).toBeLessThan(tolerance);
    // Rows that no token uses have no slope: leaving them out loses nothing.
    for (const id of [2, 3]) expect([...slopes.subarray(3 * id, 3 * id + 3)]).toEqual([0, 0, 0]);
    await program.release();
    await reference.release();
  });
});

describe.each(devices)('gradients in closed form: %s', (_, device) => {
  /** y and the gradient of Σ r·y by x. */
  const evaluate = async (
    op: (g: Graph, x: Value) => Value,
    shape: readonly number[],
    x: readonly number[],
    r: readonly number[],
  ): Promise<{ y: Float32Array; dx: Float32Array }> => {
    const g = new Graph();
    const input = g.input('x', 'float32', shape);
    const y = op(g, input);
    const weighted = ops.mul(g, y, g.input('r', 'float32', shape));
    g.output('y', y);
    const axes = shape.map((_, axis) => axis);
    g.output('dx', gradients(g, ops.reduceSum(g, weighted, axes), [input])[0]!);
    const program = await device.load(g);
    const result = await program.run({ x: f32(shape, Float32Array.from(x)), r: f32(shape, Float32Array.from(r)) });
    await program.release();
    return { y: result['y']!.data as Float32Array, dx: result['dx']!.data as Float32Array };
  };

  it('logSoftmax of logits 2e4 apart: exact, nothing overflows', async () => {
    const { y, dx } = await evaluate(ops.logSoftmax, [2, 3], [1e4, -1e4, 9990, -1e4, -1e4, 1e4], [1, 2, 3, 4, 5, 6]);
    const tail = Math.log1p(Math.exp(-10));
    expect(relativeError(y, [-tail, -20000 - tail, -10 - tail, -20000, -20000, 0])).toBeLessThan(1e-7);
    // r − softmax · Σr, row by row.
    const p = 1 / (1 + Math.exp(-10));
    expect(relativeError(dx, [1 - 6 * p, 2, 3 - 6 * (1 - p), 4, 5, 6 - 15])).toBeLessThan(1e-6);
  });

  it('relu has slope 0 at 0, as in PyTorch', async () => {
    const { dx } = await evaluate(ops.relu, [4], [-1, 0, -0, 2], [3, 3, 3, 3]);
    expect([...dx]).toEqual([0, 0, 0, 3]);
  });

  it('gelu far out is 0 or the identity, and stays finite', async () => {
    const { y, dx } = await evaluate(ops.gelu, [4], [-1e4, -40, 40, 1e4], [1, 1, 1, 1]);
    expect([...y].map(Math.abs)).toEqual([0, 0, 40, 1e4]);
    expect([...dx].map(Math.abs)).toEqual([0, 0, 1, 1]);
  });

  it('softmax gives exactly 0 to padding, and no gradient flows there', async () => {
    const { y, dx } = await evaluate(ops.softmax, [1, 4], [1, 2, 1 - 1e9, -1e9], [1, -1, 5, 7]);
    expect([...y.subarray(2)]).toEqual([0, 0]);
    expect([...dx.subarray(2)].map(Math.abs)).toEqual([0, 0]);
    expect(y[0]! + y[1]!).toBeCloseTo(1, 6);
  });

  it('nothing flows through stopGradient and clipDetached', async () => {
    const { dx } = await evaluate((g, x) => ops.mul(g, x, ops.stopGradient(g, x)), [3], [2, -3, 5], [1, 1, 1]);
    expect([...dx]).toEqual([2, -3, 5]); // 2x without it
    const clipped = await evaluate((g, x) => ops.mul(g, x, ops.clipDetached(g, x, -1, 4)), [3], [2, -3, 5], [1, 1, 1]);
    expect([...clipped.y]).toEqual([4, 3, 20]);
    expect([...clipped.dx]).toEqual([2, -1, 4]);
  });

  it('a loss that does not depend on a parameter is refused by name', () => {
    const g = new Graph();
    const [x, unused] = [g.input('x', 'float32', [2]), g.input('unused', 'float32', [2])];
    expect(() => gradients(g, ops.reduceSum(g, x, [0]), [x, unused])).toThrow(/unused/);
  });

  it('shapes that do not broadcast are refused', () => {
    const g = new Graph();
    expect(() => ops.add(g, g.input('a', 'float32', [2, 3]), g.input('b', 'float32', [2]))).toThrow(/do not broadcast/);
  });
});
