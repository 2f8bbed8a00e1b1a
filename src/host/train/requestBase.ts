import type * as vscode from 'vscode';
import type { TrainRequest } from '../../protocol/jobs.ts';
import type { Services } from '../services.ts';
import { settingsOf } from '../settings.ts';

/** What the settings say of every job about a file. */
export function requestBase(
  uri: vscode.Uri,
  { context }: Services,
): Pick<TrainRequest, 'model' | 'device' | 'precision' | 'threads' | 'storage'> {
  const settings = settingsOf(uri);
  const threads = settings.get<number>('threads', 0);
  return {
    model: settings.get<string>('model')?.trim() || undefined,
    device: settings.get<TrainRequest['device']>('device', 'auto'),
    precision: settings.get<TrainRequest['precision']>('precision', 'float32'),
    threads: threads > 0 ? threads : undefined,
    storage: context.globalStorageUri.fsPath,
  };
}
