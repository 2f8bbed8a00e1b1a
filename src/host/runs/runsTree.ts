import { basename } from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import type { Services } from '../services.ts';
import { lossTitle } from '../../protocol/training.ts';
import { rowsName } from '../train/losses.ts';
import type { CatalogDataset, CatalogRun, RunCatalog } from './runCatalog.ts';
import { isResumable, type RunState } from './runSummary.ts';

export type RunsNode =
  | { readonly type: 'dataset'; readonly dataset: CatalogDataset }
  | { readonly type: 'run'; readonly run: CatalogRun }
  | { readonly type: 'broken'; readonly run: CatalogDataset['broken'][number] }
  | { readonly type: 'model'; readonly run: CatalogRun; readonly folder: string };

/** Datasets, their runs, and the models of these. */
export class RunsTree extends Disposable implements vscode.TreeDataProvider<RunsNode> {
  readonly #changed = this.register(new vscode.EventEmitter<RunsNode | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(
    private readonly catalog: RunCatalog,
    private readonly services: Services,
  ) {
    super();
    this.register(catalog.onDidChange(() => this.#changed.fire(undefined)));
  }

  async getChildren(node?: RunsNode): Promise<RunsNode[]> {
    if (node === undefined) {
      return (await this.catalog.datasets()).map((dataset) => ({ type: 'dataset', dataset }));
    }
    switch (node.type) {
      case 'dataset':
        return [
          ...node.dataset.runs.map((run) => ({ type: 'run', run }) as const),
          ...node.dataset.broken.map((run) => ({ type: 'broken', run }) as const),
        ];
      case 'run':
        return node.run.model === undefined ? [] : [{ type: 'model', run: node.run, folder: node.run.model }];
      case 'broken':
      case 'model':
        return [];
    }
  }

  getTreeItem(node: RunsNode): vscode.TreeItem {
    switch (node.type) {
      case 'dataset':
        return this.#datasetItem(node.dataset);
      case 'run':
        return runItem(node);
      case 'broken':
        return brokenItem(node.run);
      case 'model':
        return modelItem(node);
    }
  }

  #datasetItem({ path, present, runs, broken }: CatalogDataset): vscode.TreeItem {
    const { None, Expanded } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(basename(path), runs.length + broken.length === 0 ? None : Expanded);
    item.id = path;
    item.contextValue = 'dataset';
    item.iconPath = new vscode.ThemeIcon('database');
    const folder = vscode.workspace.asRelativePath(vscode.Uri.file(path), true).split('/').slice(0, -1).join('/');
    const real = this.services.datasets.rememberedReal(path);
    const parts = [
      ...(present ? [] : [vscode.l10n.t('the file is gone')]),
      ...(runs.length === 0 && broken.length === 0 ? [vscode.l10n.t('not scored yet')] : []),
      folder,
    ];
    item.description = parts.filter((part) => part !== '').join(' · ');
    item.tooltip = real === undefined ? path : vscode.l10n.t('{0}\nReal rows: {1}', path, real);
    if (runs.length === 0 && broken.length === 0 && present)
      item.command = openCommand({ type: 'dataset', dataset: { path, present, runs, broken } });
    return item;
  }
}

function openCommand(node: RunsNode): vscode.Command {
  return { command: 'counterweight.runs.open', title: vscode.l10n.t('Open'), arguments: [node] };
}

function runItem(node: RunsNode & { type: 'run' }): vscode.TreeItem {
  const { folder, record, summary, model } = node.run;
  const { None, Collapsed } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(titleOf(node.run), model === undefined ? None : Collapsed);
  item.id = folder;
  const ending = isResumable(summary) ? 'unfinished' : summary.state;
  item.contextValue = `run.${summary.kind}.${ending}`;
  item.iconPath = iconOf(summary.state);
  item.description = [resultOf(node.run), whenOf(record.created)].filter((part) => part !== undefined).join(' · ');
  item.tooltip = tooltipOf(node.run);
  item.command = openCommand(node);
  item.accessibilityInformation = { label: [titleOf(node.run), stateName(summary.state), item.description].join(', ') };
  return item;
}

/** e.g. "Scores, IMP", "Classifier, IMP-Loss". */
export function titleOf({ record, summary }: CatalogRun): string {
  const { kind, method, data } = summary;
  switch (kind) {
    case 'score':
      return vscode.l10n.t('Scores, {0}', (method ?? '').toUpperCase());
    case 'train': {
      const title = vscode.l10n.t('Classifier, {0}', lossTitle(method ?? ''));
      return data === undefined || data === 'synthetic' ? title : `${title}, ${rowsName(data)}`;
    }
    case 'predict':
      return vscode.l10n.t('Predictions');
    case 'compare':
      return vscode.l10n.t('Comparison of methods');
    case 'export':
      return vscode.l10n.t('Export');
    default:
      return record.kind;
  }
}

