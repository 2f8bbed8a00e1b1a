import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { listRuns } from '../../../src/store/listRuns.ts';
import { buildCli, runCli, type CliResult } from '../../support/cli.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';

const labels = ['neg', 'pos'];
let folder: string;
let model: string;
beforeAll(() => {
  buildCli();
  folder = mkdtempSync(join(tmpdir(), 'counterweight-cli-compare-'));
  model = writeTinyModel(join(folder, 'encoder'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The command on data of its own. */
function compare(name: string, ...more: string[]): string[] {
  const inner = join(folder, name);
  mkdirSync(inner);
  const of = (file: string, rows: number, seed: number): string =>
    writeRows(inner, file, generateRows({ rows, labels, seed, noise: 0.1 }));
  return [
    ...['compare', of('synthetic.jsonl', 40, 1), '--real', of('real.jsonl', 20, 2), '--dev', of('dev.jsonl', 12, 3)],
    ...['--test', of('test.jsonl', 24, 4), '--model', model, '--threads', '1', '--checkpoint-seconds', '0'],
    ...['--epochs', '2', '--batch-size', '8', '--checker-epochs', '2', '--quality-folds', '2', ...more],
  ];
}

function expectDone({ code, stderr }: CliResult): void {
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
}

/** A run's `compare.json` without what a clock says. */
function comparisonIn(run: string): unknown {
  const text = readFileSync(join(run, 'compare.json'), 'utf8');
  return JSON.parse(text, (name, value: unknown) => (name === 'seconds' ? undefined : value));
}

describe('counterweight compare', () => {
  it('plans on stderr, prints the advice and a table, and names its reports', async () => {
    const out = join(folder, 'out');
    const args = compare('table', '--methods', 'focal,quality', '--seeds', '1,2', '--effort', 'preview', '--out', out);
    const result = await runCli(args);
    expectDone(result);
    expect(result.stderr).toContain(
      'Plan: 3 methods × 2 seeds = 6 trainings; once a seed, for all of them: the quality checker.',
    );
    expect(result.stderr).toMatch(/^seed 2, focal: macro-F1 /m);
    const [advice, , head, ...lines] = result.stdout.split('\n');
    expect(advice).toMatch(/CE.*21 test rows/);
    expect(head).toMatch(/method +seeds +macro-F1 +95 % +to CE +p +accuracy +F1 neg +F1 pos +ESS +seconds/);
    expect(lines.slice(0, 3).map((line) => line.trim().split(/ {2,}/)[0])).toEqual(['CE', 'focal', 'quality']);
    for (const name of ['compare.md', 'compare.html']) {
      expect(result.stdout).toContain(join(out, name));
      expect(existsSync(join(out, name))).toBe(true);
    }
    const again = await runCli([...args, '--json']);
    expectDone(again);
    expect(JSON.parse(again.stdout)).toMatchObject({
      ...{ run: out, rows: 40, errors: 0, advice, passes: { forward: 40 + 20 + 12 + 24, backward: 0 } },
      comparison: {
        seeds: [1, 2],
        testRows: 21,
        leftOut: 3,
        methods: [{ method: 'ce' }, { method: 'focal' }, { method: 'quality' }],
      },
    });
  });

  it.each([
    [['--methods', 'foo'], /there is no method foo; choose from real, ce/],
    [['--seeds', 'x'], /--seeds must be whole numbers/],
    [['--self-normalise'], /--self-normalise does not go with DIMP/],
    [['--loss', 'ce'], /compare has no option --loss; it belongs to train/],
    [['--seed', '1'], /compare has no option --seed; it belongs to/],
  ])('refuses %j with exit code 2, before anything is written', async (more, message) => {
    const name = more.join('').replace(/\W/g, '');
    const { code, stdout, stderr } = await runCli(compare(name, ...more));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(readdirSync(join(folder, name))).not.toContain('.counterweight');
  });

  it('needs rows to judge by', async () => {
    const { code, stderr } = await runCli(['compare', 'synthetic.jsonl', '--real', 'real.jsonl']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/compare needs --test/);
  });

  it('killed again and again, goes on where it was and ends with the same numbers', async () => {
    const which = ['--methods', 'imp,dimp,rho', '--seeds', '3,4'];
    const whole = compare('whole', ...which);
    expectDone(await runCli(whole));

    const fired = compare('fired', ...which);
    const random = new Random(5, 'kills');
    let killed = 0;
    let last: CliResult;
    do {
      last = await runCli(fired, {
        started: (child) => {
          if (killed >= 4) return;
          // As soon as this process has finished one method of the ten, or a little into the next.
          child.stderr?.on('data', (chunk: Buffer) => {
            if (/^seed \d, .*: macro-F1/m.test(chunk.toString()))
              setTimeout(() => child.kill('SIGKILL'), 60 * random.uniform());
          });
        },
      });
      if (last.signal === 'SIGKILL') killed++;
    } while (last.signal === 'SIGKILL');
    expectDone(last);
    expect(killed).toBeGreaterThanOrEqual(3);
    expect(last.stderr).toContain('Resuming');
    const runs = async (of: string): Promise<string[]> => (await listRuns(of)).runs.map((run) => run.folder);
    const [[got, ...others], [wanted]] = [await runs(fired[1]), await runs(whole[1])];
    expect(others).toEqual([]);
    expect(comparisonIn(got)).toEqual(comparisonIn(wanted));
    expect(existsSync(join(got, 'checkpoint'))).toBe(false);
  });
});
