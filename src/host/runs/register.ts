import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import { runFiles } from '../../store/layout.ts';
import { plainText } from '../plainText.ts';
import { revealFolder } from '../revealFolder.ts';
import type { Register } from '../services.ts';
import { chooseFirst, chooseOther, RunComparisons } from './compareRuns.ts';
import { deleteRuns } from './deleteRuns.ts';
import { resumeRun } from './resumeRun.ts';
import { RunCatalog, type CatalogRun } from './runCatalog.ts';
import { RunsTree, titleOf, whenOf, type RunsNode } from './runsTree.ts';

/** The runs view and its commands. Nothing is read before the view is shown. */
export const register: Register = (context, services) => {
  const catalog = new RunCatalog(services);
  const tree = new RunsTree(catalog, services);
  const comparisons = new RunComparisons(services);
  const view = vscode.window.createTreeView('counterweight.runs', {
    treeDataProvider: tree,
    showCollapseAll: true,
    canSelectMany: true,
  });
  view.onDidChangeVisibility(({ visible }) => {
    // Watchers may have missed what happened on a network drive or in a container.
    if (visible) catalog.invalidate();
  });

  /** Menus pass the entry and the whole selection; the palette passes nothing. */
  const chosen = (node: unknown, nodes: unknown): readonly RunsNode[] => {
    // Buttons of the title bar pass the focused entry alone.
    const selected = Array.isArray(nodes) && nodes.every(isNode) ? nodes : view.selection;
    return !isNode(node) || selected.includes(node) ? selected : [node];
  };
  const command = (name: string, run: (nodes: readonly RunsNode[]) => Promise<void>): vscode.Disposable =>
    vscode.commands.registerCommand(`counterweight.runs.${name}`, async (node?: unknown, nodes?: unknown) => {
      try {
        await run(chosen(node, nodes));
      } catch (thrown) {
        if (!(thrown instanceof UserError || thrown instanceof vscode.FileSystemError)) throw thrown;
        void vscode.window.showErrorMessage(plainText(thrown.message));
      }
    });
  const allRuns = async (): Promise<CatalogRun[]> => (await catalog.datasets()).flatMap(({ runs }) => runs);

  const open = async (node: RunsNode): Promise<void> => {
    switch (node.type) {
      case 'dataset':
        await vscode.commands.executeCommand('counterweight.openWeights', node.dataset.path);
        break;
      case 'model':
        await revealFolder(vscode.Uri.file(node.folder));
        break;
      case 'broken':
        throw new UserError(node.run.reason);
      case 'run': {
        const { dataset, folder, summary } = node.run;
        if (summary.kind === 'compare') {
          await vscode.commands.executeCommand('counterweight.openComparison', dataset, folder);
        } else if (summary.kind === 'train') {
          await vscode.commands.executeCommand('counterweight.openTraining', dataset, folder);
        } else if (summary.kind === 'score') {
          // An unfinished scoring has no rows to show: the panel stays with the newest finished one.
          if (summary.state === 'done') await (await services.datasets.open(dataset)).attach(folder);
          await vscode.commands.executeCommand('counterweight.openWeights', dataset);
        } else {
          await vscode.window.showTextDocument(vscode.Uri.file(runFiles(folder).record));
        }
      }
    }
  };

  context.subscriptions.push(
    ...[catalog, tree, comparisons, view],
    command('open', async (nodes) => {
      for (const node of nodes.slice(0, 1)) await open(node);
    }),
    command('compare', async (nodes) => {
      const [first, second] = nodes.flatMap((node) => (node.type === 'run' ? [node.run] : []));
      const a = first ?? (await chooseFirst(await allRuns()));
      if (a === undefined) return;
      const b =
        second ??
        (await chooseOther(
          a,
          (await allRuns()).filter(({ dataset }) => dataset === a.dataset),
        ));
      if (b === undefined) return;
      if (a.dataset !== b.dataset) {
        throw new UserError(vscode.l10n.t('These runs are about two datasets; select two of the same one.'));
      }
      if (a.summary.kind !== b.summary.kind) {
        throw new UserError(vscode.l10n.t('Runs of two kinds cannot be compared; select two of a kind.'));
      }
      await comparisons.show(a, b);
    }),
    command('delete', async (nodes) => {
      const runs = nodes.flatMap((node) => {
        if (node.type === 'run')
          return [
            {
              folder: node.run.folder,
              dataset: node.run.dataset,
              title: `${titleOf(node.run)}, ${whenOf(node.run.record.created)}`,
            },
          ];
        if (node.type === 'broken') return [{ folder: node.run.folder, dataset: node.run.dataset, title: node.run.id }];
        return [];
      });
      if (await deleteRuns(services, runs)) catalog.invalidate();
    }),
    command('reveal', async (nodes) => {
      for (const node of nodes.slice(0, 1)) {
        if (node.type === 'dataset')
          await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(node.dataset.path));
        else await revealFolder(vscode.Uri.file(node.type === 'model' ? node.folder : node.run.folder));
      }
    }),
    command('refresh', () => {
      catalog.invalidate();
      return Promise.resolve();
    }),
    command('train', async (nodes) => {
      const [node] = nodes;
      if (node === undefined) return;
      const path = node.type === 'dataset' ? node.dataset.path : node.run.dataset;
      // The weights that are shown are those that are trained with.
      if (node.type === 'run' && node.run.summary.kind === 'score' && node.run.summary.state === 'done') {
        await (await services.datasets.open(path)).attach(node.run.folder);
      }
      await vscode.commands.executeCommand('counterweight.trainClassifier', vscode.Uri.file(path));
    }),
    command('compareMethods', async (nodes) => {
      const [node] = nodes;
      if (node === undefined) return;
      const path = node.type === 'dataset' ? node.dataset.path : node.run.dataset;
      await vscode.commands.executeCommand('counterweight.compareMethods', vscode.Uri.file(path));
    }),
    command('map', async (nodes) => {
      const [node] = nodes;
      if (node === undefined) return;
      const path = node.type === 'dataset' ? node.dataset.path : node.run.dataset;
      const { summary, folder } = node.type === 'run' ? node.run : { summary: undefined, folder: undefined };
      if (summary?.kind === 'score' && summary.state === 'done') {
        await (await services.datasets.open(path)).attach(folder);
      }
      await vscode.commands.executeCommand(
        'counterweight.openMap',
        path,
        summary?.kind === 'train' ? folder : undefined,
      );
    }),
    command('resume', async (nodes) => {
      for (const node of nodes.slice(0, 1)) if (node.type === 'run') await resumeRun(services, node.run);
    }),
  );
};

function isNode(value: unknown): value is RunsNode {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    ['dataset', 'run', 'broken', 'model'].includes(String(value.type))
  );
}
