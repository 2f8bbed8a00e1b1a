/** Which file, or which two, a command is about. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { pickOne } from '../pickOne.ts';
import type { Services } from '../services.ts';
import { datasetPathOf } from '../weights/activeDataset.ts';
import { orderPair, type Pair } from './pairing.ts';

/** What to score: a file, and its real file where two were selected. */
export interface ScoreTarget {
  readonly synthetic: string;
  readonly real?: string;
}

/**
 * From what a menu passes: the file that was clicked, and all that are selected.
 * @returns undefined where the user gave up.
 */
export async function scoreTarget(
  services: Services,
  clicked: unknown,
  selected: unknown,
): Promise<ScoreTarget | undefined> {
  const uris = Array.isArray(selected) ? selected.filter((each) => each instanceof vscode.Uri) : [];
  const files = uris.filter(({ path }) => isDatasetName(path));
  if (files.length === 2) return askPair(files[0].fsPath, files[1].fsPath);
  if (clicked instanceof vscode.Uri) return ofUri(clicked);
  if (typeof clicked === 'string') return { synthetic: clicked };
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active?.scheme === 'untitled') return ofUri(active);
  const known = datasetPathOf(services);
  return known === undefined ? askFile() : { synthetic: known };
}

/** The dataset a command is about that needs no asking: the argument, else what is active. */
export function datasetTarget(services: Services, target: unknown): string | undefined {
  if (target instanceof vscode.Uri) return target.fsPath;
  return typeof target === 'string' ? target : datasetPathOf(services);
}

async function ofUri(uri: vscode.Uri): Promise<ScoreTarget | undefined> {
  if (uri.scheme === 'file') return { synthetic: uri.fsPath };
  if (uri.scheme !== 'untitled') {
    void vscode.window.showWarningMessage(
      vscode.l10n.t('{0} is not a file on this machine; save a copy of it to score it.', basename(uri.path)),
    );
    return undefined;
  }
  const save = vscode.l10n.t('Save as …');
  const text = vscode.l10n.t('{0} is not saved yet. Scoring reads files from disk.', basename(uri.path));
  if ((await vscode.window.showInformationMessage(text, save)) !== save) return undefined;
  const saved = await vscode.workspace.saveAs(uri);
  return saved === undefined ? undefined : ofUri(saved);
}

async function askPair(a: string, b: string): Promise<Pair | undefined> {
  const [ofA, ofB] = await Promise.all([a, b].map((path) => vscode.workspace.fs.stat(vscode.Uri.file(path))));
  const ordered = orderPair({ path: a, bytes: ofA.size }, { path: b, bytes: ofB.size });
  if (ordered !== undefined) return ordered;
  const items = [
    { label: `$(file) ${basename(a)}`, pair: { synthetic: a, real: b } },
    { label: `$(file) ${basename(b)}`, pair: { synthetic: b, real: a } },
  ];
  const picked = await pickOne<(typeof items)[number]>(items, {
    title: vscode.l10n.t('Which of the two is synthetic?'),
    placeholder: vscode.l10n.t('The other one holds the real rows'),
  });
  return picked?.pair;
}

async function askFile(): Promise<ScoreTarget | undefined> {
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Synthetic rows to score'),
      filters: { JSONL: ['jsonl', 'ndjson'] },
    })) ?? [];
  return chosen === undefined ? undefined : { synthetic: chosen.fsPath };
}

function isDatasetName(path: string): boolean {
  return /\.(jsonl|ndjson)$/i.test(path);
}
