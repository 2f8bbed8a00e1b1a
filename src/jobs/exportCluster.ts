/** `export-cluster`: a folder that trains with the same weighted loss elsewhere, under Hugging Face Trainer and torchrun. */
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../base/errors.ts';
import { defaultEncoder, findModel } from '../engine/hub/findEncoder.ts';
import { exists, makeFolder, replaceFolderAtomic } from '../store/atomic.ts';
import { diskError } from '../store/diskErrors.ts';
import { shortestFloat32 } from '../store/float32Text.ts';
import { readRunRecord, type RunRecord } from '../store/runRecord.ts';
import { checkersFor, prepareLoss } from './classifier.ts';
import { readme, requirements, script, scriptName } from './exportClusterScript.ts';
import { scoresOf } from './findScores.ts';
import type { LossName } from './names.ts';
import { copiesByWords } from './leakage.ts';
import { allRowErrors, readInputs, type Inputs, type InputSet, type ReadInputsOptions } from './readInputs.ts';
import { recipe, type RecipeName } from './recipes.ts';
import { priorsOf } from './scoring.ts';
import { checkDimpSettings, classifierSettings, weightChoices, type Overrides } from './settings.ts';
import { versions, type JobContext } from './context.ts';

export interface ExportClusterOptions extends ReadInputsOptions {
  readonly paths: {
    readonly synthetic: string;
    /** The run's real file unless given. */
    readonly real?: string;
    readonly dev?: string;
    readonly test?: string;
  };
  /** Folder of a finished score run. */
  readonly scores: string;
  /** Any but focal. */
  readonly loss: LossName;
  readonly recipe: RecipeName;
  /** A hub name, which the cluster fetches, or a folder, which is copied; the run's encoder unless given. */
  readonly model?: string;
  readonly overrides: Overrides;
  /** A folder that is new or empty. */
  readonly out: string;
}

export interface ExportClusterResult {
  readonly folder: string;
  readonly loss: LossName;
  readonly labels: readonly string[];
  readonly rows: number;
  /** As the script names it. */
  readonly model: string;
  readonly files: readonly string[];
  readonly warnings: readonly string[];
}

/** Where a local encoder is put in the folder. */
const encoderFolder = 'encoder';

/**
 * Writes the folder, whole or not at all.
 * @throws UserError where the run is not of this data, the loss cannot be exported, or the folder holds something.
 */
