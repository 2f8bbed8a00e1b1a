/** Every option of the command line in one table, which drives parsing, checking and help. */
import { methodsHelp } from '../core/comparison/methods.ts';
import { efforts, lossNames, trainingSets } from '../jobs/names.ts';

export const commandNames = [
  'score',
  'train',
  'compare',
  'predict',
  'diff',
  'brief',
  'export-cluster',
  'devices',
] as const;
export type CommandName = (typeof commandNames)[number];

/** What an option takes. */
export type OptionKind =
  | { readonly kind: 'flag' }
  | { readonly kind: 'text'; readonly value: string; readonly repeated?: true }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'integer'; readonly least: number; readonly most?: number }
  /** `above` and `below` are excluded bounds, `least` and `most` included ones; `inf` is a number where `most` is infinite. */
  | {
      readonly kind: 'number';
      readonly least?: number;
      readonly above?: number;
      readonly most?: number;
      readonly below?: number;
    };

export type Option = OptionKind & {
  /** Without the dashes. */
  readonly name: string;
  readonly short?: string;
  readonly commands: readonly CommandName[];
  readonly help: string;
  /** Not shown in help. */
  readonly hidden?: true;
};

const both = ['score', 'train'] as const;
/** What trains and weights here. */
const weighting = [...both, 'compare'] as const;
const computing = [...weighting, 'predict'] as const;
/** What trains a classifier, here or elsewhere. */
const fitting = [...weighting, 'export-cluster'] as const;
/** What reads rows. */
const reading = [...computing, 'brief', 'export-cluster'] as const;
const everything = [...reading, 'diff', 'devices'] as const;

export const options = [
  {
    name: 'real',
    kind: 'text',
    value: 'FILE',
    commands: [...weighting, 'brief', 'export-cluster'],
    help: 'the small real set; its labels are the labels',
  },
  {
    name: 'dev',
    kind: 'text',
    value: 'FILE',
    commands: ['train', 'compare', 'export-cluster'],
    help: 'real rows that choose the epoch',
  },
  {
    name: 'test',
    kind: 'text',
    value: 'FILE',
    commands: ['train', 'compare', 'export-cluster'],
    help: 'real rows that the model is judged on',
  },
  {
    name: 'loss',
    kind: 'choice',
    choices: lossNames,
    commands: ['train', 'export-cluster'],
    help: 'the loss; all but ce and focal need the checkers',
  },
  {
    name: 'methods',
    kind: 'text',
    value: 'LIST',
    commands: ['compare'],
    help: `what to compare, with commas between: ${methodsHelp} (default all). CE is always among them`,
  },
  {
    name: 'seeds',
    kind: 'text',
    value: 'LIST',
    commands: ['compare'],
    help: 'every method is trained once with each of these seeds (default 1,2,3)',
  },
  {
    name: 'effort',
    kind: 'choice',
    choices: efforts,
    commands: weighting,
    help: 'how the checkers are made: preview in seconds, standard fine-tuned and calibrated (default), paper as published',
  },
  {
    name: 'method',
    kind: 'choice',
    choices: ['imp', 'dimp'],
    commands: ['score'],
    help: 'weights from a diversity checker (imp, default) or from the model in training (dimp)',
  },
  {
    name: 'recipe',
    kind: 'choice',
    choices: ['default', 'paper'],
    commands: ['train', 'compare', 'export-cluster'],
    help: 'settings to start from',
  },
  {
    name: 'data',
    kind: 'choice',
    choices: trainingSets,
    commands: ['train'],
    help: 'what to train on: synthetic rows, real ones, or both, real ones with weight 1 (default; of the recipe paper, synthetic)',
  },
  { name: 'real-too', kind: 'flag', commands: ['train'], help: 'the same as --data both' },
  {
    name: 'scores',
    kind: 'text',
    value: 'RUN',
    commands: ['train', 'brief', 'export-cluster'],
    help: 'take the checkers from this finished score run; train finds an equal one beside the data by itself',
  },
  {
    name: 'model',
    kind: 'text',
    value: 'ID|DIR',
    commands: [...weighting, 'brief', 'export-cluster'],
    help: 'encoder: a name on the Hugging Face hub or a folder (default all-MiniLM-L6-v2)',
  },
  { name: 'epochs', kind: 'integer', least: 1, commands: fitting, help: 'epochs of the classifier' },
  { name: 'lr', kind: 'number', above: 0, commands: fitting, help: 'peak learning rate of the classifier' },
  { name: 'batch-size', kind: 'integer', least: 1, commands: fitting, help: 'rows per step of the classifier' },
  {
    name: 'micro-batch-size',
    kind: 'integer',
    least: 1,
    commands: fitting,
    help: 'rows at a time; gradients add up to the batch. Smaller needs less memory',
  },
  {
    name: 'warmup-ratio',
    kind: 'number',
    least: 0,
    below: 1,
    commands: fitting,
    help: 'share of the steps with a rising rate',
  },
  {
    name: 'weight-decay',
    kind: 'number',
    least: 0,
    commands: fitting,
    help: 'decoupled weight decay of the classifier',
  },
  { name: 'max-length', kind: 'integer', least: 3, commands: reading, help: 'longest row in tokens' },
  { name: 'folds', kind: 'integer', least: 1, commands: both, help: 'folds of the diversity checker; 1: in-sample' },
  { name: 'quality-folds', kind: 'integer', least: 1, commands: weighting, help: 'folds of the quality checker' },
  {
    name: 'checker-rows',
    kind: 'integer',
    least: 2,
    commands: weighting,
    help: 'most synthetic rows that the diversity checker is trained on',
  },
  { name: 'checker-epochs', kind: 'integer', least: 1, commands: weighting, help: 'epochs of both checkers' },
  { name: 'gamma', kind: 'number', least: 0, commands: fitting, help: 'exponent of the weights, and of focal loss' },
  { name: 'clip-min', kind: 'number', least: 0, commands: fitting, help: 'least weight of a row' },
  {
    name: 'clip-max',
    kind: 'number',
    above: 0,
    most: Infinity,
    commands: fitting,
    help: 'largest weight of a row; inf: no bound',
  },
  {
    name: 'truncate',
    kind: 'number',
    above: 0,
    most: 1,
    commands: fitting,
    help: 'cap weights at this quantile of all weights, e.g. 0.99',
  },
  { name: 'self-normalise', kind: 'flag', commands: fitting, help: 'divide the weights by their mean' },
  {
    name: 'prior-correction',
    kind: 'flag',
    commands: fitting,
    help: "multiply weights by a label's real share over its synthetic one",
  },
  {
    name: 'filter-threshold',
    kind: 'number',
    least: 0,
    below: 1,
    commands: ['train', 'export-cluster'],
    help: 'filter keeps rows with a larger probability of their label',
  },
  { name: 'text-field', kind: 'text', value: 'NAME', commands: reading, help: 'the field that holds the text' },
  {
    name: 'text-pair-field',
    kind: 'text',
    value: 'NAME',
    commands: reading,
    help: 'the field that holds the second text of a pair',
  },
  { name: 'label-field', kind: 'text', value: 'NAME', commands: reading, help: 'the field that holds the label' },
  {
    name: 'label-map',
    kind: 'text',
    value: 'OLD=NEW',
    repeated: true,
    commands: reading,
    help: 'read label OLD as NEW; repeat it, or give a JSON object or file.json',
  },
  {
    name: 'seed',
    kind: 'integer',
    least: 0,
    most: 2 ** 32 - 1,
    commands: [...both, 'brief', 'export-cluster'],
    help: 'of everything random (default 42)',
  },
  {
    name: 'device',
    kind: 'choice',
    choices: ['auto', 'cpu', 'webgpu', 'cuda'],
    commands: [...computing, 'brief'],
    help: 'where to compute; cuda needs libraries of its own (npm run cuda)',
  },
  {
    name: 'precision',
    kind: 'choice',
    choices: ['float32', 'float16'],
    commands: [...computing, 'brief'],
    help: 'what a GPU multiplies matrices in; weights, sums and losses stay in float32 (default float32)',
  },
  {
    name: 'threads',
    kind: 'integer',
    least: 1,
    most: 1024,
    commands: [...computing, 'brief'],
    help: 'processor threads (default: all)',
  },
  {
    name: 'out',
    short: 'o',
    kind: 'text',
    value: 'DIR',
    commands: reading,
    help: 'where results go: the folder of the run (its model in model/); of predict, the file of predictions; of brief and export-cluster, a folder',
  },
  {
    name: 'show',
    kind: 'integer',
    least: 0,
    commands: ['score', 'diff'],
    help: 'rows per part of what is printed (default 10)',
  },
  {
    name: 'clusters',
    kind: 'integer',
    least: 1,
    most: 50,
    commands: ['brief'],
    help: 'clusters per label; by default as many as the real rows bear',
  },
  {
    name: 'checkpoint-seconds',
    kind: 'number',
    least: 0,
    commands: weighting,
    help: 'seconds between checkpoints',
    hidden: true,
  },
  {
    name: 'yes',
    short: 'y',
    kind: 'flag',
    commands: weighting,
    help: 'begin a job of more than 30 minutes without asking',
  },
  { name: 'json', kind: 'flag', commands: everything, help: 'print one JSON object on stdout' },
  {
    name: 'verbose',
    kind: 'flag',
    commands: everything,
    help: 'every row error, and the stack of an error',
  },
  { name: 'help', short: 'h', kind: 'flag', commands: everything, help: 'this text' },
] as const satisfies readonly Option[];

