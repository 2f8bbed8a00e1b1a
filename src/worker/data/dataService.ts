/** Answers the calls of `DataApi`; also in the process of a test. */
import { UserError } from '../../base/errors.ts';
import type { DataApi, DataEvents } from '../../protocol/data.ts';
import { compareRuns } from './compareRuns.ts';
import { Dataset, type DatasetState, type ReadBefore } from './dataset.ts';
import { checkRow, detailsOf } from './detailsOfRow.ts';
import { exportRows } from './exportRows.ts';
import { flagsOf, lineWeightsOf } from './flagsOfRows.ts';
import type { StartBlockIndexer } from './indexFile.ts';
import { guessReal } from './guessReal.ts';
import { similarRows } from './neighbours.ts';
import { dynamicsOf, trajectoriesOf } from './dynamicsOfRows.ts';
import { Maps } from './maps.ts';
import type { LayOutRows } from './mapThread.ts';
import { PickedRows } from './pickedRows.ts';
import { planRows } from './planRows.ts';
import { pointText } from './pointText.ts';
import { queryRows } from './queryRows.ts';
import { readFileText } from './readFile.ts';
import { rowAtLine } from './rowIndex.ts';
import { viewRows } from './rowViews.ts';
import { countTexts } from './rowIndex.ts';
import { sampleRows } from './sampleRows.ts';
import { Views } from './views.ts';

/** Tells an event to whoever listens. */
export type Emit = <N extends keyof DataEvents & string>(name: N, payload: DataEvents[N]) => void;

/** Rows of a closed dataset that stay in memory, at 41 bytes each. */
const mostRowsAtRest = 2_000_000;

/** A dataset and the lists that were made of it. */
interface Open {
  readonly dataset: Dataset;
  readonly views: Views;
  readonly picked: PickedRows;
}

/** A handler of every data call. */
export type DataCalls = {
  readonly [M in keyof DataApi]: (params: DataApi[M]['params']) => Promise<DataApi[M]['result']>;
};

/**
 * The handlers of every data call. Datasets are known by their path.
 *
 * @param threads To read large files by; without them they are read in one pass.
 * @param layOut To draw maps by; without it there are only those that were drawn before.
 */
