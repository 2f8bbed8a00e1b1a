/**
 * Products of many rows with many, block by block, by the engine's matrix product. They are rounded as ONNX Runtime likes,
 * so they only choose which pairs are looked at: what counts is computed by `dot`, the same on every machine.
 */
import { CancelledError } from '../base/errors.ts';
import { cpuDevice } from '../engine/runtime/cpu.ts';
import type { Device, Program } from '../engine/runtime/device.ts';
import { Graph, type Value } from '../engine/graph/graph.ts';
import { matmul } from '../engine/graph/ops.ts';

/** Rows, [count, width]. */
export interface Rows {
  readonly values: Float32Array;
  readonly width: number;
}

/** Products of rows `fromA` … with rows `fromB` …, [countA, countB] row-major. */
export interface Block {
  readonly fromA: number;
  readonly fromB: number;
  readonly countA: number;
  readonly countB: number;
  readonly products: Float32Array;
}

/** Rows of a block: large enough that the product takes the time, and not the calls; 2 MB of products. */
const [rowsA, rowsB] = [512, 1024];

/** Products that differ by less may be equal: rounding of 1000 products of numbers below 1 leaves 1e-5 at most. */
export const productError = 1e-4;

/** Matrix products on the processor; release it after use. */
export class Products {
  readonly #products: Program;
  readonly #largest: Program;

  private constructor(products: Program, largest: Program) {
    [this.#products, this.#largest] = [products, largest];
  }

  /** On the device, or beside it where that is no processor: the blocks would have to come back from its memory. */
  static async open(device: Device): Promise<Products> {
    const processor = device.kind === 'cpu' ? device : cpuDevice();
    const products = await processor.load(graphOf((_, product) => product));
    const largest = graphOf((g, product) =>
      g.op('ReduceMax', [product], { dtype: 'float32', shape: ['rows of a'] }, { axes: [1], keepdims: 0 }),
    );
    return new Products(products, await processor.load(largest));
  }

  /**
   * Products of all rows of `a` with all of `b`, a block of `a` with every block of `b` before the next.
   * @throws CancelledError
   */
  async *blocks(a: Rows, b: Rows, signal?: AbortSignal): AsyncGenerator<Block, void, undefined> {
    const [n, m] = [a.values.length / a.width, b.values.length / b.width];
    for (let fromA = 0; fromA < n; fromA += rowsA) {
      const countA = Math.min(rowsA, n - fromA);
      for (let fromB = 0; fromB < m; fromB += rowsB) {
        const countB = Math.min(rowsB, m - fromB);
        const products = await this.of(slice(a, fromA, countA), slice(b, fromB, countB), signal);
        yield { fromA, fromB, countA, countB, products };
      }
    }
  }

  /**
   * Products of rows of `a` with rows of `b`, all at once, [rows of a, rows of b].
   * @throws CancelledError
   */
  async of(a: Rows, b: Rows, signal?: AbortSignal): Promise<Float32Array> {
    return resultOf(this.#products, a, b, signal);
  }

  /**
   * The largest product of each row of `a` with any of `b`, [rows of a]: the products themselves never leave the engine,
   * which costs less than looking at them here.
   *
   * @throws CancelledError
   */
  async largest(a: Rows, b: Rows, signal?: AbortSignal): Promise<Float32Array> {
    return resultOf(this.#largest, a, b, signal);
  }

  async release(): Promise<void> {
    await Promise.all([this.#products.release(), this.#largest.release()]);
  }
}

/** A graph whose result is made of the products of rows of `a` with rows of `b`. */
function graphOf(result: (g: Graph, product: Value) => Value): Graph {
  const g = new Graph();
  const a = g.input('a', 'float32', ['rows of a', 'width']);
  const b = g.input('b', 'float32', ['rows of b', 'width']);
  g.output('result', result(g, matmul(g, a, b, { transposeB: true })));
  return g;
}

async function resultOf(program: Program, a: Rows, b: Rows, signal?: AbortSignal): Promise<Float32Array> {
  if (signal?.aborted) throw new CancelledError();
  const feed = ({ values, width }: Rows) =>
    ({ dtype: 'float32', shape: [values.length / width, width], data: values }) as const;
  const { result } = await program.run({ a: feed(a), b: feed(b) });
  return result.data as Float32Array;
}

function slice({ values, width }: Rows, from: number, count: number): Rows {
  return { values: values.subarray(from * width, (from + count) * width), width };
}
