/** The comparisons that docs/results.md is made of, in the order in which they are run and told. */
import type { Variant } from './variants.ts';

export interface Study {
  /** Names its file in docs/results. */
  readonly name: string;
  readonly title: string;
  readonly variant: Variant;
  /** As `counterweight compare --methods` takes them; CE is always among them. */
  readonly methods: string;
  readonly seeds: string;
}

/** Every method that `compare` knows by default. */
const every = 'all';
const weightings = 'real,both,imp-2,dimp,imp-2+real,dimp+real';

/** One setting of the weights changed at a time. */
const variations = [
  ...['gamma=0.5', 'clip-max=10', 'truncate=0.9', 'self-normalise', 'prior-correction'].map(
    (change) => `imp-2@${change}`,
  ),
  ...['gamma=0.5', 'clip-max=10'].map((change) => `dimp@${change}`),
].join();

const sst2 = { task: 'sst2', syntheticRows: 2000 } as const;
const financial = { task: 'financial' } as const;

export const studies: readonly Study[] = [
  { name: 'sst2', title: 'sst2', variant: sst2, methods: every, seeds: '1,2,3,4,5' },
  {
    name: 'sst2-settings',
    title: 'sst2: settings of the weights',
    variant: sst2,
    methods: `imp-2,dimp,${variations}`,
    seeds: '4,5',
  },
  { name: 'financial', title: 'financial', variant: financial, methods: every, seeds: '1,2,4,5' },
  {
    name: 'sst2-6000',
    title: 'sst2: all 6000 synthetic rows',
    variant: { task: 'sst2' },
    methods: weightings,
    seeds: '1,2',
  },
  ...[50, 100].flatMap((realRows) => [
    {
      ...{ name: `sst2-real-${String(realRows)}`, title: `sst2: ${String(realRows)} real rows` },
      ...{ variant: { ...sst2, realRows }, methods: weightings, seeds: '1,2' },
    },
    {
      ...{ name: `financial-real-${String(realRows)}`, title: `financial: ${String(realRows)} real rows` },
      ...{ variant: { ...financial, realRows }, methods: weightings, seeds: '1,2' },
    },
  ]),
];
