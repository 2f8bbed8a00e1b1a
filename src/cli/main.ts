/** The command line: arguments in, exit code out. */
import { messageOf, UserError } from '../base/errors.ts';
import manifest from '../../package.json' with { type: 'json' };
import { commandHelp, generalHelp } from './help.ts';
import type { CommandName } from './options.ts';
import { parseCommandLine, type Values } from './parse.ts';

/** A command: its operands and options in, results on stdout. */
type Command = (operands: readonly string[], values: Values) => Promise<void>;

/** Loaded when called: help must not wait for the engine. */
const load: Readonly<Record<CommandName, () => Promise<Command>>> = {
  score: async () => (await import('./commands/score.ts')).scoreCommand,
  train: async () => (await import('./commands/train.ts')).trainCommand,
  compare: async () => (await import('./commands/compare.ts')).compareCommand,
  predict: async () => (await import('./commands/predict.ts')).predictCommand,
  diff: async () => (await import('./commands/diff.ts')).diffCommand,
  brief: async () => (await import('./commands/brief.ts')).briefCommand,
  'export-cluster': async () => (await import('./commands/exportCluster.ts')).exportClusterCommand,
  devices: async () => (await import('./commands/devices.ts')).devicesCommand,
};

/**
 * Runs one command.
 * @param args The arguments after the program's name.
 * @returns The exit code: 0 done, 1 failed, 2 wrong usage, 130 cancelled.
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const parsed = parseCommandLine(args);
    if ('show' in parsed) {
      const help =
        parsed.show === 'help' ? (parsed.of === undefined ? generalHelp() : commandHelp(parsed.of)) : undefined;
      process.stdout.write(`${help ?? manifest.version}\n`);
      // Nothing at all was asked for: that is wrong usage, however helpful the answer.
      return args.length === 0 ? 2 : 0;
    }
    const command = await load[parsed.run]();
    await command(parsed.operands, parsed.values);
    return 0;
  } catch (thrown) {
    const verbose = args.includes('--verbose');
    if (thrown instanceof UserError) {
      process.stderr.write(`counterweight: ${thrown.message}\n`);
      if (verbose && thrown.stack !== undefined) process.stderr.write(`${stackOf(thrown)}\n`);
      return thrown.exitCode;
    }
    process.stderr.write(
      `counterweight: ${messageOf(thrown).replace(/\s*\n\s*/g, ' ')}${verbose ? '' : ' (this is a defect; --verbose shows where)'}\n`,
    );
    if (verbose) process.stderr.write(`${stackOf(thrown)}\n`);
    return 1;
  }
}

/** The stack of an error and of those that caused it. */
function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  const own = thrown.stack ?? '';
  return thrown.cause === undefined ? own : `${own}\ncaused by ${stackOf(thrown.cause)}`;
}
