import type { Graph, Value } from './graph.ts';
import { add } from './ops.ts';

/**
 * Reverse-mode differentiation: appends to `graph` the nodes that compute the gradient of `loss` (a scalar) with respect
 * to each of `parameters`. Only operations between a parameter and the loss are visited, so inputs that need no gradient
 * cost nothing.
 * @returns One gradient per parameter, of the parameter's shape.
 * @throws Error where the loss does not depend on a parameter: a defect of the model's code.
 */
export function gradients(graph: Graph, loss: Value, parameters: readonly Value[]): Value[] {
  const needed = new Set(parameters.map((parameter) => parameter.name));
  const needs = (value: Value): boolean => needed.has(value.name);
  const tape = graph.tape.filter((entry) => {
    const onPath = entry.inputs.some(needs);
    if (onPath) needed.add(entry.output.name);
    return onPath;
  });

  const gradientOf = new Map<string, Value>([[loss.name, graph.scalar(1)]]);
  for (const entry of tape.reverse()) {
    const incoming = gradientOf.get(entry.output.name);
    if (incoming === undefined) continue;
    const outgoing = entry.backward(incoming, needs);
    entry.inputs.forEach((input, i) => {
      const gradient = outgoing[i];
      if (gradient === undefined || !needs(input)) return;
      const earlier = gradientOf.get(input.name);
      gradientOf.set(input.name, earlier === undefined ? gradient : add(graph, earlier, gradient));
    });
  }

  return parameters.map((parameter) => {
    const gradient = gradientOf.get(parameter.name);
    if (gradient === undefined) throw new Error(`the loss does not depend on parameter ${parameter.name}`);
    return gradient;
  });
}
