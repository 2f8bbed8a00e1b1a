import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { readComparison } from '../../src/store/comparison.ts';
import { runFiles } from '../../src/store/layout.ts';
import { listRuns, type ListedRun } from '../../src/store/listRuns.ts';
import { generateRows, writeRows } from '../support/rows.ts';
import { likeDesktop } from './support/editing.ts';
import { jobWorkers, stopWhen } from './support/faults.ts';
import { workspaceFolder } from './support/languageTools.ts';
import { nextWorker, useTinyEncoder } from './support/scoring.ts';
import { after, before, describe, eventually, test } from './support/suite.ts';
import { faultsTold, fromHere, oneMessage, userWindow } from './support/window.ts';

const labels = ['negative', 'positive'];
const limit = 300_000;
/** Those that are ticked at first, without three. */
const methods = ['ce', 'imp-2', 'dimp', 'random', 'both', 'imp-2+real', 'random+real'];

describe('comparing methods', () => {
  let folder = '';
  let synthetic = '';

  before(async () => {
    await likeDesktop();
    await useTinyEncoder(process.env.COUNTERWEIGHT_HOST_TINY_MODEL);
    folder = await mkdtemp(path.join(workspaceFolder(), 'compare-'));
    const write = (name: string, rows: number, seed: number, noise = 0): string =>
      writeRows(folder, name, generateRows({ rows, labels, seed, noise }));
    write('real.jsonl', 40, 2);
    write('dev.jsonl', 20, 3);
    write('test.jsonl', 40, 4);
    synthetic = write('synthetic.jsonl', 60, 1, 0.1);
  });

  after(async () => {
    await useTinyEncoder(undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(folder, { recursive: true, force: true });
  });

  /** The only comparison of the dataset, once it has a record. */
  const theRun = async (): Promise<ListedRun | undefined> => {
    const { runs } = await listRuns(synthetic);
    assert.ok(runs.length <= 1, runs.map(({ id }) => id).join(', '));
    return runs.at(0);
  };
  /** The trainings that are done, by their files, with what they took. */
  const outcomes = async (): Promise<ReadonlyMap<string, unknown>> => {
    const run = await theRun();
    const at = run === undefined ? '' : runFiles(run.folder).outcomes;
    const names = existsSync(at) ? (await readdir(at)).filter((name) => name.endsWith('.json')) : [];
    const texts = await Promise.all(names.map((name) => readFile(path.join(at, name), 'utf8')));
    return new Map(names.map((name, i) => [name, (JSON.parse(texts[i]) as { outcome: { seconds: unknown } }).outcome]));
  };
  /** Leaves the worker stopped once so many trainings are done. */
  const stopAfter = (pid: number, trainings: number): Promise<ReadonlyMap<string, unknown>> =>
    stopWhen(
      pid,
      `${String(trainings)} trainings are done`,
      async () => {
        const done = await outcomes();
        return done.size >= trainings ? done : undefined;
      },
      limit,
    );
  const endsAs = (status: ListedRun['record']['status']): Promise<ListedRun> =>
    eventually(
      `the comparison is ${status}`,
      async () => {
        const run = await theRun();
        return run?.record.status === status ? run : undefined;
      },
      limit,
    );

  test('from the file to the advice, cancelled, killed and resumed on the way', async () => {
    await fromHere();
    const idle = jobWorkers();
    const asked = vscode.commands.executeCommand('counterweight.compareMethods', vscode.Uri.file(synthetic));
    await userWindow.choose('Real rows for synthetic.jsonl', 'real.jsonl');
    const accept = (): Thenable<unknown> =>
      vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    await userWindow.choose('Compare methods: synthetic.jsonl', 'Methods: 10');
    for (const method of ['Real rows only', 'Quality only', 'Filter, τ = 0.5'])
      await userWindow.choose('Methods to compare', method);
    // The cost follows what is ticked.
    await userWindow.choose('Methods to compare: 21 trainings', 'Focal loss');
    await userWindow.choose('Methods to compare: 24 trainings', 'Focal loss');
    await accept();
    await userWindow.choose('Compare methods: synthetic.jsonl', 'Seeds: 1, 2, 3');
    await userWindow.choose('Seeds: 21 trainings', 'Seed 3');
    await accept();
    await userWindow.choose('Compare methods: synthetic.jsonl', 'Checkers: Standard');
    await userWindow.choose('How the checkers are made', 'Preview');
    await userWindow.choose('Compare methods: synthetic.jsonl', 'Start comparing');
    await asked;

    // Cancelled: what was done is kept, and shown.
    const first = await nextWorker(idle);
    const begun = await stopAfter(first, 2);
    process.kill(first, 'SIGCONT');
    await vscode.commands.executeCommand('counterweight.cancelJob', vscode.Uri.file(synthetic));
    const cancelled = await endsAs('cancelled');
    const soFar = await readComparison(runFiles(cancelled.folder).comparison.json);
    const done = soFar?.facts.unfinished?.done ?? 0;
    assert.ok(done >= 1 && done < 14, `${String(done)} are done`);
    await userWindow.viewHolds('trainings are done and kept');

    // Goes on; its worker is killed: one message, with a way on.
    await eventually(
      'the worker is gone',
      () => (jobWorkers().every((pid) => pid !== first) ? true : undefined),
      limit,
    );
    const before = jobWorkers();
    const resumed = vscode.commands.executeCommand('counterweight.resumeJob');
    await userWindow.choose('Resume an interrupted job', 'Comparing methods on synthetic.jsonl');
    await resumed;
    const second = await nextWorker(before);
    await stopAfter(second, done + 2);
    process.kill(second, 'SIGKILL');
    const { text, buttons } = await oneMessage(limit);
    assert.match(text, /^Comparing methods on synthetic\.jsonl stopped\. .*SIGKILL.*What was finished is kept\.$/);
    assert.deepEqual(buttons, ['Resume', 'Show log']);
    await userWindow.press('Comparing methods on synthetic.jsonl stopped', 'Resume');
    await fromHere();

    const { record, folder: runFolder } = await endsAs('done');
    assert.equal(runFolder, cancelled.folder);
    assert.deepEqual(record.settings['methods'], methods);
    assert.deepEqual(record.settings['seeds'], [1, 2]);
    assert.equal(record.settings['effort'], 'preview');
    const files = runFiles(runFolder).comparison;
    const result = await readComparison(files.json);
    assert.equal(result?.facts.unfinished, undefined);
    assert.deepEqual(
      result?.comparison.methods.map(({ method, seeds }) => [method, seeds]),
      methods.map((method) => [method, [1, 2]]),
    );
    for (const file of [files.markdown, files.html]) assert.ok((await readFile(file, 'utf8')).includes('IMP, K = 2'));
    // What was done before it was cancelled was not done again: it took what it took then.
    const all = await outcomes();
    assert.equal(all.size, 14);
    const judged = [...all.values()].map((outcome) => (outcome as { predicted: readonly number[] }).predicted.length);
    assert.deepEqual(new Set(judged), new Set([40]));
    // Every test row is judged on or left out as a copy of a training row.
    assert.equal((result?.comparison.testRows ?? 0) + (result?.comparison.leftOut ?? 0), 40);
    for (const [name, outcome] of begun) assert.deepEqual(all.get(name), outcome, name);
    assert.deepEqual(await faultsTold(), []);
    // The first sentence: what is in the file is what is said.
    await userWindow.viewHolds((result?.advice ?? '').slice(0, 40));
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    assert.equal(tab?.label, 'Methods on synthetic.jsonl');
  }, 900_000);

  test('the view comes back about a comparison of the dataset', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const run = await theRun();
    await vscode.commands.executeCommand('counterweight.openComparison', synthetic, run?.folder);
    await userWindow.viewHolds('Macro-F1 by method');
    await userWindow.viewHolds('Copy report');
  });
});
