import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { hoverAt, likeDesktop, marked, openMarked, ours, quickFixes, runFix } from './support/editing.ts';
import { canForbidWriting, dataWorkers, whileReadOnly } from './support/faults.ts';
import { callTool, toolFault, workspaceFolder } from './support/languageTools.ts';
import { type Line, rowOf, writeScored } from './support/scoredDataset.ts';
import { after, becomes, before, describe, eventually, test } from './support/suite.ts';

const labels = ['negative', 'positive'];

/** Lines 1 and 3 are misaligned. */
const lines: readonly Line[] = [
  rowOf('Dull and far too long.', 'positive', 0.05, 0.9),
  rowOf('A delight.', 'positive', 0.9, 0.6),
  rowOf('I want my money back.', 'positive', 0.03, 0.98),
  rowOf('Great film, see it.', 'positive', 0.85, 0.97),
];
const newRow = '{"text": "new", "label": "positive"}\n';

describe('faults', () => {
  let folder = '';
  let number = 0;
  /** A dataset of its own for each test. */
  const scored = async (rows: readonly Line[] = lines): Promise<{ file: string; bytes: Buffer }> => {
    const file = path.join(folder, `fault-${String(number++)}.jsonl`);
    return { file, bytes: await writeScored(file, rows, { labels }) };
  };

  before(async () => {
    await likeDesktop();
    folder = await mkdtemp(path.join(workspaceFolder(), 'faults-'));
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(folder, { recursive: true, force: true });
  });

  describeFiles();
  describeReadOnly();

  function describeFiles(): void {
    test('a file that is edited on disk: marks and rows follow', async () => {
      const { file, bytes } = await scored();
      const { document } = await openMarked(file);
      await writeFile(file, `${newRow}${bytes.toString('utf8')}`);
      await marked(document, ['2 misaligned', '4 misaligned']);
      assert.deepEqual(await misaligned(file), [4, 2]);
      assert.equal(document.isDirty, false);
    });

    test('a file that is replaced: by its name it is the new one', async () => {
      const { file, bytes } = await scored();
      const { document } = await openMarked(file);
      const rows = bytes.toString('utf8').split('\n');
      await writeFile(`${file}.new`, `${[rows[3], rows[0]].join('\n')}\n`);
      await rename(`${file}.new`, file);
      await marked(document, ['2 misaligned']);
      assert.deepEqual(await misaligned(file), [2]);
    });

    test('a file that is cut off in a row: that row is broken, the others stay; then it is whole again', async () => {
      const { file, bytes } = await scored();
      const { document } = await openMarked(file);
      const end = bytes.indexOf('money');
      await writeFile(file, bytes.subarray(0, end));
      await marked(document, ['1 misaligned', '3 broken-row']);
      assert.deepEqual(await misaligned(file), [1]);
      await writeFile(file, bytes);
      await marked(document, ['1 misaligned', '3 misaligned']);
    });

    test('a file that is emptied: one clear line and no marks; then it is whole again', async () => {
      const { file, bytes } = await scored();
      const { document } = await openMarked(file);
      await vscode.commands.executeCommand('counterweight.openWeights', document.uri);
      await vscode.commands.executeCommand('vscode.open', document.uri);
      await writeFile(file, '');
      await marked(document, []);
      assert.ok((await toolFault('list_misaligned', { synthetic: file })).includes(file));
      await writeFile(file, bytes);
      await marked(document, ['1 misaligned', '3 misaligned']);
      assert.deepEqual(await misaligned(file), [3, 1]);
    });

    test('a file that is deleted comes back', async () => {
      const { file, bytes } = await scored();
      const { document } = await openMarked(file);
      await rm(file);
      await marked(document, []);
      assert.match(await toolFault('list_misaligned', { synthetic: file }), /there is no such file in the workspace/);
      await writeFile(file, `${newRow}${bytes.toString('utf8')}`);
      await marked(document, ['2 misaligned', '4 misaligned']);
      assert.deepEqual(await misaligned(file), [4, 2]);
    });

    test('a real file that is deleted: one clear line that names it, until it comes back', async () => {
      const { file } = await scored();
      const real = path.join(folder, 'real.jsonl');
      const rows = '{"text": "fine", "label": "positive"}\n{"text": "dull", "label": "negative"}\n';
      await writeFile(real, rows);
      await callTool('score_dataset', { synthetic: file, real, effort: 'preview' });
      const effort = async (): Promise<unknown> => {
        const { job, rows: listed } = await callTool('list_misaligned', { synthetic: file });
        return job === undefined ? listed : undefined;
      };
      await eventually('the job has ended', effort, 240_000);
      await rm(real);
      const fault = await eventually('the fault is told', async () => {
        try {
          await callTool('list_misaligned', { synthetic: file });
          return undefined;
        } catch (thrown) {
          return (thrown as Error).message;
        }
      });
      assert.ok(fault.includes(`Cannot read ${real}: no such file or folder; check the path.`), fault);
      await writeFile(real, rows);
      await eventually('it can be read again', async () => {
        try {
          return await callTool('list_misaligned', { synthetic: file });
        } catch {
          return undefined;
        }
      });
    }, 400_000);

    test('a run that is damaged: one clear line that outlasts what is typed; scores again once it is whole', async () => {
      const { file } = await scored();
      const own = path.join(folder, '.counterweight', path.basename(file));
      const [run] = (await readdir(own, { withFileTypes: true })).filter((entry) => entry.isDirectory());
      const scores = path.join(own, run.name, 'scores.jsonl');
      const whole = await readFile(scores);
      await writeFile(scores, 'no scores\n');
      const document = await vscode.workspace.openTextDocument(file);
      await vscode.window.showTextDocument(document);
      const fault = await toolFault('list_misaligned', { synthetic: file });
      assert.ok(fault.includes('scores.jsonl'), fault);
      await insert(document, newRow);
      assert.equal(await toolFault('list_misaligned', { synthetic: file }), fault);
      await writeFile(scores, whole);
      assert.ok(await document.save());
      await marked(document, ['2 misaligned', '4 misaligned']);
      assert.deepEqual(await misaligned(file), [4, 2]);
    });

    test('a file that is replaced under unsaved changes: what was typed stays and counts', async () => {
      const { file, bytes } = await scored();
      const { document } = await openMarked(file);
      await insert(document, newRow);
      await marked(document, ['2 misaligned', '4 misaligned']);
      const [first, ...others] = bytes.toString('utf8').split('\n');
      await writeFile(`${file}.new`, others.join('\n'));
      await rename(`${file}.new`, file);
      await insert(document, newRow);
      await marked(document, ['3 misaligned', '5 misaligned']);
      assert.ok(document.isDirty);
      assert.ok(document.getText().startsWith(`${newRow}${newRow}${first}`));
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await marked(document, ['2 misaligned']);
      assert.equal(await readFile(file, 'utf8'), others.join('\n'));
    });
  }

  function describeWorker(): void {
    test('a data worker that is killed: the next call works, and unsaved text still counts', async () => {
      const { file } = await scored();
      const { document } = await openMarked(file);
      await insert(document, newRow);
      await marked(document, ['2 misaligned', '4 misaligned']);
      const [before, ...more] = dataWorkers();
      assert.deepEqual(more, []);
      process.kill(before, 'SIGKILL');
      await eventually('another one is there', () => dataWorkers().some((pid) => pid !== before) || undefined);
      assert.deepEqual(await misaligned(file), [4, 2]);
      await insert(document, newRow);
      await marked(document, ['3 misaligned', '5 misaligned']);
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await marked(document, ['1 misaligned', '3 misaligned']);
    });

    test('a data worker that is killed under a call: its answer, or one line that says so', async () => {
      const { file } = await scored();
      assert.deepEqual(await misaligned(file), [3, 1]);
      const [pid] = dataWorkers();
      const call = misaligned(file).catch((thrown: unknown) => thrown as Error);
      process.kill(pid, 'SIGKILL');
      const answer = await call;
      if (answer instanceof Error) {
        assert.match(answer.message, /The data worker ended unexpectedly \(SIGKILL\).*try once more\.$/);
        assert.doesNotMatch(answer.message, /\n/);
      } else assert.deepEqual(answer, [3, 1]);
      assert.deepEqual(await misaligned(file), [3, 1]);
    });
  }

  function describeReadOnly(): void {
    const possible = canForbidWriting();
    test(`a folder that cannot be written: decisions are kept elsewhere${possible ? '' : ' (skipped: needs chattr)'}`, async () => {
      if (!possible) return;
      const { file, bytes } = await scored();
      const { document } = await openMarked(file);
      const own = path.join(folder, '.counterweight', path.basename(file));
      const held = await readdir(own);
      await whileReadOnly(own, async () => {
        await (
          await runFix(document.uri, 0, 'Keep as it is')
        ).done;
        await marked(document, ['3 misaligned']);
        assert.deepEqual(await readdir(own), held);
        const { marks } = await callTool('explain_row', { synthetic: file, line: 1 });
        assert.deepEqual(marks, ['kept']);
      });
      assert.deepEqual(await readFile(file), bytes);
    });
  }

  test('hostile rows: nothing throws, and nothing of them is a link, markup or invisible', async () => {
    const { file, hostile } = await hostileDataset(path.join(folder, 'hostile.jsonl'));
    const { document } = await openMarked(file);
    await becomes(
      () => ours(document.uri).map(({ range }) => range.start.line),
      [...hostile.map((_, i) => i), hostile.length + 1],
    );
    const marks = ours(document.uri);
    for (const { message } of marks) {
      assert.ok(message.length < 1100);
      assert.doesNotMatch(message, unseen);
    }
    for (const [line, text] of hostile.entries()) {
      const { length } = document.lineAt(line).text;
      const atLabel = marks[line].range.start.character + 1;
      // In a line of a million characters nobody looks for its label while the mouse rests.
      for (const column of length < 1e6 ? [length, atLabel] : [length]) {
        const hover = await hoverAt(document.uri, line, column);
        assert.deepEqual(
          linksOf(hover).filter((target) => !target.startsWith('command:counterweight.')),
          [],
        );
        assert.doesNotMatch(hover.value.replaceAll('\n', ''), unseen);
        // Every < of the data is written as text.
        assert.doesNotMatch(hover.value, /(?<!\\)</);
        assert.ok(hover.value.length < 10_000);
        assert.notEqual(hover.supportHtml, true);
      }
      for (const { title } of await quickFixes(document.uri, line)) assert.doesNotMatch(title, unseen);
      const row = await callTool('explain_row', { synthetic: file, line: line + 1 });
      assert.ok(text.startsWith(String(row.text)) || String(row.text) === text, `line ${String(line + 1)}`);
    }
    await vscode.commands.executeCommand('counterweight.openWeights', document.uri);
    assert.equal(document.isDirty, false);
    assert.equal(existsSync(file), true);
    assert.deepEqual(Object.keys(Object.prototype), []);
  });

  // Last, and no more than two: after three crashes within a minute it is not started again by itself.
  describeWorker();
});