/** What came of it, or how it stands. */
function resultOf({ record, summary }: CatalogRun): string | undefined {
  const { state, effort, misaligned, result, compared } = summary;
  if (state !== 'done') return stateName(state);
  if (compared !== undefined) {
    const { methods, seeds } = compared;
    return seeds === 1
      ? vscode.l10n.t('{0} methods, 1 seed', methods)
      : vscode.l10n.t('{0} methods, {1} seeds', methods, seeds);
  }
  if (summary.kind === 'score') {
    return [
      effort === 'preview' ? vscode.l10n.t('preview') : undefined,
      misaligned === undefined ? undefined : vscode.l10n.t('{0} misaligned', misaligned.toLocaleString()),
    ]
      .filter((part) => part !== undefined)
      .join(' · ');
  }
  if (result === undefined) return summary.kind === 'train' ? vscode.l10n.t('not tested') : undefined;
  const accuracy = percent(result.accuracy);
  const shown =
    result.on === 'test' ? vscode.l10n.t('accuracy {0}', accuracy) : vscode.l10n.t('dev accuracy {0}', accuracy);
  return record.seed === 42 ? shown : `${shown} · ${vscode.l10n.t('seed {0}', String(record.seed))}`;
}

function tooltipOf({ folder, record, summary }: CatalogRun): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  const line = (name: string, value: string | undefined): void => {
    if (value === undefined || value === '') return;
    tooltip.appendMarkdown(`**${name}** `).appendText(value).appendMarkdown('  \n');
  };
  line(vscode.l10n.t('State'), stateName(summary.state));
  line(vscode.l10n.t('Error'), record.error);
  const { result, misaligned, essShare, compared } = summary;
  line(vscode.l10n.t('Advice'), compared?.advice);
  if (result !== undefined) {
    line(
      result.on === 'test' ? vscode.l10n.t('Test accuracy') : vscode.l10n.t('Dev accuracy'),
      percent(result.accuracy),
    );
    line(
      result.on === 'test' ? vscode.l10n.t('Test macro-F1') : vscode.l10n.t('Dev macro-F1'),
      percent(result.macroF1),
    );
  }
  line(vscode.l10n.t('Misaligned rows'), misaligned?.toLocaleString());
  line(
    vscode.l10n.t('Effective sample size'),
    essShare === undefined ? undefined : vscode.l10n.t('{0} of the rows', percent(essShare)),
  );
  line(vscode.l10n.t('Effort'), summary.effort);
  line(vscode.l10n.t('Seed'), String(record.seed));
  line(vscode.l10n.t('Model'), record.model?.id);
  line(vscode.l10n.t('Device'), record.device);
  for (const { role, path, rows } of record.inputs) {
    line(role, vscode.l10n.t('{0}, {1} rows', basename(path), rows.toLocaleString()));
  }
  if (record.warnings.length > 0) line(vscode.l10n.t('Warnings'), String(record.warnings.length));
  line(vscode.l10n.t('Folder'), folder);
  return tooltip;
}

function brokenItem(run: CatalogDataset['broken'][number]): vscode.TreeItem {
  const item = new vscode.TreeItem(run.id);
  item.id = run.folder;
  item.contextValue = 'run.broken';
  item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  item.description = vscode.l10n.t('cannot be read');
  item.tooltip = run.reason;
  return item;
}

function modelItem(node: RunsNode & { type: 'model' }): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Model'));
  item.id = node.folder;
  item.contextValue = 'model';
  item.iconPath = new vscode.ThemeIcon('package');
  item.description = vscode.l10n.t('Hugging Face folder · {0}', node.run.record.labels.slice(0, 6).join(', '));
  item.tooltip = node.folder;
  item.command = openCommand(node);
  return item;
}

function iconOf(state: RunState): vscode.ThemeIcon {
  switch (state) {
    case 'done':
      return new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed'));
    case 'running':
      return new vscode.ThemeIcon('loading~spin');
    case 'failed':
      return new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
    case 'cancelled':
      return new vscode.ThemeIcon('circle-slash');
    case 'interrupted':
      return new vscode.ThemeIcon('debug-pause');
  }
}

function stateName(state: RunState): string {
  switch (state) {
    case 'done':
      return vscode.l10n.t('finished');
    case 'running':
      return vscode.l10n.t('running');
    case 'failed':
      return vscode.l10n.t('failed');
    case 'cancelled':
      return vscode.l10n.t('cancelled, can go on');
    case 'interrupted':
      return vscode.l10n.t('interrupted, can go on');
  }
}

/** A time as the user writes it. */
export function whenOf(created: string): string {
  return new Date(created).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
