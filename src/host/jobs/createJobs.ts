/** The jobs of this window: the queue, and how the user hears of them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { JobApi, JobEvents } from '../../protocol/jobs.ts';
import type { Client } from '../../protocol/rpc.ts';
import { withLock } from '../../store/lock.ts';
import { Disposable } from '../disposable.ts';
import { plainText } from '../plainText.ts';
import type { Job, JobRequest, Jobs, StatusNote, UnfinishedJob } from '../services.ts';
import { startWorker } from '../workers.ts';
import { JobQueue, type JobWorker } from './jobQueue.ts';
import { JobLedger } from './ledger.ts';
import { doneText, estimateText, failureText, isWorthNotifying, titleOf, type WayOn } from './messages.ts';
import { menuEntries } from './menuEntries.ts';
import type { QueuedJob } from './queuedJob.ts';
import { encoderAt } from './download.ts';
import { JobStatusBar } from './statusBar.ts';

/** Opens the choice of what to do with the running job; of the status bar alone, so not in the manifest. */
const menuCommand = 'counterweight.jobs.menu';

/** Row errors of a job that are written to the log. */
const mostLogged = 100;

export function createJobs(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Jobs & vscode.Disposable {
  return new WindowJobs(context, log);
}

class WindowJobs extends Disposable implements Jobs {
  readonly #queue: JobQueue;
  readonly #ledger: JobLedger;
  readonly #statusBar: JobStatusBar;
  readonly #classifiers = new Set<JobWorker>();
  readonly #begun = new Map<number, number>();
  #hasJob = false;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
  ) {
    super();
    this.#ledger = new JobLedger(context.workspaceState);
    this.#queue = this.register(
      new JobQueue({
        launch: () => startWorker('job', context, log),
        exclusively: async (work, options) => {
          const folder = context.globalStorageUri.fsPath;
          await mkdir(folder, { recursive: true });
          await withLock(join(folder, 'job.lock'), work, options);
        },
        approve: (job, estimate) => this.#approve(job, estimate),
        titleOf: (request) => titleOf(request, vscode.l10n.t),
        notes: {
          waiting: vscode.l10n.t('Waiting for a job in another window'),
          starting: vscode.l10n.t('Starting'),
          asking: vscode.l10n.t('Waiting for your answer'),
        },
        log,
      }),
    );
    this.#statusBar = this.register(new JobStatusBar(this.#queue, menuCommand));
    this.register(this.#queue.onDidChange(() => this.#setContext()));
    this.register(this.#queue.onDidEnd((job) => void this.#ended(job)));
    this.register(vscode.commands.registerCommand(menuCommand, () => this.#menu()));
  }

  get onDidChange(): vscode.Event<void> {
    return this.#queue.onDidChange;
  }

  get all(): readonly Job[] {
    return this.#queue.all;
  }

  get current(): Job | undefined {
    return this.#queue.current;
  }

  get unfinished(): readonly UnfinishedJob[] {
    const open = this.#queue.all.filter(({ end }) => end === undefined).map(({ folder }) => folder);
    return this.#ledger.all.filter(({ folder }) => !open.includes(folder));
  }

  answered(folder: string, forget = false): void {
    void (forget ? this.#ledger.forget(folder) : this.#ledger.stopped(folder));
  }

  showMeanwhile(note: StatusNote | undefined): void {
    this.#statusBar.showMeanwhile(note);
  }

  enqueue(request: JobRequest): Job {
    const job = this.#queue.enqueue(request);
    this.log.info(`${job.view.title}: ${JSON.stringify(request)}`);
    this.#follow(job);
    return job;
  }

  about(path: string): Job | undefined {
    return this.#queue.about(path);
  }

  openClassifier(): Promise<Client<JobApi, JobEvents>> {
    const worker = startWorker<JobApi, JobEvents>('job', this.context, this.log);
    this.#classifiers.add(worker);
    void worker.exited.then(() => this.#classifiers.delete(worker));
    const { client } = worker;
    return Promise.resolve({
      call: (method, params) => client.call(method, params),
      on: (name, listener) => client.on(name, listener),
      close: (reason) => {
        client.close(reason);
        worker.dispose();
      },
    });
  }

  override dispose(): void {
    for (const worker of this.#classifiers) worker.dispose();
    super.dispose();
  }

  #setContext(): void {
    const hasJob = this.#queue.all.some(({ end }) => end === undefined);
    if (hasJob === this.#hasJob) return;
    this.#hasJob = hasJob;
    void vscode.commands.executeCommand('setContext', 'counterweight.hasJob', hasJob);
  }

  /** Writes what a job tells to the log, and remembers its run. */
  #follow(job: QueuedJob): void {
    const { title } = job.view;
    this.#begun.set(job.id, Date.now());
    job.on('notice', ({ line }) => this.log.info(`${title}: ${line}`));
    job.on('rowErrors', ({ lines }) => {
      for (const line of lines.slice(0, mostLogged)) this.log.warn(line);
      if (lines.length > mostLogged) this.log.warn(`… and ${String(lines.length - mostLogged)} more row errors.`);
    });
    job.on('estimate', (estimate) => this.log.info(estimateText(title, estimate, vscode.l10n.t)));
    job.on('run', ({ folder, resumed, device }) => {
      this.log.info(`${title}: ${resumed ? 'resumes' : 'writes'} ${folder} (${device ?? 'unknown device'})`);
      // What changes a finished run in place has nothing to resume.
      if (job.request.kind !== 'rescore') void this.#ledger.begun({ title, request: job.request, folder });
    });
  }

  async #ended(job: QueuedJob): Promise<void> {
    const { end, folder, request } = job;
    const { title } = job.view;
    const ran = Date.now() - (this.#begun.get(job.id) ?? 0);
    this.#begun.delete(job.id);
    if (end === undefined) return;
    if (folder !== undefined) await (end.kind === 'done' ? this.#ledger.forget(folder) : this.#ledger.stopped(folder));
    switch (end.kind) {
      case 'done': {
        const text = doneText(request, end.outcome, vscode.l10n.t);
        this.log.info(`${title}: done. ${text}`);
        this.#statusBar.sayEnded(text, 'check');
        if (isWorthNotifying(vscode.window.state.focused, ran)) await this.#notify(job, text, end.outcome.folder);
        break;
      }
      case 'cancelled':
        this.log.info(`${title}: cancelled.`);
        this.#statusBar.sayEnded(vscode.l10n.t('{0}: cancelled', title), 'circle-slash');
        break;
      case 'failed':
        this.log.error(`${title}: ${end.failure.stack ?? end.failure.message}`);
        await this.#tellFailure(job, end);
        break;
    }
  }

  async #notify({ request: { kind, request } }: QueuedJob, text: string, folder: string): Promise<void> {
    const { synthetic } = request.files;
    const hasResults = kind === 'train' || kind === 'compare';
    const open = hasResults ? vscode.l10n.t('Show results') : vscode.l10n.t('Show weights');
    if ((await vscode.window.showInformationMessage(plainText(text), open)) !== open) return;
    if (kind === 'compare') await vscode.commands.executeCommand('counterweight.openComparison', synthetic, folder);
    else if (kind === 'train') await vscode.commands.executeCommand('counterweight.openTraining', synthetic, folder);
    else await vscode.commands.executeCommand('counterweight.openWeights', vscode.Uri.file(synthetic));
  }

  /** One message, with a way on. */
  async #tellFailure(job: QueuedJob, end: Parameters<typeof failureText>[1]): Promise<void> {
    const { request } = job.request;
    const missing = async (): Promise<boolean> =>
      end.failure.kind === 'user' && !(await encoderAt(request.model, this.context)).present;
    const { text, ways } = failureText(
      job.view.title,
      end,
      {
        resumable: job.folder !== undefined && job.request.kind !== 'rescore',
        encoderMissing: await missing().catch(() => false),
      },
      vscode.l10n.t,
    );
    const labels: Record<WayOn, string> = {
      resume: vscode.l10n.t('Resume'),
      retry: vscode.l10n.t('Try again'),
      downloadEncoder: vscode.l10n.t('Download encoder'),
      settings: vscode.l10n.t('Open settings'),
      log: vscode.l10n.t('Show log'),
    };
    const answer = await vscode.window.showErrorMessage(plainText(text), ...ways.map((way) => labels[way]));
    switch (ways.find((way) => labels[way] === answer)) {
      case 'resume':
      case 'retry':
        this.enqueue(job.request);
        break;
      case 'downloadEncoder':
        if (await vscode.commands.executeCommand('counterweight.downloadEncoder')) this.enqueue(job.request);
        break;
      case 'settings':
        await vscode.commands.executeCommand('workbench.action.openSettings', 'counterweight.nodePath');
        break;
      case 'log':
        this.log.show(true);
        break;
      case undefined:
        break;
    }
  }

  async #approve(job: QueuedJob, estimate: JobEvents['estimate']): Promise<boolean> {
    // It began before, so it was agreed to: nobody resumes a job to be asked once more.
    const request = JSON.stringify(job.request);
    if (this.#ledger.all.some((begun) => JSON.stringify(begun.request) === request)) return true;
    const [begin, cancel] = [vscode.l10n.t('Begin'), vscode.l10n.t('Cancel')];
    const text = estimateText(job.view.title, estimate, vscode.l10n.t);
    const answered = job.ask(text);
    void vscode.window.showInformationMessage(plainText(text), begin, cancel).then((answer) => {
      // A notification hides by itself, which is no answer: status bar and panel go on asking.
      if (answer !== undefined) job.answer(answer === begin);
    });
    return answered;
  }

  /** What the status bar offers. */
  async #menu(): Promise<void> {
    const jobs = this.#queue.all.filter(({ end }) => end === undefined);
    const [first] = jobs;
    const items = [
      ...menuEntries(jobs, vscode.l10n.t),
      ...(first === undefined
        ? []
        : [
            {
              label: `$(list-ordered) ${vscode.l10n.t('Show weights')}`,
              detail: undefined,
              run: () =>
                void vscode.commands.executeCommand(
                  'counterweight.openWeights',
                  vscode.Uri.file(first.request.request.files.synthetic),
                ),
            },
          ]),
      { label: `$(output) ${vscode.l10n.t('Show log')}`, detail: undefined, run: () => this.log.show(true) },
    ];
    const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Counterweight jobs') });
    picked?.run();
  }
}
