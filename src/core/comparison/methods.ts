/** The methods that a comparison knows, by the names that stand in `--methods`, files and reports. Free of heavy imports. */
import { UserError } from '../../base/errors.ts';

/** Settings of the weights that a method has of its own, other than the comparison's; see `WeightSettings`. */
export interface OwnWeights {
  readonly gamma?: number;
  /** Of the weight itself, not of its logarithm. */
  readonly clipMax?: number;
  readonly truncateQuantile?: number;
  readonly selfNormalise?: true;
  readonly priorCorrection?: true;
}

/** What a method does with the rows. */
export type Method = {
  readonly name: string;
  readonly title: string;
  /** Trains on the real rows too: they count with weight 1, whatever the method does with the synthetic ones. */
  readonly withReal?: boolean;
  readonly own?: OwnWeights;
} & (
  | { readonly kind: 'real' | 'ce' | 'focal' | 'quality' | 'dimp' | 'random' | 'both' }
  /** Keeps rows with P̂'(y|x) above the threshold. */
  | { readonly kind: 'filter'; readonly threshold: number }
  /** Weights by P̂'/Q̂ with a diversity checker of so many folds; 1: in-sample, and then the CE run is the checker. */
  | { readonly kind: 'imp'; readonly folds: number }
  /** Keeps this share of the rows, those of the largest reducible loss (Mindermann et al. 2022). */
  | { readonly kind: 'rho'; readonly keep: number }
);

/** The method that every other one is held against. */
export const baseline = 'ce';

/** What `--methods` stands for where it is not given. */
export const defaultMethods: readonly string[] = [
  ...['real', 'ce', 'focal', 'quality', 'filter-0.3', 'filter-0.5', 'filter-0.7', 'imp-1', 'imp-2', 'dimp'],
  ...['rho-50', 'random', 'both', 'quality+real', 'imp-2+real', 'dimp+real', 'random+real'],
];

/** Names that stand for several methods. */
const groups: Readonly<Record<string, readonly string[]>> = {
  all: defaultMethods,
  filter: ['filter-0.3', 'filter-0.5', 'filter-0.7'],
  imp: ['imp-1', 'imp-2'],
  rho: ['rho-50'],
};

const titles = {
  real: 'real only',
  ce: 'CE',
  focal: 'focal',
  quality: 'quality',
  dimp: 'DIMP',
  random: 'random weights',
  both: 'real + synthetic',
} as const;

const names = 'real, ce, focal, quality, filter-TAU, imp-FOLDS, dimp, rho-PERCENT, random, both';
const several = 'filter, imp, rho and all stand for several';
const ownSettingNames = '@gamma=X, @clip-max=X, @truncate=X, @self-normalise, @prior-correction';

/** For help. */
export const methodsHelp = `${names}; imp-2+real and the like train on the real rows too, with weight 1; imp-2@gamma=0.5 and the like have settings of their own, before +real: ${ownSettingNames}; ${several}`;

/** What can be chosen in place of a name that is no method. */
function choicesFor(given: string): string {
  if (!given.includes('@')) return `${names}; ${several}`;
  return `${names}; quality, imp-FOLDS and random take each of ${ownSettingNames} once, before +real, dimp the first two`;
}

/**
 * Reads a list of methods, without repetition, the baseline always among them and first.
 *
 * @param text Names with commas between; all methods where it is undefined.
 * @throws UserError with exit code 2 for an unknown name.
 */
export function parseMethods(text?: string): Method[] {
  const given = text === undefined ? defaultMethods : text.split(',').map((name) => name.trim().toLowerCase());
  const wanted = given
    .filter((name) => name !== '')
    .flatMap((name) => (Object.hasOwn(groups, name) ? groups[name] : [name]));
  if (wanted.length === 0) throw new UserError(`--methods is empty; choose from ${choicesFor('')}.`, 2);
  const methods = [baseline, ...wanted].map(methodOf);
  return methods.filter(({ name }, i) => methods.findIndex((other) => other.name === name) === i);
}

/**
 * The method of a name.
 * @throws UserError with exit code 2 where there is none.
 */
export function methodOf(given: string): Method {
  const withReal = addsRealRows(given);
  const alone = withReal ? given.slice(0, -realSuffix.length) : given;
  const [plain, ...settings] = alone.split('@');
  const method = withOwn(singleMethod(plain), settings);
  if (method === undefined) {
    throw new UserError(`--methods: there is no method ${given}; choose from ${choicesFor(given)}.`, 2);
  }
  if (!withReal) return method;
  if (method.kind === 'real' || method.kind === 'both') {
    throw new UserError(`--methods: there is no method ${given}: ${alone} trains on the real rows already.`, 2);
  }
  if (method.kind === 'ce') return methodOf('both');
  // A title that ends in a number needs the comma.
  const title = `${method.title}${method.title.includes(',') ? ',' : ''} with real rows`;
  return { ...method, name: method.name + realSuffix, title, withReal };
}

