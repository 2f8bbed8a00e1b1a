import * as vscode from 'vscode';
import { CancelledError, UserError } from '../../base/errors.ts';
import type { EncoderStatus } from '../../protocol/jobs.ts';
import { Disposable } from '../disposable.ts';
import { plainText } from '../plainText.ts';
import type { Encoders } from '../services.ts';
import { settingsOf } from '../settings.ts';
import { encoderAt, fetchEncoder } from './download.ts';
import { whyUnsupported } from './thisMachine.ts';

export function createEncoders(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): Encoders & vscode.Disposable {
  return new WindowEncoders(context, log);
}

/** Files without which a folder is no encoder. */
const neededFiles = ['config.json', 'tokenizer.json'];

class WindowEncoders extends Disposable implements Encoders {
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  #downloading: Promise<boolean> | undefined;
  /** Looked at once: it stays the same. */
  #machine: { readonly unsupported: string | undefined } | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
  ) {
    super();
    this.register(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('counterweight.model')) this.#changed.fire();
      }),
    );
  }

  async status(): Promise<EncoderStatus> {
    return { ...(await encoderAt(this.#model, this.context)), unsupported: this.#unsupported };
  }

  /** With a Node of the user's own, only the worker itself can tell. */
  get #unsupported(): string | undefined {
    if (settingsOf().get<string>('nodePath')?.trim()) return undefined;
    this.#machine ??= { unsupported: whyUnsupported() };
    return this.#machine.unsupported;
  }

  /** Asked twice at the same time it downloads once. */
  download(): Promise<boolean> {
    this.#downloading ??= this.#download().finally(() => (this.#downloading = undefined));
    return this.#downloading;
  }

  async choose(): Promise<boolean> {
    const [chosen] =
      (await vscode.window.showOpenDialog({
        title: vscode.l10n.t('Folder with an encoder: config.json, tokenizer.json, model.safetensors'),
        openLabel: vscode.l10n.t('Use this folder'),
        canSelectFiles: false,
        canSelectFolders: true,
      })) ?? [];
    if (chosen === undefined) return false;
    for (const name of neededFiles) {
      if (await exists(vscode.Uri.joinPath(chosen, name))) continue;
      const again = vscode.l10n.t('Choose another folder');
      const text = vscode.l10n.t('{0} holds no {1}: it is no encoder in the Hugging Face layout.', chosen.fsPath, name);
      return (await vscode.window.showErrorMessage(plainText(text), again)) === again ? this.choose() : false;
    }
    const settings = settingsOf();
    // A path is this machine's affair, unless the workspace has one of its own, which would win.
    const inWorkspace = settings.inspect('model')?.workspaceValue !== undefined;
    await settings.update('model', chosen.fsPath, inWorkspace ? undefined : vscode.ConfigurationTarget.Global);
    return true;
  }

  get #model(): string | undefined {
    return settingsOf().get<string>('model')?.trim() || undefined;
  }

  async #download(): Promise<boolean> {
    const { present, id, problem, unsupported } = await this.status();
    if (unsupported !== undefined) {
      this.log.error(unsupported);
      void vscode.window.showErrorMessage(plainText(unsupported));
      return false;
    }
    if (present) {
      void vscode.window.showInformationMessage(vscode.l10n.t('The encoder {0} is on this machine.', plainText(id)));
      return true;
    }
    if (problem !== undefined) return this.#failed(problem);
    try {
      await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: vscode.l10n.t('Downloading {0}', plainText(id)),
          cancellable: true,
        },
        (progress, token) => this.#fetch(progress, token),
      );
    } catch (thrown) {
      if (thrown instanceof CancelledError) return false;
      if (!(thrown instanceof UserError)) throw thrown;
      return this.#failed(thrown.message);
    }
    this.log.info(`Downloaded the encoder ${id}.`);
    this.#changed.fire();
    return true;
  }

  async #fetch(
    progress: vscode.Progress<{ message?: string; increment?: number }>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    let shown = 0;
    await fetchEncoder(this.#model, this.context, {
      signal: abort.signal,
      otherWays: vscode.l10n.t(
        'Check the network and the proxy in the settings, or choose a folder that holds the model.',
      ),
      onProgress: ({ receivedBytes, totalBytes }) => {
        const percent = totalBytes > 0 ? Math.min(100, Math.floor((100 * receivedBytes) / totalBytes)) : 0;
        if (percent <= shown) return;
        const [done, total] = [receivedBytes, totalBytes].map((bytes) => String(Math.round(bytes / 1e6)));
        progress.report({ message: vscode.l10n.t('{0} of {1} MB', done, total), increment: percent - shown });
        shown = percent;
      },
    });
  }

  async #failed(message: string): Promise<boolean> {
    this.log.error(message);
    const [again, choose, show] = [
      vscode.l10n.t('Try again'),
      vscode.l10n.t('Choose folder'),
      vscode.l10n.t('Show log'),
    ];
    const answer = await vscode.window.showErrorMessage(plainText(message), again, choose, show);
    if (answer === again) return this.#download();
    if (answer === choose) return this.choose();
    if (answer === show) this.log.show(true);
    return false;
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch (thrown) {
    if (thrown instanceof vscode.FileSystemError) return false;
    throw thrown;
  }
}
