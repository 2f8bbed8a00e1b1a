import type { Graph, Value } from './graph.ts';

/**
 * Rewrites a graph in place so that a dropout mask comes in as one byte per element (1 where kept) and becomes the same
 * numbers inside: a quarter of the bytes that go up to a device with memory of its own.
 * @param mask An input of the graph, float32, whose numbers are 0 and `keep`.
 * @param name Name of the input that replaces it, bool, of the same shape.
 * @param keep 1/(1 − p).
 */
export function takeMaskAsBits(graph: Graph, mask: Value, name: string, keep: number): void {
  const at = graph.inputs.findIndex((input) => input.name === mask.name);
  if (at < 0) throw new Error(`${mask.name} is no input of the graph`);
  graph.inputs.splice(at, 1);
  const kept = graph.input(name, 'bool', mask.shape);
  graph.op('Where', [kept, graph.scalar(keep), graph.scalar(0)], mask);
  // Nodes stand in the order in which they run.
  graph.nodes.unshift(graph.nodes.pop()!);
}
