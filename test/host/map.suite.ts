import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { loadCheckpoint } from '../../src/store/checkpoint.ts';
import { isJsonObject } from '../../src/store/json.ts';
import { runFiles } from '../../src/store/layout.ts';
import { generateRows } from '../support/rows.ts';
import { callTool, workspaceFolder } from './support/languageTools.ts';
import { finishedRun, useTinyEncoder } from './support/scoring.ts';
import { after, before, describe, eventually, test } from './support/suite.ts';
import { faultsTold, fromHere } from './support/window.ts';

describe('the map', () => {
  const labels = ['neg', 'pos'];
  let folder = '';
  const file = (name: string): string => path.join(folder, name);
  const write = async (name: string, rows: number, seed: number): Promise<void> => {
    const lines = generateRows({ rows, labels, seed }).map((row) => `${JSON.stringify(row)}\n`);
    await writeFile(file(name), lines.join(''));
  };
  const opened = (type: string): readonly vscode.Tab[] =>
    vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(type));

  before(async () => {
    folder = await mkdtemp(path.join(workspaceFolder(), 'map-'));
    await write('synthetic.jsonl', 40, 1);
    await write('real.jsonl', 24, 2);
    const tiny = process.env.COUNTERWEIGHT_HOST_TINY_MODEL;
    assert.ok(tiny !== undefined);
    await useTinyEncoder(tiny);
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await useTinyEncoder(undefined);
    await rm(folder, { recursive: true, force: true });
  });

  test('of a file that was scored is drawn from its embeddings, and kept in the run', async () => {
    const synthetic = file('synthetic.jsonl');
    await fromHere();
    await callTool('score_dataset', { synthetic, real: file('real.jsonl'), effort: 'preview' });
    const run = await finishedRun({ synthetic });
    await vscode.commands.executeCommand('counterweight.openMap', vscode.Uri.file(synthetic));
    await eventually('the map is open', () => opened('counterweight.map').length === 1);
    const kept = await eventually('the map is drawn', async () => {
      const loaded = await loadCheckpoint(runFiles(run.folder).map);
      return 'checkpoint' in loaded ? loaded.checkpoint : undefined;
    });
    assert.ok(isJsonObject(kept.meta));
    assert.deepEqual([kept.meta['version'], kept.meta['synthetic'], kept.meta['real']], [1, 40, 24]);
    assert.equal(kept.tensors.get('place')?.data.length, 2 * 64);
    assert.deepEqual(await faultsTold(), []);
  });

  test('is the same one when it is asked for again', async () => {
    await vscode.commands.executeCommand('counterweight.openMap', file('synthetic.jsonl'));
    assert.equal(opened('counterweight.map').length, 1);
    assert.equal(opened('counterweight.map')[0].label, 'Map of synthetic.jsonl');
  });

  test('hands rows to the weights panel', async () => {
    await vscode.commands.executeCommand('counterweight.filterWeights', file('synthetic.jsonl'), 'is:picked');
    await eventually('the panel is open', () => opened('counterweight.weights').length === 1);
  });
});
