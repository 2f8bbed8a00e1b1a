/** The columns of the weights panel. */

export const columnIds = [
  'rank',
  'weight',
  'label',
  'suggested',
  'quality',
  'diversity',
  'verdict',
  'line',
  'text',
] as const;
export type ColumnId = (typeof columnIds)[number];

/** What rows are sorted by: a column, or the lower bound of the weight, which the weight's column shows. */
export const sortKeys = [...columnIds, 'weightLow'] as const;
/** See `sortKeys`. */
export type SortKey = (typeof sortKeys)[number];

export interface Column {
  readonly id: ColumnId;
  /** As the header shows it. */
  readonly title: string;
  /** What it means, for the header's tooltip. */
  readonly help: string;
  /** Numbers are aligned to the right. */
  readonly numeric: boolean;
  /** First direction when its header is clicked. */
  readonly descendingFirst: boolean;
}

/** In the order of the screen. */
export const columns: readonly Column[] = [
  { id: 'rank', title: '#', help: 'Rank by weight, heaviest first', numeric: true, descendingFirst: false },
  {
    id: 'weight',
    title: 'Weight',
    help: "w = P̂'(y|x) / Q̂(y|x): how much the row counts in training",
    numeric: true,
    descendingFirst: true,
  },
  { id: 'label', title: 'Label', help: 'The label in the file', numeric: false, descendingFirst: false },
  {
    id: 'suggested',
    title: 'Suggestion',
    help: 'The label that the quality checker prefers',
    numeric: false,
    descendingFirst: false,
  },
  {
    id: 'quality',
    title: "P̂'",
    help: "P̂'(y|x): what a model of the real rows gives the label",
    numeric: true,
    descendingFirst: false,
  },
  {
    id: 'diversity',
    title: 'Q̂',
    help: 'Q̂(y|x): what a model of the synthetic rows gives the label',
    numeric: true,
    descendingFirst: true,
  },
  {
    id: 'verdict',
    title: 'Verdict',
    help: 'What the numbers say about the row',
    numeric: false,
    descendingFirst: false,
  },
  { id: 'line', title: 'Line', help: 'Line of the file', numeric: true, descendingFirst: false },
  { id: 'text', title: 'Text', help: 'The text of the row', numeric: false, descendingFirst: false },
];