export function createDataService(emit: Emit, threads?: StartBlockIndexer, layOut: LayOutRows = noMaps): DataCalls {
  const opened = new Map<string, Open>();
  const maps = new Maps(layOut, (progress) => {
    emit('mapping', progress);
  });
  /** The dataset closed last: a panel that is closed by mistake is back at once. */
  let closed: ReadBefore | undefined;

  const find = (path: string): Open => {
    const open = opened.get(path);
    if (open === undefined) throw new UserError(`${path} is not open.`);
    return open;
  };
  const close = (path: string): void => {
    const dataset = opened.get(path)?.dataset;
    if (dataset === undefined) return;
    const { read } = dataset;
    closed = read !== undefined && read.file.rows.size <= mostRowsAtRest ? read : undefined;
    dataset.close();
    maps.cancel(path);
    opened.delete(path);
  };

  return {
    open: async (params) => {
      // Opened again, e.g. with other real rows: what was picked are the same texts.
      const picked = opened.get(params.path)?.picked ?? new PickedRows();
      close(params.path);
      const dataset = new Dataset(
        params,
        (progress) => {
          emit('reading', progress);
        },
        threads,
      );
      const before = closed?.params.path === params.path ? closed : undefined;
      // Two datasets need more memory than one.
      closed = undefined;
      opened.set(params.path, { dataset, views: new Views(), picked });
      return await dataset.open(before);
    },
    close: ({ path }) => {
      close(path);
      return Promise.resolve(null);
    },
    facts: async ({ path }) => find(path).dataset.facts(),
    attach: async ({ path, run }) => find(path).dataset.attach(run),
    query: async (params) => {
      const { dataset, views, picked } = find(params.path);
      return await queryRows(await dataset.freshState(), views, params, picked);
    },
    rows: async ({ path, view, from, count }) => {
      const { dataset, views } = find(path);
      const state = await dataset.state();
      const { order, controls } = views.get(state, view);
      const first = Math.max(0, Math.trunc(from));
      const wanted = order.subarray(first, first + Math.max(0, Math.trunc(count)));
      return { view, from: first, rows: await viewRows(state, await state.weighed(controls), wanted) };
    },
    place: async ({ path, view, row }) => {
      const { dataset, views } = find(path);
      return views.get(await dataset.state(), view).order.indexOf(row);
    },
    details: async ({ path, row, controls }) => detailsOf(await find(path).dataset.state(), row, controls),
    rowAtLine: async ({ path, line }) => {
      const { rows } = await find(path).dataset.freshState();
      const row = rowAtLine(rows, line);
      return row < 0 ? null : row;
    },
    similar: async ({ path, row, count }) => {
      const state = await find(path).dataset.state();
      checkRow(state, row);
      return await similarRows(state, row, count);
    },
    flags: async ({ path, most, controls }) => flagsOf(await find(path).dataset.freshState(), most, controls),
    lineWeights: async ({ path, fromLine, toLine, controls }) =>
      lineWeightsOf(await find(path).dataset.state(), fromLine, toLine, controls),
    plan: async ({ path, ...request }) => {
      const { dataset, views } = find(path);
      return await planRows(await dataset.state(), views, request);
    },
    decide: async ({ path, decisions }) => {
      await find(path).dataset.decide(decisions);
      return null;
    },
    change: async ({ path, version, changes, full }) => find(path).dataset.change(version, changes, full),
    reload: async ({ path }) => find(path).dataset.reload(),
    export: async ({ path, ...request }) => {
      const { dataset, views } = find(path);
      return await exportRows(await dataset.state(), views, request);
    },
    guessReal: ({ path, candidates }) => guessReal(path, candidates, opened.get(path)?.dataset.fields),
    sample: async ({ path, count, textField, without }) => {
      const { text, rows } = await sampled(opened.get(path)?.dataset, path, textField);
      const known = without === undefined ? undefined : await sampled(undefined, without, undefined);
      return await sampleRows(text, rows, count, known && countTexts(known.rows));
    },
    map: async ({ path, make, controls }) => maps.map(await find(path).dataset.state(), controls, make),
    cancelMap: ({ path }) => {
      maps.cancel(path);
      return Promise.resolve(null);
    },
    dynamics: async ({ path, run, controls }) => dynamicsOf(await find(path).dataset.state(), run, controls),
    trajectories: async ({ path, run, rows }) => trajectoriesOf(await find(path).dataset.state(), run, rows),
    pointText: async ({ path, source, at }) => pointText(await find(path).dataset.state(), source, at),
    pick: async ({ path, rows }) => {
      const { dataset, picked } = find(path);
      picked.pick(await dataset.state(), rows);
      return null;
    },
    compareRuns: async ({ path, before, after, most }) =>
      compareRuns(await find(path).dataset.freshState(), before, after, most),
  };
}

/** Where there is no thread to draw in. */
const noMaps: LayOutRows = () => Promise.reject(new UserError('Maps cannot be drawn here.'));

/** The text to sample from: with its labels where it has usable ones, so that each is represented. */
async function sampled(
  dataset: Dataset | undefined,
  path: string,
  textField: string | undefined,
): Promise<Pick<DatasetState, 'text' | 'rows'>> {
  const fields = { ...dataset?.fields, ...(textField === undefined ? {} : { textField, textPairField: undefined }) };
  try {
    const state = await dataset?.freshState();
    if (state !== undefined && (textField ?? state.text.format.schema.text) === state.text.format.schema.text)
      return state;
    return await readFileText(path, { ...fields, name: path });
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    // Rows to be labelled need no label yet.
    return await readFileText(path, { ...fields, name: path, unlabelled: true });
  }
}
