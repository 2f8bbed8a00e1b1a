/** (a) Fine-tuning: a whole epoch in turns with PyTorch on the identical batch plan, then other recipes beside it. */
import path from 'node:path';
import { start, numberIn, type Answer, type Contender, type Engine, type Workshop } from './contender.ts';
import { batchPlan, maxLength, sample, seed, usedVocabulary, type BenchRows, type Material } from './data.ts';
import { examplesPerSecond, interleave, speedRatios, type Block } from './interleave.ts';
import type { Job } from './job.ts';
import { single, type Part, type Row } from './results.ts';

export const trainingBatchSize = 32;
/** Optimizer steps of a block. */
const blockSteps = 5;

export interface Sizes {
  readonly threads: number;
  /** Blocks of five steps in the epoch; the data are sampled to fill them. Infinity: all rows. */
  readonly blocks: number;
  /** Blocks of the second run, with the recipes that are there for comparison. */
  readonly contextBlocks: number;
}

/** Everything about a training that the contenders share. */
export function trainingJob(material: Material, rows: BenchRows, threads: number): Job {
  return {
    model: material.model,
    inputIds: rows.inputIds,
    labels: rows.labels,
    batches: batchPlan(rows, trainingBatchSize),
    threads,
    seed,
    batchSize: trainingBatchSize,
    maxLength,
    numLabels: material.labels.length,
    learningRate: 1e-4,
    dropout: 0.1,
  };
}

export async function benchFineTuning(shop: Workshop, material: Material, sizes: Sizes): Promise<[Part, Answer?]> {
  const rows = sample(material.train, sizes.blocks * blockSteps * trainingBatchSize);
  const job = trainingJob(material, rows, sizes.threads);
  const epoch = await wholeEpoch(shop, material, rows, job);
  const context = await otherRecipes(shop, material, rows, job, sizes.contextBlocks);
  const notes = [
    `MiniLM-L6, ${String(rows.texts.length)} rows of sst2/synthetic.jsonl, ${String(sizes.threads)} threads, batch ` +
      `${String(trainingBatchSize)}, dropout 0.1, gradients clipped, AdamW; PyTorch with fused AdamW and SDPA. ` +
      `Blocks of ${String(blockSteps)} steps.`,
    'An epoch is tokenising, training, evaluation of the dev rows and a checkpoint. Starting up is counted for neither.',
    ...context.notes,
  ];
  const title = 'Fine-tuning, examples per second';
  return [
    { title, notes, rows: [...epoch.rows, ...context.rows], raw: { epoch: epoch.raw, context: context.raw } },
    epoch.torch,
  ];
}

interface Found {
  readonly rows: readonly Row[];
  readonly raw: unknown;
}

const names = { pruned: 'Counterweight', full: 'Counterweight, whole vocabulary', torch: 'PyTorch grouped' };

async function wholeEpoch(
  shop: Workshop,
  material: Material,
  rows: BenchRows,
  job: Job,
): Promise<Found & { torch?: Answer }> {
  const { texts } = rows;
  const common: Job = { ...job, texts, tokenizer: material.tokenizer, dev: material.dev };
  const at = (name: string): string => path.join(shop.scratch, name);
  const wanted: [string, Engine, Job][] = [
    [names.pruned, 'train', { ...common, checkpoint: at('checkpoint-pruned') }],
    [names.full, 'train', { ...common, checkpoint: at('checkpoint-full'), pruneVocabulary: false }],
    [names.torch, 'torch train', { ...common, mode: 'grouped', checkpoint: at('checkpoint.pt') }],
  ];
  const contenders = await startAll(shop, wanted);
  const total = job.batches!.length;
  const blocks = await interleave(contenders, Math.ceil(total / blockSteps), (_, block) =>
    Math.min(blockSteps, total - block * blockSteps),
  );
  const ends: Record<string, Epoch> = {};
  for (const contender of contenders) ends[contender.name] = await endOfEpoch(contender, blocks);
  const torch = contenders.find(({ name }) => name === names.torch);
  await quitAll(contenders);

  const found: Row[] = [];
  for (const [ours, bar] of [
    [names.pruned, '≥ 1.0, aim 1.2'],
    [names.full, ''],
  ] as const) {
    const speed = `${examplesPerSecond(blocks, ours).toFixed(1)} /s`;
    if (torch === undefined) {
      found.push({ what: `${ours}, training steps`, ours: speed, other: 'no Python' });
      found.push({ what: `${ours}, whole epoch`, ours: shown(ends[ours]!), other: 'no Python' });
      continue;
    }
    const ratios = speedRatios(blocks, ours, torch.name);
    const other = `${examplesPerSecond(blocks, torch.name).toFixed(1)} /s`;
    found.push({ what: `${ours}, training steps against ${torch.name}`, ours: speed, other, ratios, bar });
    const overall = ends[torch.name]!.epochSeconds / ends[ours]!.epochSeconds;
    found.push({
      what: `${ours}, whole epoch against ${torch.name}`,
      ours: shown(ends[ours]!),
      other: shown(ends[torch.name]!),
      ratios: single(overall),
      bar,
    });
  }
  return { rows: found, raw: { blocks, ends }, torch: torch?.ready };
}

