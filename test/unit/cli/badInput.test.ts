import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildCli, runCli, type CliResult } from '../../support/cli.ts';
import { generateRows, writeRows } from '../../support/rows.ts';
import { writeTinyModel } from '../../support/tinyModel.ts';

const labels = ['neg', 'pos'];
let root: string;
/** SHA-256 of every file written by `file`, to see that none changed. */
const written = new Map<string, string>();

beforeAll(() => {
  buildCli();
  root = mkdtempSync(join(tmpdir(), 'counterweight-bad-'));
});

afterEach(() => {
  for (const [path, hash] of written) expect(hashOf(path), path).toBe(hash);
  written.clear();
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function file(name: string, content: string | Uint8Array): string {
  const path = writeRows(mkdtempSync(join(root, 'data-')), name, []);
  writeFileSync(path, content);
  written.set(path, hashOf(path));
  return path;
}

const jsonl = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const good = (rows: number, seed: number): string => jsonl(generateRows({ rows, labels, seed }));

/** Scores with TF-IDF features: everything about input, nothing about encoders. */
function score(synthetic: string, real: string, ...more: string[]): Promise<CliResult> {
  return runCli(['score', synthetic, '--real', real, '--effort', 'preview', '--model', 'none', '--json', ...more]);
}

/** The job failed with one clear line and no stack. */
function oneLine({ code, stdout, stderr }: CliResult, exit: number, ...parts: (string | RegExp)[]): void {
  expect(stdout).toBe('');
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  for (const part of parts) expect(stderr).toMatch(part);
  expect(stderr).not.toMatch(/\n\s+at |defect/);
  expect(code).toBe(exit);
}

describe('rows that cannot be used', () => {
  it('are each reported with line and column, kept in the scores, and the others are scored', async () => {
    const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');
    const lines: [Buffer, RegExp | undefined][] = [
      [bytes('\uFEFF{"text": "a a k", "label": "neg"}\r'), undefined],
      [bytes('{"text": "b b k", "label": "pos"}\r'), undefined],
      [bytes('not JSON'), /JSON/],
      [bytes('["text"]'), /object/],
      [bytes('{"text": 5, "label": "neg"}'), /text/],
      [bytes('{"text": "a k", "label": ["neg"]}'), /label/],
      [bytes('{"label": "neg"}'), /text/],
      [bytes('{"text": "a k"}'), /label/],
      [bytes('{"text": "a", "text": "b", "label": "neg"}'), /text/],
      [Buffer.concat([bytes('{"text": "a '), Buffer.from([0xff, 0xfe]), bytes('", "label": "neg"}')]), /UTF-8/],
      [Buffer.concat([bytes('{"text": "a '), Buffer.from([0]), bytes('", "label": "neg"}')]), /NUL/i],
      [bytes('{"text": "   ", "label": "neg"}'), /empty|blank|text/],
      [bytes('{"text": "a k", "label": "Neg"}'), /did you mean 'neg'/],
      [bytes('{"text": "a k", "label": "sideways"}'), /unknown/],
      [bytes(''), undefined],
      [bytes('{"text": "a a l m", "label": "neg"}'), undefined],
      [bytes('{"text": "b b n o", "label": "pos"'), /JSON/],
    ];
    const content = Buffer.concat(lines.flatMap(([line], i) => (i === 0 ? [line] : [bytes('\n'), line])));
    const synthetic = file('synthetic.jsonl', content);
    const result = await score(synthetic, file('real.jsonl', good(20, 1)));
    expect(result.code).toBe(0);
    const faulty = lines.flatMap(([, message], i) => (message === undefined ? [] : [{ line: i + 1, message }]));
    const json = JSON.parse(result.stdout) as { run: string };
    expect(json).toMatchObject({ rows: faulty.length + 3, scored: 3, errors: faulty.length });
    const reported = result.stderr.split('\n').filter((line) => line.startsWith(`${synthetic}:`));
    expect(reported).toHaveLength(faulty.length);
    faulty.forEach(({ line, message }, i) => {
      expect(reported[i]).toMatch(new RegExp(`:${String(line)}:\\d+: `));
      expect(reported[i]).toMatch(message);
    });
    const scores = readFileSync(join(json.run, 'scores.jsonl'), 'utf8').trimEnd().split('\n');
    const kept = scores.map((line) => JSON.parse(line) as { line: number; error?: string });
    expect(kept.filter(({ error }) => error !== undefined).map(({ line }) => line)).toEqual(
      faulty.map(({ line }) => line),
    );
  });

  it('may be of 50 MB', async () => {
    const synthetic = file('synthetic.jsonl', '');
    const handle = openSync(synthetic, 'w');
    writeSync(handle, `${JSON.stringify({ text: 'a k l', label: 'neg' })}\n{"label": "pos", "text": "`);
    for (let i = 0; i < 50; i++) writeSync(handle, 'b '.repeat(500_000));
    writeSync(handle, `"}\n${JSON.stringify({ text: 'b m n', label: 'pos' })}\n`);
    closeSync(handle);
    written.set(synthetic, hashOf(synthetic));
    const result = await score(synthetic, file('real.jsonl', good(20, 1)));
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ rows: 3, scored: 2, errors: 1 });
    expect(result.stderr).toMatch(/synthetic\.jsonl:2:1: the line has 50\d+ bytes/);
  });
});

