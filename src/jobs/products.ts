/**
 * Products of many rows with many, block by block, by the engine's matrix product. They are rounded as ONNX Runtime likes,
 * so they only choose which pairs are looked at: what counts is computed by `dot`, the same on every machine.
 */
import { CancelledError } from '../base/errors.ts';
import { cpuDevice } from '../engine/runtime/cpu.ts';
import type { Device, Program } from '../engine/runtime/device.ts';
import { Graph } from '../engine/graph/graph.ts';
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

/** Rows of a block: large enough that the product takes the time, and not the calls; 8 MB of products. */
const [rowsA, rowsB] = [512, 4096];

/** Products that differ by less may be equal: rounding of 1000 products of numbers below 1 leaves 1e-5 at most. */
export const productError = 1e-4;

/** Matrix products on the processor; release it after use. */
export class Products {
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
  }

  /** On the device, or beside it where that is no processor: the blocks would have to come back from its memory. */
  static async open(device: Device): Promise<Products> {
    const g = new Graph();
    const a = g.input('a', 'float32', ['rows of a', 'width']);
    const b = g.input('b', 'float32', ['rows of b', 'width']);
    g.output('products', matmul(g, a, b, { transposeB: true }));
    return new Products(await (device.kind === 'cpu' ? device : cpuDevice()).load(g));
  }

  /**
   * Products of all rows of `a` with all of `b`, a block of `a` with every block of `b` before the next.
   *
   * @param upper `b` is `a`: only blocks with pairs above the diagonal.
   * @throws CancelledError
   */
  async *blocks(
    a: Rows,
    b: Rows,
    { upper = false, signal }: { readonly upper?: boolean; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Block, void, undefined> {
    const [n, m] = [a.values.length / a.width, b.values.length / b.width];
    for (let fromA = 0; fromA < n; fromA += rowsA) {
      const countA = Math.min(rowsA, n - fromA);
      for (let fromB = upper ? fromA : 0; fromB < m; fromB += rowsB) {
        if (signal?.aborted) throw new CancelledError();
        const countB = Math.min(rowsB, m - fromB);
        const products = await this.#product(slice(a, fromA, countA), slice(b, fromB, countB));
        yield { fromA, fromB, countA, countB, products };
      }
    }
  }

  /** All products of rows of `a` with a few of `b`, [rows of a, rows of b]. */
  async all(a: Rows, b: Rows, signal?: AbortSignal): Promise<Float32Array> {
    const width = b.values.length / b.width;
    const found = new Float32Array((a.values.length / a.width) * width);
    for await (const { fromA, fromB, countA, countB, products } of this.blocks(a, b, { signal })) {
      for (let i = 0; i < countA; i++) {
        found.set(products.subarray(i * countB, (i + 1) * countB), (fromA + i) * width + fromB);
      }
    }
    return found;
  }

  async release(): Promise<void> {
    await this.#program.release();
  }

  async #product(a: Rows, b: Rows): Promise<Float32Array> {
    const feed = ({ values, width }: Rows) =>
      ({ dtype: 'float32', shape: [values.length / width, width], data: values }) as const;
    const { products } = await this.#program.run({ a: feed(a), b: feed(b) });
    return products.data as Float32Array;
  }
}

function slice({ values, width }: Rows, from: number, count: number): Rows {
  return { values: values.subarray(from * width, (from + count) * width), width };
}
