import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { fixCommands } from '../../src/host/diagnostics/fixArguments.ts';
import { readDecisions } from '../../src/store/decisions.ts';
import { datasetFolders, decisionsFile } from '../../src/store/layout.ts';
import { likeDesktop } from './support/editing.ts';
import { bytesRead } from './support/faults.ts';
import { callTool, workspaceFolder } from './support/languageTools.ts';
import { type Line, rowOf, writeScored } from './support/scoredDataset.ts';
import { after, becomes, before, describe, eventually, test } from './support/suite.ts';
import { faultsTold, fromHere, userWindow } from './support/window.ts';

const labels = ['negative', 'positive'];
/** Lines, counted from 1, that are misaligned; each row has about 4 KB. */
const [rows, misaligned] = [15_000, [2, 6, 8, 10]];

describe('faults of large files', () => {
  let folder = '';
  let file = '';
  let bytes: Buffer;

  before(async () => {
    await likeDesktop();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    folder = await mkdtemp(path.join(workspaceFolder(), 'large-'));
    file = path.join(folder, 'large.jsonl');
    const filler = 'lorem ipsum dolor sit amet '.repeat(150);
    const lines = Array.from({ length: rows }, (_, i): Line => {
      const text = `row ${String(i + 1)}. ${filler}`;
      return misaligned.includes(i + 1) ? rowOf(text, 'positive', 0.05, 0.9) : rowOf(text, 'positive', 0.9, 0.6);
    });
    bytes = await writeScored(file, lines, { labels });
    assert.ok(bytes.length > 58e6);
  });

  after(async () => {
    await vscode.commands.executeCommand('notifications.clearAll');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(folder, { recursive: true, force: true });
  });

  test('a file above 50 MB: decisions instead of edits, undone exactly, carried out in the exported copy alone', async () => {
    const uri = vscode.Uri.file(file);
    const { mtimeMs } = await stat(file);
    const readBefore = bytesRead();
    await fromHere();

    await act(uri, 2, 'relabel', 'relabelled');
    await act(uri, 4, 'remove', 'removed');
    await act(uri, 6, 'keep', 'kept');
    const single = { 2: ['relabelled'], 4: ['removed'], 6: ['kept'], 8: [], 10: [] };
    assert.deepEqual(await marksOf(file, Object.keys(single)), single);

    // All that are misaligned, but for those already decided about.
    const done = vscode.commands.executeCommand(fixCommands.act, {
      ...{ action: 'relabel', path: file, verdict: 'misaligned' },
    });
    await userWindow.choose('Relabel 2 rows?', 'Apply');
    await done;
    const both = { ...single, 8: ['relabelled'], 10: ['relabelled'] };
    await becomes(() => marksOf(file, Object.keys(both)), both);
    await userWindow.press('Relabelled 2 rows; decisions are honoured by training and export.', 'Undo');
    await becomes(() => marksOf(file, Object.keys(single)), single);

    const corrected = await exported(uri, path.join(folder, 'corrected.jsonl'));
    await act(uri, 2, 'clear', undefined);
    await act(uri, 4, 'clear', undefined);
    await act(uri, 6, 'clear', undefined);
    await becomes(async () => (await readDecisions(datasetFolders(file).map(decisionsFile))).decisions.size, 0);
    const untouched = await exported(uri, path.join(folder, 'untouched.jsonl'));

    // Nothing of it went through this process, and no editor holds it.
    assert.ok(bytesRead() - readBefore < bytes.length / 2, `${String(bytesRead() - readBefore)} bytes were read here`);
    assert.ok(vscode.workspace.textDocuments.every((document) => document.uri.fsPath !== file));
    assert.deepEqual(await faultsTold(), []);

    assert.ok((await readFile(file)).equals(bytes), 'the source is as it was');
    assert.equal((await stat(file)).mtimeMs, mtimeMs);
    assert.ok((await readFile(untouched)).equals(bytes), 'without decisions the copy is the source');
    assert.ok((await readFile(corrected)).equals(correctedBytes(bytes)), 'the copy has the decisions carried out');
  }, 600_000);
});

type Action = 'relabel' | 'remove' | 'keep' | 'clear';

/** Selects the row of a line in the panel, runs a row action on it, and waits until its row has a mark, or none. */
async function act(uri: vscode.Uri, line: number, action: Action, mark: string | undefined): Promise<void> {
  await vscode.commands.executeCommand('counterweight.openWeights', uri, line - 1);
  await userWindow.rowSelected(`row ${String(line)}. `);
  await vscode.commands.executeCommand(`counterweight.row.${action}`);
  const wanted = mark === undefined ? [] : [mark];
  await eventually(`${action} of line ${String(line)}`, async () => {
    const { [line]: marks } = await marksOf(uri.fsPath, [String(line)]);
    return JSON.stringify(marks) === JSON.stringify(wanted) ? true : undefined;
  });
}

/** The marks of rows, by their lines. */
async function marksOf(synthetic: string, lines: readonly string[]): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const line of lines) {
    const { marks } = await callTool('explain_row', { synthetic, line: Number(line) });
    found[line] = marks as string[];
  }
  return found;
}

/** Exports the corrected copy through the dialogs. @returns its path. */
async function exported(uri: vscode.Uri, to: string): Promise<string> {
  const ended = vscode.commands.executeCommand('counterweight.exportRows', uri);
  await userWindow.choose('Export rows', 'Corrected JSONL');
  await userWindow.choosePath(to);
  await eventually(
    'the copy is announced',
    async () =>
      (await userWindow.messages()).some(({ text }) => text.endsWith(`rows were written to ${path.basename(to)}.`)) ||
      undefined,
    120_000,
  );
  await vscode.commands.executeCommand('notifications.clearAll');
  await ended;
  return to;
}

/** Line 2 relabelled, line 4 gone, nothing else. */
function correctedBytes(bytes: Buffer): Buffer {
  const ends = [0];
  for (let i = 0; i < 4; i++) ends.push(bytes.indexOf('\n', ends[i]) + 1);
  const second = bytes.toString('utf8', ends[1], ends[2]).replace('"positive"', '"negative"');
  return Buffer.concat([
    bytes.subarray(0, ends[1]),
    Buffer.from(second, 'utf8'),
    bytes.subarray(ends[2], ends[3]),
    bytes.subarray(ends[4]),
  ]);
}
