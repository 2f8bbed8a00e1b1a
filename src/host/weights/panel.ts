import * as vscode from 'vscode';
import type { RowActionId } from '../../core/table/actions.ts';
import { describeFailure } from '../../protocol/failure.ts';
import type { PanelApi, PanelEvents, PanelState } from '../../protocol/panel.ts';
import { CallError, serve, type CallFailure, type Server } from '../../protocol/rpc.ts';
import { Disposable } from '../disposable.ts';
import { openLine } from '../edits/openRow.ts';
import { runRowAction } from '../edits/runRowAction.ts';
import { askNumbered } from '../edits/sameRows.ts';
import type { DatasetModel, Services } from '../services.ts';
import { webviewPort } from '../webview.ts';
import { defaultControls } from '../weightControls.ts';
import { exportRows } from './exportRows.ts';

/** Where "Not now" about the encoder is remembered, per workspace. */
const dismissedKey = 'counterweight.encoderDismissed';

/** The host's side of one weights panel: answers its calls, tells it what has changed. */
export class WeightsPanel extends Disposable {
  readonly #server: Server<PanelEvents>;
  #dataset: DatasetModel | undefined;
  #encoderMissing: PanelState['encoderMissing'];
  /** Why the dataset cannot be opened at all. */
  #fault: string | undefined;
  /** Resolves when the webview listens. */
  #ready!: () => void;
  readonly #listening = new Promise<void>((resolve) => (this.#ready = resolve));
  #view: number | undefined;
  /** A filter that the webview was told of and has not asked by yet: it may be loading just now. */
  #wantedFilter: string | undefined;

  constructor(
    readonly path: string,
    private readonly panel: vscode.WebviewPanel,
    private readonly services: Services,
    until: Promise<boolean> = Promise.resolve(true),
  ) {
    super();
    this.register(panel);
    this.register(services.datasets.hold(path));
    this.#server = serve<PanelApi, PanelEvents>(webviewPort(panel.webview), this.#handlers(), passOn);
    this.register({ dispose: () => this.#server.close() });
    this.register(
      services.jobs.onDidChange(() => {
        this.#tell();
      }),
    );
    this.register(services.encoders.onDidChange(() => void this.#lookForEncoder()));
    void until.then((goOn) => (goOn ? this.#open() : panel.dispose()));
  }

  /** The panel's newest order of rows. */
  get view(): number | undefined {
    return this.#view;
  }

  show(): void {
    this.panel.reveal(undefined, false);
  }

  /** Selects a row and brings it into sight. */
  reveal(row: number): void {
    void this.#listening.then(() => {
      this.#server.emit('reveal', { row });
    });
  }

  /** Lists the rows that pass a filter, and no others. */
  filter(text: string): void {
    this.#wantedFilter = text;
    this.#tellFilter();
  }

  /** A row action from a key, a menu or the palette, about what is selected. */
  action(action: RowActionId | 'search'): void {
    this.#server.emit('action', { action });
  }

  async #open(): Promise<void> {
    try {
      const dataset = await this.services.datasets.open(this.path);
      if (this.isDisposed) return;
      this.#dataset = dataset;
      this.register(
        dataset.onDidChange(() => {
          this.#tell();
        }),
      );
    } catch (thrown) {
      this.#fault = describeFailure(thrown).message;
      this.services.log.warn(this.#fault);
    }
    this.#tell();
    await this.#lookForEncoder();
  }

  async #lookForEncoder(): Promise<void> {
    try {
      const { present, unsupported, id, bytes, source, problem } = await this.services.encoders.status();
      const size = `${String(Math.round(bytes / 1e6))} MB`;
      const dismissed = this.services.context.workspaceState.get<boolean>(dismissedKey, false);
      this.#encoderMissing =
        dismissed || (present && unsupported === undefined)
          ? undefined
          : unsupported !== undefined
            ? { line: unsupported, useless: true }
            : {
                line:
                  problem ??
                  vscode.l10n.t('The encoder {0} is not on this machine yet: {1} from {2}.', ...[id, size, source]),
              };
    } catch (thrown) {
      this.services.log.warn(describeFailure(thrown).message);
    }
    this.#tell();
  }

  #state(): PanelState {
    const dataset = this.#dataset;
    const job = this.services.jobs.about(this.path)?.view;
    return {
      path: this.path,
      facts: dataset?.facts,
      fault: this.#fault ?? dataset?.fault,
      run: dataset?.run,
      runFault: dataset?.runFault,
      job,
      encoderMissing: this.#encoderMissing,
      controls: dataset?.controls ?? defaultControls,
      revision: dataset?.revision ?? 0,
    };
  }

  #tell(): void {
    if (!this.isDisposed) this.#server.emit('state', this.#state());
  }

  #tellFilter(): void {
    const text = this.#wantedFilter;
    if (text !== undefined && !this.isDisposed) this.#server.emit('filter', { text });
  }

