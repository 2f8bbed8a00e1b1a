import type { Graph, Value } from '../../src/engine/graph/graph.ts';
import type { Device } from '../../src/engine/runtime/device.ts';

/**
 * A device that computes graphs with half-precision values in single precision, rounding every such value as IEEE 754
 * binary16 is rounded, subnormals and overflow included: what a GPU with shader-f16 gives, up to the order of sums. No device
 * at hand has it, and ONNX Runtime drops casts on the processor.
 */
export function emulatingHalf(device: Device): Device {
  return {
    ...device,
    load: (graph) => device.load(emulated(graph)),
    train: (graph, initial) => device.train({ ...graph, graph: emulated(graph.graph) }, initial),
  };
}

function emulated(graph: Graph): Graph {
  const own = graph.copy();
  for (const node of own.nodes.splice(0)) {
    const values = node.outputs.map((name) => own.valueOf(name));
    const [input = ''] = node.inputs;
    const isCast = node.opType === 'Cast';
    if (isCast && values[0]?.dtype === 'float16') round(own, single(own.valueOf(input)), values[0]);
    else if (isCast && own.valueOf(input).dtype === 'float16')
      own.op('Identity', [single(own.valueOf(input))], values[0]!);
    else if (values[0]?.dtype === 'float16') {
      const inputs = node.inputs.map((name) => (name === '' ? undefined : single(own.valueOf(name))));
      const exact = own.op(
        node.opType,
        inputs,
        { dtype: 'float32', shape: values[0].shape },
        node.attributes,
        node.domain,
      );
      round(own, exact, values[0]);
    } else own.nodes.push(node);
  }
  return own;
}

const single = (value: Value): Value => (value.dtype === 'float16' ? { ...value, dtype: 'float32' } : value);

/** Round to nearest: 11 bits by Veltkamp's splitting; multiples of 2⁻²⁴ below 2⁻¹⁴; infinity beyond 65504. */
function round(g: Graph, x: Value, { name, shape }: Value): void {
  const like = { dtype: 'float32', shape } as const;
  const op = (type: string, a: Value, b: Value): Value => g.op(type, [a, b], like);
  const spread = op('Mul', x, g.scalar(2 ** 13 + 1));
  const rounded = op('Sub', spread, op('Sub', spread, x));
  const fixed = op('Sub', op('Add', x, g.scalar(0.75)), g.scalar(0.75));
  const size = g.op('Abs', [x], like);
  const below = (limit: number): Value => g.op('Less', [size, g.scalar(limit)], { dtype: 'bool', shape });
  const finite = g.op('Where', [below(2 ** -14), fixed, rounded], like);
  g.op('Where', [below(65520), finite, op('Mul', x, g.scalar(Infinity))], { ...like, name });
}
