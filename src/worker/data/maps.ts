/** The map of the shown run's rows: kept in the run's folder, made in a thread where it is not. */
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { CancelledError, UserError } from '../../base/errors.ts';
import { fewestOnMap, layoutSettings } from '../../core/map/settings.ts';
import type { WeightControls } from '../../protocol/data.ts';
import type { EmbeddingPoints, MapMissing } from '../../protocol/map.ts';
import { loadCheckpoint } from '../../store/checkpoint.ts';
import { readMap, writeMap, type EmbeddingMap } from '../../store/embeddingMap.ts';
import { readSample } from '../../store/embeddingSample.ts';
import { runFiles } from '../../store/layout.ts';
import type { DatasetState } from './dataset.ts';
import type { LayOutRows } from './mapThread.ts';
import { isScoredBy, rowsOfScores } from './neighbours.ts';
import { packed, pointColumns, type RealPoint } from './pointColumns.ts';
import { bytesOfRows } from './rowBytes.ts';
import type { RunScores } from './runScores.ts';

/** The same each time: a map that changes under the user is no map. */
const seed = 42;
/** Goes up where the same rows would be laid out otherwise. */
const layoutVersion = 1;
/** Texts that are read in one go. */
const textsAtOnce = 512;

type OnProgress = (progress: { path: string; fraction: number }) => void;

interface Made {
  readonly map: EmbeddingMap;
  readonly notKept?: string;
}

export class Maps {
  /** Those that were read or made, for as long as their run is shown. */
  readonly #known = new WeakMap<RunScores, Made>();
  /** Those that are being made, by the path of their dataset. */
  readonly #making = new Map<
    string,
    { readonly run: RunScores; readonly made: Promise<Made | { readonly missing: MapMissing }>; cancel(): void }
  >();

  constructor(
    private readonly layOut: LayOutRows,
    private readonly onProgress: OnProgress,
  ) {}

  /** The map of the run that is shown. @throws UserError where its files are damaged. */
  async map(
    state: DatasetState,
    controls: WeightControls,
    make: boolean,
  ): Promise<EmbeddingPoints | { readonly missing: MapMissing }> {
    const { run } = state;
    if (run === undefined) return { missing: 'scores' };
    const made = this.#known.get(run) ?? (await this.#find(state, run, make));
    if (!('map' in made)) return made;
    this.#known.set(run, made);
    return await pointsOf(state, run, made, controls);
  }

  /** Stops making a dataset's map, from the moment it was asked for. */
  cancel(path: string): void {
    this.#making.get(path)?.cancel();
  }

  async #find(state: DatasetState, run: RunScores, make: boolean): Promise<Made | { readonly missing: MapMissing }> {
    const making = this.#making.get(state.path);
    if (making?.run === run) return await orUnmade(making.made);
    return make ? await orUnmade(this.#make(state, run)) : await this.#keptOrMade(state, run);
  }

  async #make(state: DatasetState, run: RunScores): Promise<Made | { readonly missing: MapMissing }> {
    const { path } = state;
    this.cancel(path);
    const stop = new AbortController();
    const made = this.#keptOrMade(state, run, stop.signal);
    const making = { run, made, cancel: () => stop.abort() };
    this.#making.set(path, making);
    try {
      return await made;
    } finally {
      if (this.#making.get(path) === making) this.#making.delete(path);
    }
  }

