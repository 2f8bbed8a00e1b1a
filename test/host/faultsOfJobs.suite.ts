import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { datasetFolders } from '../../src/store/layout.ts';
import { listRuns } from '../../src/store/listRuns.ts';
import { generateRows, writeRows } from '../support/rows.ts';
import { hoverAt, lensTitles, likeDesktop, openMarked, ours, runFix } from './support/editing.ts';
import { canMount, fillDisk, jobWorkers, stopWhen, withSmallDisk } from './support/faults.ts';
import { callTool, toolFault, workspaceFolder } from './support/languageTools.ts';
import {
  finishedRun,
  nextWorker,
  type ScoredPair,
  shows,
  startScoring,
  startStopped,
  stopInStage,
  useTinyEncoder,
  weightsOfRun,
  whileScoring,
} from './support/scoring.ts';
import { after, before, describe, eventually, test } from './support/suite.ts';
import { faultsTold, fromHere, oneMessage, userWindow } from './support/window.ts';
import { rowOf, writeScored } from './support/scoredDataset.ts';

const labels = ['negative', 'positive'];
const limit = 300_000;

describe('faults of jobs', () => {
  let folder = '';
  let real = '';

  /** A dataset of its own for each test. */
  const pairOf = (name: string, effort: ScoredPair['effort'], rows = 40): ScoredPair => {
    const synthetic = writeRows(folder, `${name}.jsonl`, generateRows({ rows, labels, seed: 1, noise: 0.1 }));
    return { synthetic, real, effort };
  };

  before(async () => {
    await likeDesktop();
    await useTinyEncoder(process.env.COUNTERWEIGHT_HOST_TINY_MODEL);
    folder = await mkdtemp(path.join(workspaceFolder(), 'jobs-'));
    real = writeRows(folder, 'real.jsonl', generateRows({ rows: 60, labels, seed: 2 }));
  });

  after(async () => {
    await useTinyEncoder(undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(folder, { recursive: true, force: true });
  });

  const stages = ['Embeddings', 'Quality checker', 'Diversity checker', 'writing scores'] as const;

  test('a worker that is killed at any stage: one message, the editor unharmed, and the job goes on to its end', async () => {
    const other = path.join(folder, 'other.jsonl');
    await writeScored(other, [rowOf('I want my money back.', 'positive', 0.03, 0.98)], { labels });
    const { document } = await openMarked(other);
    const pair = pairOf('killed', 'standard', 1200);
    const bytes = await readFile(pair.synthetic);

    await fromHere();
    let pid = await startScoring(pair);
    for (const stage of [undefined, ...stages]) {
      if (stage === 'writing scores') await stopWhen(pid, stage, () => writesScores(pair.synthetic), limit);
      else if (stage !== undefined) await stopInStage(pid, pair, stage);
      process.kill(pid, 'SIGKILL');
      const { severity, text, buttons } = await oneMessage(limit);
      assert.equal(severity, 'error');
      const kept = stage === undefined ? '' : ' What was finished is kept.';
      assert.equal(
        text,
        `Scoring killed.jsonl stopped. The job worker ended unexpectedly (SIGKILL); the machine may be out of memory.${kept}`,
      );
      const [wayOn] = buttons;
      assert.deepEqual(buttons, [stage === undefined ? 'Try again' : 'Resume', 'Show log']);
      assert.equal(ours(document.uri).length, 1);
      assert.equal((await callTool('list_misaligned', { synthetic: other })).count, 1);
      assert.match(await toolFault('list_misaligned', { synthetic: pair.synthetic }), /has no scores yet/);
      const gone = [...jobWorkers(), pid];
      await userWindow.press('Scoring killed.jsonl stopped', wayOn);
      await fromHere();
      pid = await nextWorker(gone);
    }
    const weights = await weightsOfRun(await finishedRun(pair), bytes);
    assert.equal(weights.size, 1200);
    await shows(pair.synthetic, { 1: weightOf(weights, 1), 1200: weightOf(weights, 1200) });
    assert.deepEqual(await faultsTold(), []);
    assert.deepEqual(await readFile(pair.synthetic), bytes);
  }, 600_000);

  test(
    'a file that is deleted while it is scored: the scores are there when it comes back',
    async () => {
      const pair = pairOf('deleted', 'preview');
      const { synthetic } = pair;
      const bytes = await readFile(synthetic);
      await fromHere();
      const weights = await weightsOfRun(await whileScoring(pair, () => rm(synthetic)), bytes);
      assert.match(await toolFault('list_misaligned', { synthetic }), /there is no such file in the workspace/);
      await writeFile(synthetic, bytes);
      await shows(synthetic, { 1: weightOf(weights, 1), 40: weightOf(weights, 40) });
      assert.deepEqual(await faultsTold(), []);
    },
    limit,
  );

  test(
    'a file that is cut off while it is scored: the scores of its rows, and of all once it is whole',
    async () => {
      const pair = pairOf('cut', 'preview');
      const { synthetic } = pair;
      const bytes = await readFile(synthetic);
      await fromHere();
      const cut = endOfLine(bytes, 20) + 5;
      const weights = await weightsOfRun(await whileScoring(pair, () => truncate(synthetic, cut)), bytes);
      await shows(synthetic, { 1: weightOf(weights, 1), 20: weightOf(weights, 20) });
      await eventually('the cut line holds no row', async () =>
        /holds no row/.test(String((await callTool('explain_row', { synthetic, line: 21 })).error)),
      );
      await writeFile(synthetic, bytes);
      await shows(synthetic, { 21: weightOf(weights, 21), 40: weightOf(weights, 40) });
      assert.deepEqual(await faultsTold(), []);
    },
    limit,
  );

  test(
    'a file that is replaced while it is scored: rows that are in both have their scores, others are stale',
    async () => {
      const pair = pairOf('replaced', 'preview');
      const { synthetic } = pair;
      const bytes = await readFile(synthetic);
      const lines = bytes.toString('utf8').split('\n');
      await fromHere();
      const run = await whileScoring(pair, async () => {
        const fresh = '{"text": "nobody has scored this", "label": "positive"}';
        await writeFile(`${synthetic}.new`, `${[lines[4], fresh, lines[0]].join('\n')}\n`);
        await rename(`${synthetic}.new`, synthetic);
      });
      const weights = await weightsOfRun(run, bytes);
      await shows(synthetic, { 1: weightOf(weights, 5), 2: 'stale', 3: weightOf(weights, 1) });
      assert.deepEqual(await faultsTold(), []);
    },
    limit,
  );

  test(
    'a file that is cut off before the job reads it: scores of what was read',
    async () => {
      const pair = pairOf('short', 'preview');
      const { synthetic } = pair;
      const bytes = (await readFile(synthetic)).subarray(0, endOfLine(await readFile(synthetic), 30) + 5);
      const { pid } = await startStopped(() => callTool('score_dataset', pair));
      await fromHere();
      await truncate(synthetic, bytes.length);
      process.kill(pid, 'SIGCONT');
      const run = await finishedRun(pair);
      const weights = await weightsOfRun(run, bytes);
      const { rows, errors } = run.record.inputs[0];
      assert.deepEqual([rows, errors], [30, 1]);
      await shows(synthetic, { 1: weightOf(weights, 1), 30: weightOf(weights, 30) });
      assert.deepEqual(await faultsTold(), []);
    },
    limit,
  );

  test(
    'a file that is gone before the job reads it: one clear line, and it can be tried again',
    async () => {
      const pair = pairOf('gone', 'preview');
      const { synthetic } = pair;
      const bytes = await readFile(synthetic);
      await fromHere();
      const { pid } = await startStopped(() => callTool('score_dataset', pair));
      await rm(synthetic);
      process.kill(pid, 'SIGCONT');
      assert.deepEqual(await oneMessage(limit), {
        severity: 'error',
        text: `Preview of gone.jsonl: Cannot read ${synthetic}: no such file or folder; check the path.`,
        buttons: ['Try again', 'Show log'],
      });
      await writeFile(synthetic, bytes);
      await userWindow.press('Preview of gone.jsonl', 'Try again');
      const weights = await weightsOfRun(await finishedRun(pair), bytes);
      await shows(synthetic, { 1: weightOf(weights, 1), 40: weightOf(weights, 40) });
    },
    limit,
  );

  test('rows that are edited while the file is scored: stale, until the changed rows are re-scored', async () => {
    const pair = pairOf('edited', 'standard', 200);
    const { synthetic } = pair;
    const bytes = await readFile(synthetic);
    await fromHere();
    const rows = bytes.toString('utf8').split('\n');
    // By the letters of the real rows both are positive: the first is mislabelled.
    rows[0] = '{"text":"b b b k b b b","label":"negative"}';
    rows[1] = '{"text":"b b b m b b b","label":"positive"}';
    const edited = rows.join('\n');
    const weights = await weightsOfRun(await whileScoring(pair, () => writeFile(synthetic, edited)), bytes);
    await shows(synthetic, { 1: 'stale', 2: 'stale', 3: weightOf(weights, 3), 200: weightOf(weights, 200) });

    const { document } = await openMarked(synthetic);
    assert.equal(markedAs(document, 0), undefined);
    await eventually('changed rows are counted', async () =>
      (await lensTitles(document.uri)).includes('2 changed rows: re-score') ? true : undefined,
    );
    const before = await hoverBehind(document, 0);
    assert.match(before, /The text was not scored, or changed since\./);
    assert.doesNotMatch(before, /weight \*\*/);

    await vscode.commands.executeCommand('counterweight.rescoreChangedRows', document.uri);
    const mark = await eventually('the new text is judged', () => markedAs(document, 0), limit);
    assert.match(
      mark.message,
      /^label 'negative', real data says 'positive' \(> ?\d+ %|^label 'negative', real data says 'positive' \(\d+ %\)/,
    );
    assert.equal(document.getText(mark.range), '"negative"');
    assert.notEqual(markedAs(document, 1)?.code, 'misaligned');
    const after = await hoverBehind(document, 0);
    assert.match(after, /^\*\*misaligned\*\*: label 'negative', real data says 'positive'/);
    assert.match(after, /weight \*\*.*\*\*.*P̂' .* Q̂ /);
    assert.doesNotMatch(after, /stale|not scored/);
    await eventually('the weight stands behind the line', async () => {
      const drawn = (await userWindow.drawnLines()).find((line) => line.includes('b b b k b b b'));
      return drawn !== undefined && /weight (< )?\d\S* · misaligned/.test(drawn) ? true : undefined;
    });
    await eventually('no changed row is counted', async () =>
      (await lensTitles(document.uri)).every((title) => !title.includes('changed row')),
    );
    // Whose text was known has the numbers it had.
    await shows(synthetic, { 3: weightOf(weights, 3), 200: weightOf(weights, 200) });
    assert.equal(await readFile(synthetic, 'utf8'), edited);
    assert.deepEqual(await faultsTold(), []);
  }, 600_000);

  const mountable = canMount();
  const onSmallDisk = (name: string, run: (disk: string) => Promise<void>): void => {
    test(
      mountable ? name : `${name} (skipped: may not mount)`,
      async () => {
        if (!mountable) return;
        const disk = await mkdtemp(path.join(folder, 'disk-'));
        await withSmallDisk(disk, () => run(disk));
      },
      limit,
    );
  };

  onSmallDisk(
    'a disk that is full, at the start or soon after: one line, and it works once there is space',
    async (disk) => {
      const rows = generateRows({ rows: 300, labels, seed: 1, noise: 0.1 });
      for (const left of [0, 16_384, 65_536]) {
        const name = `with-${String(left)}.jsonl`;
        const pair: ScoredPair = { synthetic: writeRows(disk, name, rows), real, effort: 'preview' };
        const bytes = await readFile(pair.synthetic);
        const filler = fillDisk(disk, left);
        await fromHere();
        await startScoring(pair);
        const { severity, text, buttons } = await oneMessage(limit);
        assert.equal(severity, 'error');
        assert.match(
          text,
          /^Preview of with-\d+\.jsonl: Cannot (write|create) \S+: the disk is full; free some space and run again\./,
        );
        assert.ok(['Resume', 'Try again'].includes(buttons[0]), buttons[0]);
        assert.deepEqual(await readFile(pair.synthetic), bytes);
        await rm(filler);
        await userWindow.press('the disk is full', buttons[0]);
        const run = await eventually(
          'the run is done',
          async () => (await listRuns(pair.synthetic)).runs.find(({ record }) => record.status === 'done'),
          limit,
        );
        const weights = await weightsOfRun(run, bytes);
        await shows(pair.synthetic, { 1: weightOf(weights, 1), 300: weightOf(weights, 300) });
        assert.deepEqual(await faultsTold(), []);
      }
    },
  );

  onSmallDisk('a disk that is full under a decision: one line, and it is kept once there is space', async (disk) => {
    const synthetic = path.join(disk, 'decided.jsonl');
    const bytes = await writeScored(synthetic, [rowOf('I want my money back.', 'positive', 0.03, 0.98)], { labels });
    const { document } = await openMarked(synthetic);
    const filler = fillDisk(disk, 0);
    await fromHere();
    await (
      await runFix(document.uri, 0, 'Keep as it is')
    ).done;
    const { severity, text } = await oneMessage();
    assert.equal(severity, 'error');
    assert.match(text, /^Cannot (write|create) \S+: the disk is full; free some space and run again\.$/);
    assert.equal(ours(document.uri).length, 1);
    await rm(filler);
    await (
      await runFix(document.uri, 0, 'Keep as it is')
    ).done;
    await eventually('the mark is gone', () => (ours(document.uri).length === 0 ? true : undefined));
    assert.deepEqual(await readFile(synthetic), bytes);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });
});

/** Whether a job has begun to write the scores of a dataset, and not finished. */
async function writesScores(synthetic: string): Promise<true | undefined> {
  for (const { folder } of (await listRuns(synthetic)).runs) {
    const names = await readdir(folder);
    assert.ok(!names.includes('scores.jsonl'), `${datasetFolders(synthetic)[0]} has its scores already`);
    if (names.some((name) => name.includes('scores.jsonl'))) return true;
  }
  return undefined;
}

function weightOf(weights: ReadonlyMap<number, number>, line: number): number {
  const weight = weights.get(line);
  assert.ok(weight !== undefined && weight >= 0, `line ${String(line)} was not scored`);
  return weight;
}

/** Where a line ends, counted from 1: the place of the next one. */
function endOfLine(bytes: Buffer, line: number): number {
  let at = 0;
  for (let i = 0; i < line; i++) at = bytes.indexOf('\n', at) + 1;
  return at;
}

/** The mark of a verdict on a line, counted from 0. */
function markedAs(
  { uri }: vscode.TextDocument,
  line: number,
): { code: string; message: string; range: vscode.Range } | undefined {
  for (const { code, message, range } of ours(uri)) {
    if (range.start.line === line)
      return { code: String(typeof code === 'object' ? code.value : code), message, range };
  }
  return undefined;
}

/** The hover behind the end of a line, as text. */
async function hoverBehind(document: vscode.TextDocument, line: number): Promise<string> {
  const hover = await hoverAt(document.uri, line, document.lineAt(line).text.length);
  return hover.value.replace(/\\([!-/:-@[-`{-~])/g, '$1');
}
