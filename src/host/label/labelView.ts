import { basename } from 'node:path';
import * as vscode from 'vscode';
import { messageOf, UserError } from '../../base/errors.ts';
import { labelCount, shownTextLength, type LabelApi, type LabelEvents, type LabelState } from '../../protocol/label.ts';
import { serve, type Server } from '../../protocol/rpc.ts';
import { Disposable } from '../disposable.ts';
import type { DatasetModel, Services } from '../services.ts';
import { describeForWebview, webviewPort } from '../webview.ts';
import { chooseSource, chooseTarget, type LabelTarget, type TextSource } from './chooseFiles.ts';
import {
  answer,
  back,
  beginSession,
  canGoBack,
  canResume,
  checkLabels,
  countsOf,
  currentText,
  finish,
  forward,
  isDone,
  labelledCount,
  resume,
  type LabelSession,
} from './labelSession.ts';
import { LabelStore, targetAsItIs, type Labelling } from './labelStore.ts';

/** What is chosen before the first text is shown. */
export interface LabelSetup {
  readonly source: TextSource;
  readonly target: LabelTarget;
}

/** Texts that are drawn for every one that is wanted: some will be skipped. */
const spare = 2;

/** The host's side of one labelling view: draws the texts, takes the answers, writes each at once. */
export class LabelView extends Disposable {
  readonly #server: Server<LabelEvents>;
  #setup: LabelSetup | undefined;
  #labelling: Labelling | undefined;
  #labels: readonly string[] = [];
  #goal: number = labelCount.usual;
  #saving = 0;
  #queue: Promise<void> = Promise.resolve();
  #fault: string | undefined;
  #notice: string | undefined;

