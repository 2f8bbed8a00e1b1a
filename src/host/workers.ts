/** Where the bundled workers lie and with which Node they run. */
import * as vscode from 'vscode';
import type { Api, Events } from '../protocol/rpc.ts';
import { launchWorker, type LaunchedWorker } from './launchWorker.ts';
import { settingsOf } from './settings.ts';

/** Starts `dist/worker/<name>.js`. */
export function startWorker<A extends Api, E extends Events>(
  name: 'data' | 'job',
  { extensionUri }: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): LaunchedWorker<A, E> {
  return launchWorker<A, E>({
    name: `${name} worker`,
    script: vscode.Uri.joinPath(extensionUri, 'dist', 'worker', `${name}.js`).fsPath,
    nodePath: settingsOf().get<string>('nodePath')?.trim(),
    log,
  });
}
