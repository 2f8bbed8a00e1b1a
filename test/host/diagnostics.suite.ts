import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { hoverAt, hoversAt, lensTitles, likeDesktop, openMarked, ours, quickFixes, runFix } from './support/editing.ts';
import { type Line, rowOf, writeScored } from './support/scoredDataset.ts';
import { after, becomes, before, describe, eventually, test } from './support/suite.ts';
import { userWindow } from './support/window.ts';

const labels = ['negative', 'positive'];
const hostile = '](command:workbench.action.quit) $(trash) <img src=x onerror=alert(1)>';

/** Lines of the file, counted from 0. */
const at = { misaligned: 0, ok: 1, broken: 2, worse: 3, firstCopy: 4, hostile: 7 } as const;

const lines: readonly Line[] = [
  rowOf('The plot drags on for hours.', 'positive', 0.1, 0.8),
  rowOf('A delight from start to end.', 'positive', 0.9, 0.6, { nearDuplicates: 3 }),
  { source: '{"text": "cut off, "label": "positive"}' },
  rowOf('I want my money back.', 'positive', 0.03, 0.98),
  rowOf('Great film, see it.', 'positive', 0.85, 0.97, { nearDuplicates: 3 }),
  rowOf('Great film! See it.', 'positive', 0.86, 0.97, { nearDuplicates: 3 }),
  rowOf('Great film; see it!', 'positive', 0.87, 0.97, { nearDuplicates: 3 }),
  rowOf(hostile, 'negative', 0.15, 0.5),
].map(({ source, scores }) => ({ source, scores: scores && { ...scores, nearestReal: [{ line: 2, cosine: 0.83 }] } }));