  /**
   * @param begun What to set up, or a labelling to go on with.
   */
  constructor(
    readonly dataset: DatasetModel,
    private readonly panel: vscode.WebviewPanel,
    private readonly services: Services,
    private readonly store: LabelStore,
    begun: LabelSetup | Labelling,
  ) {
    super();
    this.register(panel);
    this.register(services.datasets.hold(dataset.path));
    if ('session' in begun) this.#labelling = begun;
    else this.#setup = begun;
    this.#labels = dataset.facts?.labels.map(({ label }) => label) ?? [];
    this.#server = serve<LabelApi, LabelEvents>(
      webviewPort(panel.webview),
      this.#handlers(),
      describeForWebview(services.log),
    );
    this.register({ dispose: () => this.#server.close() });
  }

  show(): void {
    this.panel.reveal(undefined, false);
  }

  #handlers(): Parameters<typeof serve<LabelApi, LabelEvents>>[1] {
    const step = (change: (session: LabelSession) => LabelSession): null => {
      this.#step(change);
      return null;
    };
    return {
      ready: () => this.#state(),
      start: async ({ labels, goal }) => {
        await this.#start(labels, goal);
        return null;
      },
      answer: ({ line, label }) => step((session) => answer(session, line, label)),
      skip: ({ line }) => step((session) => answer(session, line, null)),
      back: () => step(back),
      forward: () => step(forward),
      finish: () => step(finish),
      resume: () => step(resume),
      chooseSource: async () => {
        const source = this.#labelling === undefined ? await chooseSource(this.dataset.path) : undefined;
        if (source !== undefined && this.#setup !== undefined) this.#setup = { ...this.#setup, source };
        this.#tell();
        return null;
      },
      openTarget: async () => {
        if (this.#labelling !== undefined)
          await vscode.window.showTextDocument(vscode.Uri.file(this.#labelling.target));
        return null;
      },
      score: async () => {
        await this.#score();
        return null;
      },
    };
  }

  async #start(given: readonly string[], goal: number): Promise<void> {
    const setup = this.#setup;
    if (setup === undefined || this.#labelling !== undefined) return;
    const checked = checkLabels(given);
    if ('fault' in checked) {
      throw new UserError(
        checked.fault === 'tooFew'
          ? vscode.l10n.t('A classifier needs two labels at least.')
          : vscode.l10n.t('"{0}" differs from another label only by case or space.', checked.example ?? ''),
      );
    }
    const wanted = Math.min(labelCount.most, Math.max(labelCount.least, Math.round(goal)));
    const { source, target } = setup;
    const texts = await this.services.data.call('sample', {
      path: source.path,
      count: wanted * spare,
      without: target.appends ? target.path : undefined,
    });
    if (texts.length === 0) throw new UserError(vscode.l10n.t('{0} holds no text to label.', basename(source.path)));
    const fields = this.dataset.facts?.fields ?? { text: 'text', label: 'label' };
    this.#labelling = {
      dataset: this.dataset.path,
      source: source.path,
      sourceKind: source.kind,
      target: target.path,
      fields,
      ...(await targetAsItIs(target.path)),
      session: beginSession(checked.labels, wanted, texts),
    };
    this.#save();
    this.#tell();
  }

  /** Takes a step and shows it at once; the file follows. */
  #step(change: (session: LabelSession) => LabelSession): void {
    const labelling = this.#labelling;
    if (labelling === undefined) return;
    const session = change(labelling.session);
    if (session === labelling.session) return;
    this.#labelling = { ...labelling, session };
    this.#save();
    this.#tell();
  }

  /** Writes what there is now, after what is being written. */
  #save(): void {
    this.#saving++;
    this.#queue = this.#queue.then(async () => {
      try {
        // Only the newest state counts: what came meanwhile is in it.
        if (this.#saving === 1 && this.#labelling !== undefined) await this.#saveNow(this.#labelling);
      } catch (thrown) {
        this.#fault = messageOf(thrown);
        if (!(thrown instanceof UserError))
          this.services.log.error(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
      } finally {
        this.#saving--;
      }
      this.#tell();
    });
  }

  async #saveNow(given: Labelling): Promise<void> {
    const { labelling, change } = await this.store.save(given);
    this.#fault = undefined;
    const target = basename(labelling.target);
    if (change === 'changed') {
      this.#notice = vscode.l10n.t(
        '{0} was changed elsewhere. What stands in it stays; new labels are added at its end.',
        target,
      );
    } else if (change === 'deleted') {
      this.#notice = vscode.l10n.t('{0} was deleted. It is written again with all that you labelled here.', target);
    }
    // Answers that came meanwhile stay; what was learnt about the file is kept.
    const newest = this.#labelling ?? labelling;
    const { keptBytes, known, written, session } = labelling;
    this.#labelling = { ...newest, keptBytes, known, written, session: { ...newest.session, fixed: session.fixed } };
  }

  async #score(): Promise<void> {
    const labelling = this.#labelling;
    if (labelling === undefined) return;
    await this.#queue;
    await this.services.datasets.open(labelling.dataset, labelling.target);
    await vscode.commands.executeCommand('counterweight.scoreSyntheticData', vscode.Uri.file(labelling.dataset));
  }

  #tell(): void {
    if (!this.isDisposed) this.#server.emit('state', this.#state());
  }

  #state(): LabelState {
    const { dataset } = this;
    const labelling = this.#labelling;
    const common = { dataset: dataset.path, notice: this.#notice, fault: this.#fault };
    if (labelling === undefined) {
      return {
        ...common,
        phase: 'setup',
        source: basename(this.#setup?.source.path ?? dataset.path),
        sourceKind: this.#setup?.source.kind ?? 'synthetic',
        target: basename(this.#setup?.target.path ?? ''),
        appends: this.#setup?.target.appends ?? false,
        labels: this.#labels,
        goal: this.#goal,
        ...{
          labelled: 0,
          skipped: 0,
          perLabel: [],
          canGoBack: false,
          canGoForward: false,
          canResume: false,
          saved: true,
        },
      };
    }
    const { session } = labelling;
    const current = currentText(session);
    const labelled = labelledCount(session);
    return {
      ...common,
      phase: isDone(session) ? 'done' : 'labelling',
      source: basename(labelling.source),
      sourceKind: labelling.sourceKind,
      target: basename(labelling.target),
      appends: labelling.keptBytes > 0,
      labels: session.labels,
      goal: session.goal,
      labelled,
      skipped: session.answers.length - labelled,
      perLabel: countsOf(session),
      current: current && {
        line: current.line,
        text: current.text.slice(0, shownTextLength),
        textPair: current.textPair?.slice(0, shownTextLength),
        cut: current.text.length > shownTextLength || (current.textPair?.length ?? 0) > shownTextLength,
        answer: session.answers[session.position],
      },
      canGoBack: canGoBack(session),
      canGoForward: session.position < session.answers.length,
      canResume: canResume(session),
      saved: this.#saving === 0 && this.#fault === undefined,
    };
  }
}

/** What a view of a dataset begins with: what was left unfinished, or new choices. Undefined where the user gave up. */
export async function beginLabelling(dataset: string, store: LabelStore): Promise<LabelSetup | Labelling | undefined> {
  const source = await chooseSource(dataset);
  if (source === undefined) return undefined;
  const target = await chooseTarget(dataset, source.path);
  if (target === undefined) return undefined;
  await store.forget();
  return { source, target };
}
