/** Jobs that were left in their middle: offered once after a reload, and on demand. */
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import { runFiles } from '../../store/layout.ts';
import { lockHolder } from '../../store/lock.ts';
import { readRunRecord } from '../../store/runRecord.ts';
import { pickOne } from '../pickOne.ts';
import { plainText } from '../plainText.ts';
import { saveInputs } from '../saveInputs.ts';
import type { Services, UnfinishedJob } from '../services.ts';

/** After a reload the old window's worker may still be saving: so often, with so long between, its lock is looked at. */
const [looks, lookMs] = [15, 1000];

/** Offers to go on with what the window's end interrupted, once. */
export async function offerResume(services: Services): Promise<void> {
  for (const job of services.jobs.unfinished.filter(({ interrupted }) => interrupted)) {
    if (!(await isUnfinished(services, job)) || (await isHeld(job))) continue;
    services.jobs.answered(job.folder);
    const resume = vscode.l10n.t('Resume');
    const text = vscode.l10n.t('{0} was interrupted. It goes on where it stopped.', plainText(job.title));
    if ((await vscode.window.showInformationMessage(text, resume, vscode.l10n.t('Not now'))) === resume) {
      await resumeOne(services, job);
    }
  }
}

/** Lets the user choose among the jobs that have not finished. */
export async function resumeJob(services: Services): Promise<void> {
  const jobs: UnfinishedJob[] = [];
  for (const job of services.jobs.unfinished) if (await isUnfinished(services, job)) jobs.push(job);
  if (jobs.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('There is no job to resume in this workspace.'));
    return;
  }
  const items = jobs.map((job) => ({
    label: `$(debug-continue) ${plainText(job.title)}`,
    description: dirname(job.request.request.files.synthetic),
    job,
  }));
  const picked = await pickOne<(typeof items)[number]>(items, {
    title: vscode.l10n.t('Resume an interrupted job'),
    placeholder: vscode.l10n.t('It goes on where it stopped, if its files are still the same'),
  });
  if (picked === undefined) return;
  if (await isHeld(picked.job, 1)) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Another process is working on it.'));
    return;
  }
  await resumeOne(services, picked.job);
}

async function resumeOne({ jobs }: Services, { request }: UnfinishedJob): Promise<void> {
  const { synthetic, real, dev, test } = request.request.files;
  const files = [synthetic, real, dev, test].filter((file) => file !== undefined);
  if (await saveInputs(files)) jobs.enqueue(request);
}

/** A run that is done by now, or gone, is forgotten. */
async function isUnfinished({ jobs, log }: Services, { folder }: UnfinishedJob): Promise<boolean> {
  try {
    if ((await readRunRecord(folder)).status !== 'done') return true;
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    log.info(thrown.message);
  }
  jobs.answered(folder, true);
  return false;
}

/** Whether another process works on the run. */
async function isHeld({ folder }: UnfinishedJob, times = looks): Promise<boolean> {
  for (let i = 0; i < times; i++) {
    if (i > 0) await sleep(lookMs);
    if ((await lockHolder(runFiles(folder).lock)) === undefined) return false;
  }
  return true;
}