describe('diagnostics', () => {
  let folder = '';
  const file = (name: string): string => path.join(folder, name);
  const lineOf = (diagnostic: vscode.Diagnostic): number => diagnostic.range.start.line;

  before(async () => {
    await likeDesktop();
    folder = await mkdtemp(path.join(tmpdir(), 'cw-marks-'));
    await writeFile(
      file('real.jsonl'),
      ['{"text": "fine", "label": "positive"}', '{"text": "dull", "label": "negative"}', ''].join('\n'),
    );
    await writeScored(file('synthetic.jsonl'), lines, { labels, real: file('real.jsonl') });
    await writeScored(file('preview.jsonl'), lines, { labels, effort: 'preview' });
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(folder, { recursive: true, force: true });
  });

  test('a scored file is marked as soon as it is opened', async () => {
    const { document } = await openMarked(file('synthetic.jsonl'));
    await becomes(
      () => ours(document.uri).map((mark) => [lineOf(mark), vscode.DiagnosticSeverity[mark.severity], codeOf(mark)]),
      [
        [at.misaligned, 'Warning', 'misaligned'],
        [at.broken, 'Error', 'broken-row'],
        [at.worse, 'Warning', 'misaligned'],
        [at.firstCopy, 'Hint', 'redundant'],
        [at.firstCopy + 1, 'Hint', 'redundant'],
        [at.firstCopy + 2, 'Hint', 'redundant'],
        [at.hostile, 'Warning', 'misaligned'],
      ],
    );
    const marks = ours(document.uri);
    const [first] = marks;
    assert.equal(document.getText(first.range), '"positive"');
    assert.equal(first.message, "label 'positive', real data says 'negative' (90 %), weight 0.12");
    const related = await eventually('the real file is known', () => {
      const [found] = ours(document.uri)[0]?.relatedInformation ?? [];
      return found as vscode.DiagnosticRelatedInformation | undefined;
    });
    assert.equal(related.message, "nearest real row, labelled 'negative' (cosine 0.83)");
    assert.equal(related.location.uri.fsPath, file('real.jsonl'));
    assert.equal(related.location.range.start.line, 1);
    const broken = marks[1];
    assert.equal(document.getText(broken.range), 'l');
    assert.match(broken.message, /^not JSON: /);
  });

  test('each mark links to a page that comes with the extension', async () => {
    const { marks } = await openMarked(file('synthetic.jsonl'));
    for (const mark of marks) {
      const target = typeof mark.code === 'object' ? mark.code.target : undefined;
      assert.ok(target !== undefined && existsSync(target.fsPath), `no page for ${codeOf(mark)}`);
    }
  });

  test('marks follow the text, and a new label is provisional', async () => {
    const { document } = await openMarked(file('synthetic.jsonl'));
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), '{"text": "new", "label": "positive"}\n');
    const worse = document.lineAt(at.worse);
    const label = worse.text.lastIndexOf('"positive"');
    edit.replace(document.uri, new vscode.Range(at.worse, label, at.worse, label + 10), '"negative"');
    const ok = document.lineAt(at.ok).text.lastIndexOf('"positive"');
    edit.replace(document.uri, new vscode.Range(at.ok, ok, at.ok, ok + 10), '"negative"');
    await vscode.workspace.applyEdit(edit);
    const marks = await eventually('the marks have moved', () => {
      const found = ours(document.uri).filter((mark) => codeOf(mark) === 'misaligned');
      return found.some((mark) => lineOf(mark) === at.hostile + 1) && found.length === 3 ? found : undefined;
    });
    // The row that was mislabelled is right now, and the one that was right is not.
    assert.deepEqual(marks.map(lineOf), [at.misaligned + 1, at.ok + 1, at.hostile + 1]);
    assert.match(marks[1].message, /real data says 'positive' \(90 %\).*provisional/);
    const lenses = await eventually('changed rows are counted', async () => {
      const titles = await lensTitles(document.uri);
      return titles.some((title) => title.includes('changed row')) ? titles : undefined;
    });
    assert.ok(lenses.includes('1 changed row: re-score'), lenses.join(' | '));
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await eventually('the marks are back', () => {
      const found = ours(document.uri);
      return found.length === 7 && lineOf(found[0]) === at.misaligned ? true : undefined;
    });
  });

  test('no more marks than the setting allows, the worst first', async () => {
    const settings = vscode.workspace.getConfiguration('counterweight');
    const { document } = await openMarked(file('synthetic.jsonl'));
    try {
      await settings.update('diagnostics.limit', 3, vscode.ConfigurationTarget.Global);
      const marks = await eventually('three marks are left', () => {
        const found = ours(document.uri);
        return found.length === 3 ? found : undefined;
      });
      assert.deepEqual(marks.map(lineOf).sort(), [at.misaligned, at.broken, at.worse]);
      await eventually('the line over the file says so', async () =>
        (await lensTitles(document.uri)).includes('the 3 worst of 7 problems are marked'),
      );
      await settings.update('diagnostics.enabled', false, vscode.ConfigurationTarget.Global);
      await eventually('no mark is left', () => (ours(document.uri).length === 0 ? true : undefined));
    } finally {
      await settings.update('diagnostics.limit', undefined, vscode.ConfigurationTarget.Global);
      await settings.update('diagnostics.enabled', undefined, vscode.ConfigurationTarget.Global);
    }
    await eventually('all marks are back', () => (ours(document.uri).length === 7 ? true : undefined));
  });

  test('a preview calls no label wrong', async () => {
    const { document } = await openMarked(file('preview.jsonl'));
    await becomes(() => [...new Set(ours(document.uri).map(codeOf))].sort(), ['broken-row', 'redundant']);
    await eventually('the line over the file says that it is one', async () =>
      /^Preview: 7 rows scored · ESS \d/.test((await lensTitles(document.uri)).at(0) ?? ''),
    );
  });

  test('the line over the file says what was scored', async () => {
    const { document } = await openMarked(file('synthetic.jsonl'));
    const titles = async (): Promise<string[]> =>
      (await lensTitles(document.uri)).map((title) => title.replace(/^(7 rows scored · ESS )\d.*/, '$1…'));
    await becomes(titles, ['7 rows scored · ESS …', 'Open weights', 'Re-score']);
  });

  test('the hover takes the weight apart', async () => {
    const { document } = await openMarked(file('synthetic.jsonl'));
    const column = document.lineAt(at.worse).text.lastIndexOf('positive');
    const hover = await hoverAt(document.uri, at.worse, column);
    const text = hover.value.replace(/\\([!-/:-@[-`{-~])/g, '$1');
    assert.match(text, /^weight \*\*0\.03\*\* = P̂' 3 % \/ Q̂ 98 %/);
    assert.match(text, /\| negative \| 97 % \| 2 % \|\n\| positive \(this row\) \| 3 % \| 98 % \|/);
    assert.match(text, /\[Open in panel\]\(command:counterweight\.fix\.show\?/);
    const behind = await hoverAt(document.uri, at.worse, document.lineAt(at.worse).text.length);
    // Where no problem says it.
    assert.match(behind.value.replaceAll('\\', ''), /^\*\*misaligned\*\*: label 'positive', real data says 'negative'/);
    assert.deepEqual(await hoversAt(document.uri, at.worse, 3), []);
  });

  test('the hover runs no command of the data', async () => {
    const { document } = await openMarked(file('synthetic.jsonl'));
    const column = document.lineAt(at.hostile).text.length;
    const hover = await hoverAt(document.uri, at.hostile, column);
    const commands = [...hover.value.matchAll(/(?<!\\)\]\(command:([^?)]*)/g)].map(([, command]) => command);
    assert.deepEqual(
      commands.filter((command) => !command.startsWith('counterweight.')),
      [],
    );
    const trusted = hover.isTrusted;
    assert.ok(typeof trusted === 'object');
    assert.ok(trusted.enabledCommands.every((command) => command.startsWith('counterweight.')));
    assert.notEqual(hover.supportHtml, true);
  });

  test('quick fixes are offered, and none that saving could run', async () => {
    const { document } = await openMarked(file('synthetic.jsonl'));
    const titles = async (line: number): Promise<string[]> =>
      (await quickFixes(document.uri, line)).map(({ title }) => title);
    await becomes(
      () => titles(at.worse),
      [
        "Relabel to 'negative'",
        'Remove row',
        'Keep as it is',
        'Open in weights panel',
        'Relabel all 3 misaligned rows',
        'Remove all 3 misaligned rows',
      ],
    );
    for (const { kind, isPreferred } of await quickFixes(document.uri, at.worse)) {
      assert.equal(kind?.value, 'quickfix');
      assert.notEqual(isPreferred, true);
    }
    await becomes(
      () => titles(at.firstCopy),
      ['Remove row', 'Keep as it is', 'Open in weights panel', 'Remove all 3 redundant rows'],
    );
    assert.deepEqual(await quickFixes(document.uri, at.ok), []);
    const onSave = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      new vscode.Range(0, 0, document.lineCount, 0),
      'source.fixAll',
    );
    assert.deepEqual(onSave, []);
  });

  test('a quick fix shows its row in the weights panel, beside the text', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    // Lightest first: a row in the middle of the list is neither on its first screen nor on its last.
    const many = Array.from({ length: 400 }, (_, i) =>
      rowOf(`row ${String(i + 1)}.`, 'positive', 0.01 + i / 4000, 0.9),
    );
    await writeScored(file('many.jsonl'), many, { labels });
    const { document } = await openMarked(file('many.jsonl'));
    for (const line of [200, 201, 350, 3]) {
      const { done } = await runFix(document.uri, line - 1, 'Open in weights panel');
      await userWindow.rowSelected(`row ${String(line)}.`);
      await done;
    }
    const shown = (): string[] => vscode.window.visibleTextEditors.map(({ document: { uri } }) => uri.fsPath);
    await becomes(shown, [file('many.jsonl')]);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  test('the notes are switched where their setting is set', async () => {
    const notes = (): boolean | undefined => vscode.workspace.getConfiguration('counterweight').get('weightNotes');
    assert.equal(notes(), true);
    await vscode.commands.executeCommand('counterweight.toggleWeightNotes');
    await becomes(notes, false);
    await vscode.commands.executeCommand('counterweight.toggleWeightNotes');
    await becomes(notes, true);
    await vscode.workspace
      .getConfiguration('counterweight')
      .update('weightNotes', undefined, vscode.ConfigurationTarget.Global);
  });

  test('marks go when the file is closed', async () => {
    const { document } = await openMarked(file('synthetic.jsonl'));
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await eventually('the marks are gone', () => (ours(document.uri).length === 0 ? true : undefined), 240_000);
  }, 300_000);

  test('results are not taken for a dataset', async () => {
    const inside = path.join(folder, '.counterweight', 'synthetic.jsonl', 'copy.jsonl');
    await cp(file('synthetic.jsonl'), inside);
    const results = path.join(folder, '.counterweight', 'synthetic.jsonl', '.counterweight', 'copy.jsonl');
    await cp(path.join(folder, '.counterweight', 'preview.jsonl'), results, { recursive: true });
    const document = await vscode.workspace.openTextDocument(inside);
    await vscode.window.showTextDocument(document);
    await openMarked(file('synthetic.jsonl'));
    assert.deepEqual(ours(document.uri), []);
  });
});

function codeOf({ code }: vscode.Diagnostic): string {
  return String(typeof code === 'object' ? code.value : code);
}
