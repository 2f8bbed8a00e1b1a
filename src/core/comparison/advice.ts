/** What a comparison comes to, in plain words. */
import { formatCount } from '../format.ts';
import { addsRealRows } from './methods.ts';
import { holm } from '../metrics/pairedTests.ts';
import { pairOf, type Comparison, type MethodSummary, type TestedDifference } from './summary.ts';

/** A corrected p-value below this separates two methods. */
export const separatedBelow = 0.05;
/** A method has to cost less than this share of another's to be called cheaper. */
const cheaper = 0.7;
/** Methods that choose or weight rows by the checkers: the ones that random weights are the control of. */
const weighted = /^(quality|filter|imp|dimp|rho)/;

type Rival = MethodSummary & { readonly tested: TestedDifference };

/** How a method stands to the baseline, by the corrected test of macro-F1. */
export type Standing = 'better' | 'worse' | 'not separated';

export function standingOf({ mean, corrected }: Pick<TestedDifference, 'mean' | 'corrected'>): Standing {
  if (corrected >= separatedBelow || mean === 0) return 'not separated';
  return mean > 0 ? 'better' : 'worse';
}

/**
 * Advice: one sentence on what to train with, and one for each thing to know before following it. It never calls a
 * difference one that the test does not separate.
 */
export function advise(comparison: Comparison): string {
  const { methods, seeds, testRows } = comparison;
  const rivals: Rival[] = methods.flatMap((method) =>
    method.difference === undefined ? [] : [{ ...method, tested: method.difference.macroF1 }],
  );
  const failed = methods.filter(({ failures }) => failures.length > 0);
  const caveats = [
    ...(failed.length === 0
      ? []
      : [`${list(failed.map(({ title }) => title))} could not be run with every seed: the report says why.`]),
    ...(seeds.length > 1 || rivals.length === 0
      ? []
      : ['One seed cannot tell a better method from luck in training: compare with three seeds or more.']),
  ];
  return [...sentences(comparison, rivals, `${count(testRows, 'test row')}`), ...caveats].join(' ');
}

function sentences(comparison: Comparison, rivals: readonly Rival[], rows: string): string[] {
  const { methods, seeds, baseline } = comparison;
  const base = methods.find(({ method }) => method === baseline);
  if (base?.macroF1 === undefined) return ['CE could not be run, and every method is held against it.'];
  if (rivals.length === 0) return ['Only CE was run: there is nothing to compare it with.'];
  const by = (standing: Standing): Rival[] =>
    rivals
      .filter(({ tested }) => standingOf(tested) === standing)
      .sort((a, b) => b.tested.mean - a.tested.mean || (a.method < b.method ? -1 : 1));
  const [better, worse, rest] = [by('better'), by('worse'), by('not separated')];
  const worseSentence =
    worse.length === 0
      ? []
      : [`${list(worse.map(({ title }) => title))} ${worse.length === 1 ? 'is' : 'are'} worse than CE.`];
  if (better.length > 0) return [`${praise(comparison, better, rows)}.`, ...worseSentence];
  if (rest.length === 0) {
    const [nearest] = worse;
    return [
      `CE is the best of these on your ${rows}; the next is ${nearest.title}, ${points(nearest.tested)} macro-F1.`,
    ];
  }
  const [first] = rest;
  return [
    `No method is separated from CE by ${seeds.length === 1 ? 'this 1 seed' : `these ${String(seeds.length)} seeds`} and ${rows}: the largest gain is ${first.title}, ${points(first.tested)} macro-F1 (${pValue(first.tested.corrected)}).`,
    'Plain CE will do, until more test rows or seeds say otherwise.',
    ...worseSentence,
  ];
}

