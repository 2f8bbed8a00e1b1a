/** Why two score runs may weigh the same row differently: all that went into them, side by side. Pure. */

/** What a run was made of; a run's record has these members, and more. */
export interface ScoredPlan {
  readonly inputs: readonly {
    readonly role: string;
    readonly path: string;
    readonly sha256: string;
    /** Rows read without an error. */
    readonly rows: number;
    /** Rows left out. */
    readonly errors: number;
  }[];
  /** Fields that text and label were read from, by input role. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly labels: readonly string[];
  readonly labelMap?: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly recipe?: string;
  readonly model?: { readonly id: string; readonly hash: string };
  readonly device: string;
  /** By program. */
  readonly versions: Readonly<Record<string, string>>;
}

/** What a difference is about, in the order in which differences are listed. */
export const planParts = [
  'input',
  'decisions',
  'schema',
  'labels',
  'label map',
  'seed',
  'recipe',
  'model',
  'device',
  'version',
  'setting',
] as const;
export type PlanPart = (typeof planParts)[number];

/** One thing that differs; a side that has no such thing lacks its value. */
export interface PlanDifference {
  readonly part: PlanPart;
  /** Which of its kind: an input's role, a program, a setting's path with dots between its names; '' where there is but one. */
  readonly name: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Everything that differs between what two runs were made of; none where they must agree, up to the machine. */
export function diffPlans(before: ScoredPlan, after: ScoredPlan): PlanDifference[] {
  const found: PlanDifference[] = [];
  const compare = (part: PlanPart, name: string, a: unknown, b: unknown): void => {
    if (same(a, b)) return;
    found.push({ part, name, ...(a === undefined ? {} : { before: a }), ...(b === undefined ? {} : { after: b }) });
  };
  const roles = [...new Set([...before.inputs, ...after.inputs].map(({ role }) => role))];
  for (const role of roles) {
    const [a, b] = [inputOf(before, role), inputOf(after, role)];
    // The path alone changes nothing: contents decide.
    if (a?.sha256 !== b?.sha256) compare('input', role, a, b);
  }
  compare('decisions', '', before.settings['decisions'], after.settings['decisions']);
  for (const leaf of diffLeaves(before.schema, after.schema)) compare('schema', leaf.name, leaf.before, leaf.after);
  compare('labels', '', before.labels, after.labels);
  compare('label map', '', before.labelMap, after.labelMap);
  compare('seed', '', before.seed, after.seed);
  compare('recipe', '', before.recipe, after.recipe);
  // An id may be a folder's path: the weights decide.
  if (before.model?.hash !== after.model?.hash) compare('model', '', before.model, after.model);
  compare('device', '', before.device, after.device);
  for (const leaf of diffLeaves(before.versions, after.versions))
    compare('version', leaf.name, leaf.before, leaf.after);
  for (const leaf of diffLeaves(before.settings, after.settings)) {
    // Listed above; and the checkers' effort is the run's.
    if (leaf.name === 'decisions' || leaf.name === 'checkers.effort') continue;
    // The run's seed stands in several places of the settings; it is listed once.
    const isSeed = leaf.name.split('.').at(-1) === 'seed';
    if (isSeed && leaf.before === before.seed && leaf.after === after.seed) continue;
    compare('setting', leaf.name, leaf.before, leaf.after);
  }
  return found;
}

/** The difference in one line of plain words. */
export function describeDifference({ part, name, before, after }: PlanDifference): string {
  const change = `${show(before)} → ${show(after)}`;
  switch (part) {
    case 'input':
      return `${capital(name)} file: ${showInput(before)} → ${showInput(after)}`;
    case 'decisions':
      return `Your decisions (kept, relabelled, removed rows): ${before === undefined ? 'none' : 'some'} → ${after === undefined ? 'none' : before === undefined ? 'some' : 'others'}`;
    case 'schema':
      return `Field of the ${name.replace('.', ' file for ')}: ${change}`;
    case 'labels':
      return `Labels: ${change}`;
    case 'label map':
      return `Label map: ${change}`;
    case 'seed':
      return `Seed: ${change}`;
    case 'recipe':
      return `Recipe: ${change}`;
    case 'model':
      return `Encoder: ${showModel(before)} → ${showModel(after)}`;
    case 'device':
      return `Device: ${change} (results are the same bits only on the same device with the same number of threads)`;
    case 'version':
      return `Version of ${name}: ${change}`;
    case 'setting':
      return `${settingName(name)}: ${change}`;
  }
}

/**
 * Values that differ between two objects, by path with dots; lists count as one value.
 * @param lone What an object counts as that only one of them has: each of its values, or one.
 */
export function diffLeaves(
  before: unknown,
  after: unknown,
  lone: 'values' | 'one' = 'values',
  path = '',
): { name: string; before: unknown; after: unknown }[] {
  if (!isObject(before) && !isObject(after)) return same(before, after) ? [] : [{ name: path, before, after }];
  const isLone = (value: unknown): boolean => !isObject(value) && (lone === 'one' || value !== undefined);
  if (isLone(before) || isLone(after)) {
    return [{ name: path, before, after }];
  }
  const [a, b] = [before, after].map((value) => (isObject(value) ? value : {}));
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((name) =>
    diffLeaves(memberOf(a, name), memberOf(b, name), lone, path === '' ? name : `${path}.${name}`),
  );
}

/** Names of settings that do not speak for themselves. */
const settingNames: Readonly<Record<string, string>> = {
  effort: 'Effort',
  method: 'Method',
  'weights.gamma': 'Exponent γ of the weights',
  'weights.clip.min': 'Least log weight',
  'weights.clip.max': 'Largest log weight',
  'weights.truncateQuantile': 'Weights capped at the quantile',
  'weights.selfNormalise': 'Weights divided by their mean',
  'weights.priorCorrection': 'Correction of label shares',
  'weights.filterThreshold': 'Threshold of the filter',
  'checkers.maxLength': 'Longest row in tokens',
  'checkers.quality.folds': 'Folds of the quality checker',
  'checkers.diversity.folds': 'Folds of the diversity checker',
  'checkers.diversity.maxRows': 'Rows the diversity checker is trained on at most',
};

function settingName(path: string): string {
  return Object.hasOwn(settingNames, path) ? settingNames[path] : `Setting ${path}`;
}

function inputOf({ inputs }: ScoredPlan, role: string): ScoredPlan['inputs'][number] | undefined {
  return inputs.find((input) => input.role === role);
}

function showInput(value: unknown): string {
  if (!isObject(value)) return 'none';
  const { path, rows, errors, sha256 } = value;
  const left = errors === 0 ? '' : `, ${String(errors)} left out`;
  return `${String(path)} (${String(rows)} rows${left}, SHA-256 ${String(sha256).slice(0, 12)})`;
}

function showModel(value: unknown): string {
  return isObject(value) ? `${String(value['id'])} (SHA-256 ${String(value['hash']).slice(0, 12)})` : 'none (TF-IDF)';
}

function show(value: unknown): string {
  if (value === undefined || value === null) return 'not set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function memberOf(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Whether two values of JSON are equal, whatever the order of their members. */
function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (isObject(a) && isObject(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) =>
      same(memberOf(a, name), memberOf(b, name)),
    );
  }
  return a === b;
}
