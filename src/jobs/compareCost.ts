/** What a comparison is going to do and cost, before it begins. */
import { baseline, methodOf, type Method } from '../core/comparison/methods.ts';
import { comparedCheckers, needsOf } from './compareNeeds.ts';
import type { Compared } from './compareParts.ts';
import { classifierSettings } from './settings.ts';
import {
  checkerPasses,
  forwardPasses,
  leakagePasses,
  sum,
  trainingPasses,
  type Sized,
  type Workload,
} from './workload.ts';

/** The sizes of a comparison's sets. */
export interface ComparedSizes {
  readonly real: Sized;
  readonly synthetic: Sized;
  readonly dev?: Sized;
  readonly test: Sized;
}

/** Whether a method was already run with a seed. */
export type IsDone = (method: Method, seed: number) => boolean;

/** The workload of all that is not done yet, shared parts counted once a seed. */
export function comparisonPasses(
  { recipe, effort, overrides }: Pick<Compared, 'recipe' | 'effort' | 'overrides'>,
  sets: ComparedSizes,
  methods: readonly Method[],
  seeds: readonly number[],
  isDone: IsDone,
): Workload[] {
  const work: Workload[] = [];
  for (const seed of seeds) {
    const checkers = comparedCheckers(effort, overrides, seed);
    const missing = methods.filter((method) => !isDone(method, seed));
    const needs = missing.map((method) => needsOf(method, checkers.diversity.folds));
    const fineTuned = effort !== 'preview';
    if (fineTuned && needs.some(({ quality }) => quality)) {
      work.push(...checkerPasses(checkers, sets.real, sets.synthetic, { quality: true, diversity: false }));
    }
    for (const folds of new Set(needs.flatMap(({ diversity }) => diversity ?? []))) {
      const { diversity } = checkers;
      const own = { ...checkers, diversity: { ...diversity, folds } };
      if (folds === 1) work.push(forwardPasses(sets.synthetic, 1));
      else if (fineTuned)
        work.push(...checkerPasses(own, sets.real, sets.synthetic, { quality: false, diversity: true }));
    }
    for (const method of missing) work.push(...methodPasses(recipe, overrides, sets, method));
    // The CE run is trained anew for others if it was done in an earlier run: its model is not kept.
    const [ce] = methods;
    if (needs.some(({ diversity }) => diversity === 1) && isDone(ce, seed)) {
      work.push(...methodPasses(recipe, overrides, sets, ce));
    }
  }
  // Embeddings, which checkers are made of too.
  work.push(...leakagePasses(sets));
  return atOneTime(work);
}

/** The rows that go through the encoder for one method with one seed, as if it were run alone. */
export function methodCost(
  of: Pick<Compared, 'recipe' | 'effort' | 'overrides'>,
  sets: ComparedSizes,
  method: Method,
  seed: number,
): { readonly forward: number; readonly backward: number } {
  const { folds } = comparedCheckers(of.effort, of.overrides, seed).diversity;
  // Asked in-sample, the diversity checker is the CE run.
  const inSample = needsOf(method, folds).diversity === 1;
  const alone = inSample ? [methodOf(baseline), method] : [method];
  const { forwardRows, backwardRows } = sum(comparisonPasses(of, sets, alone, [seed], () => false));
  return { forward: Math.round(forwardRows), backward: Math.round(backwardRows) };
}

function methodPasses(
  recipe: Compared['recipe'],
  overrides: Compared['overrides'],
  { real, synthetic, dev, test }: ComparedSizes,
  method: Method,
): Workload[] {
  const trainedOn: readonly (readonly [Sized, number])[] =
    method.kind === 'real'
      ? [[real, 1]]
      : [
          ...(method.kind === 'both' || method.withReal === true ? [[real, 1] as const] : []),
          [synthetic, method.kind === 'rho' ? method.keep : 1],
        ];
  const rows = trainedOn.reduce((total, [set, share]) => total + Math.round(countOf(set) * share), 0);
  const { epochs } = classifierSettings(recipe, overrides, rows);
  return [
    ...trainedOn.map(([set, share]) => trainingPasses(set, epochs, share)),
    ...(dev === undefined ? [] : [forwardPasses(dev, epochs)]),
    forwardPasses(test, 1),
  ];
}

function countOf(set: Sized): number {
  return 'rows' in set ? set.rows.count : set.count;
}

/** Models are let go when the part they are for is done: on disk is the largest part, not the sum of them. */
function atOneTime(work: readonly Workload[]): Workload[] {
  const peak = work.reduce((most, { modelsOnDisk }) => Math.max(most, modelsOnDisk), 0);
  const all = {
    ...sum(work),
    modelsOnDisk: work.length === 0 ? 0 : peak + trainingPasses({ count: 0, tokens: 0 }, 1).modelsOnDisk,
  };
  return [all];
}

/** One line on what is going to be done. */
export function planText(methods: readonly Method[], seeds: readonly number[], isDone: IsDone, folds: number): string {
  const all = methods.length * seeds.length;
  const done = seeds.reduce((total, seed) => total + methods.filter((method) => isDone(method, seed)).length, 0);
  const needs = methods.map((method) => needsOf(method, folds));
  const checkers = [
    ...new Set(needs.flatMap(({ diversity }) => (diversity !== undefined && diversity > 1 ? [diversity] : []))),
  ];
  const shared = [
    ...(needs.some(({ quality }) => quality) ? ['the quality checker'] : []),
    ...checkers.sort((a, b) => a - b).map((k) => `the diversity checker with K = ${String(k)}`),
  ];
  return [
    `Plan: ${counted(methods.length, 'method')} × ${counted(seeds.length, 'seed')} = ${counted(all, 'training')}`,
    ...(done > 0 ? [`, ${String(done)} of them done before`] : []),
    ...(shared.length > 0 ? [`; once a seed, for all of them: ${shared.join(' and ')}`] : []),
    '.',
  ].join('');
}

function counted(n: number, what: string): string {
  return `${String(n)} ${what}${n === 1 ? '' : 's'}`;
}
