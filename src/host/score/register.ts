import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import { CallError } from '../../protocol/rpc.ts';
import { pickOne } from '../pickOne.ts';
import { plainText } from '../plainText.ts';
import type { Register, Services } from '../services.ts';
import { rescore, rescoreChangedRows } from './rescore.ts';
import { offerResume, resumeJob } from './resume.ts';
import { scoreSyntheticData } from './scoreCommand.ts';
import { Scoring } from './scoring.ts';
import { selectDevice } from './selectDevice.ts';
import { datasetTarget, scoreTarget } from './targets.ts';

/** An interrupted job is offered when the window has come to rest. */
const offerAfterMs = 3000;

/** Scoring: the commands that begin, repeat, stop and resume jobs, and those about encoder and device. */
export const register: Register = (context, services) => {
  const scoring = new Scoring(services);
  const command = (id: string, run: (...args: unknown[]) => Promise<unknown>): vscode.Disposable =>
    vscode.commands.registerCommand(id, (...args: unknown[]) => guarded(services, () => run(...args)));
  const aboutDataset = (id: string, run: (path: string) => Promise<void>): vscode.Disposable =>
    command(id, async (target) => {
      const path = datasetTarget(services, target);
      if (path !== undefined) await run(path);
      else void vscode.window.showInformationMessage(vscode.l10n.t('Open a .jsonl file of synthetic rows first.'));
    });
  const offer = setTimeout(() => void guarded(services, () => offerResume(services)), offerAfterMs);
  context.subscriptions.push(
    scoring,
    { dispose: () => clearTimeout(offer) },
    command('counterweight.scoreSyntheticData', async (clicked, selected) => {
      const target = await scoreTarget(services, clicked, selected);
      if (target !== undefined) await scoreSyntheticData(services, scoring, target);
    }),
    aboutDataset('counterweight.rescore', (path) => rescore(services, scoring, path)),
    aboutDataset('counterweight.rescoreChangedRows', (path) => rescoreChangedRows(services, scoring, path)),
    command('counterweight.cancelJob', (target) => cancelJob(services, target)),
    command('counterweight.resumeJob', () => resumeJob(services)),
    command('counterweight.downloadEncoder', () => services.encoders.download()),
    command('counterweight.chooseEncoder', () => services.encoders.choose()),
    command('counterweight.selectDevice', () => selectDevice(services)),
    command('counterweight.showLog', () => Promise.resolve(services.log.show(true))),
  );
};

/** Cancels the job about a file, or the one that runs; asks where several wait. */
async function cancelJob({ jobs }: Services, target: unknown): Promise<void> {
  const ofTarget = target instanceof vscode.Uri ? jobs.about(target.fsPath) : undefined;
  if (ofTarget !== undefined) {
    ofTarget.cancel();
    return;
  }
  const open = jobs.all.filter(({ view }) => view.state === 'running' || view.state === 'queued');
  if (open.length <= 1) {
    open[0]?.cancel();
    return;
  }
  const items = open.map((job) => ({
    label: `$(stop-circle) ${plainText(job.view.title)}`,
    description: job.view.stage,
    job,
  }));
  const picked = await pickOne<(typeof items)[number]>(items, { title: vscode.l10n.t('Job to cancel') });
  picked?.job.cancel();
}

/** Runs a command; what is meant for the user is shown as one message, a defect is left to VS Code. */
async function guarded<T>({ log }: Services, run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (thrown) {
    if (!(thrown instanceof UserError || thrown instanceof CallError)) throw thrown;
    log.error(thrown instanceof CallError ? (thrown.failure.stack ?? thrown.message) : thrown.message);
    const show = vscode.l10n.t('Show log');
    void vscode.window.showErrorMessage(plainText(thrown.message), show).then((answer) => {
      if (answer === show) log.show(true);
    });
    return undefined;
  }
}
