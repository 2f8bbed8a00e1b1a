import type { Graph, Node, Value } from './graph.ts';

/**
 * Rewrites a forward graph in place so that only standard ONNX operators are left: ONNX Runtime's FusedMatMul becomes
 * Transpose, Mul and MatMul, which ONNX Runtime fuses again when it loads the file, and other programs understand.
 * @throws Error for another operator of ONNX Runtime's own, or a FusedMatMul of the backward pass (whose operands'
 *   shapes no tape holds): a defect of the caller.
 */
export function useStandardOperators(graph: Graph): void {
  const operandsOf = new Map(graph.tape.map(({ inputs, output }) => [output.name, { inputs, output }]));
  for (const node of graph.nodes.splice(0)) {
    if (node.domain === '') {
      graph.nodes.push(node);
      continue;
    }
    const entry = operandsOf.get(node.outputs[0] ?? '');
    const [a, b] = entry?.inputs ?? [];
    if (node.opType !== 'FusedMatMul' || entry === undefined || a === undefined || b === undefined)
      throw new Error(`no standard form of ${node.domain}.${node.opType} is known`);
    matMul(graph, node, a, b, entry.output);
  }
}

function matMul(graph: Graph, { attributes }: Node, a: Value, b: Value, output: Value): void {
  const left = attributes['transA'] === 1 ? swapLastAxes(graph, a) : a;
  const right = attributes['transB'] === 1 ? swapLastAxes(graph, b) : b;
  const alpha = attributes['alpha'];
  const factor = typeof alpha === 'object' && 'float' in alpha ? alpha.float : 1;
  const scaled =
    factor === 1 ? left : graph.op('Mul', [left, graph.scalar(factor)], { dtype: left.dtype, shape: left.shape });
  graph.op('MatMul', [scaled, right], output);
}

function swapLastAxes(graph: Graph, x: Value): Value {
  const perm = x.shape.map((_, axis) => axis);
  perm.push(...perm.splice(-2).reverse());
  const shape = perm.map((axis) => x.shape[axis]!);
  return graph.op('Transpose', [x], { dtype: x.dtype, shape }, { perm });
}
