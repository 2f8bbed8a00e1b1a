import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { overrides } from '../../../src/cli/commands/values.ts';
import { commandHelp, generalHelp } from '../../../src/cli/help.ts';
import { labelMapOf } from '../../../src/cli/labelMap.ts';
import { commandNames, options, optionsOf } from '../../../src/cli/options.ts';
import { parseCommandLine, type Values } from '../../../src/cli/parse.ts';

function valuesOf(...args: string[]): Values {
  const parsed = parseCommandLine(args);
  if (!('run' in parsed)) throw new Error('nothing to run');
  return parsed.values;
}

function usageError(...args: string[]): string {
  try {
    parseCommandLine(args);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(UserError);
    expect((thrown as UserError).exitCode).toBe(2);
    expect((thrown as UserError).message).not.toContain('\n');
    return (thrown as UserError).message;
  }
  throw new Error('this was meant to be wrong usage');
}

const score = ['score', 'syn.jsonl', '--real', 'real.jsonl'];

describe('parseCommandLine', () => {
  it('reads operands, values and flags in any order and form', () => {
    const parsed = parseCommandLine([
      'train',
      '--real=r.jsonl',
      '--loss',
      'imp',
      'syn.jsonl',
      '-y',
      '-o',
      'out',
      '--lr=1e-4',
    ]);
    if (!('run' in parsed)) throw new Error('nothing to run');
    expect(parsed.run).toBe('train');
    expect(parsed.operands).toEqual(['syn.jsonl']);
    const { values } = parsed;
    expect([values.text('real'), values.text('loss'), values.text('out')]).toEqual(['r.jsonl', 'imp', 'out']);
    expect([values.flag('yes'), values.flag('json')]).toEqual([true, false]);
    expect(values.number('lr')).toBe(1e-4);
    expect(values.number('epochs')).toBeUndefined();
  });

  it('takes an operand that begins with a dash after --', () => {
    expect(parseCommandLine(['score', '--real', 'r', '--', '-odd.jsonl'])).toMatchObject({ operands: ['-odd.jsonl'] });
  });

  it('lets the last of two values count, and gathers repeated ones', () => {
    expect(valuesOf(...score, '--seed', '1', '--seed', '2').number('seed')).toBe(2);
    expect(valuesOf(...score, '--label-map', 'a=b', '--label-map', 'c=d').texts('label-map')).toEqual(['a=b', 'c=d']);
  });

  it('checks numbers against their bounds', () => {
    expect(valuesOf(...score, '--clip-max', 'inf').number('clip-max')).toBe(Infinity);
    expect(valuesOf(...score, '--gamma', '.5').number('gamma')).toBe(0.5);
    expect(usageError(...score, '--gamma', '-1')).toMatch(/--gamma must be a number from 0, not -1/);
    expect(usageError(...score, '--folds', '0')).toMatch(/a whole number from 1, not 0/);
    expect(usageError(...score, '--folds', '1.5')).toMatch(/not 1\.5/);
    expect(usageError(...score, '--lr', '0')).toMatch(/above 0/);
    expect(usageError(...score, '--gamma', 'inf')).toMatch(/not inf/);
    expect(usageError(...score, '--seed', '4294967296')).toMatch(/to 4294967295/);
    expect(usageError(...score, '--gamma=')).toMatch(/--gamma must be a number/);
  });

  it('says what is missing or too much', () => {
    expect(usageError('score', '--real', 'r')).toMatch(/needs SYNTHETIC/);
    expect(usageError('predict', 'model')).toMatch(/needs INPUT/);
    expect(usageError(...score, 'more.jsonl')).toMatch(/more\.jsonl is given as well/);
    expect(usageError('train', 's', '--real', 'r')).toMatch(/needs --loss/);
    expect(usageError(...score, '--out')).toMatch(/--out needs a value/);
    expect(usageError(...score, '--out', '--json')).toMatch(/--out needs a value/);
    expect(usageError(...score, '--json=yes')).toMatch(/takes no value/);
  });

  it('suggests what was meant', () => {
    expect(usageError('trian')).toMatch(/did you mean train\?/);
    expect(usageError(...score, '--self-normalize')).toMatch(/did you mean --self-normalise\?/);
    expect(usageError(...score, '--thread', '2')).toMatch(/did you mean --threads\?/);
    expect(usageError(...score, '--checker_rows', '9')).toMatch(/did you mean --checker-rows\?/);
    expect(usageError(...score, '--test', 't')).toMatch(/belongs to train/);
    expect(usageError(...score, '--zzz')).not.toMatch(/did you mean/);
    expect(usageError(...score, '--method', 'dmip')).toMatch(/did you mean dimp\?/);
  });

  it('ends in values or in wrong usage, whatever it is given', () => {
    const words = options.flatMap(({ name }) => [`--${name}`, `--${name}=1`]);
    const argument = fc.oneof(fc.constantFrom(...words, ...commandNames, '-', '--', '-y', '-x', ''), fc.string());
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 8 }), (args) => {
        try {
          parseCommandLine(args);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(UserError);
          expect((thrown as UserError).exitCode).toBe(2);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('help', () => {
  it('shows every option that is not hidden, in lines that fit', () => {
    for (const command of commandNames) {
      const text = commandHelp(command);
      for (const { name, hidden } of optionsOf(command)) expect(text.includes(`--${name}`)).toBe(!hidden);
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
      expect(generalHelp()).toContain(`counterweight ${command}`);
    }
    expect(parseCommandLine(['train', '--help'])).toEqual({ show: 'help', of: 'train' });
    expect(parseCommandLine(['--version'])).toEqual({ show: 'version' });
  });

  it('names no option twice, and every number option reaches the settings', () => {
    expect(new Set(options.map(({ name }) => name)).size).toBe(options.length);
    const values = valuesOf(
      ...score,
      '--folds',
      '3',
      '--checker-rows',
      '50',
      '--clip-min',
      '0.1',
      '--truncate',
      '0.9',
      '--prior-correction',
    );
    expect(overrides(values)).toMatchObject({
      ...{
        folds: 3,
        checkerRows: 50,
        clipMin: 0.1,
        truncateQuantile: 0.9,
        priorCorrection: true,
        selfNormalise: undefined,
      },
    });
  });
});

describe('labelMapOf', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'counterweight-map-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('reads pairs, objects and files', async () => {
    expect(await labelMapOf([])).toBeUndefined();
    expect(await labelMapOf(['1=pos', 'a=b=c'])).toEqual({ '1': 'pos', a: 'b=c' });
    expect(await labelMapOf(['{"0": "neg", "1": true}', 'x=y'])).toEqual({ '0': 'neg', '1': 'true', x: 'y' });
    const path = join(folder, 'map.json');
    writeFileSync(path, '{"a": 1}');
    expect(await labelMapOf([path])).toEqual({ a: '1' });
  });

  it.each(['pos', '=pos', 'pos=', '{"a"', '{"a": []}', '/nowhere/map.json'])('refuses %s', async (value) => {
    await expect(labelMapOf([value])).rejects.toMatchObject({ exitCode: 2 });
  });

  it('refuses two meanings of one label', async () => {
    await expect(labelMapOf(['a=b', 'a=c'])).rejects.toMatchObject({ exitCode: 2 });
  });
});
