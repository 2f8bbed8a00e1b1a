/** `compare`: every method with every seed on the same rows, and what the differences are worth. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '../base/errors.ts';
import { advise } from '../core/comparison/advice.ts';
import type { Method } from '../core/comparison/methods.ts';
import { htmlReport, markdownReport, type ReportFacts } from '../core/comparison/report.ts';
import { summarise, type Comparison, type Outcome, type SummaryInput } from '../core/comparison/summary.ts';
import { testRowWarnings } from '../core/comparison/warnings.ts';
import { confusionMatrix, reportOf } from '../core/metrics/classification.ts';
import { dataWarnings } from '../core/weighting/warnings.ts';
import { writeBytesAtomic } from '../store/atomic.ts';
import { writeComparison, type KeptComparison } from '../store/comparison.ts';
import type { JsonObject } from '../store/json.ts';
import { runFiles } from '../store/layout.ts';
import { listRuns } from '../store/listRuns.ts';
import { readOutcomes, writeOutcome } from '../store/outcomes.ts';
import { checkRealRows, embedSets, encodeSet } from './checkers.ts';
import { comparisonPasses, methodCost, planText, type IsDone } from './compareCost.ts';
import { ComparedSeed } from './compareMethod.ts';
import { comparedCheckers, needsOf } from './compareNeeds.ts';
import type { Compared, ComparedSets } from './compareParts.ts';
import { describeDevice, versions, workspace, type ComputeOptions, type JobContext } from './context.ts';
import type { Encoder } from './encoder.ts';
import { estimateWork } from './estimate.ts';
import { findAndOpenEncoder } from './findModel.ts';
import { canonical, inRun, type OpenRun, type RunPlan } from './inRun.ts';
import { cleanRows, copyRule, findLeakage, leakageJson } from './leakage.ts';
import type { Effort } from './names.ts';
import { openDevice } from './openDevice.ts';
import {
  allRowErrors,
  allSets,
  describeInputs,
  readInputs,
  type InputPaths,
  type InputSet,
  type Inputs,
  type ReadInputsOptions,
} from './readInputs.ts';
import type { RecipeName } from './recipes.ts';
import { asJson, checkDimpSettings, classifierSettings, weightChoices, type Overrides } from './settings.ts';
import { noStages } from './workspace.ts';

export interface CompareOptions extends ReadInputsOptions, ComputeOptions {
  readonly paths: InputPaths & { readonly test: string };
  /** The baseline first; see `parseMethods`. */
  readonly methods: readonly Method[];
  /** At least one. */
  readonly seeds: readonly number[];
  readonly recipe: RecipeName;
  /** How the checkers are made; as the recipe says unless given. */
  readonly effort?: Effort;
  readonly model?: string;
  /** Of every method; `seed`, `folds` and `filterThreshold` come with the methods. */
  readonly overrides: Overrides;
  readonly out?: string;
}

export interface CompareResult {
  readonly folder: string;
  readonly advice: string;
  readonly comparison: Comparison;
  readonly facts: ReportFacts;
  /** The reports that were written. */
  readonly files: { readonly json: string; readonly markdown: string; readonly html: string };
  /** Rows of the files that were left out. */
  readonly errors: number;
  readonly warnings: readonly string[];
  readonly timings: Readonly<Record<string, number>>;
  readonly passes: { readonly forward: number; readonly backward: number };
}

/** Settings that cross the comparison's are told before anything is computed, not when the method's turn comes. */
function checkOwn(method: string, recipe: RecipeName, overrides: Overrides): void {
  try {
    weightChoices(recipe, overrides);
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    throw new UserError(`--methods ${method}: ${thrown.message}`, 2, { cause: thrown });
  }
}

/** Bootstrap resamples while a comparison runs: enough for a look, and quick beside the training that follows. */
const resamplesSoFar = 400;

/**
 * Compares methods. What an earlier comparison of the same data and settings has already run, finished or not, is not run
 * again; an unfinished one goes on in its folder.
 */
