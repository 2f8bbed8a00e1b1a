/** Dropout masks on their way to a device with memory of its own: one byte per element, a quarter of what they are here. */
import type { Graph } from '../graph/graph.ts';
import { takeMaskAsBits } from '../graph/maskBits.ts';
import { maskName, type TrainingGraph } from '../training/trainingGraph.ts';
import type { HostBits, HostTensor, HostTensors } from './device.ts';

type Sites = TrainingGraph['dropoutSites'];

/** Rewrites a training graph in place: it takes what {@link withBits} gives. */
export function takeMasksAsBits(graph: Graph, sites: Sites): void {
  for (const { name, probability } of sites)
    takeMaskAsBits(graph, graph.valueOf(maskName(name)), bitsName(name), 1 / (1 - probability));
}

/** The batch with its masks as one byte per element. */
export function withBits(feeds: HostTensors, sites: Sites): Record<string, HostTensor | HostBits> {
  const masks = new Set(sites.map(({ name }) => maskName(name)));
  const inputs: Record<string, HostTensor | HostBits> = Object.fromEntries(
    Object.entries(feeds).filter(([name]) => !masks.has(name)),
  );
  for (const { name } of sites) {
    const mask = feeds[maskName(name)];
    if (mask === undefined) throw new Error(`the batch has no dropout mask of ${name}`);
    inputs[bitsName(name)] = { dtype: 'bool', shape: mask.shape, data: bitsOf(mask.data as Float32Array) };
  }
  return inputs;
}

function bitsOf(mask: Float32Array): Uint8Array {
  const bits = new Uint8Array(mask.length);
  for (let i = 0; i < mask.length; i++) bits[i] = mask[i] === 0 ? 0 : 1;
  return bits;
}

/** Name of the input that carries a dropout site's mask. */
function bitsName(site: string): string {
  return `kept by ${site}`;
}
