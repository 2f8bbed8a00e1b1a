import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import { describeFailure } from '../../protocol/failure.ts';
import type { MapApi, MapEvents, MapState, MapTraining } from '../../protocol/map.ts';
import { serve, type Handlers, type Server } from '../../protocol/rpc.ts';
import { Disposable } from '../disposable.ts';
import { openLine } from '../edits/openRow.ts';
import { runRowAction } from '../edits/runRowAction.ts';
import { areSameRows } from '../edits/sameRows.ts';
import type { DatasetModel, Services } from '../services.ts';
import { describeForWebview, webviewPort } from '../webview.ts';
import { mapTrainings } from './mapTrainings.ts';

/** How the weights panel is told of the rows that were picked: a filter that the data worker knows. */
const pickedFilter = 'is:picked';

/** The host's side of one map. */
export class MapView extends Disposable {
  readonly #server: Server<MapEvents>;
  #dataset: DatasetModel | undefined;
  #fault: string | undefined;
  #trainings: readonly MapTraining[] = [];
  /** The training that the user asked to see, and the asking: the same one may be asked for again. */
  #asked: MapState['asked'];
  readonly #session = randomUUID();
  /** The running or queued job about this dataset. */
  #job: number | undefined;
  #reading: Promise<void> | undefined;
  /** Whether the trainings are to be read once more after those that are being read. */
  #again = false;

  constructor(
    readonly dataset: string,
    private readonly panel: vscode.WebviewPanel,
    private readonly services: Services,
  ) {
    super();
    this.register(panel);
    this.register(services.datasets.hold(dataset));
    this.#server = serve<MapApi, MapEvents>(
      webviewPort(panel.webview),
      this.#handlers(),
      describeForWebview(services.log),
    );
    this.register({ dispose: () => this.#server.close() });
    this.register(
      services.data.on('mapping', ({ path, fraction }) => {
        if (path === dataset) this.#server.emit('mapping', { fraction });
      }),
    );
    // Nobody waits for it any more.
    this.register({ dispose: () => this.#cancel() });
    this.#job = services.jobs.about(dataset)?.id;
    this.register(
      services.jobs.onDidChange(() => {
        // Told of every step of every job; only one of this dataset that ended can have left a training.
        const job = services.jobs.about(dataset)?.id;
        const ended = this.#job !== undefined && job !== this.#job;
        this.#job = job;
        if (ended) void this.#readTrainings();
      }),
    );
    void this.#open();
  }

  /** Brings the map to the front, about the dynamics of a training where one is named. */
  show(training?: string): void {
    if (training !== undefined) this.#asked = { run: training, id: randomUUID() };
    this.panel.reveal(undefined, false);
    void this.#readTrainings();
  }

  async #open(): Promise<void> {
    try {
      const dataset = await this.services.datasets.open(this.dataset);
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
    await this.#readTrainings();
  }

  /** One reading at a time; what changes meanwhile is read after it. */
  async #readTrainings(): Promise<void> {
    if (this.#reading !== undefined) {
      this.#again = true;
      return this.#reading;
    }
    const read = async (): Promise<void> => {
      do {
        this.#again = false;
        try {
          this.#trainings = await mapTrainings(this.dataset, this.services.context.globalStorageUri.fsPath);
        } catch (thrown) {
          this.services.log.warn(describeFailure(thrown).message);
        }
      } while (this.#again);
      this.#reading = undefined;
      this.#tell();
    };
    this.#reading = read();
    return this.#reading;
  }

  #state(): MapState {
    const dataset = this.#dataset;
    return {
      dataset: this.dataset,
      fault: this.#fault ?? dataset?.fault,
      ready: dataset !== undefined,
      run: dataset?.run?.folder,
      preview: dataset?.run?.effort === 'preview',
      trainings: this.#trainings,
      asked: this.#asked,
      revision: dataset?.revision ?? 0,
      numbering: dataset?.numbering ?? 0,
      session: this.#session,
    };
  }

  #tell(): void {
    if (!this.isDisposed) this.#server.emit('state', this.#state());
  }

  #opened(): DatasetModel {
    if (this.#dataset === undefined) {
      throw new UserError(this.#fault ?? vscode.l10n.t('The file is still being read.'));
    }
    return this.#dataset;
  }

  #cancel(): void {
    this.#dataset?.call('cancelMap', {}).catch((thrown: unknown) => {
      this.services.log.debug(`cancelMap ${this.dataset}: ${String(thrown)}`);
    });
  }

  /** Only what we listed ourselves: the webview cannot name any other folder. */
  #training(folder: string): string {
    const known = this.#trainings.find((training) => training.folder === folder);
    if (known === undefined) throw new UserError(vscode.l10n.t('This training is gone; choose another.'));
    return known.folder;
  }

  #handlers(): Handlers<MapApi> {
    return {
      ready: () => this.#state(),
      points: async ({ make }) => {
        const dataset = this.#opened();
        const { numbering, controls } = dataset;
        return { ...(await dataset.call('map', { make, controls })), numbering };
      },
      cancel: () => {
        this.#cancel();
        return null;
      },
      dynamics: async ({ run }) => {
        const dataset = this.#opened();
        const { numbering, controls } = dataset;
        const points = await dataset.call('dynamics', { run: this.#training(run), controls });
        return points && { ...points, numbering };
      },
      trajectories: ({ run, rows }) => this.#opened().call('trajectories', { run: this.#training(run), rows }),
      text: ({ source, at }) => this.#opened().call('pointText', { source, at }),
      act: async ({ action, rows, numbering }) => ({
        rows: await runRowAction({ action, target: { rows }, numbering }, this.#opened(), this.services),
      }),
      showRows: async ({ rows, numbering }) => {
        const dataset = this.#opened();
        if (!(await areSameRows({ rows }, numbering, dataset))) {
          throw new UserError(vscode.l10n.t('The file changed in the meantime; choose the rows again.'));
        }
        await dataset.call('pick', { rows });
        await vscode.commands.executeCommand('counterweight.filterWeights', this.dataset, pickedFilter);
        return null;
      },
      openLine: async ({ source, line }) => {
        const { path, realPath } = this.#opened();
        await openLine(vscode.Uri.file(source === 'real' ? (realPath ?? path) : path), line);
        return null;
      },
      command: async ({ name }) => {
        await this.#command(name);
        return null;
      },
    };
  }

  async #command(name: MapApi['command']['params']['name']): Promise<void> {
    const uri = vscode.Uri.file(this.dataset);
    switch (name) {
      case 'score':
        await vscode.commands.executeCommand('counterweight.scoreSyntheticData', uri);
        break;
      case 'train':
        await vscode.commands.executeCommand('counterweight.trainClassifier', uri);
        break;
      case 'showLog':
        this.services.log.show(true);
        break;
    }
  }
}
