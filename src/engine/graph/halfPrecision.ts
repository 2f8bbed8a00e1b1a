/**
 * Mixed precision as a rewriting of a graph (Micikevicius et al. 2018, arXiv 1710.03740; the division of operations is
 * that of PyTorch's autocast): matrix products, and what only moves their operands, in half precision; everything else
 * (normalisation, softmax, GELU, sums, losses) in single. Inputs and outputs of the graph keep their type, so that master
 * weights, gradients and moments stay in single precision.
 *
 * Gradients of dense layers' weights are left in single precision: they sum over every token of a batch, and a GPU's
 * kernels may sum in the type of their result.
 */
import type { Graph, Node, Value } from './graph.ts';

/** Rewrites a graph in place. Made for graphs of graph/ops.ts, before {@link useStandardOperators}. */
export function useHalfPrecision(graph: Graph): void {
  const rewriting = new Rewriting(graph);
  for (const node of graph.nodes.splice(0)) rewriting.append(node);
}

class Rewriting {
  /** Half-precision values by the name of the value that they stand for. */
  private readonly halves = new Map<string, Value>();
  /** Names whose value was computed in half precision, and of which no single-precision one exists yet. */
  private readonly onlyHalf = new Set<string>();

  constructor(private readonly graph: Graph) {}

  append(node: Node): void {
    const data = node.inputs[0] ?? '';
    if (isProduct(node)) this.inHalf(node, node.inputs);
    else if (moves.has(node.opType) && this.onlyHalf.has(data)) this.inHalf(node, [data]);
    else {
      for (const input of node.inputs) this.inSingle(input);
      this.graph.nodes.push(node);
    }
  }

  /** @param numbers The inputs that are numbers; others are shapes. */
  private inHalf(node: Node, numbers: readonly string[]): void {
    const inputs = node.inputs.map((name) =>
      numbers.includes(name) && name !== '' ? this.half(name) : this.graph.valueOf(name),
    );
    const [output] = node.outputs;
    const { shape } = this.graph.valueOf(output!);
    const result = this.graph.op(node.opType, inputs, { dtype: 'float16', shape }, node.attributes, node.domain);
    this.halves.set(output!, result);
    this.onlyHalf.add(output!);
  }

  private half(name: string): Value {
    let half = this.halves.get(name);
    if (half === undefined) {
      const { shape } = this.graph.valueOf(name);
      half = this.graph.op('Cast', [this.graph.valueOf(name)], { dtype: 'float16', shape }, { to: 10 });
      this.halves.set(name, half);
    }
    return half;
  }

  private inSingle(name: string): void {
    if (!this.onlyHalf.delete(name)) return;
    const { shape } = this.graph.valueOf(name);
    this.graph.op('Cast', [this.halves.get(name)], { dtype: 'float32', shape, name }, { to: 1 });
  }
}

/** Operations that only move numbers, the first input's. */
const moves: ReadonlySet<string> = new Set(['Reshape', 'Transpose']);

function isProduct({ opType, attributes }: Node): boolean {
  // A Gemm of a transposed left side is the gradient of a weight; MatMul, that of an embedding's rows: see above.
  return opType === 'FusedMatMul' || (opType === 'Gemm' && attributes['transA'] !== 1);
}
