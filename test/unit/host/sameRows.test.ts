import { describe, expect, it } from 'vitest';
import { areSameRows, askNumbered } from '../../../src/host/edits/sameRows.ts';
import type { QueryResult } from '../../../src/protocol/data.ts';

/** A dataset of which the worker has still to be told that lines went, if any. */
function dataset(pending = false) {
  const model = {
    numbering: 3,
    flush: () => {
      if (pending) model.numbering++;
      pending = false;
      return Promise.resolve();
    },
  };
  return model;
}
const result = { view: 7, count: 2 } as QueryResult;

describe('rows named by number', () => {
  it('are the same while no line came or went', async () => {
    expect(await areSameRows({ rows: [1] }, 3, dataset())).toBe(true);
    expect(await areSameRows({ view: 7 }, 3, dataset())).toBe(true);
  });

  it('are others once lines did, told or not yet told', async () => {
    expect(await areSameRows({ rows: [1] }, 2, dataset())).toBe(false);
    expect(await areSameRows({ view: 7 }, 2, dataset())).toBe(false);
    expect(await areSameRows({ rows: [1] }, 3, dataset(true))).toBe(false);
  });

  it('a verdict means the rows it has now', async () => {
    expect(await areSameRows({ verdict: 'misaligned' }, 2, dataset(true))).toBe(true);
  });

  it('an answer carries the numbering it was asked under, so that rows of a moment of change are refused', async () => {
    const model = dataset(true);
    const answer = await askNumbered(model, async () => {
      await model.flush();
      return result;
    });
    expect(answer).toEqual({ ...result, numbering: 3 });
    expect(await areSameRows({ view: 7 }, answer.numbering, model)).toBe(false);
    const again = await askNumbered(model, () => Promise.resolve(result));
    expect(await areSameRows({ view: 7 }, again.numbering, model)).toBe(true);
  });
});