export async function exportCluster(
  options: ExportClusterOptions,
  context: Pick<JobContext, 'signal' | 'onRowErrors'>,
): Promise<ExportClusterResult> {
  const { loss, overrides, scores: run } = options;
  if (loss === 'focal') {
    throw new UserError('--loss focal has no weights to export; choose another loss, such as imp, dimp or ce.', 2);
  }
  if (loss === 'dimp') checkDimpSettings(overrides);
  const out = resolve(options.out);
  await refuseFilled(out);
  const record = await readRunRecord(run);
  const real = options.paths.real ?? realOf(record, run);
  const inputs = await readInputs(
    { ...options.paths, real },
    { ...options, labelMap: options.labelMap ?? record.labelMap, signal: context.signal },
  );
  context.onRowErrors?.(allRowErrors(inputs));
  const scores = await scoresOf(run, inputs, checkersFor(loss));
  const { synthetic, labels } = inputs;
  const choices = weightChoices(options.recipe, overrides);
  const classifier = classifierSettings(options.recipe, overrides, synthetic.rows.length);
  const classCount = labels.length;
  const { rowInputs } = prepareLoss(
    loss,
    { ...choices, seed: classifier.seed, priorCorrection: priorsOf(synthetic, inputs.real, classCount, choices) },
    { labelIds: synthetic.labelIds, classCount, ...scores },
  );
  if (rowInputs['weight']?.every((weight) => weight === 0)) {
    throw new UserError('Every synthetic row has weight 0; there is nothing to train on.');
  }
  const encoder = await encoderOf(options.model ?? record.model?.id ?? defaultEncoder);
  const config = {
    version: 1,
    ...{ loss, labels, model: encoder.name, gamma: choices.gamma, clip: choices.clip },
    max_length: overrides.maxLength ?? recipe(options.recipe).maxLength,
    ...{ epochs: classifier.epochs, batch_size: classifier.batchSize, micro_batch_size: classifier.microBatchSize },
    ...{ learning_rate: classifier.learningRate, warmup_ratio: classifier.warmupRatio },
    ...{ weight_decay: classifier.weightDecay, beta1: classifier.beta1, beta2: classifier.beta2 },
    ...{ epsilon: classifier.epsilon, max_gradient_norm: classifier.maxGradientNorm, seed: classifier.seed },
    ...{ group_by_length: classifier.groupByLength, select_by: options.recipe === 'paper' ? 'accuracy' : 'macroF1' },
    made_from: {
      run: basename(resolve(run)),
      recipe: options.recipe,
      weights: choices,
      synthetic: { name: basename(synthetic.path), sha256: synthetic.sha256 },
      scores_sha256: scores.hash,
      versions,
    },
  };
  const files: string[] = [];
  await makeFolder(resolve(out, '..'));
  await replaceFolderAtomic(out, async (folder) => {
    const put = async (name: string, text: string): Promise<void> => {
      await writeFile(join(folder, name), text);
      files.push(name);
    };
    try {
      await put('train.jsonl', trainLines(inputs, rowInputs['weight'], loss === 'dimp' ? scores.logP : undefined));
      for (const set of [inputs.dev, inputs.test])
        if (set !== undefined) await put(`${set.role}.jsonl`, plainLines(set));
      await put('config.json', `${JSON.stringify(config, null, 2)}\n`);
      await put(scriptName, script);
      await put('requirements.txt', requirements);
      await put('README.md', readme({ loss, model: encoder.name, rows: synthetic.rows.length }));
      if (encoder.dir !== undefined) files.push(...(await copyEncoder(encoder.dir, join(folder, encoderFolder))));
    } catch (thrown) {
      throw diskError(thrown, 'write', out);
    }
  });
  return {
    folder: out,
    loss,
    labels,
    rows: synthetic.rows.length,
    model: encoder.name,
    files,
    warnings: [...inputs.warnings, ...copiesByWords(inputs)],
  };
}

async function refuseFilled(out: string): Promise<void> {
  if (!(await exists(out))) return;
  let names: string[];
  try {
    names = await readdir(out);
  } catch (thrown) {
    throw diskError(thrown, 'read', out);
  }
  if (names.length > 0) throw new UserError(`--out ${out}: the folder is not empty; choose a new or an empty one.`);
}

function realOf({ inputs }: RunRecord, run: string): string {
  const path = inputs.find(({ role }) => role === 'real')?.path;
  if (path === undefined) throw new UserError(`${run}: that run names no real file; choose a score run.`);
  return path;
}

/** A hub name stays one; a folder is copied, for the cluster does not have it. */
async function encoderOf(name: string): Promise<{ readonly name: string; readonly dir?: string }> {
  const found = await findModel(name);
  return found?.source === 'folder' ? { name: encoderFolder, dir: found.dir } : { name };
}

async function copyEncoder(from: string, to: string): Promise<string[]> {
  await mkdir(to);
  const entries = await readdir(from, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isDirectory() && /\.(json|txt|model|safetensors)$/.test(entry.name));
  for (const { name } of names) await copyFile(join(from, name), join(to, name));
  return names.map(({ name }) => `${encoderFolder}/${name}`);
}

function trainLines(
  { synthetic, labels }: Inputs,
  weight: Float32Array | undefined,
  logP: Float64Array | undefined,
): string {
  const size = labels.length;
  return linesOf(synthetic, (i) => ({
    ...(weight === undefined ? {} : { weight: shortestFloat32(weight[i]) }),
    // A checker that is certain of another label gives −∞, which JSON does not have.
    ...(logP === undefined
      ? {}
      : { log_p: Array.from(logP.subarray(i * size, (i + 1) * size), (x) => shortestFloat32(Math.max(-3e38, x))) }),
  }));
}

function plainLines(set: InputSet): string {
  return linesOf(set, () => ({}));
}

function linesOf({ rows }: InputSet, more: (row: number) => object): string {
  return rows
    .map(
      ({ line, text, textPair, label }, i) =>
        `${JSON.stringify({ line, text, ...(textPair === undefined ? {} : { text_pair: textPair }), label, ...more(i) })}\n`,
    )
    .join('');
}