/** What each command takes beside options, and what it does. */
export const commands: Readonly<
  Record<
    CommandName,
    { readonly operands: readonly string[]; readonly required: readonly string[]; readonly help: string }
  >
> = {
  score: {
    operands: ['SYNTHETIC'],
    required: ['real'],
    help: 'Weights every synthetic row by what a quality checker (trained on real rows) and a diversity checker say of it.',
  },
  train: {
    operands: ['SYNTHETIC'],
    required: ['real', 'loss'],
    help: 'Fine-tunes a classifier with one of the losses, tests it and saves it as a Hugging Face folder.',
  },
  compare: {
    operands: ['SYNTHETIC'],
    required: ['real', 'test'],
    help: 'Trains a classifier with every method and seed, tests which differences are more than luck, and says which to use.',
  },
  predict: {
    operands: ['MODEL', 'INPUT'],
    required: [],
    help: 'Prints the probabilities of every label for each row of a file, one JSON object per line.',
  },
  diff: {
    operands: ['RUN_A', 'RUN_B'],
    required: [],
    help: "Says why rows' weights differ between two score runs: what went into them, and the rows that changed most.",
  },
  brief: {
    operands: ['SYNTHETIC'],
    required: ['real'],
    help: 'Says what the real rows have and the synthetic ones lack, and the reverse, as a brief for the next generation.',
  },
  'export-cluster': {
    operands: ['SYNTHETIC'],
    required: ['scores', 'loss', 'out'],
    help: 'Writes a folder that trains on the synthetic rows by Hugging Face Trainer under torchrun, on any number of processes.',
  },
  devices: { operands: [], required: [], help: 'Lists what this machine can compute on.' },
};

/** The options of a command, in the order of the table. */
export function optionsOf(command: CommandName): Option[] {
  return (options as readonly Option[]).filter((option) => option.commands.includes(command));
}
