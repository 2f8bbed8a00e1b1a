import * as vscode from 'vscode';
import { Disposable } from '../disposable.ts';
import { plainText } from '../plainText.ts';
import type { StatusNote } from '../services.ts';
import type { JobQueue } from './jobQueue.ts';
import { statusText, statusTooltip } from './messages.ts';

/** How long the end of a job is shown, in milliseconds. */
const endShownMs = 6000;

/** The extension's one item in the status bar: the running job, for a moment what came of it, else what it was given. */
export class JobStatusBar extends Disposable {
  #meanwhile: StatusNote | undefined;
  readonly #item = this.register(
    vscode.window.createStatusBarItem('counterweight.job', vscode.StatusBarAlignment.Left, 10),
  );
  #ended: NodeJS.Timeout | undefined;

  /** @param command What a click runs. */
  constructor(
    private readonly queue: JobQueue,
    private readonly command: string,
  ) {
    super();
    this.#item.name = vscode.l10n.t('Counterweight jobs');
    this.register(queue.onDidChange(() => this.#show()));
  }

  /** Shows what came of a job for a while, unless another one runs. */
  sayEnded(text: string, icon: 'check' | 'circle-slash'): void {
    clearTimeout(this.#ended);
    if (this.#open().length > 0) return;
    this.#item.text = `$(${icon}) ${plainText(text)}`;
    this.#item.backgroundColor = undefined;
    this.#item.tooltip = undefined;
    this.#item.command = this.command;
    this.#item.accessibilityInformation = undefined;
    this.#item.show();
    this.#ended = setTimeout(() => {
      this.#ended = undefined;
      this.#show();
    }, endShownMs);
  }

  /** What is shown while no job runs; undefined: nothing. */
  showMeanwhile(note: StatusNote | undefined): void {
    this.#meanwhile = note;
    this.#show();
  }

  override dispose(): void {
    clearTimeout(this.#ended);
    super.dispose();
  }

  #open(): JobQueue['all'] {
    return this.queue.all.filter(({ end }) => end === undefined);
  }

  #show(): void {
    const open = this.#open();
    const [job] = open;
    if (job === undefined) {
      if (this.#ended === undefined) this.#showNote();
      return;
    }
    this.#item.command = this.command;
    clearTimeout(this.#ended);
    this.#ended = undefined;
    const asks = job.view.question !== undefined;
    const icon = asks ? '$(question)' : job.view.state === 'queued' ? '$(watch)' : '$(loading~spin)';
    this.#item.backgroundColor = asks ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    const t = vscode.l10n.t;
    this.#item.text = `${icon} ${plainText(statusText(job.view, open.length - 1, t))}`;
    this.#item.tooltip = plainText(statusTooltip(job.view, t));
    this.#item.accessibilityInformation = { label: `${job.view.title}: ${statusText(job.view, open.length - 1, t)}` };
    this.#item.show();
  }

  #showNote(): void {
    const note = this.#meanwhile;
    if (note === undefined) {
      this.#item.hide();
      return;
    }
    this.#item.text = `$(law) ${plainText(note.text)}`;
    this.#item.backgroundColor = undefined;
    this.#item.tooltip = plainText(note.tooltip);
    this.#item.command = note.command;
    this.#item.accessibilityInformation = { label: `Counterweight: ${note.text}` };
    this.#item.show();
  }
}
