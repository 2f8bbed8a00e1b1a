import * as vscode from 'vscode';
import { messageOf } from '../../base/errors.ts';
import type { RowDetails } from '../../protocol/data.ts';
import type { DatasetModel, Services } from '../services.ts';
import { fixCommands } from './fixArguments.ts';
import { hoverText, rescoreCommand } from './hoverText.ts';
import { labelRange } from './labelRange.ts';
import { problemSource } from './publish.ts';

/** Lines longer than this are not searched for their label while the mouse moves. */
const longestLine = 1_000_000;

/** Tells of a row's weight, on its label and behind the end of its line, where the note is. */
export class WeightHover implements vscode.HoverProvider {
  constructor(private readonly services: Services) {}

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    const dataset = this.services.datasets.get(document.uri.fsPath);
    if (dataset?.run === undefined || dataset.facts === undefined) return undefined;
    const range = hoveredRange(document.lineAt(position.line), position, dataset.facts.fields.label);
    if (range === undefined) return undefined;
    const line = position.line + 1;
    const told = vscode.languages
      .getDiagnostics(document.uri)
      .some(({ source, range: marked }) => source === problemSource && marked.contains(position));
    const { version } = document;
    const details = await this.#details(dataset, line);
    if (details === undefined || token.isCancellationRequested || document.version !== version) return undefined;
    const { realPath } = dataset;
    const text = hoverText(
      {
        details,
        controls: dataset.controls,
        place: { path: dataset.path, line, version },
        told,
        preview: dataset.run.effort === 'preview',
        rescoreArguments: [dataset.uri],
        realAddress: (realLine) =>
          realPath === undefined
            ? undefined
            : vscode.Uri.file(realPath)
                .with({ fragment: `L${String(realLine)}` })
                .toString(),
      },
      vscode.l10n.t,
    );
    if (text === undefined) return undefined;
    const markdown = new vscode.MarkdownString(text);
    markdown.isTrusted = { enabledCommands: [...Object.values(fixCommands), rescoreCommand] };
    return new vscode.Hover(markdown, range);
  }

  async #details(dataset: DatasetModel, line: number): Promise<RowDetails | undefined> {
    try {
      await dataset.flush();
      const row = await dataset.call('rowAtLine', { line });
      return row === null ? undefined : await dataset.call('details', { row, controls: dataset.controls });
    } catch (thrown) {
      this.services.log.warn(`${dataset.path}:${String(line)}: ${messageOf(thrown)}`);
      return undefined;
    }
  }
}

function hoveredRange(line: vscode.TextLine, position: vscode.Position, field: string): vscode.Range | undefined {
  const { text, lineNumber } = line;
  if (position.character >= text.length) return new vscode.Range(line.range.end, line.range.end);
  const label = text.length > longestLine ? undefined : labelRange(text, field);
  if (label === undefined || position.character < label.start || position.character > label.end) return undefined;
  return new vscode.Range(lineNumber, label.start, lineNumber, label.end);
}
