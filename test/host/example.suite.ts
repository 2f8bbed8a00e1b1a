import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { copyExample, exampleFiles } from '../../src/host/walkthrough/copyExample.ts';
import { after, before, describe, test } from './support/suite.ts';

describe('the copy of the example', () => {
  const extension = vscode.extensions.getExtension('counterweight.counterweight');
  assert.ok(extension !== undefined);
  const source = vscode.Uri.joinPath(extension.extensionUri, 'examples', 'spam');
  const copyTo = async (folder: string): Promise<string> => (await copyExample(source, vscode.Uri.file(folder))).fsPath;
  const sorted = [...exampleFiles].sort();
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'cw-example-'));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('an empty folder gets the files', async () => {
    assert.equal(await copyTo(folder), folder);
    assert.deepEqual((await readdir(folder)).sort(), sorted);
    for (const name of exampleFiles)
      assert.deepEqual(await readFile(path.join(folder, name)), await readFile(path.join(source.fsPath, name)));
  });

  test('the same folder again: nothing is copied twice', async () => {
    assert.equal(await copyTo(folder), folder);
    assert.deepEqual((await readdir(folder)).sort(), sorted);
  });

  test('a file that the user has changed stays as it is, and the copy goes into a folder beside it', async () => {
    const mine = path.join(folder, 'synthetic.jsonl');
    await writeFile(mine, '{"text": "mine", "label": "ham"}\n');
    const first = path.join(folder, 'counterweight-example');
    assert.equal(await copyTo(folder), first);
    assert.equal(await readFile(mine, 'utf8'), '{"text": "mine", "label": "ham"}\n');

    await writeFile(path.join(first, 'real.jsonl'), '');
    assert.equal(await copyTo(folder), path.join(folder, 'counterweight-example-2'));
    assert.equal(await readFile(path.join(first, 'real.jsonl'), 'utf8'), '');
  });
});
