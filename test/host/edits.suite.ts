import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import {
  answer,
  openMarked,
  ours,
  quickFixes,
  runFix,
  likeDesktop,
  savedBytes,
  showChanges,
  shownDiff,
  undo,
} from './support/editing.ts';
import { type DatasetOptions, type Line, rowOf, writeScored } from './support/scoredDataset.ts';
import { after, becomes, before, describe, eventually, test } from './support/suite.ts';

const labels = ['negative', 'positive'];

/** Two misaligned rows, one good one, three copies of it. */
const lines: readonly Line[] = [
  rowOf('Dull and far too long. 😀', 'positive', 0.05, 0.9),
  rowOf('A delight.', 'positive', 0.9, 0.6, { nearDuplicates: 3 }),
  rowOf('Great film, see it.', 'positive', 0.85, 0.97, { nearDuplicates: 3 }),
  rowOf('Great film! See it.', 'positive', 0.86, 0.97, { nearDuplicates: 3 }),
  rowOf('I want my money back.', 'positive', 0.03, 0.98),
  rowOf('Great film; see it!', 'positive', 0.87, 0.97, { nearDuplicates: 3 }),
];

/** Files as other tools write them. */
const formats: readonly { readonly name: string; readonly options: Partial<DatasetOptions> }[] = [
  { name: 'plain', options: {} },
  { name: 'with a byte order mark and CRLF', options: { bom: true, eol: '\r\n' } },
  { name: 'without a last line end', options: { ended: false } },
  { name: 'with CRLF and without a last line end', options: { eol: '\r\n', ended: false } },
];

