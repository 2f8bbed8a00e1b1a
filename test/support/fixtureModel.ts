import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { EncodedRows } from '../../src/engine/hub/encodedRows.ts';
import { readSafetensors } from '../../src/engine/hub/safetensors.ts';
import { parseConfig, type EncoderConfig } from '../../src/engine/models/config.ts';
import { readWeights, type Weights } from '../../src/engine/models/pretrained.ts';

export const architectures = ['bert', 'roberta', 'distilbert', 'electra'] as const;

/** Token ids of a few rows, as the fixtures hold them. */
export interface FixtureRows {
  readonly inputIds: readonly (readonly number[])[];
  readonly typeIds: readonly (readonly number[])[] | null;
  readonly labels: readonly number[];
}

export interface FixtureModel {
  readonly dir: string;
  readonly config: EncoderConfig;
  readonly weights: Weights;
  readonly padId: number;
  readonly expected: {
    readonly parameters: readonly string[];
    readonly decayedParameters: readonly string[];
    readonly cases: Readonly<
      Record<
        'single' | 'pairs' | 'nopad',
        FixtureRows & { readonly losses: readonly number[]; readonly meanLoss: number }
      >
    >;
    readonly adamw: {
      readonly steps: number;
      readonly warmupSteps: number;
      readonly peakLearningRate: number;
      readonly batches: readonly FixtureRows[];
      readonly runs: Readonly<
        Record<
          'decay' | 'no_decay',
          {
            readonly weightDecay: number;
            readonly learningRates: readonly number[];
            readonly losses: readonly number[];
            readonly gradientNorms: readonly number[];
          }
        >
      >;
    };
    readonly weighted?: FixtureRows & {
      readonly logP: readonly (readonly number[])[];
      readonly logQ: readonly (readonly number[])[];
      readonly gradients: readonly string[];
      readonly losses: Readonly<
        Record<
          string,
          { readonly factors: readonly number[]; readonly rowLosses: readonly number[]; readonly meanLoss: number }
        >
      >;
    };
  };
  /** An array of expected.safetensors. */
  array(name: string): Float32Array;
}

/** A tiny random model of test/fixtures/models, and what PyTorch computed with it. */
export function fixtureModel(architecture: (typeof architectures)[number]): FixtureModel {
  const dir = fileURLToPath(new URL(`../fixtures/models/${architecture}/`, import.meta.url));
  const raw = JSON.parse(readFileSync(`${dir}config.json`, 'utf8')) as Record<string, unknown>;
  const config = parseConfig(raw, dir);
  const arrays = readSafetensors(readFileSync(`${dir}expected.safetensors`), 'expected.safetensors');
  const tensors = readSafetensors(readFileSync(`${dir}model.safetensors`), 'model.safetensors');
  return {
    dir,
    config,
    weights: readWeights(config, tensors.tensors, dir, 3),
    padId: Number(raw['pad_token_id'] ?? 0),
    expected: JSON.parse(readFileSync(`${dir}expected.json`, 'utf8')) as FixtureModel['expected'],
    array: (name) => {
      const tensor = arrays.tensors.get(name);
      if (!(tensor?.data instanceof Float32Array)) throw new Error(`fixture has no array ${name}`);
      return tensor.data;
    },
  };
}

/** Ragged lists of ids as the engine takes them. */
export function encodedRows(rows: Pick<FixtureRows, 'inputIds' | 'typeIds'>): EncodedRows {
  const offsets = Int32Array.from([0, ...rows.inputIds.map((ids) => ids.length)]);
  for (let i = 1; i < offsets.length; i++) offsets[i]! += offsets[i - 1]!;
  return {
    count: rows.inputIds.length,
    offsets,
    inputIds: Int32Array.from(rows.inputIds.flat()),
    tokenTypeIds: rows.typeIds === null ? new Int32Array(offsets.at(-1)!) : Int32Array.from(rows.typeIds.flat()),
  };
}

/** Largest |a − b| over the largest |b|. */
export function relativeError(actual: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (actual.length !== wanted.length) throw new Error(`lengths ${String(actual.length)} and ${String(wanted.length)}`);
  let difference = 0;
  let magnitude = 0;
  for (let i = 0; i < wanted.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - wanted[i]!));
    magnitude = Math.max(magnitude, Math.abs(wanted[i]!));
    if (Number.isNaN(actual[i]!)) return NaN;
  }
  return difference / Math.max(magnitude, Number.MIN_VALUE);
}