  /** @param signal Of the making; without it the map is not made. */
  async #keptOrMade(
    state: DatasetState,
    run: RunScores,
    signal?: AbortSignal,
  ): Promise<Made | { readonly missing: MapMissing }> {
    const embeddings = await embeddingsOf(run);
    if ('missing' in embeddings) return embeddings;
    if (embeddings.values.length / embeddings.width < fewestOnMap) return { missing: 'rows' };
    const key = keyOf(run, embeddings);
    const kept = await readMap(runFiles(run.folder).map, key);
    if (kept !== undefined) return { map: kept };
    if (signal === undefined) return { missing: 'unmade' };
    if (signal.aborted) throw new CancelledError();
    return await this.#draw(state, run, embeddings, key, signal);
  }

  async #draw(
    state: DatasetState,
    run: RunScores,
    { values, width, entries, real }: MappedEmbeddings,
    key: string,
    signal: AbortSignal,
  ): Promise<Made> {
    const { path } = state;
    this.onProgress({ path, fraction: 0 });
    const texts = await textsOf(state, run, entries, real, signal);
    const { places, regionOf, regions } = await this.layOut(
      { values, width, synthetic: entries.length, texts, seed },
      {
        signal,
        onProgress: (fraction) => {
          this.onProgress({ path, fraction });
        },
      },
    );
    const { hashHigh, hashLow, occurrence } = run.identityColumns;
    const identities = {
      hashHigh: Uint32Array.from(entries, (entry) => hashHigh[entry]),
      hashLow: Uint32Array.from(entries, (entry) => hashLow[entry]),
      occurrence: Int32Array.from(entries, (entry) => occurrence[entry]),
    };
    const map: EmbeddingMap = { key, synthetic: entries.length, real, identities, places, regionOf, regions };
    try {
      await writeMap(runFiles(run.folder).map, map);
      return { map };
    } catch (thrown) {
      // It is there to be seen all the same; the user is told why it will have to be made again.
      if (!(thrown instanceof UserError)) throw thrown;
      return { map, notKept: thrown.message };
    }
  }
}

async function orUnmade(
  made: Promise<Made | { readonly missing: MapMissing }>,
): Promise<Made | { readonly missing: MapMissing }> {
  try {
    return await made;
  } catch (thrown) {
    if (thrown instanceof CancelledError) return { missing: 'unmade' };
    throw thrown;
  }
}

interface MappedEmbeddings {
  /** [entries + real, width], synthetic rows first. */
  readonly values: Float32Array;
  readonly width: number;
  /** Entries of the run's scores. */
  readonly entries: Int32Array;
  readonly real: number;
}

/** The embeddings that a run kept: of all its rows, or of some of many. */
async function embeddingsOf(run: RunScores): Promise<MappedEmbeddings | { readonly missing: MapMissing }> {
  if (run.record.model === undefined) return { missing: 'encoder' };
  const files = runFiles(run.folder);
  const own = await run.embeddings();
  let synthetic: { values: Float32Array; width: number; entries: Int32Array };
  if ('missing' in own) {
    const sample = await readSample(files.sampledEmbeddings);
    if (sample === undefined) return { missing: 'embeddings' };
    const { hashHigh, hashLow, occurrence } = sample.identities;
    const { width } = sample;
    const found = [...occurrence.keys()]
      .map((i) => ({ i, entry: run.identities.find(hashHigh[i], hashLow[i], occurrence[i]) }))
      .filter(({ entry }) => entry >= 0);
    const values = new Float32Array(found.length * width);
    found.forEach(({ i }, to) => {
      values.set(sample.values.subarray(i * width, (i + 1) * width), to * width);
    });
    synthetic = { values, width, entries: Int32Array.from(found, ({ entry }) => entry) };
  } else {
    synthetic = { ...own, entries: Int32Array.from({ length: run.size }, (_, entry) => entry) };
  }
  const loaded = await loadCheckpoint(files.realEmbeddings);
  const array = 'checkpoint' in loaded ? loaded.checkpoint.tensors.get('array')?.data : undefined;
  const { width } = synthetic;
  const real = array instanceof Float32Array && array.length % width === 0 ? array : new Float32Array(0);
  const values = new Float32Array(synthetic.values.length + real.length);
  values.set(synthetic.values);
  values.set(real, synthetic.values.length);
  return { values, width, entries: synthetic.entries, real: real.length / width };
}

