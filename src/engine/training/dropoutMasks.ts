import type { DropoutSite } from '../models/encoder.ts';
import { groupIntoSlabs, Slab, slabBytes } from '../kernels/kernels.ts';
import type { HostTensor } from '../runtime/device.ts';
import { maskName } from './trainingGraph.ts';

/**
 * Dropout masks as a pure function of (seed, step, site, element), so that a resumed run, another device or a second try
 * draws the same bits. Memory is reused from step to step: a step's masks are valid until the next call.
 */
export class DropoutMasks {
  private slabs: Slab[] = [];
  private readonly siteKeys: readonly number[];

  constructor(
    private readonly sites: readonly DropoutSite[],
    private readonly seed: number,
  ) {
    this.siteKeys = sites.map((site) => hashString(site.name));
  }

  /** @param step Counts micro-batches from the start of training. */
  draw(step: number, batch: number, sequence: number): Record<string, HostTensor> {
    const shapes = this.sites.map((site) =>
      site.shape.map((dim) =>
        typeof dim === 'number' ? dim : dim === 'batch' ? batch : dim === 'tokens' ? batch * sequence : sequence,
      ),
    );
    const lengths = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));
    const masks: Record<string, HostTensor> = {};
    groupIntoSlabs(lengths.map((length) => slabBytes([length]))).forEach(({ start, end, bytes }, group) => {
      if (bytes > (this.slabs[group]?.bytes ?? 0)) this.slabs[group] = new Slab(bytes);
      const slab = this.slabs[group]!;
      slab.reset();
      for (let i = start; i < end; i++) {
        const site = this.sites[i]!;
        const data = slab.allocate(lengths[i]!);
        slab.dropoutMask(data, this.key(step, this.siteKeys[i]!), site.probability);
        masks[maskName(site.name)] = { dtype: 'float32', shape: shapes[i]!, data };
      }
    });
    return masks;
  }

  /** Both halves depend on everything: streams of two seeds, steps or sites are no shifted windows of one another. */
  private key(step: number, siteKey: number): readonly [number, number] {
    const low = mix(mix(mix(this.seed | 0) ^ siteKey) + (step | 0));
    return [low, mix(mix(low ^ 0x3c6ef372) + siteKey + mix(this.seed | 0))];
  }
}

/**
 * The masks of some of a micro-batch's rows: the bits that these rows have in the whole. In the same memory.
 * @param masks What {@link DropoutMasks.draw} gave for `of` rows.
 */
export function masksOfRows(
  masks: Readonly<Record<string, HostTensor>>,
  { from, count, of }: { readonly from: number; readonly count: number; readonly of: number },
): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(masks).map(([name, { dtype, shape, data }]) => {
      // Batch comes first in every site's shape, alone or times the sequence.
      const [first = 0, ...rest] = shape;
      const part = data.subarray((data.length / of) * from, (data.length / of) * (from + count)) as Float32Array;
      return [name, { dtype, shape: [(first / of) * count, ...rest], data: part }] as const;
    }),
  );
}

/** FNV-1a, 32 bits. */
function hashString(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** The 32-bit finaliser "lowbias32" (C. Wellons), as in assembly/kernels.ts. */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}
