import { commandNames, commands, optionsOf, type CommandName, type Option } from './options.ts';

/** The text of `counterweight --help`. */
export function generalHelp(): string {
  const width = Math.max(...commandNames.map((name) => name.length));
  return [
    'counterweight: which LLM-generated training examples to trust, and a classifier trained accordingly.',
    '',
    'Usage:',
    ...commandNames.map((name) => `  ${usageOf(name)}`),
    '',
    'Commands:',
    ...commandNames.map((name) => `  ${name.padEnd(width)}  ${commands[name].help}`),
    '',
    'counterweight COMMAND --help tells more. Files are JSONL: {"text": "…", "label": "…"} on each line.',
    'Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled (run the same command again to go on).',
  ].join('\n');
}

/** The text of `counterweight COMMAND --help`. */
export function commandHelp(command: CommandName): string {
  const shown = optionsOf(command).filter(({ hidden }) => !hidden);
  const left = shown.map((option) => `${option.short ? `-${option.short}, ` : ''}--${option.name}${valueText(option)}`);
  const width = Math.min(34, Math.max(...left.map((text) => text.length)));
  return [
    `Usage: ${usageOf(command)}`,
    '',
    commands[command].help,
    '',
    'Options:',
    ...shown.flatMap((option, i) => {
      const lines = wrap(`${option.help}${choicesText(option)}`, 76);
      const start =
        left[i].length > width
          ? [`  ${left[i]}`, `  ${''.padEnd(width)}  ${lines[0]}`]
          : [`  ${left[i].padEnd(width)}  ${lines[0]}`];
      return [...start, ...lines.slice(1).map((line) => `  ${''.padEnd(width)}  ${line}`)];
    }),
  ].join('\n');
}

function usageOf(command: CommandName): string {
  const { operands, required } = commands[command];
  const needed = optionsOf(command)
    .filter(({ name }) => required.includes(name))
    .map((option) => `--${option.name}${valueText(option)}`);
  return ['counterweight', command, ...operands, ...needed, '[options]'].join(' ');
}

function valueText(option: Option): string {
  switch (option.kind) {
    case 'flag':
      return '';
    case 'text':
      return ` ${option.value}`;
    case 'choice':
      return ` ${option.name.toUpperCase()}`;
    case 'integer':
    case 'number':
      return option.kind === 'integer' ? ' N' : ' X';
  }
}

function choicesText(option: Option): string {
  return option.kind === 'choice' ? `: ${option.choices.join(', ')}` : '';
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
