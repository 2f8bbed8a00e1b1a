import { basename } from 'node:path';
import * as vscode from 'vscode';
import { CancelledError, UserError } from '../../base/errors.ts';
import type { RowActionId } from '../../core/table/actions.ts';
import type { EditPlan, Target, WeightControls } from '../../protocol/data.ts';
import { CallError } from '../../protocol/rpc.ts';
import { plainText } from '../plainText.ts';
import type { DatasetModel, Services } from '../services.ts';
import { type Applied, applyPlan, openForEdits, type PlannedDocument } from './applyPlan.ts';
import { askLabel } from './askLabel.ts';
import { confirmPlan } from './confirm.ts';
import { copyRows } from './copyRows.ts';
import { openRow } from './openRow.ts';
import { nothingOf, noticeOf } from './planText.ts';
import { showPreview } from './preview.ts';
import { areSameRows } from './sameRows.ts';
import { showSimilar } from './showSimilar.ts';

/** What is to be done with which rows. */
export interface RowActionRequest {
  readonly action: RowActionId;
  readonly target: Target;
  /** The new label of `relabelTo`; asked for where absent. */
  readonly label?: string;
  /** As the rows are shown with; the dataset's where absent. */
  readonly controls?: WeightControls;
  /** The dataset's numbering that the rows or the view were seen at, where the caller knows it. */
  readonly numbering?: number;
}

/** How long the status bar tells what was done, in ms. */
const noticeMs = 6000;

/**
 * The one way for the panel, quick fixes, hover and palette to do something with rows: plans, asks before a bulk edit,
 * edits, tells. Expected failures are told to the user here.
 *
 * @returns How many rows changed.
 */
export async function runRowAction(
  request: RowActionRequest,
  dataset: DatasetModel,
  services: Services,
): Promise<number> {
  // A question to the user may stay open for as long as they like.
  const held = services.datasets.hold(dataset.path);
  try {
    return await run(request, dataset, services);
  } catch (thrown) {
    if (thrown instanceof CancelledError || (thrown instanceof CallError && thrown.failure.kind === 'cancelled'))
      return 0;
    const expected = thrown instanceof UserError || thrown instanceof CallError;
    if (thrown instanceof CallError && thrown.failure.kind === 'defect') {
      services.log.error(thrown.failure.stack ?? thrown.message);
    }
    if (!expected) throw thrown;
    void vscode.window.showErrorMessage(plainText(thrown.message));
    return 0;
  } finally {
    held.dispose();
  }
}

async function run(request: RowActionRequest, dataset: DatasetModel, services: Services): Promise<number> {
  const controls = request.controls ?? dataset.controls;
  switch (request.action) {
    case 'open':
      await openRow(request.target, dataset, controls);
      return 0;
    case 'similar':
      await showSimilar(request.target, dataset);
      return 0;
    case 'copyText':
    case 'copyJson':
      await copyRows(request.action, request.target, dataset, controls);
      return 0;
    case 'relabelTo': {
      const label = request.label ?? (await askLabel(dataset));
      return label === undefined ? 0 : await edit({ ...request, label, controls }, dataset, services);
    }
    case 'relabel':
    case 'remove':
    case 'keep':
    case 'clear':
      return await edit({ ...request, controls }, dataset, services);
  }
}

async function edit(
  { action, target, label, controls, numbering }: RowActionRequest & { readonly controls: WeightControls },
  dataset: DatasetModel,
  services: Services,
): Promise<number> {
  const planned = await busy(dataset, () => documentFor(action, dataset));
  await sync(target, numbering ?? dataset.numbering, dataset);
  const at = planned && { document: planned.document, version: planned.document.version };
  const plan = await dataset.call('plan', { action, target, label, controls });
  if (plan.rows === 0) {
    say(nothingOf(plan, vscode.l10n.t));
    return 0;
  }
  if (needsQuestion(plan, target)) {
    const show = at && plan.edits.length > 0 ? () => showPreview(plan, dataset, at.document) : undefined;
    if (!(await confirmPlan(plan, show))) return 0;
  }
  const applied = await busy(dataset, () => applyPlan(plan, dataset, services, at));
  tell(plan, applied);
  return applied.rows;
}

/** Says in the status bar that a large file is being worked on. */
async function busy<T>(dataset: DatasetModel, work: () => Promise<T>): Promise<T> {
  const title = vscode.l10n.t('Editing {0}', basename(dataset.path));
  return await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, work);
}

/** The document that an action edits, open; undefined where decisions do the work. */
async function documentFor(action: RowActionId, dataset: DatasetModel): Promise<PlannedDocument | undefined> {
  const inFile = action === 'relabel' || action === 'relabelTo' || action === 'remove';
  return inFile && dataset.facts?.editable === true ? await openForEdits(dataset) : undefined;
}

/** @throws UserError where the rows that the caller saw may be others now. */
async function sync(target: Target, seen: number, dataset: DatasetModel): Promise<void> {
  if (await areSameRows(target, seen, dataset)) return;
  throw new UserError(
    vscode.l10n.t('{0} changed in the meantime; nothing was edited. Try again.', basename(dataset.path)),
  );
}

/** Bulk edits are asked about; marks on rows that the user picked one by one are not. */
function needsQuestion(plan: EditPlan, target: Target): boolean {
  if (plan.rows <= 1) return false;
  const onlyMarks = plan.action === 'keep' || plan.action === 'clear';
  return !(onlyMarks && 'rows' in target);
}

function tell(plan: EditPlan, applied: Applied): void {
  const notice = noticeOf(plan, applied.inFile, vscode.l10n.t);
  const { undo } = applied;
  if (plan.rows === 1 || undo === undefined) {
    say(notice);
    return;
  }
  const takeBack = vscode.l10n.t('Undo');
  void vscode.window.showInformationMessage(notice, takeBack).then(async (answer) => {
    if (answer === takeBack) await undo();
  });
}

function say(message: string): void {
  vscode.window.setStatusBarMessage(plainText(message), noticeMs);
}
