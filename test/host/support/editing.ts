/** What a user does with documents, from inside the extension host. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { becomes, eventually } from './suite.ts';
import { userWindow } from './window.ts';

/** As on a desktop: in a browser VS Code saves by itself, and asks before it shows a file of more than 10 MB. */
export async function likeDesktop(): Promise<void> {
  const set = async (section: string, name: string, value: unknown): Promise<void> => {
    await vscode.workspace.getConfiguration(section).update(name, value, vscode.ConfigurationTarget.Global);
  };
  await set('files', 'autoSave', 'off');
  await set('workbench', 'editorLargeFileConfirmation', 1024);
}

/** Shows a file and waits until the extension has marked it. @returns what it marked. */
export async function openMarked(file: string): Promise<{ document: vscode.TextDocument; marks: vscode.Diagnostic[] }> {
  // As a user does: a document that an extension asked for would outlive its editor.
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), { preview: false });
  const document = await eventually('the file is shown', () => {
    const shown = vscode.window.activeTextEditor?.document;
    return shown?.uri.fsPath === file ? shown : undefined;
  });
  const marks = await eventually('problems are shown', () => {
    const found = ours(document.uri);
    return found.length > 0 ? found : undefined;
  });
  return { document, marks };
}

/** Problems of ours in a file, in the order of their lines. */
export function ours(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages
    .getDiagnostics(uri)
    .filter(({ source }) => source === 'Counterweight')
    .sort((a, b) => a.range.start.compareTo(b.range.start));
}

/** Waits until just these are marked: lines counted from 1, with their codes. */
export async function marked(document: vscode.TextDocument, expected: readonly string[]): Promise<void> {
  const found = (): readonly string[] =>
    ours(document.uri).map(({ range, code }) => {
      return `${String(range.start.line + 1)} ${String(typeof code === 'object' ? code.value : code)}`;
    });
  await becomes(found, expected);
}

/** Our quick fixes of a line counted from 0; none for a moment after each change. */
export async function quickFixes(uri: vscode.Uri, line: number): Promise<vscode.CodeAction[]> {
  const found = await vscode.commands.executeCommand<vscode.CodeAction[]>(
    'vscode.executeCodeActionProvider',
    uri,
    new vscode.Range(line, 0, line, 0),
  );
  return found.filter(({ command }) => command?.command.startsWith('counterweight.') === true);
}

/** Runs the quick fix whose title begins so. Does not wait for its end: a bulk edit asks first. */
export async function runFix(
  uri: vscode.Uri,
  line: number,
  title: string,
): Promise<{ readonly done: Thenable<unknown> }> {
  const { command, arguments: given } = await eventually(
    `the quick fix "${title}" is offered`,
    async () => (await quickFixes(uri, line)).find((found) => found.title.startsWith(title))?.command,
  );
  return { done: vscode.commands.executeCommand(command, ...(given as unknown[])) };
}

/** Answers the question of a bulk edit with its first choice, "Apply", or by closing it. */
export async function answer(done: Thenable<unknown>, how: 'apply' | 'close'): Promise<void> {
  const command = how === 'apply' ? 'workbench.action.acceptSelectedQuickOpenItem' : 'workbench.action.closeQuickOpen';
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  done.then(settle, settle);
  await eventually(
    'the question is answered and the edit done',
    async () => {
      // Nothing happens as long as there is no question.
      if (!settled) await vscode.commands.executeCommand(command);
      return settled ? true : undefined;
    },
    120_000,
  );
  await done;
}

/** Chooses "Show changes" of the question with a title and waits for the diff editor. @returns its two documents. */
export async function showChanges(question: string): Promise<vscode.TabInputTextDiff> {
  await userWindow.choose(question, 'Show changes');
  return await eventually('the changes are shown', shownDiff);
}

/** The diff editor that is shown, if there is one. */
export function shownDiff(): vscode.TabInputTextDiff | undefined {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.map(({ input }) => input).find((input) => input instanceof vscode.TabInputTextDiff);
}

/** Takes back the last edit of a document that is shown, and waits until it is clean. */
export async function undo(document: vscode.TextDocument): Promise<void> {
  await vscode.window.showTextDocument(document, { preview: false });
  await vscode.commands.executeCommand('undo');
  await eventually('the document is as on disk', () => (document.isDirty ? undefined : true));
}

/** The bytes that saving a document writes. */
export async function savedBytes(document: vscode.TextDocument): Promise<Buffer> {
  assert.ok(await document.save());
  return await readFile(document.uri.fsPath);
}

/** What our hover says at a place where there is one, counted from 0. */
export async function hoverAt(uri: vscode.Uri, line: number, column: number): Promise<vscode.MarkdownString> {
  const [hover, ...more] = await eventually('there is a hover', async () => {
    const found = await hoversAt(uri, line, column);
    return found.length > 0 ? found : undefined;
  });
  assert.deepEqual(more, []);
  return hover;
}

/** What our hovers say at a place, counted from 0. */
export async function hoversAt(uri: vscode.Uri, line: number, column: number): Promise<vscode.MarkdownString[]> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    uri,
    new vscode.Position(line, column),
  );
  return hovers
    .flatMap(({ contents }) => contents)
    .filter((content) => content instanceof vscode.MarkdownString)
    .filter(({ value }) => value.includes('command:counterweight.'));
}

/** The line over a file. */
export async function lensTitles(uri: vscode.Uri): Promise<string[]> {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 100);
  return lenses.flatMap(({ command }) => (command === undefined ? [] : [command.title]));
}
