import type { Graph, Node, Value } from './graph.ts';

/**
 * Rewrites a graph in place so that only standard ONNX operators are left: ONNX Runtime's FusedMatMul becomes Transpose,
 * Mul and MatMul. Other programs understand those, WebGPU has kernels for them (and none for FusedMatMul), and on the CPU
 * ONNX Runtime fuses them again.
 * @throws Error for another operator of ONNX Runtime's own: a defect of the caller.
 */
export function useStandardOperators(graph: Graph): void {
  for (const node of graph.nodes.splice(0)) {
    if (node.domain === '') {
      graph.nodes.push(node);
      continue;
    }
    const [a, b] = node.inputs;
    const [output] = node.outputs;
    if (node.opType !== 'FusedMatMul' || a === undefined || b === undefined || output === undefined)
      throw new Error(`no standard form of ${node.domain}.${node.opType} is known`);
    matMul(graph, node, graph.valueOf(a), graph.valueOf(b), graph.valueOf(output));
  }
}

function matMul(graph: Graph, { attributes }: Node, a: Value, b: Value, output: Value): void {
  const left = attributes['transA'] === 1 ? swapLastAxes(graph, a) : a;
  const right = attributes['transB'] === 1 ? swapLastAxes(graph, b) : b;
  const alpha = attributes['alpha'];
  const factor = typeof alpha === 'object' && 'float' in alpha ? alpha.float : 1;
  const scaled =
    factor === 1
      ? left
      : graph.op('Mul', [left, scalarLike(graph, left, factor)], { dtype: left.dtype, shape: left.shape });
  graph.op('MatMul', [scaled, right], output);
}

/** A scalar of the type of `x`: ONNX has no mixed arithmetic. */
function scalarLike(graph: Graph, x: Value, factor: number): Value {
  const scalar = graph.scalar(factor);
  return x.dtype === 'float16' ? graph.op('Cast', [scalar], { dtype: 'float16', shape: [] }, { to: 10 }) : scalar;
}

function swapLastAxes(graph: Graph, x: Value): Value {
  const perm = x.shape.map((_, axis) => axis);
  perm.push(...perm.splice(-2).reverse());
  const shape = perm.map((axis) => x.shape[axis]!);
  return graph.op('Transpose', [x], { dtype: x.dtype, shape }, { perm });
}
