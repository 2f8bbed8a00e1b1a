import * as vscode from 'vscode';
import type { DataApi, DataEvents } from '../protocol/data.ts';
import { RestartingWorker } from './restartingWorker.ts';
import type { DataService } from './services.ts';
import { startWorker } from './workers.ts';

/** The data worker of this window. No process is started before the first call. */
export function createDataService(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): DataService & vscode.Disposable {
  const worker = new RestartingWorker<DataApi, DataEvents>({
    name: 'data worker',
    launch: () => startWorker('data', context, log),
  });
  const settings = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('counterweight.nodePath')) worker.forgive();
  });
  return {
    call: (method, params) => worker.call(method, params),
    on: (name, listener) => worker.on(name, listener),
    onDidRestart: worker.onDidRestart,
    dispose: () => {
      settings.dispose();
      worker.dispose();
    },
  };
}
