import type { ColourBy } from './looks.ts';

export type TabId = 'embeddings' | 'dynamics';

/** What the map remembers while it is hidden: VS Code destroys hidden webviews and gives this back. */
export interface ViewState {
  /** Of the synthetic file: the host finds the dataset by it after a reload of the window. */
  readonly dataset?: string;
  readonly tab: TabId;
  readonly colours: Readonly<Record<TabId, ColourBy>>;
  /** Folder of the training that is shown. */
  readonly training?: string;
}

const colourNames: readonly ColourBy[] = ['label', 'verdict', 'weight', 'correctness'];

/** A kept state, whatever wrote it; what cannot be used is as it is at first. */
export function readViewState(kept: unknown): ViewState {
  const from: Readonly<Record<string, unknown>> = isRecord(kept) ? kept : {};
  const { dataset, tab, training } = from;
  const colours = isRecord(from['colours']) ? from['colours'] : {};
  const colour = (of: TabId, otherwise: ColourBy): ColourBy =>
    colourNames.find((name) => name === colours[of]) ?? otherwise;
  return {
    dataset: typeof dataset === 'string' ? dataset : undefined,
    tab: tab === 'dynamics' ? 'dynamics' : 'embeddings',
    colours: { embeddings: colour('embeddings', 'label'), dynamics: colour('dynamics', 'correctness') },
    training: typeof training === 'string' ? training : undefined,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
