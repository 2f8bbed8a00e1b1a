import { describe, expect, it } from 'vitest';
import { gradients } from '../../../src/engine/graph/autodiff.ts';
import { Graph, type Value } from '../../../src/engine/graph/graph.ts';
import { useStandardOperators } from '../../../src/engine/graph/lower.ts';
import * as ops from '../../../src/engine/graph/ops.ts';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import type { HostTensor } from '../../../src/engine/runtime/device.ts';
import { relativeError } from '../../support/fixtureModel.ts';

const device = cpuDevice({ threads: 1 });
const counting = (shape: readonly number[]): HostTensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1),
});

/** The product's value after lowering. */
async function lowered(
  product: (g: Graph, a: Value, b: Value) => Value,
  a: HostTensor,
  b: HostTensor,
): Promise<number[]> {
  const g = new Graph();
  g.output('y', product(g, g.input('a', 'float32', a.shape), g.input('b', 'float32', b.shape)));
  useStandardOperators(g);
  expect(g.nodes.filter(({ domain }) => domain !== '')).toEqual([]);
  const program = await device.load(g);
  const { y } = await program.run({ a, b });
  await program.release();
  return Array.from(y!.data as Float32Array);
}

describe('useStandardOperators', () => {
  it('α·a·bᵀ of batches', async () => {
    const product = (g: Graph, a: Value, b: Value): Value => ops.matmul(g, a, b, { transposeB: true, alpha: 0.5 });
    // [[1, 2, 3]]·[[1, 2, 3], [4, 5, 6]]ᵀ and [[4, 5, 6]]·[[7, 8, 9], [10, 11, 12]]ᵀ, halved.
    expect(await lowered(product, counting([2, 1, 3]), counting([2, 2, 3]))).toEqual([7, 16, 61, 83.5]);
  });

  it('a·b', async () => {
    const product = (g: Graph, a: Value, b: Value): Value => ops.matmul(g, a, b);
    expect(await lowered(product, counting([1, 2, 2]), counting([1, 2, 2]))).toEqual([7, 10, 15, 22]);
  });

  it('aᵀ·b', async () => {
    const product = (g: Graph, a: Value, b: Value): Value => {
      const shape = [2, 2];
      const y = g.op('FusedMatMul', [a, b], { dtype: 'float32', shape }, { transA: 1 }, 'com.microsoft');
      return g.record([a, b], y, () => []);
    };
    expect(await lowered(product, counting([2, 2]), counting([2, 2]))).toEqual([10, 14, 14, 20]);
  });

  it('the backward pass too, and a copy leaves its original alone', async () => {
    const g = new Graph();
    const [a, b] = [g.input('a', 'float32', [2, 3, 4]), g.input('b', 'float32', [2, 5, 4])];
    const y = ops.matmul(g, a, b, { transposeB: true, alpha: 0.5 });
    const [da, db] = gradients(g, ops.reduceSum(g, ops.mul(g, y, y), [0, 1, 2]), [a, b]);
    g.output('da', da!);
    g.output('db', db!);
    const copy = g.copy();
    useStandardOperators(copy);
    expect(copy.nodes.filter(({ domain }) => domain !== '')).toEqual([]);
    expect(g.nodes.filter(({ domain }) => domain !== '')).toHaveLength(3);
    const feeds = { a: counting([2, 3, 4]), b: counting([2, 5, 4]) };
    const results = [];
    for (const graph of [g, copy]) {
      const program = await device.load(graph);
      results.push(await program.run(feeds));
      await program.release();
    }
    for (const name of ['da', 'db']) {
      const [whole, lowered] = results.map((result) => result[name]!.data as Float32Array);
      expect(Math.abs(whole![0]!)).toBeGreaterThan(1);
      expect(relativeError(lowered!, whole!)).toBeLessThan(1e-6);
    }
  });

  it('refuses what it has no standard form for', () => {
    const g = new Graph();
    const x = g.input('x', 'float32', ['rows']);
    g.output('y', g.op('BiasGelu', [x, x], { dtype: 'float32', shape: ['rows'] }, {}, 'com.microsoft'));
    expect(() => {
      useStandardOperators(g);
    }).toThrow('no standard form of com.microsoft.BiasGelu is known');
  });
});
