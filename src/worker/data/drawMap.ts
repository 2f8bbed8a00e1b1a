import { layOut } from '../../core/map/layout.ts';
import { findRegions } from '../../core/map/regions.ts';
import { denseMatrix } from '../../core/probe/features.ts';
import type { MapAnswer, MapTask } from './mapThread.ts';

/** Progress is told no more often than this, in milliseconds. */
const progressEvery = 100;
/** Share of the layout in the whole work. */
const layoutShare = 0.9;

/** Lays rows out and finds their regions, in one go: for a thread of its own, and for tests. */
export function drawMap(
  { values, width, synthetic, texts, seed }: MapTask,
  onProgress: (fraction: number) => void,
): MapAnswer {
  const layout = layOut(values, width, seed);
  let told = -Infinity;
  for (;;) {
    const { done, value } = layout.next();
    if (done === true) {
      onProgress(layoutShare);
      const features = denseMatrix(values, values.length / width, width);
      return { places: value, ...findRegions(features, synthetic, texts, seed) };
    }
    if (performance.now() - told >= progressEvery) {
      told = performance.now();
      onProgress(layoutShare * value);
    }
  }
}
