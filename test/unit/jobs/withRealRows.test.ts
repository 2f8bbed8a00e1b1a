import { describe, expect, it } from 'vitest';
import { cpuDevice } from '../../../src/engine/runtime/cpu.ts';
import { fineTune, type FineTuneResult } from '../../../src/engine/training/fineTune.ts';
import { prepareLoss, withRealRows, type LossName, type PreparedLoss } from '../../../src/jobs/classifier.ts';
import { crossEntropy, focal } from '../../../src/jobs/losses.ts';
import { concatLabelled, selectLabelled, type LabelledRows } from '../../../src/jobs/selectRows.ts';
import {
  differing,
  labelCount,
  padId,
  randomLabels,
  randomLengths,
  randomRows,
  randomWeights,
  settings,
  tinyConfig,
} from '../engine/support.ts';

const device = cpuDevice();
const initial = randomWeights(tinyConfig);
const [syntheticRows, realRows] = [12, 5];
const together: LabelledRows = {
  rows: randomRows(randomLengths(syntheticRows + realRows, 20)),
  labelIds: randomLabels(syntheticRows + realRows),
};
const rowsFrom = (first: number, count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => first + i);
const synthetic = selectLabelled(together, rowsFrom(0, syntheticRows));
const real = selectLabelled(together, rowsFrom(syntheticRows, realRows));
const both = concatLabelled(synthetic, real);
/** Log P̂' of every label, surer of some rows than of others. */
const logP = Float64Array.from({ length: syntheticRows * labelCount }, (_, i) => Math.log(0.05 + (i % 7) / 10));

function prepared(loss: LossName, changes: { filterThreshold?: number } = {}): PreparedLoss {
  const clip = { min: -10, max: 10 };
  return prepareLoss(
    loss,
    { gamma: 1, clip, filterThreshold: 0.3, selfNormalise: false, seed: 1, ...changes },
    { labelIds: synthetic.labelIds, classCount: labelCount, logP, logQ: logP.map((value) => value / 2) },
  );
}

/** One step on all rows at once, without dropout: what each row counts follows from the first weights alone. */
function oneStep(data: LabelledRows, { loss, rowInputs }: PreparedLoss): Promise<FineTuneResult> {
  return fineTune({
    ...{ device, config: tinyConfig, labels: labelCount, initial, padId, loss },
    data: { ...data, rowInputs },
    settings: settings({ epochs: 1, batchSize: data.rows.count, microBatchSize: data.rows.count, dropout: false }),
  });
}

const countsOf = async (data: LabelledRows, of: PreparedLoss): Promise<number[]> =>
  Array.from((await oneStep(data, of)).rowWeights ?? []);

describe('withRealRows', () => {
  it.each(['quality', 'filter', 'imp', 'random'] as const)(
    'puts weights of 1 behind those of %s, and keeps the synthetic ones',
    async (loss) => {
      const before = prepared(loss);
      const after = withRealRows(before, syntheticRows, both.rows.count);
      const weight = [...before.rowInputs['weight']];
      expect(weight).toHaveLength(syntheticRows);
      expect(new Set(weight).size).toBeGreaterThan(1);
      expect(Object.keys(after.rowInputs)).toEqual(['weight']);
      expect([...after.rowInputs['weight']]).toEqual([...weight, ...Array<number>(realRows).fill(1)]);
      expect(after.weights).toBe(before.weights);
      expect(await countsOf(both, after)).toEqual([...weight, ...Array<number>(realRows).fill(1)]);
    },
  );

  it('trains as on the real rows alone where every synthetic weight is 0, but for the size of the batch', async () => {
    const none = withRealRows(prepared('filter', { filterThreshold: 0.99 }), syntheticRows, both.rows.count);
    expect([...none.rowInputs['weight']]).toEqual([...Array<number>(syntheticRows).fill(0), 1, 1, 1, 1, 1]);
    const [mixed, alone] = [await oneStep(both, none), await oneStep(real, { loss: crossEntropy, rowInputs: {} })];
    expect((mixed.history[0]?.trainLoss ?? NaN) * both.rows.count).toBeCloseTo(
      (alone.history[0]?.trainLoss ?? NaN) * realRows,
      4,
    );
  });

  it('leaves the real rows alone where DIMP weights by the model in training', async () => {
    const before = prepared('dimp');
    const after = withRealRows(before, syntheticRows, both.rows.count);
    expect([...after.rowInputs['trusted']]).toEqual([...Array<number>(syntheticRows).fill(0), 1, 1, 1, 1, 1]);
    expect([...after.rowInputs['logP']]).toEqual([...before.rowInputs['logP'], 0, 0, 0, 0, 0]);
    const [mixed, alone] = [await countsOf(both, after), await countsOf(synthetic, before)];
    expect(mixed.slice(syntheticRows)).toEqual(Array<number>(realRows).fill(1));
    expect(new Set(alone).size).toBe(syntheticRows);
    alone.forEach((weight, row) => {
      expect(Math.abs(mixed[row] / weight - 1)).toBeLessThan(1e-5);
    });
  });

  it('leaves the real rows alone under focal loss too, which has no row inputs of its own', async () => {
    const before: PreparedLoss = { loss: focal(2, true), rowInputs: {} };
    const after = withRealRows(before, syntheticRows, both.rows.count);
    expect(Object.keys(after.rowInputs)).toEqual(['trusted']);
    const counts = await countsOf(both, after);
    expect(counts.slice(syntheticRows)).toEqual(Array<number>(realRows).fill(1));
    for (const factor of counts.slice(0, syntheticRows)) expect(factor).toBeLessThan(1);
  });

  it('is plain cross-entropy over real rows only, bit for bit', async () => {
    const none = { loss: prepared('dimp').loss, rowInputs: { logP: new Float32Array(0) } };
    const trusted = await oneStep(real, withRealRows(none, 0, realRows));
    const plain = await oneStep(real, { loss: crossEntropy, rowInputs: {} });
    expect(differing(trusted.weights, plain.weights)).toEqual([]);
    expect(trusted.history).toEqual(plain.history);
  });

  it('leaves plain cross-entropy as it is: every row counts 1', () => {
    const plain: PreparedLoss = { loss: crossEntropy, rowInputs: {} };
    expect(withRealRows(plain, syntheticRows, both.rows.count)).toBe(plain);
  });
});