describe('edits', () => {
  let folder = '';
  let number = 0;
  /** A dataset of its own for each test. */
  const scored = async (
    rows: readonly Line[],
    options: Partial<DatasetOptions> = {},
  ): Promise<{ file: string; bytes: Buffer }> => {
    const file = path.join(folder, `edit-${String(number++)}.jsonl`);
    return { file, bytes: await writeScored(file, rows, { labels, ...options }) };
  };

  before(async () => {
    await likeDesktop();
    folder = await mkdtemp(path.join(tmpdir(), 'cw-edits-'));
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(folder, { recursive: true, force: true });
  });

  for (const { name, options } of formats) {
    const eol = options.eol ?? '\n';
    const text = (rows: readonly string[], ended: boolean): string =>
      (options.bom ? '\uFEFF' : '') + rows.join(eol) + (ended ? eol : '');

    test(`relabel and undo, ${name}: only the label's characters change`, async () => {
      const { file, bytes } = await scored(lines, options);
      const { document } = await openMarked(file);
      await (
        await runFix(document.uri, 0, "Relabel to 'negative'")
      ).done;
      await becomes(() => document.isDirty, true);
      assert.deepEqual(await readFile(file), bytes, 'nothing is saved');
      const relabelled = lines.map(({ source }, i) => (i === 0 ? source.replace('"positive"', '"negative"') : source));
      const expected = text(relabelled, options.ended ?? true);
      assert.equal(document.getText(), expected.replace('\uFEFF', ''));
      await undo(document);
      assert.deepEqual(await savedBytes(document), bytes);
      assert.deepEqual(await readFile(file), bytes);
    });

    test(`remove all copies and undo, ${name}: the other rows keep every byte`, async () => {
      const { file, bytes } = await scored(lines, options);
      const { document } = await openMarked(file);
      const { done } = await runFix(document.uri, 2, 'Remove all 3 redundant rows');
      await answer(done, 'apply');
      const kept = [0, 1, 4].map((i) => lines[i].source);
      // The last row goes with its own characters; the line end of the row before it stays.
      const expected = text(kept, true);
      assert.equal(document.getText(), expected.replace('\uFEFF', ''));
      assert.equal((await savedBytes(document)).toString('utf8'), expected);
      await vscode.commands.executeCommand('undo');
      await eventually('the rows are back', () => (document.lineCount >= lines.length ? true : undefined));
      assert.deepEqual(await savedBytes(document), bytes);
    });
  }

  test('a label keeps its JSON type', async () => {
    const rows = [
      { source: '{"text": "a", "label": 1}', text: 'a', p: 0.05 },
      { source: '{"text": "b", "label": "1"}', text: 'b', p: 0.05 },
      { source: '{"text": "c", "label": 0}', text: 'c', p: 0.95 },
    ].map(({ source, text, p }, i): Line => ({
      source,
      scores: { text, label: i === 2 ? '0' : '1', quality: i === 2 ? [p, 1 - p] : [1 - p, p], diversity: [0.5, 0.5] },
    }));
    const { file } = await scored(rows, { labels: ['0', '1'] });
    const { document } = await openMarked(file);
    const { done } = await runFix(document.uri, 0, 'Relabel all 2 misaligned rows');
    await answer(done, 'apply');
    assert.equal(
      document.getText(),
      '{"text": "a", "label": 0}\n{"text": "b", "label": "0"}\n{"text": "c", "label": 0}\n',
    );
  });

  test('a bulk edit that is not confirmed changes nothing', async () => {
    const { file } = await scored(lines);
    const { document } = await openMarked(file);
    const { version } = document;
    const { done } = await runFix(document.uri, 0, 'Remove all 2 misaligned rows');
    await answer(done, 'close');
    assert.equal(document.version, version);
    assert.equal(document.isDirty, false);
  });

  test('a bulk edit can be looked at before it is applied', async () => {
    const { file } = await scored(lines);
    const { document } = await openMarked(file);
    const { done } = await runFix(document.uri, 0, 'Relabel all 2 misaligned rows');
    const { original, modified } = await showChanges('Relabel 2 rows?');
    assert.equal(original.fsPath, file);
    const expected = lines
      .map(({ source }, i) => `${i === 0 || i === 4 ? source.replace('"positive"', '"negative"') : source}\n`)
      .join('');
    const planned = (): string | undefined =>
      vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === modified.toString())?.getText();
    await becomes(planned, expected);
    assert.equal(document.isDirty, false);
    await answer(done, 'apply');
    assert.equal(document.getText(), expected);
    await eventually('the comparison is closed', () => (shownDiff() === undefined ? true : undefined));
  });

  test('a fix of a text that changed since does nothing', async () => {
    const { file } = await scored(lines);
    const { document } = await openMarked(file);
    const command = await eventually(
      'the fix is offered',
      async () => (await quickFixes(document.uri, 0)).find(({ title }) => title === 'Remove row')?.command,
    );
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), '\n');
    await vscode.workspace.applyEdit(edit);
    const text = document.getText();
    await vscode.commands.executeCommand(command.command, ...(command.arguments as unknown[]));
    assert.equal(document.getText(), text);
  });

  test('a row that is kept is no longer reported, in this window and for good', async () => {
    const { file, bytes } = await scored(lines);
    const { document } = await openMarked(file);
    await (
      await runFix(document.uri, 0, 'Keep as it is')
    ).done;
    await eventually('the mark is gone', () =>
      ours(document.uri).every(({ range }) => range.start.line !== 0) ? true : undefined,
    );
    assert.deepEqual(await readFile(file), bytes);
    assert.equal(document.isDirty, false);
    const decisions = path.join(folder, '.counterweight', path.basename(file), 'decisions.jsonl');
    assert.match(await readFile(decisions, 'utf8'), /"action":"keep"/);
    const { done } = await runFix(document.uri, 4, "Relabel to 'negative'");
    await done;
    assert.match(document.lineAt(0).text, /"positive"/);
    await undo(document);
  });

  test('the weight of a relabelled row is provisional', async () => {
    const { file } = await scored(lines);
    const { document } = await openMarked(file);
    const wrong = document.lineAt(1).text.lastIndexOf('"positive"');
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(1, wrong, 1, wrong + 10), '"negative"');
    await vscode.workspace.applyEdit(edit);
    const mark = await eventually('the new label is judged', () =>
      ours(document.uri).find(({ range }) => range.start.line === 1),
    );
    assert.match(mark.message, /provisional/);
    await undo(document);
  });

  test('10 000 relabels and 50 000 removals in a file of 30 MB, each one undo step', async () => {
    const filler = 'lorem ipsum dolor sit amet '.repeat(10);
    const original = rowOf(filler, 'negative', 0.9, 0.97, { nearDuplicates: 50_000 });
    const others = Array.from({ length: 100_000 }, (_, i): Line => {
      const text = `row ${String(i)} ${filler}`;
      if (i % 10 === 1) return rowOf(text, 'positive', 0.05, 0.9);
      return i % 2 === 0
        ? rowOf(text, 'negative', 0.9, 0.97, { nearDuplicates: 50_000 })
        : rowOf(text, 'positive', 0.9, 0.6);
    });
    const { file, bytes } = await scored([original, ...others]);
    assert.ok(bytes.length > 29e6);
    const { document } = await openMarked(file);
    const measured: Record<string, number> = {};
    const steps = [
      { title: 'Relabel all 10,000 misaligned rows', line: 2, lineCount: 100_002 },
      { title: 'Remove all 50,000 redundant rows', line: 1, lineCount: 50_002 },
    ];
    for (const { title, line, lineCount } of steps) {
      // The misaligned rows alone are more than are marked; a fix is offered at every flagged line all the same.
      await eventually(
        'the fix is offered',
        async () => {
          const fixes = await quickFixes(document.uri, line);
          return fixes.some((fix) => fix.title === title) ? true : undefined;
        },
        120_000,
      );
      const start = performance.now();
      const { done } = await runFix(document.uri, line, title);
      await answer(done, 'apply');
      measured[title] = Math.round(performance.now() - start);
      assert.equal(document.lineCount, lineCount);
      await becomes(() => document.isDirty, true);
      const undone = performance.now();
      await undo(document);
      measured[`${title}: undo`] = Math.round(performance.now() - undone);
      assert.ok(Buffer.from(document.getText(), 'utf8').equals(bytes), 'one undo restores every byte');
    }
    await report(measured);
  }, 600_000);
});

/** Keeps the measurement; a time is reported, never asserted. */
async function report(measured: Readonly<Record<string, number>>): Promise<void> {
  const folder = process.env.COUNTERWEIGHT_HOST_OUTPUT;
  assert.ok(folder !== undefined);
  await writeFile(path.join(folder, 'edits.json'), `${JSON.stringify(measured, null, 2)}\n`);
}