export async function compareJob(options: CompareOptions, context: JobContext): Promise<CompareResult> {
  const { methods, seeds, recipe, overrides } = options;
  const effort = options.effort ?? (recipe === 'paper' ? 'paper' : 'standard');
  if (methods.some(({ kind }) => kind === 'dimp')) checkDimpSettings(overrides);
  const choices = weightChoices(recipe, overrides);
  for (const { name, own } of methods) if (own !== undefined) checkOwn(name, recipe, { ...overrides, ...own });
  const device = await openDevice(options, context.notice);
  const inputs = await readInputs(options.paths, { ...options, signal: context.signal });
  context.onRowErrors?.(allRowErrors(inputs));
  const checkers = comparedCheckers(effort, overrides, seeds[0]);
  const needs = methods.map((method) => needsOf(method, checkers.diversity.folds));
  if (needs.some(({ quality }) => quality)) checkRealRows({ ...inputs, settings: checkers });
  const encoder = await findAndOpenEncoder(options.model, context);
  const { sets, truncated } = await encodeAll(encoder, inputs, checkers.maxLength, context.signal);

  const common = {
    kind: 'compare',
    inputs: describeInputs(inputs),
    schema: asJson(Object.fromEntries(allSets(inputs).map(({ role, schema }) => [role, schema]))),
    labels: inputs.labels,
    labelMap: options.labelMap,
    settings: withoutSeeds({
      ...{ effort, recipe, overrides, checkers, weights: choices, decisions: inputs.decisionsHash },
      // Leaked dev rows choose nothing, so the rule is part of what an outcome depends on.
      leakage: copyRule,
    }),
    ...{
      recipe,
      model: { id: encoder.folder.id, hash: encoder.folder.hash },
      device: describeDevice(device),
      versions,
    },
  } as const;
  const key = keyOf(common);
  const done = new Map(
    (await earlierOutcomes(options, key, context.notice)).map((of) => [nameOf(of.method, of.seed), of]),
  );
  const isDone: IsDone = ({ name }, seed) => done.has(nameOf(name, seed));

  const measuring = workspace(device, noStages, { forward: 0, backward: 0 }, context, options);
  context.notice(planText(methods, seeds, isDone, checkers.diversity.folds));
  const estimate = await estimateWork(
    ...([measuring, encoder, inputs.labels.length, sets.synthetic] as const),
    classifierSettings(recipe, overrides, sets.synthetic.rows.count),
    comparisonPasses({ recipe, effort, overrides }, sets, methods, seeds, isDone),
  );
  if (estimate !== undefined) await context.approve?.(estimate);

  const early = earlyWarnings(inputs, truncated, checkers.maxLength);
  const data = {
    dataset: basename(options.paths.synthetic),
    ...{
      syntheticRows: inputs.synthetic.rows.length,
      realRows: inputs.real.rows.length,
    },
    ...{ encoder: encoder.folder.id, recipe },
  };
  const { folder, record, result } = await inRun(
    {
      dataset: options.paths.synthetic,
      method: 'compare',
      ...{ out: options.out, storage: options.storage, warnings: early },
      ...{ remarks: device.remarks?.lines, notice: context.notice, onRun: context.onRun },
      plan: {
        ...common,
        settings: { ...common.settings, methods: methods.map(({ name }) => name), seeds },
        seed: seeds[0],
      },
    },
    async (run) => {
      if (!run.resumed) for (const file of Object.values(run.files.comparison)) await rm(file, { force: true });
      const work = {
        ...workspace(device, run.stages, run.passes, context, options),
        onEvaluation: undefined,
        onResumed: undefined,
      };
      await run.timed('embeddings', () => embedSets(work, encoder, sets));
      const leakage = await run.timed('leakage', () => findLeakage(work, encoder, inputs, sets));
      const counted = leakage?.test?.rows ?? Int32Array.from(sets.test.labelIds.keys());
      if (counted.length === 0) {
        throw new UserError(
          `${options.paths.test}: every row is a copy of a training row, so that nothing is left to judge the methods on.`,
        );
      }
      const clean = { ...sets, dev: cleanRows(sets.dev, leakage?.dev) };
      const judged = testRowWarnings(
        [...counted].map((row) => sets.test.labelIds[row]),
        inputs.labels,
      );
      if (clean.dev === undefined) judged.push(inputs.dev === undefined ? noDevRows : noCleanDevRows);
      const facts = { ...data, devRows: clean.dev?.rows.count };
      const compared: Compared = {
        work,
        ...{ encoder, sets: clean, labels: inputs.labels, recipe, effort, overrides },
        timed: run.timed,
        secondsOf: (name) => run.timings[name] ?? 0,
        forget: run.stages.forget,
      };
      const passes = Object.fromEntries(
        methods.map((method) => [method.name, methodCost({ recipe, effort, overrides }, sets, method, seeds[0])]),
      );
      const ofTest = { labels: inputs.labels, truth: sets.test.labelIds, counted, methods };
      const total = methods.length * seeds.length;
      const warningsOf = (outcomes: readonly Outcome[]): string[] => [
        ...new Set([
          ...early,
          ...judged,
          ...(leakage?.warnings ?? []),
          ...outcomes.flatMap((outcome) => outcome.warnings),
        ]),
      ];
      const keepSoFar = async (outcomes: readonly Outcome[]): Promise<void> => {
        const reached = seeds.filter((seed) => outcomes.some((outcome) => outcome.seed === seed));
        const comparison = summarise({ ...ofTest, seeds: reached, outcomes, resamples: resamplesSoFar });
        const unfinished = { done: outcomes.length, total };
        const soFar = { ...facts, warnings: warningsOf(outcomes), unfinished };
        const { json } = run.files.comparison;
        await writeComparison(json, { advice: advise(comparison), facts: soFar, comparison, passes });
      };
      const todo = { methods, seeds, done, key, keepSoFar };
      const outcomes = await runAll(compared, run, todo, ofTest, context);
      const comparison = summarise({ ...ofTest, seeds, outcomes });
      const warnings = warningsOf(outcomes);
      const advice = advise(comparison);
      await writeReports(run.files.comparison, { advice, facts: { ...facts, warnings }, comparison, passes });
      const metrics = asJson({ ...metricsOf(comparison, advice), leakage: leakageJson(leakage) });
      const metricsAll = comparison.leftOut === undefined ? undefined : metricsWithLeftOut(comparison);
      return { result: { comparison, advice, warnings, facts }, metrics, metricsAll, warnings, keep: [] };
    },
  );
  return {
    ...{ folder, ...result, facts: { ...result.facts, warnings: result.warnings }, files: runFiles(folder).comparison },
    errors: allSets(inputs).reduce((total, { leftOut }) => total + leftOut.length, 0),
    ...{ timings: record.timings, passes: record.passes },
  };
}