/** A hash of all that a layout follows from: rows, encoder, settings and version. */
function keyOf({ record, identityColumns }: RunScores, { entries, real }: MappedEmbeddings): string {
  const { hashHigh, hashLow, occurrence } = identityColumns;
  const digest = createHash('sha256');
  const realHash = record.inputs.find(({ role }) => role === 'real')?.sha256;
  digest.update(JSON.stringify([layoutVersion, layoutSettings, seed, record.model?.hash, realHash, real]));
  for (const column of [hashHigh, hashLow, occurrence])
    digest.update(Int32Array.from(entries, (entry) => column[entry]));
  return digest.digest('hex');
}

/** The texts of the points, where they are known. */
async function textsOf(
  state: DatasetState,
  run: RunScores,
  entries: Int32Array,
  real: number,
  signal: AbortSignal,
): Promise<(string | undefined)[]> {
  const rowOf = rowsOfScores(state, run);
  const texts = new Array<string | undefined>(entries.length + real);
  const read = async (
    file: Pick<DatasetState, 'text' | 'rows'>,
    points: readonly { readonly point: number; readonly row: number }[],
  ): Promise<void> => {
    for (let from = 0; from < points.length; from += textsAtOnce) {
      const some = points.slice(from, from + textsAtOnce);
      const lines = await bytesOfRows(
        file.text,
        file.rows,
        some.map(({ row }) => row),
      );
      lines.forEach((bytes, i) => {
        const { text, textPair } = file.text.format.textOf(bytes);
        texts[some[i].point] = textPair === undefined ? text : `${text}\n${textPair}`;
      });
      await turn();
      if (signal.aborted) throw new CancelledError();
    }
  };
  await read(
    state,
    Array.from(entries, (entry, point) => ({ point, row: rowOf[entry] })).filter(({ row }) => row >= 0),
  );
  if (state.real !== undefined && realIsKnown(state, run, real)) {
    await read(
      state.real,
      Array.from({ length: real }, (_, row) => ({ point: entries.length + row, row })),
    );
  }
  return texts;
}

/** Whether the real file as it is tells which line each real point is. */
function realIsKnown(state: DatasetState, run: RunScores, real: number): boolean {
  return state.real !== undefined && isScoredBy(state, run) && state.real.rows.size === real;
}

/** The points of a map as the dataset stands now; rows whose text is gone are not among them. */
async function pointsOf(
  state: DatasetState,
  run: RunScores,
  { map, notKept }: Made,
  controls: WeightControls,
): Promise<EmbeddingPoints> {
  const { synthetic, real, identities, regions } = map;
  const rowOf = rowsOfScores(state, run);
  const rows = new Int32Array(synthetic);
  const points = new Int32Array(synthetic + real);
  let count = 0;
  for (let point = 0; point < synthetic; point++) {
    const { hashHigh, hashLow, occurrence } = identities;
    const entry = run.identities.find(hashHigh[point], hashLow[point], occurrence[point]);
    if (entry < 0 || rowOf[entry] < 0) continue;
    rows[count] = rowOf[entry];
    points[count++] = point;
  }
  for (let i = 0; i < real; i++) points[count + i] = synthetic + i;
  const places = new Float32Array(2 * (count + real));
  const regionOf = new Int16Array(count + real);
  points.subarray(0, count + real).forEach((point, i) => {
    places.set(map.places.subarray(2 * point, 2 * point + 2), 2 * i);
    regionOf[i] = map.regionOf[point];
  });
  const realKnown = realIsKnown(state, run, real);
  const columns = pointColumns(
    await state.weighed(controls),
    rows.subarray(0, count),
    Array.from({ length: real }, (_, row) => realPoint(state, row, realKnown)),
    places,
  );
  return {
    ...{ ...columns, run: run.folder, scored: run.size, regions, realKnown, notKept },
    regionOf: packed(regionOf),
  };
}

function realPoint({ real, shown }: DatasetState, row: number, known: boolean): RealPoint {
  if (!known || real === undefined) return { line: 0, labelId: -1 };
  const { line, labels, fileLabelId } = real.rows;
  return { line: line[row], labelId: shown.labels.indexOf(labels[fileLabelId[row]]) };
}