const realSuffix = '+real';

/** What may stand behind `@`, and how the title tells it. */
const ownSettings: Readonly<
  Record<
    string,
    { title: string; flag?: OwnWeights; number?: (value: number) => OwnWeights; holds?: (value: number) => boolean }
  >
> = {
  gamma: { title: 'γ = ', number: (gamma) => ({ gamma }), holds: (value) => value >= 0 },
  'clip-max': { title: 'w ≤ ', number: (clipMax) => ({ clipMax }), holds: (value) => value > 0 },
  truncate: {
    title: 'cap at quantile ',
    number: (truncateQuantile) => ({ truncateQuantile }),
    holds: (value) => value > 0 && value < 1,
  },
  'self-normalise': { title: 'mean weight 1', flag: { selfNormalise: true } },
  'prior-correction': { title: 'prior correction', flag: { priorCorrection: true } },
};

/** Kinds whose weights have such settings. */
const weightedKinds: readonly Method['kind'][] = ['quality', 'imp', 'dimp', 'random'];
/** What DIMP can have: its weights are made row by row. */
const rowByRow: readonly string[] = ['gamma', 'clip-max'];

/** @returns undefined where there is no such method, or a setting is unknown or does not go with it. */
function withOwn(method: Method | undefined, settings: readonly string[]): Method | undefined {
  if (method === undefined || settings.length === 0) return method;
  if (!weightedKinds.includes(method.kind)) return undefined;
  const read = settings.map(readOwn).filter((setting) => setting !== undefined);
  // Each once, and told in one order: a name is what outcomes are found again by.
  const names = new Set(read.map(({ name }) => name));
  if (read.length < settings.length || names.size < read.length) return undefined;
  if (method.kind === 'dimp' && ![...names].every((name) => rowByRow.includes(name))) return undefined;
  const order = Object.keys(ownSettings);
  read.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return {
    ...method,
    name: [method.name, ...read.map(({ told }) => told)].join('@'),
    title: [method.title, ...read.map(({ title }) => title)].join(', '),
    own: Object.assign({}, ...read.map(({ own }) => own)) as OwnWeights,
  };
}

/** One setting of a method; undefined where it is unknown, or its value is none. */
function readOwn(setting: string): { name: string; told: string; title: string; own: OwnWeights } | undefined {
  const [, name, text] = /^([a-z-]+)(?:=(\d+(?:\.\d+)?))?$/.exec(setting) ?? [];
  if (name === undefined || !Object.hasOwn(ownSettings, name)) return undefined;
  const { title, flag, number, holds } = ownSettings[name];
  if (text === undefined) return flag && { name, told: name, title, own: flag };
  const value = Number(text);
  // What is told must be read again: no exponents.
  if (number === undefined || holds?.(value) === false || !/^[\d.]+$/.test(String(value))) return undefined;
  return { name, told: `${name}=${String(value)}`, title: `${title}${String(value)}`, own: number(value) };
}

/** Whether a method, by its name, trains on the real rows beside what another does with the synthetic ones. */
export function addsRealRows(name: string): boolean {
  return name.endsWith(realSuffix);
}

function singleMethod(given: string): Method | undefined {
  const [, kind, number] = /^([a-z]+)(?:-(\d+(?:\.\d+)?|\.\d+))?$/.exec(given) ?? [];
  const value = number === undefined ? undefined : Number(number);
  if (value === undefined && Object.hasOwn(titles, kind)) {
    const plain = kind as keyof typeof titles;
    return { name: plain, title: titles[plain], kind: plain };
  }
  if (kind === 'filter' && value !== undefined && value < 1) {
    return { name: `filter-${String(value)}`, title: `filter, τ = ${String(value)}`, kind, threshold: value };
  }
  if (kind === 'imp' && value !== undefined && Number.isInteger(value) && value >= 1) {
    return { name: `imp-${String(value)}`, title: `IMP, K = ${String(value)}`, kind, folds: value };
  }
  if (kind === 'rho' && value !== undefined && value > 0 && value < 100) {
    return { name: `rho-${String(value)}`, title: `RHO, top ${String(value)} %`, kind, keep: value / 100 };
  }
  return undefined;
}

/**
 * Reads a list of seeds, without repetition.
 * @throws UserError with exit code 2 for anything but whole numbers from 0 to 2^32 − 1.
 */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : NaN));
  if (!seeds.every((seed) => seed <= 2 ** 32 - 1)) {
    throw new UserError(`--seeds must be whole numbers with commas between, e.g. 1,2,3, not ${text}.`, 2);
  }
  return [...new Set(seeds)];
}