interface Todo {
  readonly methods: readonly Method[];
  readonly seeds: readonly number[];
  readonly done: ReadonlyMap<string, Outcome>;
  readonly key: string;
  /** Writes what the outcomes so far come to. */
  readonly keepSoFar: (outcomes: readonly Outcome[]) => Promise<void>;
}

/** All outcomes, seed by seed: those that are done already, and the others, each written as soon as it is there. */
async function runAll(
  compared: Compared,
  run: OpenRun,
  { methods, seeds, done, key, keepSoFar }: Todo,
  of: Judging,
  { notice, onCompared }: Pick<JobContext, 'notice' | 'onCompared'>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const total = methods.length * seeds.length;
  for (const seed of seeds) {
    const missing = methods.filter(({ name }) => !done.has(nameOf(name, seed)));
    const ofSeed = new ComparedSeed(compared, seed, missing);
    for (const method of methods) {
      const before = done.get(nameOf(method.name, seed));
      if (before === undefined) {
        if (outcomes.length > 0) await keepSoFar(outcomes);
        onCompared?.({ done: outcomes.length, total, next: { method: method.name, seed } });
      }
      const outcome = before ?? (await ofSeed.run(method));
      await writeOutcome(run.files.outcomes, { key, outcome });
      outcomes.push(outcome);
      if (before !== undefined) continue;
      await ofSeed.finish(method);
      const so = `(${String(outcomes.length)} of ${String(total)})`;
      notice(`${outcomeText(method, outcome, of)} ${so}`);
    }
    // Nothing of a seed is needed by the next.
    await run.stages.forget(`seed-${String(seed)}`);
  }
  onCompared?.({ done: outcomes.length, total });
  return outcomes;
}

/** What outcomes are judged by; see `SummaryInput`. */
type Judging = Pick<SummaryInput, 'labels' | 'truth'> & { readonly counted: Int32Array };

function outcomeText({ title }: Method, outcome: Outcome, { labels, truth, counted }: Judging): string {
  const start = `seed ${String(outcome.seed)}, ${title}:`;
  if (outcome.predicted === undefined) return `${start} not possible: ${outcome.failed ?? ''}`;
  const { macroF1, accuracy } = reportOf(
    confusionMatrix(truth, outcome.predicted, labels.length, counted),
    labels.length,
  );
  return `${start} macro-F1 ${(100 * macroF1).toFixed(1)} %, accuracy ${(100 * accuracy).toFixed(1)} %, ${outcome.seconds.training.toFixed(0)} s`;
}

