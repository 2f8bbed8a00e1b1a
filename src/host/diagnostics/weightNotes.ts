import * as vscode from 'vscode';
import { messageOf } from '../../base/errors.ts';
import { Disposable } from '../disposable.ts';
import type { Services } from '../services.ts';
import { settingsOf } from '../settings.ts';
import type { FlagStore } from './flagStore.ts';
import { noteOf } from './notes.ts';
import { Refresher } from './refresher.ts';

const setting = 'weightNotes';
/** After the last scrolling, in ms. */
const settleMs = 80;
/** Folding can spread what is visible over a whole file. */
const mostLines = 2000;

/** Writes a short note behind the flagged lines that are in sight. */
export class WeightNotes extends Disposable {
  readonly #type = this.register(
    vscode.window.createTextEditorDecorationType({
      after: { color: new vscode.ThemeColor('editorCodeLens.foreground'), margin: '0 0 0 2em' },
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    }),
  );
  readonly #refresher = this.register(new Refresher(() => this.#refresh(), settleMs));

  constructor(
    private readonly services: Services,
    private readonly store: FlagStore,
  ) {
    super();
    const ask = (): void => this.#refresher.ask();
    this.register(store.onDidChange(ask));
    this.register(vscode.window.onDidChangeVisibleTextEditors(ask));
    this.register(
      vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => {
        if (this.store.latest(textEditor.document) !== undefined) ask();
      }),
    );
    this.register(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`counterweight.${setting}`)) ask();
      }),
    );
  }

  async #refresh(): Promise<void> {
    await Promise.all(vscode.window.visibleTextEditors.map((editor) => this.#annotate(editor)));
  }

  async #annotate(editor: vscode.TextEditor): Promise<void> {
    const { document, visibleRanges } = editor;
    const flagged = this.store.current(document);
    if (flagged === undefined) {
      if (this.store.latest(document) === undefined) editor.setDecorations(this.#type, []);
      return;
    }
    if (!settingsOf(document.uri).get(setting, true) || visibleRanges.length === 0) {
      editor.setDecorations(this.#type, []);
      return;
    }
    const first = visibleRanges[0].start.line;
    const last = Math.min(visibleRanges[visibleRanges.length - 1].end.line, first + mostLines);
    const { dataset, version, flags } = flagged;
    try {
      const weights = await dataset.call('lineWeights', {
        ...{ fromLine: first + 1, toLine: last + 1 },
        controls: dataset.controls,
      });
      if (this.isDisposed || document.isClosed || document.version !== version) return;
      editor.setDecorations(
        this.#type,
        weights.flatMap((weight): vscode.DecorationOptions[] => {
          const contentText = noteOf(weight, flags.preview, vscode.l10n.t);
          const { end } = document.lineAt(weight.line - 1).range;
          return contentText === undefined
            ? []
            : [{ range: new vscode.Range(end, end), renderOptions: { after: { contentText } } }];
        }),
      );
    } catch (thrown) {
      this.services.log.warn(`${dataset.path}: ${messageOf(thrown)}`);
    }
  }
}

/** Turns the notes on or off, where the setting is set now. */
export async function toggleWeightNotes(): Promise<void> {
  const settings = settingsOf(vscode.window.activeTextEditor?.document.uri);
  const { workspaceFolderValue, workspaceValue } = settings.inspect<boolean>(setting) ?? {};
  const target =
    workspaceFolderValue !== undefined
      ? vscode.ConfigurationTarget.WorkspaceFolder
      : workspaceValue !== undefined
        ? vscode.ConfigurationTarget.Workspace
        : vscode.ConfigurationTarget.Global;
  await settings.update(setting, !settings.get(setting, true), target);
}