interface Epoch {
  readonly tokenizeSeconds: number;
  readonly trainSeconds: number;
  readonly evaluateSeconds: number;
  readonly saveSeconds: number;
  readonly epochSeconds: number;
  readonly devAccuracy: number;
  readonly peakMemoryBytes: number;
}

async function endOfEpoch(contender: Contender, blocks: readonly Block[]): Promise<Epoch> {
  const saveSeconds = numberIn(await contender.ask('save'), 'saveSeconds');
  const evaluation = await contender.ask('evaluate');
  const evaluateSeconds = numberIn(evaluation, 'evaluateSeconds');
  const peakMemoryBytes = numberIn(evaluation, 'peakMemoryBytes');
  const tokenizeSeconds = numberIn(await contender.ask('tokenize'), 'tokenizeSeconds');
  const trainSeconds = blocks.reduce((sum, block) => sum + block[contender.name]!.seconds, 0);
  const epochSeconds = tokenizeSeconds + trainSeconds + evaluateSeconds + saveSeconds;
  const devAccuracy = numberIn(evaluation, 'devAccuracy');
  return {
    tokenizeSeconds,
    trainSeconds,
    evaluateSeconds,
    saveSeconds,
    epochSeconds,
    devAccuracy,
    peakMemoryBytes,
  };
}

function shown({ epochSeconds, tokenizeSeconds, trainSeconds, evaluateSeconds, saveSeconds }: Epoch): string {
  const parts = [tokenizeSeconds, trainSeconds, evaluateSeconds, saveSeconds].map((x) => x.toFixed(1));
  return `${epochSeconds.toFixed(1)} s (${parts.join(' + ')})`;
}

const recipes = {
  ce: 'Counterweight, CE',
  imp: 'Counterweight, IMP',
  pruned: 'PyTorch grouped, pruned vocabulary',
  dynamic: 'PyTorch, padded to the longest of random batches',
  official: 'PyTorch, official IMP recipe',
};

/** Steps per block: what takes longer does fewer, speeds being compared. */
const stepsOf: Readonly<Record<string, number>> = { [recipes.dynamic]: 2, [recipes.official]: 1 };

async function otherRecipes(
  shop: Workshop,
  material: Material,
  rows: BenchRows,
  job: Job,
  blockCount: number,
): Promise<Found & { notes: readonly string[] }> {
  const contenders = await startAll(shop, [
    [recipes.ce, 'train', job],
    [recipes.imp, 'train', { ...job, weighted: true }],
    [recipes.pruned, 'torch train', { ...job, mode: 'grouped', vocabulary: usedVocabulary(material, rows) }],
    [recipes.dynamic, 'torch train', { ...job, mode: 'dynamic' }],
    [recipes.official, 'torch train', { ...job, mode: 'official' }],
  ]);
  const blocks = await interleave(contenders, blockCount, ({ name }) => stepsOf[name] ?? blockSteps);
  await quitAll(contenders);
  const compare = (ours: string, other: string, what: string): Row[] => {
    const speed = `${examplesPerSecond(blocks, ours).toFixed(1)} /s`;
    if (!contenders.some(({ name }) => name === other)) return [{ what, ours: speed, other: 'no Python' }];
    const ratios = speedRatios(blocks, ours, other);
    return [{ what, ours: speed, other: `${examplesPerSecond(blocks, other).toFixed(1)} /s`, ratios }];
  };
  return {
    rows: [
      ...compare(recipes.ce, recipes.pruned, `both with a pruned vocabulary, against ${recipes.pruned}`),
      ...compare(recipes.ce, recipes.dynamic, `CE, against ${recipes.dynamic}`),
      ...compare(recipes.imp, recipes.official, `IMP, against the ${recipes.official.replace('PyTorch, ', '')}`),
    ],
    raw: { blocks },
    notes: [
      'The official recipe runs both checkers again in every step and pads to 128 tokens. Here their outputs are computed once: ' +
        'two forward passes over the data for the whole training (see (b) for their speed), not counted in the steps above.',
    ],
  };
}

/** Starts all that can be: PyTorch's only where there is a Python. */
export async function startAll(
  shop: Workshop,
  wanted: readonly (readonly [string, Engine, Job])[],
): Promise<Contender[]> {
  const started: Contender[] = [];
  for (const [name, engine, job] of wanted) {
    if (engine.startsWith('torch') && shop.python === undefined) continue;
    process.stderr.write(`  starting ${name} …\n`);
    started.push(await start(shop, name, engine, job));
  }
  return started;
}

export async function quitAll(contenders: readonly Contender[]): Promise<void> {
  for (const contender of contenders) await contender.quit();
}
