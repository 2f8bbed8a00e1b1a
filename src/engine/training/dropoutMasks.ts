import type { DropoutSite } from '../models/encoder.ts';
import { Slab, slabBytes } from '../kernels/kernels.ts';
import type { HostTensor } from '../runtime/device.ts';
import { maskName } from './trainingGraph.ts';

/**
 * Dropout masks as a pure function of (seed, step, site, element), so that a resumed run, another device or a second try
 * draws the same bits. Memory is reused from step to step: a step's masks are valid until the next call.
 */
export class DropoutMasks {
  private slab = new Slab(0);
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
    const bytes = slabBytes(lengths);
    if (bytes > this.slab.bytes) this.slab = new Slab(bytes);
    this.slab.reset();
    const masks: Record<string, HostTensor> = {};
    this.sites.forEach((site, i) => {
      const data = this.slab.allocate(lengths[i]!);
      const key = [mix(mix(this.seed | 0) ^ this.siteKeys[i]!), mix(mix(step | 0) + this.siteKeys[i]!)] as const;
      this.slab.dropoutMask(data, key, site.probability);
      masks[maskName(site.name)] = { dtype: 'float32', shape: shapes[i]!, data };
    });
    return masks;
  }
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
