/**
 * The one place where the extension host reaches into the engine: models are fetched here and not in a worker, since
 * only the extension host's `fetch` knows the proxy and the certificates of VS Code. Nothing of it computes, and the hub's
 * client is loaded by the first download alone.
 */
import type * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import { encoderPresence, ensureEncoder, type DownloadProgress } from '../../engine/hub/download.ts';
import type { EncoderStatus } from '../../protocol/jobs.ts';

/** Whether an encoder is on this machine; a folder that is not there is told in `problem`. */
export async function encoderAt(
  model: string | undefined,
  { extensionPath }: Pick<vscode.ExtensionContext, 'extensionPath'>,
): Promise<EncoderStatus> {
  try {
    return await encoderPresence({ model, packageRoot: extensionPath });
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    return { present: false, id: model ?? '', bytes: 0, source: '', problem: thrown.message };
  }
}

/**
 * Fetches an encoder into the Hugging Face cache.
 * @param otherWays What else to try where it cannot be had, a sentence.
 * @throws UserError in one line; CancelledError.
 */
export async function fetchEncoder(
  model: string | undefined,
  { extensionPath }: Pick<vscode.ExtensionContext, 'extensionPath'>,
  options: {
    readonly signal: AbortSignal;
    readonly onProgress: (progress: DownloadProgress) => void;
    readonly otherWays: string;
  },
): Promise<void> {
  await ensureEncoder({ model, packageRoot: extensionPath, fetch: globalThis.fetch, ...options });
}
