import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import type { FlagStore } from './flagStore.ts';
import { shownFlags } from './problems.ts';
import { problemLimit } from './publish.ts';

const markedVerdicts = ['misaligned', 'redundant'] as const;
type MarkedVerdict = (typeof markedVerdicts)[number];

/**
 * Marks flagged lines in the gutter and the overview ruler. Squiggles alone would be missed: VS Code draws none past
 * column 10 000 and labels often follow long texts.
 */
export class LineMarks extends Disposable {
  readonly #types: Readonly<Record<MarkedVerdict, vscode.TextEditorDecorationType>>;

  constructor(
    private readonly store: FlagStore,
    extensionUri: vscode.Uri,
  ) {
    super();
    const type = (verdict: MarkedVerdict, color: string): vscode.TextEditorDecorationType => {
      const icon = (theme: string): vscode.Uri =>
        vscode.Uri.joinPath(extensionUri, 'media', 'gutter', `${verdict}-${theme}.svg`);
      return this.register(
        vscode.window.createTextEditorDecorationType({
          light: { gutterIconPath: icon('light') },
          dark: { gutterIconPath: icon('dark') },
          gutterIconSize: 'contain',
          overviewRulerColor: new vscode.ThemeColor(color),
          overviewRulerLane: vscode.OverviewRulerLane.Left,
          rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
        }),
      );
    };
    this.#types = {
      misaligned: type('misaligned', 'editorOverviewRuler.warningForeground'),
      redundant: type('redundant', 'editorOverviewRuler.infoForeground'),
    };
    this.register(
      store.onDidChange((uri) => {
        for (const editor of vscode.window.visibleTextEditors) {
          if (editor.document.uri.toString() === uri.toString()) this.#mark(editor);
        }
      }),
    );
    this.register(
      vscode.window.onDidChangeVisibleTextEditors((editors) => {
        for (const editor of editors) this.#mark(editor);
      }),
    );
  }

  #mark(editor: vscode.TextEditor): void {
    const { document } = editor;
    const flagged = this.store.current(document);
    // Marks move with the text by themselves until the next answer.
    if (flagged === undefined && this.store.latest(document) !== undefined) return;
    const flags = flagged === undefined || problemLimit(document.uri) === 0 ? [] : shownFlags(flagged.flags);
    for (const verdict of markedVerdicts) {
      const lines = flags.filter((flag) => flag.verdict === verdict);
      editor.setDecorations(
        this.#types[verdict],
        lines.map(({ line }) => new vscode.Range(line - 1, 0, line - 1, 0)),
      );
    }
  }
}
