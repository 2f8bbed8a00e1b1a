import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultMethods } from '../../../src/core/comparison/methods.ts';
import type { Outcome } from '../../../src/core/comparison/summary.ts';
import { readOutcomes, writeOutcome } from '../../../src/store/outcomes.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'counterweight-outcomes-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const outcome = (method: string, changes: Partial<Outcome> = {}): Outcome => ({
  ...{ method, seed: 1, predicted: [0, 1, 1], trainedRows: 68, seconds: { training: 2, checkers: 1 }, warnings: [] },
  ...changes,
});
const nothing = (line: string): never => {
  throw new Error(line);
};

describe('outcomes', () => {
  it('of every usual method are read as they were written, each from a file that every system can name', async () => {
    const inner = join(folder, 'all');
    const written = defaultMethods.map((method) => ({ key: 'k', outcome: outcome(method) }));
    for (const each of written) await writeOutcome(inner, each);
    const names = readdirSync(inner);
    expect(names).toHaveLength(defaultMethods.length);
    // Neither what Windows forbids nor names that differ by case alone.
    for (const name of names) expect(name).toMatch(/^[a-z0-9.+-]+\.seed-1\.json$/);
    expect(names).toContain('imp-2+real.seed-1.json');
    const found = await readOutcomes(inner, nothing);
    expect(new Map(found.map((each) => [each.outcome.method, each]))).toEqual(
      new Map(written.map((each) => [each.outcome.method, each])),
    );
  });

  it('are read with numbers on the dev rows and without, and not with what is no number', async () => {
    const inner = join(folder, 'dev');
    const dev = { accuracy: 0.9, macroF1: 0.89, logLoss: 0.3 };
    await writeOutcome(inner, { key: 'k', outcome: outcome('ce', { dev }) });
    await writeOutcome(inner, { key: 'k', outcome: outcome('imp-2+real') });
    const found = await readOutcomes(inner, nothing);
    expect(found.map(({ outcome: { method, dev: of } }) => [method, of])).toEqual([
      ['ce', dev],
      ['imp-2+real', undefined],
    ]);
    const file = join(inner, 'ce.seed-1.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"macroF1":0.89', '"macroF1":null'));
    const notices: string[] = [];
    const rest = await readOutcomes(inner, (line) => notices.push(line));
    expect(rest.map(({ outcome: { method } }) => method)).toEqual(['imp-2+real']);
    expect(notices).toEqual([`${file} is damaged or of another version; this part is computed again.`]);
  });
});