  #opened(): DatasetModel {
    if (this.#dataset === undefined) throw new Error(this.#fault ?? vscode.l10n.t('The file is still being read.'));
    return this.#dataset;
  }

  #handlers(): Parameters<typeof serve<PanelApi, PanelEvents>>[1] {
    return {
      ready: () => {
        this.#ready();
        // After the answer to this.
        setImmediate(() => {
          this.#tellFilter();
        });
        return this.#state();
      },
      query: async (query) => {
        const dataset = this.#opened();
        if (query.filter === this.#wantedFilter) this.#wantedFilter = undefined;
        const result = await askNumbered(dataset, () => dataset.call('query', query));
        this.#view = result.view;
        return result;
      },
      rows: (params) => this.#opened().call('rows', params),
      place: (params) => this.#opened().call('place', params),
      details: (params) => this.#opened().call('details', params),
      similar: (params) => this.#opened().call('similar', params),
      rowAtLine: (params) => this.#opened().call('rowAtLine', params),
      act: async (request) => ({ rows: await runRowAction(request, this.#opened(), this.services) }),
      setControls: ({ controls }) => {
        this.#opened().setControls(controls);
        return null;
      },
      command: async ({ name }) => {
        await this.#command(name);
        return null;
      },
      export: async ({ kind, view }) => {
        await exportRows(this.#opened(), view, kind);
        return null;
      },
      focus: async ({ rows }) => {
        await vscode.commands.executeCommand('setContext', 'counterweight.rowsFocused', rows);
        return null;
      },
      // The webview itself knows what is selected when an action comes back to it.
      select: () => null,
      openLine: async ({ source, line }) => {
        const { path, realPath } = this.#opened();
        await openLine(vscode.Uri.file(source === 'real' ? (realPath ?? path) : path), line);
        return null;
      },
    };
  }

  async #command(name: PanelApi['command']['params']['name']): Promise<void> {
    const run = (command: string): Thenable<unknown> =>
      vscode.commands.executeCommand(command, vscode.Uri.file(this.path));
    switch (name) {
      case 'rescore':
        await run('counterweight.rescore');
        break;
      case 'rescoreChanged':
        await run('counterweight.rescoreChangedRows');
        break;
      case 'train':
        await run('counterweight.trainClassifier');
        break;
      case 'compare':
        await run('counterweight.compareMethods');
        break;
      case 'cancel':
        this.services.jobs.about(this.path)?.cancel();
        break;
      case 'begin':
        this.services.jobs.about(this.path)?.answer(true);
        break;
      case 'resume':
        await vscode.commands.executeCommand('counterweight.resumeJob');
        break;
      case 'downloadEncoder':
        await run('counterweight.downloadEncoder');
        break;
      case 'chooseEncoder':
        await run('counterweight.chooseEncoder');
        break;
      case 'dismissEncoder':
        await this.services.context.workspaceState.update(dismissedKey, true);
        await this.#lookForEncoder();
        break;
      case 'chooseReal':
        await run('counterweight.scoreSyntheticData');
        break;
      case 'labelRows':
        await run('counterweight.labelRows');
        break;
      case 'showLog':
        this.services.log.show(true);
        break;
      case 'showProblems':
        await vscode.window.showTextDocument(vscode.Uri.file(this.path), { preview: false });
        await vscode.commands.executeCommand('workbench.actions.view.problems');
        break;
    }
  }
}

/** A failure of the data worker reaches the panel as it came. */
function passOn(thrown: unknown): CallFailure {
  return thrown instanceof CallError ? thrown.failure : describeFailure(thrown);
}
