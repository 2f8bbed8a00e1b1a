import type { KeptFrame } from './geometry.ts';
import type { Chosen, ColourBy } from './points.ts';

export type TabId = 'embeddings' | 'dynamics';

/** What the map remembers while it is hidden: VS Code destroys hidden webviews and gives this back. */
export interface ViewState {
  /** Of the synthetic file: the host finds the dataset by it after a reload of the window. */
  readonly dataset?: string;
  readonly tab: TabId;
  readonly colours: Readonly<Record<TabId, ColourBy>>;
  /** Folder of the training that is shown. */
  readonly training?: string;
  /** The asking for a training that was followed last: `MapState.asked.id`. */
  readonly asked?: string;
  /** Folder of the score run whose map the user gave up drawing. */
  readonly cancelled?: string;
  readonly chosen?: KeptChoice;
  /** What is seen of the maps, where it is not all of them. */
  readonly frames: Readonly<Partial<Record<TabId, KeptFrame>>>;
}

/** Rows that are chosen: numbers that hold in one session, by one numbering. */
export interface KeptChoice {
  readonly session: string;
  readonly numbering: number;
  readonly synthetic: readonly number[];
  readonly real: readonly number[];
}

/** Rows of a choice that is kept; VS Code writes the state down at every change. */
export const mostKeptRows = 20_000;

/** A choice as it is kept; undefined: nothing is chosen, or too much to be kept. */
export function keptChoice(
  { synthetic, real }: Chosen,
  numbering: number,
  session: string | undefined,
): KeptChoice | undefined {
  const count = synthetic.size + real.size;
  if (session === undefined || count === 0 || count > mostKeptRows) return undefined;
  return { session, numbering, synthetic: [...synthetic], real: [...real] };
}

const colourNames: readonly ColourBy[] = ['label', 'verdict', 'weight', 'correctness'];

/** A kept state, whatever wrote it; what cannot be used is as it is at first. */
export function readViewState(kept: unknown): ViewState {
  const from: Readonly<Record<string, unknown>> = isRecord(kept) ? kept : {};
  const { dataset, tab, training, asked, cancelled } = from;
  const frames = isRecord(from['frames']) ? from['frames'] : {};
  const colours = isRecord(from['colours']) ? from['colours'] : {};
  const colour = (of: TabId, otherwise: ColourBy): ColourBy =>
    colourNames.find((name) => name === colours[of]) ?? otherwise;
  return {
    dataset: typeof dataset === 'string' ? dataset : undefined,
    tab: tab === 'dynamics' ? 'dynamics' : 'embeddings',
    colours: { embeddings: colour('embeddings', 'label'), dynamics: colour('dynamics', 'correctness') },
    training: typeof training === 'string' ? training : undefined,
    asked: typeof asked === 'string' ? asked : undefined,
    cancelled: typeof cancelled === 'string' ? cancelled : undefined,
    chosen: readChoice(from['chosen']),
    frames: { embeddings: readFrame(frames['embeddings']), dynamics: readFrame(frames['dynamics']) },
  };
}

function readChoice(kept: unknown): KeptChoice | undefined {
  if (!isRecord(kept)) return undefined;
  const { session, numbering, synthetic, real } = kept;
  if (typeof session !== 'string' || !isNumber(numbering) || !areNumbers(synthetic) || !areNumbers(real))
    return undefined;
  return { session, numbering, synthetic, real };
}

function readFrame(kept: unknown): KeptFrame | undefined {
  if (!isRecord(kept)) return undefined;
  const { of, scaleX, scaleY, left, top, width, height } = kept;
  if (typeof of !== 'string' || !isNumber(scaleX) || !isNumber(scaleY) || !isNumber(left) || !isNumber(top))
    return undefined;
  if (!isNumber(width) || !isNumber(height) || !(scaleX > 0 && scaleY > 0)) return undefined;
  return { of, scaleX, scaleY, left, top, width, height };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function areNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isNumber);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