/** What earlier comparisons of the dataset, and one in `out`, have already run. */
async function earlierOutcomes(
  { paths, out, storage }: CompareOptions,
  key: string,
  notice: JobContext['notice'],
): Promise<Outcome[]> {
  const { runs } = await listRuns(paths.synthetic, storage);
  const folders = runs.filter(({ record }) => record.kind === 'compare').map(({ folder }) => folder);
  const kept: Outcome[] = [];
  for (const folder of [...folders, ...(out === undefined ? [] : [out])]) {
    for (const found of await readOutcomes(runFiles(folder).outcomes, notice)) {
      if (found.key === key) kept.push(found.outcome);
    }
  }
  return kept;
}

/** Equal for comparisons whose outcomes, of the same method and seed, are equal. Paths do not count, contents do. */
function keyOf(plan: Omit<RunPlan, 'seed'>): string {
  const inputs = plan.inputs.map(({ role, sha256 }) => ({ role, sha256 }));
  return createHash('sha256')
    .update(canonical({ ...plan, inputs, model: plan.model?.hash }))
    .digest('hex');
}

/** Settings of a comparison: the seeds in them come with each training, and stand beside them. */
function withoutSeeds(settings: object): JsonObject {
  return asJson(
    JSON.parse(JSON.stringify(settings, (name, value: unknown) => (name === 'seed' ? undefined : value))) as object,
  );
}

function nameOf(method: string, seed: number): string {
  return `${method} ${String(seed)}`;
}

async function encodeAll(
  encoder: Encoder,
  { real, synthetic, dev, test }: Inputs,
  maxLength: number,
  signal: AbortSignal | undefined,
): Promise<{ sets: ComparedSets; truncated: number }> {
  if (test === undefined) throw new UserError('compare needs --test: rows that the methods are judged on.', 2);
  const encode = (set: InputSet): ReturnType<typeof encodeSet> => encodeSet(encoder, set, maxLength, signal);
  const sets = {
    ...{ real: await encode(real), synthetic: await encode(synthetic) },
    ...{ dev: dev && (await encode(dev)), test: await encode(test) },
  };
  return { sets, truncated: Object.values(sets).reduce((total, set) => total + (set?.truncated ?? 0), 0) };
}

const noDevRows =
  'No dev rows: every method is trained for its epochs as set, and the last weights are judged; nothing chose among them.';
const noCleanDevRows =
  'No dev rows that are no copies of training or test rows: every method is trained for its epochs as set, and the last weights are judged; nothing chose among them.';

function earlyWarnings(inputs: Inputs, truncated: number, maxLength: number): string[] {
  const { labels, real, synthetic } = inputs;
  const ofData = dataWarnings({ labelNames: labels, realLabels: real.labelIds, syntheticLabels: synthetic.labelIds });
  return [
    ...inputs.warnings,
    ...ofData.map(({ message }) => message),
    ...(truncated === 0
      ? []
      : [
          `${String(truncated)} rows are longer than ${String(maxLength)} tokens and were cut; --max-length changes that.`,
        ]),
  ];
}

async function writeReports(files: CompareResult['files'], kept: KeptComparison): Promise<void> {
  await writeBytesAtomic(files.markdown, markdownReport(kept.comparison, kept.facts));
  await writeBytesAtomic(files.html, htmlReport(kept.comparison, kept.facts));
  await writeComparison(files.json, kept);
}

/** For `run.json`, on all test rows. */
function metricsWithLeftOut({ methods }: Comparison): JsonObject {
  return asJson({
    methods: Object.fromEntries(methods.map(({ method, withLeftOut }) => [method, withLeftOut ?? null])),
  });
}

/** For `run.json`. */
function metricsOf({ methods }: Comparison, advice: string): JsonObject {
  const of = Object.fromEntries(
    methods.map(({ method, accuracy, macroF1, difference }) => [
      method,
      {
        accuracy: accuracy?.mean,
        macroF1: macroF1?.mean,
        toBaseline: difference?.macroF1.mean,
        p: difference?.macroF1.corrected,
      },
    ]),
  );
  return asJson({ advice, methods: of });
}