/** Control and format characters, among them those that turn the direction of writing. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Rows that are misaligned: the real data say another, hostile label. Then one of that label, and one that is broken. */
async function hostileDataset(file: string): Promise<{ file: string; hostile: readonly string[] }> {
  const wrong = '[x](command:workbench.action.quit)</script><b>\u202E';
  const known = [wrong, 'positive'];
  const hostile = [
    '</script><script>alert(1)</script><img src=x onerror=alert(1)>',
    '](command:workbench.action.quit) $(trash) `code` **bold** | cell',
    'abc \u202Egnp.exe\u202C \u2066hidden\u2069 \u200B\u200F',
    'bell \u0007 escape \u001B[31m null \u0000 line\u2028end\r\nnext',
    'with a member that is no prototype',
    'long '.repeat(200_000),
    'lone \uD800 surrogate',
  ];
  const rows = hostile.map((text, i): Line => {
    // VS Code offers to remove these, and the tests' window agrees.
    const own = JSON.stringify({ text, label: 'positive' }).replaceAll('\u2028', '\\u2028');
    return {
      source: i === 4 ? own.replace('{', '{"__proto__": {"text": "no", "label": "no"}, "constructor": 1, ') : own,
      scores: { text, label: 'positive', quality: [0.9 + i / 100, 0.1 - i / 100], diversity: [0.2, 0.8] },
    };
  });
  const other: Line = {
    source: JSON.stringify({ text: 'of the other label', label: wrong }),
    scores: { text: 'of the other label', label: wrong, quality: [0.9, 0.1], diversity: [0.5, 0.5] },
  };
  const broken: Line = { source: '{"text": "bare \u0007 \u202Econtrol", "label": "positive"}' };
  await writeScored(file, [...rows, other, broken], { labels: known });
  return { file, hostile };
}

/** Lines of the misaligned rows, as an agent is told. */
async function misaligned(synthetic: string): Promise<number[]> {
  const { rows } = await callTool('list_misaligned', { synthetic });
  return (rows as { line: number }[]).map(({ line }) => line);
}

async function insert(document: vscode.TextDocument, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, new vscode.Position(0, 0), text);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

/** Where the links of a hover lead. */
function linksOf({ value }: vscode.MarkdownString): string[] {
  return [...value.matchAll(/(?<!\\)\]\(([^)]*)\)/g)].map(([, target]) => target);
}
