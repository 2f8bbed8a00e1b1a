import * as vscode from 'vscode';
import type { Lines, Place, Span } from './spans.ts';

/** The open document of a file, if there is one. */
export function findDocument(uri: vscode.Uri): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find(
    (document) => document.uri.scheme === 'file' && document.uri.fsPath === uri.fsPath && !document.isClosed,
  );
}

export function linesOf(document: vscode.TextDocument): Lines {
  return { count: document.lineCount, at: (line) => document.lineAt(line).text };
}

/** Position of a place in the document's text. */
export function offsetsOf(document: vscode.TextDocument): (place: Place) => number {
  return ({ line, character }) => document.offsetAt(new vscode.Position(line, character));
}

export function rangeOf({ start, end }: Pick<Span, 'start' | 'end'>): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

/** The editor group where a file's tab is, so that showing it does not open a second one. */
export function columnOf(uri: vscode.Uri): vscode.ViewColumn | undefined {
  for (const group of vscode.window.tabGroups.all) {
    for (const { input } of group.tabs) {
      if (input instanceof vscode.TabInputText && input.uri.toString() === uri.toString()) return group.viewColumn;
    }
  }
  return undefined;
}
