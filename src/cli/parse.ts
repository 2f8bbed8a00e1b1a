/** Command-line arguments, checked against the table of options. */
import { parseArgs } from 'node:util';
import { UserError } from '../base/errors.ts';
import { editDistance } from '../core/dataset/labels.ts';
import { commandNames, commands, optionsOf, type CommandName, type Option } from './options.ts';

/** What was given, by option name; absent where it was not. */
export interface Values {
  flag(name: string): boolean;
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  number(name: string): number | undefined;
}

export type Parsed =
  | { readonly run: CommandName; readonly operands: readonly string[]; readonly values: Values }
  | { readonly show: 'version' }
  | { readonly show: 'help'; readonly of?: CommandName };

/**
 * Parses the arguments after `counterweight`.
 * @throws UserError with exit code 2 for wrong usage, saying what was meant where that can be guessed.
 */
export function parseCommandLine(args: readonly string[]): Parsed {
  const [first, ...rest] = args;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    const of = commandNames.find((name) => name === rest[0]);
    return { show: 'help', ...(of === undefined ? {} : { of }) };
  }
  if (first === '--version' || first === '-V' || first === 'version') return { show: 'version' };
  const command = commandNames.find((name) => name === first);
  if (command === undefined) {
    const what = first.startsWith('-') ? `Give a command before ${first}` : `There is no command ${first}`;
    throw usage(`${what}${didYouMean(first, commandNames)}; the commands are ${commandNames.join(', ')}.`);
  }
  return parseCommand(command, rest);
}

function parseCommand(command: CommandName, args: readonly string[]): Parsed {
  const table = optionsOf(command);
  const { tokens } = parseArgs({
    args: joinNegativeValues(args, table),
    options: Object.fromEntries(
      table.map((option) => [
        option.name,
        { type: option.kind === 'flag' ? 'boolean' : 'string', ...(option.short && { short: option.short }) } as const,
      ]),
    ),
    strict: false,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const option = table.find(({ name }) => name === token.name);
    if (option === undefined) throw unknownOption(token.rawName, command, table);
    if (option.kind === 'flag') {
      if (token.value !== undefined) throw usage(`--${option.name} takes no value.`);
      given.set(option.name, []);
      continue;
    }
    if (token.value === undefined || (!token.inlineValue && /^--./.test(token.value))) {
      throw usage(`--${option.name} needs a value: ${valueOf(option)}.`);
    }
    const repeated = option.kind === 'text' && option.repeated;
    const earlier = given.get(option.name);
    // Of an option given twice the last one counts, as a script that appends its own expects.
    given.set(option.name, [...(repeated ? (earlier ?? []) : []), checked(option, token.value)]);
  }
  if (given.has('help')) return { show: 'help', of: command };
  checkOperands(command, operands, given);
  return {
    run: command,
    operands,
    values: {
      flag: (name) => given.has(name),
      text: (name) => given.get(name)?.[0],
      texts: (name) => given.get(name) ?? [],
      number: (name) => {
        const text = given.get(name)?.[0];
        return text === undefined ? undefined : Number(text);
      },
    },
  };
}

/** `--lr -1` is a bad value, not an option `-1`. */
function joinNegativeValues(args: readonly string[], table: readonly Option[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const option = table.find(({ name }) => args[i] === `--${name}`);
    const next = args[i + 1];
    if (option !== undefined && option.kind !== 'flag' && next !== undefined && /^-\.?\d/.test(next)) {
      joined.push(`${args[i]}=${next}`);
      i++;
    } else joined.push(args[i]);
  }
  return joined;
}

/** The value in the form that `Number` reads, where it is a number. */
function checked(option: Option, value: string): string {
  switch (option.kind) {
    case 'flag':
      return value;
    case 'text':
      if (value === '') throw usage(`--${option.name} needs a value: ${valueOf(option)}.`);
      return value;
    case 'choice':
      if (option.choices.includes(value)) return value;
      throw usage(
        `--${option.name} ${value} is unknown${didYouMean(value, option.choices)}; choose from ${option.choices.join(', ')}.`,
      );
    case 'integer': {
      const number = /^[+-]?\d+$/.test(value) ? Number(value) : NaN;
      if (number >= option.least && number <= (option.most ?? Number.MAX_SAFE_INTEGER)) return String(number);
      throw usage(`--${option.name} must be ${valueOf(option)}, not ${value}.`);
    }
    case 'number': {
      const infinite = option.most === Infinity && /^(inf|infinity)$/i.test(value);
      const number = infinite ? Infinity : value.trim() === '' ? NaN : Number(value);
      const { least = -Infinity, above = -Infinity, most = Number.MAX_VALUE, below = Infinity } = option;
      const passes = number >= least && number > above && number <= most && (number < below || infinite);
      if (passes) return String(number);
      throw usage(`--${option.name} must be ${valueOf(option)}, not ${value}.`);
    }
  }
}

/** What an option takes, in words. */
export function valueOf(option: Option): string {
  switch (option.kind) {
    case 'flag':
      return 'nothing';
    case 'text':
      return option.value;
    case 'choice':
      return `one of ${option.choices.join(', ')}`;
    case 'integer':
      return option.most === undefined
        ? `a whole number from ${String(option.least)}`
        : `a whole number from ${String(option.least)} to ${String(option.most)}`;
    case 'number': {
      const bounds = [
        option.least === undefined ? undefined : `from ${String(option.least)}`,
        option.above === undefined ? undefined : `above ${String(option.above)}`,
        option.most === undefined ? undefined : option.most === Infinity ? 'or inf' : `to ${String(option.most)}`,
        option.below === undefined ? undefined : `below ${String(option.below)}`,
      ];
      return ['a number', ...bounds.filter((bound) => bound !== undefined)].join(' ');
    }
  }
}

function checkOperands(command: CommandName, operands: readonly string[], given: ReadonlyMap<string, unknown>): void {
  const { operands: wanted, required } = commands[command];
  if (operands.length < wanted.length) {
    throw usage(
      `${command} needs ${wanted.slice(operands.length).join(' and ')}; see counterweight ${command} --help.`,
    );
  }
  if (operands.length > wanted.length) {
    const extra = operands[wanted.length];
    throw usage(`${command} takes ${wanted.join(' and ') || 'no file'}, but ${extra} is given as well.`);
  }
  for (const name of required) {
    if (!given.has(name)) throw usage(`${command} needs --${name}; see counterweight ${command} --help.`);
  }
}

function unknownOption(raw: string, command: CommandName, table: readonly Option[]): UserError {
  const names = table.filter(({ hidden }) => !hidden).map(({ name }) => `--${name}`);
  const elsewhere = commandNames.filter((other) => optionsOf(other).some(({ name }) => `--${name}` === raw));
  if (elsewhere.length > 0) return usage(`${command} has no option ${raw}; it belongs to ${elsewhere.join(' and ')}.`);
  return usage(`${command} has no option ${raw}${didYouMean(raw, names)}; see counterweight ${command} --help.`);
}

function didYouMean(given: string, known: readonly string[]): string {
  const plain = (name: string): string => name.toLowerCase().replace(/[-_]/g, '').replace(/ize/g, 'ise');
  const near = known
    .map((name) => {
      const [a, b] = [plain(given), plain(name)];
      // The beginning of a longer name is meant for it.
      return { name, distance: a.length >= 3 && b.startsWith(a) ? 1 : editDistance(a, b) };
    })
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 4)))
    .sort((a, b) => a.distance - b.distance);
  return near.length === 0 ? '' : ` (did you mean ${near[0].name}?)`;
}

function usage(message: string): UserError {
  return new UserError(message, 2);
}