/** About the best of the methods that beat the baseline. */
function praise(comparison: Comparison, better: readonly Rival[], rows: string): string {
  const [best, ...others] = better;
  const parts = [
    `${subject(best)} by ${points(best.tested, false)} macro-F1 on your ${rows} (${pValue(best.tested.corrected)})`,
  ];
  const even = (method: string): boolean => {
    const pair = pairOf(comparison, best.method, method);
    return pair !== undefined && pair.p >= separatedBelow;
  };
  const withReal = addsRealRows(best.method);
  const beyondReal = withReal ? beyondRealRows(comparison, best) : undefined;
  const cheap = others.find((other) => costOf(other) <= cheaper * costOf(best) && even(other.method));
  const isPlain = cheap?.method === plainWithReal;
  if (cheap !== undefined) {
    const cost = share(costOf(cheap) / costOf(best));
    const so = withReal && isPlain ? `, ${onlyRealHelps}` : '';
    parts.push(`${cheap.title} does as well, as far as these rows can tell, for ${cost} the cost${so}`);
  }
  // Where the cheaper one is that rival, it is said already.
  if (beyondReal !== undefined && !isPlain) parts.push(beyondReal.sentence);
  const control = withReal ? 'random+real' : 'random';
  if (beyondReal?.helps !== false && weighted.test(best.method) && even(control)) {
    const { title } = comparison.methods.find(({ method }) => method === control) ?? { title: control };
    parts.push(`but it is not separated from ${title}, so the choice of rows may not be what helps`);
  }
  return parts.join('; ');
}

/** The method with the same rows as one that adds the real ones, every row alike: its fair rival, which CE is not. */
const plainWithReal = 'both';
const onlyRealHelps = 'so the real rows may be all that helps';

/** Whether a method that adds the real rows is better than adding them alone; undefined in `helps` where that was not run. */
function beyondRealRows(
  comparison: Comparison,
  { method }: Rival,
): { readonly helps: boolean | undefined; readonly sentence: string } {
  // Corrected like the tests against CE, for all methods that add the real rows: this one is the best of them.
  const pairs = comparison.methods.flatMap(({ method: of }) => {
    const against = addsRealRows(of) ? pairOf(comparison, of, plainWithReal) : undefined;
    return against === undefined ? [] : [{ of, against }];
  });
  const at = pairs.findIndex(({ of }) => of === method);
  if (at === -1) {
    return { helps: undefined, sentence: `but real + synthetic (both) was not compared, ${onlyRealHelps}` };
  }
  const { against } = pairs[at];
  const corrected = holm(pairs.map(({ against: { p } }) => p))[at];
  if (standingOf({ mean: against.mean, corrected }) === 'better') {
    const sentence = `it beats real + synthetic too, by ${points(against, false)} (${pValue(corrected)})`;
    return { helps: true, sentence };
  }
  const sentence = `but it is not better than real + synthetic, as far as these rows can tell, ${onlyRealHelps}`;
  return { helps: false, sentence };
}

function subject({ method, title }: Rival): string {
  if (method === 'real') return 'Training on the real rows alone beats CE on the synthetic ones';
  if (method === 'both') return 'Adding the real rows to the synthetic ones beats CE';
  return `${title[0].toUpperCase()}${title.slice(1)} beats CE`;
}

function costOf({ seconds }: Pick<MethodSummary, 'seconds'>): number {
  return seconds.training + seconds.checkers;
}

function share(ratio: number): string {
  if (ratio <= 0.15) return 'a tenth of';
  if (ratio <= 0.29) return 'a quarter of';
  if (ratio <= 0.41) return 'a third of';
  return ratio <= 0.58 ? 'half' : 'two thirds of';
}

/** `+2.1 ± 0.6`, in points of 100. */
export function points({ mean, sd }: { readonly mean: number; readonly sd?: number }, signed = true): string {
  const value = (100 * mean).toFixed(1);
  const sign = signed && mean >= 0 && !value.startsWith('-') ? '+' : '';
  return `${sign}${value}${sd === undefined ? '' : ` ± ${(100 * sd).toFixed(1)}`}`;
}

/** `p = 0.012`, `p < 0.001`. */
export function pValue(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p < 0.1 ? p.toFixed(3) : p.toFixed(2)}`;
}

function count(n: number, what: string): string {
  return `${formatCount(n)} ${what}${n === 1 ? '' : 's'}`;
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}