describe('files that cannot be used', () => {
  it('an empty one', async () => {
    oneLine(await score(file('synthetic.jsonl', ''), file('real.jsonl', good(20, 1))), 1, /synthetic\.jsonl is empty/);
    oneLine(await score(file('synthetic.jsonl', good(9, 1)), file('real.jsonl', '\n\n')), 1, /real\.jsonl is empty/);
  });

  it('one that does not exist, or is a folder', async () => {
    oneLine(await score(join(root, 'none.jsonl'), file('real.jsonl', good(20, 1))), 1, /none\.jsonl: no such file/);
    oneLine(await score(root, file('real.jsonl', good(20, 1))), 1, /Cannot read .*: a folder is/);
  });

  it('real rows of one class only, or a class of one row', async () => {
    const one = jsonl(generateRows({ rows: 20, labels: ['neg'], seed: 1 }));
    oneLine(await score(file('s.jsonl', good(9, 1)), file('real.jsonl', one)), 1, /has only the label 'neg'/);
    const lone = `${one}${JSON.stringify({ text: 'b', label: 'pos' })}\n`;
    oneLine(await score(file('s.jsonl', good(9, 1)), file('real.jsonl', lone)), 1, /'pos' has only 1 row/);
    oneLine(await score(file('s.jsonl', good(9, 1)), file('real.jsonl', good(1, 1))), 1, /has only the label 'neg'/);
  });

  it('no label in common', async () => {
    const other = jsonl(generateRows({ rows: 9, labels: ['x', 'y'], seed: 1 }));
    const result = await score(file('s.jsonl', other), file('real.jsonl', good(20, 1)));
    oneLine(result, 1, /no label in common/, /'x', 'y'/, /--label-map/);
    const mapped = await score(
      file('s.jsonl', other),
      file('real.jsonl', good(20, 1)),
      '--label-map',
      'x=neg',
      '--label-map',
      'y=pos',
    );
    expect(JSON.parse(mapped.stdout)).toMatchObject({ scored: 9 });
  });

  it('not one usable row', async () => {
    oneLine(
      await score(file('s.jsonl', 'x\ny\n'), file('real.jsonl', good(20, 1))),
      1,
      /all 2 rows are faulty, the first: .*s\.jsonl:1:1/,
    );
  });
});

describe('files that are small', () => {
  it('one row, or one label of several', async () => {
    const encoder = writeTinyModel(join(root, 'encoder'));
    for (const content of [good(1, 3), jsonl(generateRows({ rows: 5, labels: ['neg'], seed: 3 }))]) {
      const rows = content.trimEnd().split('\n').length;
      const real = file('real.jsonl', good(8, 1));
      const preview = await score(file('s.jsonl', content), real);
      expect(JSON.parse(preview.stdout)).toMatchObject({ scored: rows, errors: 0 });
      const fine = await score(
        file('s.jsonl', content),
        real,
        '--effort',
        'standard',
        '--model',
        encoder,
        '--checker-epochs',
        '1',
      );
      expect({ code: fine.code, stderr: fine.code === 0 ? '' : fine.stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(fine.stdout)).toMatchObject({ scored: rows });
    }
  });
});

describe('wrong usage', () => {
  it.each([
    [['scor'], 2, /no command scor \(did you mean score\?\)/],
    [['score', 'a.jsonl'], 2, /needs --real/],
    [['score', '--real', 'b.jsonl'], 2, /needs SYNTHETIC/],
    [['score', 'a', '--real', 'b', '--eforts', 'x'], 2, /--eforts \(did you mean --effort\?\)/],
    [['score', 'a', '--real', 'b', '--effort', 'full'], 2, /choose from preview, standard, paper/],
    [['score', 'a', '--real', 'b', '--loss', 'imp'], 2, /belongs to train/],
    [['train', 'a', '--real', 'b', '--loss', 'imp', '--data', 'real'], 2, /no synthetic rows to weight/],
    [['score', 'a', '--real', 'b', '--device', 'cuda2'], 2, /choose from auto, cpu, webgpu, cuda/],
    [['train', 'a', '--real', 'b', '--loss', 'dimp', '--self-normalise'], 2, /does not go with DIMP/],
    [['score', 'a', '--real', 'b', '--clip-min', '2', '--clip-max', '1'], 2, /must not be above/],
    [['predict', '/nowhere', 'x'], 1, /Cannot read x/],
  ] as const)('%j exits with %i', async (args, exit, message) => {
    oneLine(await runCli(args), exit, message);
  });

  it('helps, and says its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect(await runCli(['train', '--help'])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('--filter-threshold'),
    });
    expect(await runCli([])).toMatchObject({ code: 2, stdout: expect.stringContaining('Usage') });
    expect(await runCli(['devices'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^cpu /) });
  });

  it('leaves nothing behind beside the data', async () => {
    const synthetic = file('s.jsonl', good(9, 1));
    await score(synthetic, file('real.jsonl', ''));
    expect(readdirSync(join(synthetic, '..'))).toEqual(['s.jsonl']);
  });
});
