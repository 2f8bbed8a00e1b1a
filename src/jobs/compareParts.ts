/**
 * What the methods of a comparison share within a seed: the quality checker's answers about the synthetic rows and those
 * of the diversity checkers. Each is made once, kept as log-probabilities, and the models behind it are let go.
 */
import { qualityCheckerWarnings } from '../core/weighting/warnings.ts';
import { embedSets, type Embeddings } from './checkers.ts';
import { diversityChecker, probeDiversityChecker } from './diversityChecker.ts';
import type { Encoder } from './encoder.ts';
import type { Effort } from './names.ts';
import { embeddingFeatures, probeQualityChecker, qualityChecker } from './qualityChecker.ts';
import type { RecipeName } from './recipes.ts';
import type { LabelledRows } from './selectRows.ts';
import type { CheckerSettings, Overrides } from './settings.ts';
import type { Workspace } from './workspace.ts';

/** Tokenised rows of a comparison. */
export interface ComparedSets {
  readonly real: LabelledRows;
  readonly synthetic: LabelledRows;
  /** Choose the epoch of every training. */
  readonly dev?: LabelledRows;
  readonly test: LabelledRows;
}

/** What a comparison is made of, whatever the method and seed. */
export interface Compared {
  readonly work: Workspace;
  readonly encoder: Encoder;
  readonly sets: ComparedSets;
  readonly labels: readonly string[];
  readonly recipe: RecipeName;
  readonly effort: Effort;
  /** `seed`, `folds` and `filterThreshold` in it do not count: they come with the methods. */
  readonly overrides: Overrides;
  /** Runs a part and counts its seconds under a name; `secondsOf` tells them, 0 for one that was not run. */
  readonly timed: <T>(name: string, part: () => Promise<T>) => Promise<T>;
  readonly secondsOf: (name: string) => number;
  /** Removes the stages below a folder. */
  readonly forget: (folder: string) => Promise<void>;
}

/** What a checker says of the synthetic rows. */
export interface Answers {
  /** Log-probabilities of every label, [rows, labels]. */
  readonly logs: Float64Array;
  /** What to know of the checker, in plain words. */
  readonly warnings: readonly string[];
  /** Seconds that it took. */
  readonly seconds: number;
}

type Made = Omit<Answers, 'seconds'>;

/** Makes a part: `timed` counts what is the part's own, not what it shares with other seeds. */
type Making = (work: Workspace, timed: <T>(part: () => Promise<T>) => Promise<T>) => Promise<Made>;

/** The parts that methods share within a seed, each made when it is first asked for. */
export class SeedParts {
  readonly #of: Compared;
  readonly #checkers: CheckerSettings;
  readonly #work: Workspace;
  readonly #folder: string;
  readonly #made = new Map<string, Answers>();

  /** @param work With stages and progress of this seed; its stages lie in `folder`. */
  constructor(compared: Compared, checkers: CheckerSettings, work: Workspace, folder: string) {
    this.#of = compared;
    this.#checkers = checkers;
    this.#work = work;
    this.#folder = folder;
  }

  /** Log P̂'. */
  quality(): Promise<Answers> {
    return this.part('quality checker', ['embeddings'], async (work, timed) => {
      const { encoder, sets, labels } = this.#of;
      const { real, synthetic } = sets;
      const { real: ofReal, synthetic: ofSynthetic, width } = await this.#embeddings();
      const probeFeatures = { kind: 'probe', features: embeddingFeatures(ofReal, ofSynthetic, width) } as const;
      const { quality: recipe, effort, seed } = this.#checkers;
      const input = { labels, real, recipe, seed, probeFeatures };
      const made = await timed(() =>
        effort === 'preview'
          ? probeQualityChecker(input)
          : qualityChecker(work, encoder, { ...input, synthetic: synthetic.rows }),
      );
      const warnings = made.outOfFold ? qualityCheckerWarnings(made.realLogP, real.labelIds, labels) : [];
      return { logs: made.logP, warnings: warnings.map(({ message }) => message) };
    });
  }

  /**
   * Log Q̂ of a checker of its own.
   * @param folds At least 2.
   */
  diversity(folds: number): Promise<Answers> {
    return this.part(`diversity checker, K = ${String(folds)}`, [], async (work, timed) => {
      const { encoder, sets, labels } = this.#of;
      const { diversity, effort, seed } = this.#checkers;
      const input = { labels, synthetic: sets.synthetic, seed, folds, maxRows: diversity.maxRows };
      if (effort === 'preview') {
        const { synthetic, width } = await this.#embeddings();
        const features = embeddingFeatures(new Float32Array(0), synthetic, width);
        const made = await timed(() => Promise.resolve(probeDiversityChecker({ ...input, features })));
        return { logs: made.logQ, warnings: [] };
      }
      const { settings } = diversity;
      const made = await timed(() => diversityChecker(work, encoder, { ...input, settings }));
      return { logs: made.logQ, warnings: [] };
    });
  }

  /**
   * A part by name, made once and kept; its own stages are forgotten then.
   * @param also Names of timings that belong to it beside its own.
   */
  async part(name: string, also: readonly string[], make: Making): Promise<Answers> {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const slug = name.replace(/[^\w]+/g, '-');
    const timing = `seed ${String(this.#checkers.seed)}: ${name}`;
    const kept = (await this.#load(slug)) ?? (await this.#make(slug, timing, make));
    const seconds = [timing, ...also].reduce((sum, part) => sum + this.#of.secondsOf(part), 0);
    const answers = { ...kept, seconds };
    this.#made.set(name, answers);
    return answers;
  }

  async #make(slug: string, timing: string, make: Making): Promise<Made> {
    const own = `making-${slug}`;
    const { logs, warnings } = await make(nestedWork(this.#work, own), (part) => this.#of.timed(timing, part));
    const data = Float32Array.from(logs);
    await this.#work.stages.save(`answers/${slug}`, {
      meta: { warnings: [...warnings] },
      tensors: new Map([['logs', { dtype: 'float32', shape: [data.length], data }]]),
    });
    await this.#of.forget(`${this.#folder}/${own}`);
    // In the precision that they are read back in: a comparison that goes on must end with the same bits.
    return { logs: Float64Array.from(data), warnings };
  }

  async #load(slug: string): Promise<Made | undefined> {
    const kept = await this.#work.stages.load(`answers/${slug}`);
    const data = kept?.tensors.get('logs')?.data;
    if (kept === undefined || !(data instanceof Float32Array)) return undefined;
    const { warnings } = kept.meta as { readonly warnings: readonly string[] };
    return { logs: Float64Array.from(data), warnings };
  }

  /** The same for every seed. */
  #embeddings(): Promise<Embeddings> {
    const { work, encoder, sets, timed } = this.#of;
    return timed('embeddings', () => embedSets(work, encoder, sets));
  }
}

/** A workspace whose stages lie in a folder of the given one's, and whose progress says where it belongs. */
export function nestedWork(work: Workspace, folder: string, title = ''): Workspace {
  const { stages, onProgress } = work;
  return {
    ...work,
    stages: {
      load: (name) => stages.load(`${folder}/${name}`),
      save: (name, stage) => stages.save(`${folder}/${name}`, stage),
      remove: (name) => stages.remove(`${folder}/${name}`),
    },
    onProgress: onProgress && ((progress) => onProgress({ ...progress, stage: `${title}${progress.stage}` })),
  };
}
