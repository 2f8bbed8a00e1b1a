/**
 * The rows of a score run laid out on a plane: `map/checkpoint.bin` in its folder, a checkpoint (`checkpoint.ts`) with the
 * tensors `place` [points, 2] float32 (x and y, 0 to 1; synthetic rows first, then real ones), `region` [points] int32, and
 * `text hash, high`, `text hash, low`, `occurrence` [synthetic points] int32, what the synthetic rows are found again by; in its
 * JSON the regions, and `key`, a hash of all that the layout follows from. Made when it is first asked for; where it does not
 * fit (the run was scored again, another version made it) it is made anew.
 */
import type { Region } from '../core/map/regions.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { isIntegerFrom, isJsonObject, type Json } from './json.ts';
import { identitiesOf, identityTensors, type RowIdentities } from './rowIdentities.ts';
import { formatVersions } from './versions.ts';

export interface EmbeddingMap {
  readonly key: string;
  /** Synthetic points, which come first, and real ones. */
  readonly synthetic: number;
  readonly real: number;
  /** Of the synthetic points. */
  readonly identities: RowIdentities;
  /** [points · 2] */
  readonly places: Float32Array;
  /** [points] index in `regions`; −1 for none. */
  readonly regionOf: Int32Array;
  readonly regions: readonly Region[];
}

/** Keeps a map. @throws UserError where it cannot be written. */
export async function writeMap(folder: string, map: EmbeddingMap): Promise<void> {
  const { key, synthetic, real, identities, places, regionOf, regions } = map;
  await saveCheckpoint(folder, {
    meta: { version: formatVersions.map, key, synthetic, real, regions: JSON.parse(JSON.stringify(regions)) as Json },
    tensors: new Map([
      ['place', { dtype: 'float32', shape: [synthetic + real, 2], data: places }],
      ['region', { dtype: 'int32', shape: [synthetic + real], data: regionOf }],
      ...identityTensors(identities),
    ]),
  });
}

/**
 * The kept map; undefined where there is none that can be used.
 *
 * @param key Of what is to be shown.
 * @throws UserError where a file is there and the system does not let us read it.
 */
export async function readMap(folder: string, key: string): Promise<EmbeddingMap | undefined> {
  const loaded = await loadCheckpoint(folder);
  if (!('checkpoint' in loaded)) return undefined;
  const { meta, tensors } = loaded.checkpoint;
  if (!isJsonObject(meta) || meta['version'] !== formatVersions.map || meta['key'] !== key) return undefined;
  const { synthetic, real, regions } = meta;
  if (!isIntegerFrom(0, synthetic) || !isIntegerFrom(0, real) || !Array.isArray(regions)) return undefined;
  const identities = identitiesOf(tensors, synthetic);
  const [places, regionOf] = [tensors.get('place')?.data, tensors.get('region')?.data];
  const points = synthetic + real;
  if (!(places instanceof Float32Array && places.length === 2 * points)) return undefined;
  if (!(regionOf instanceof Int32Array && regionOf.length === points) || identities === undefined) return undefined;
  return { key, synthetic, real, identities, places, regionOf, regions: regions as unknown as Region[] };
}
