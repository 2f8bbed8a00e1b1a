import { basename } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/errors.ts';
import type { EditPlan } from '../../protocol/data.ts';
import type { DatasetModel, Services } from '../services.ts';
import { linesOf, offsetsOf, rangeOf } from './documents.ts';
import { asOneEdit } from './editForm.ts';
import { spliceSpans, toSpans, type Span } from './spans.ts';
import { restoreDecisions, undoEdit } from './undo.ts';
import { findMismatch } from './verifyPlan.ts';

/** The document a plan was made for, as it was then. */
export interface PlannedDocument {
  readonly document: vscode.TextDocument;
  /** `document.version` when the worker had been told everything and was asked for the plan. */
  readonly version: number;
}

/** What was done, and how to take it back. */
export interface Applied {
  readonly rows: number;
  /** Whether the file's text changed, as against decisions that were kept. */
  readonly inFile: boolean;
  /** Restores what was before; absent where that cannot be known. Tells the user where it is too late. */
  readonly undo?: () => Promise<void>;
}

/**
 * Carries out a plan: the file's text by one WorkspaceEdit, which one undo takes back, decisions by `decide`. Saves
 * nothing and shows nothing.
 *
 * @param planned The document, where the plan has edits. Without it the document is opened and the plan must be of the
 *   file on disk.
 * @throws UserError where the document is not what the plan was made for, or cannot be opened.
 */
export async function applyPlan(
  plan: EditPlan,
  dataset: DatasetModel,
  services: Services,
  planned?: PlannedDocument,
): Promise<Applied> {
  let undo: Applied['undo'];
  const inFile = plan.edits.length > 0;
  if (inFile) {
    const { document, version } = planned ?? (await openForEdits(dataset));
    await editDocument(plan, dataset, document, version);
    const after = document.version;
    undo = async () => {
      // The text first: where it is too late to undo that, the decisions stay with it.
      if (await undoEdit(dataset, document, after)) await restoreDecisions(plan, dataset);
    };
    // The panel and the diagnostics need not wait until the typing has settled.
    await dataset.flush();
  }
  if (plan.decisions.length > 0) {
    await dataset.call('decide', { decisions: plan.decisions });
    await dataset.refresh();
    // It may have been closed by the time that somebody regrets it.
    if (!inFile) undo = async () => restoreDecisions(plan, await services.datasets.open(dataset.path));
  }
  services.log.debug(`${plan.action}: ${String(plan.rows)} rows of ${dataset.path}`);
  return { rows: plan.rows, inFile, undo };
}

/** Opens a file's document without showing it. */
export async function openForEdits(dataset: DatasetModel): Promise<PlannedDocument> {
  const document = await vscode.workspace.openTextDocument(dataset.uri);
  return { document, version: document.version };
}

async function editDocument(
  plan: EditPlan,
  dataset: DatasetModel,
  document: vscode.TextDocument,
  version: number,
): Promise<void> {
  const changed = (): boolean => document.version !== version || plan.version !== dataset.documentVersion;
  if (document.isClosed || changed()) throw changedError(dataset);
  const lines = linesOf(document);
  const mismatch = findMismatch(plan, lines);
  if (mismatch !== undefined) {
    throw new UserError(
      vscode.l10n.t(
        'Line {0} of {1} is not what was read from disk; save or revert the file and try again. Nothing was changed.',
        mismatch,
        basename(dataset.path),
      ),
    );
  }
  const edit = new vscode.WorkspaceEdit();
  edit.set(document.uri, textEdits(document, toSpans(plan.edits, lines)));
  if (!(await vscode.workspace.applyEdit(edit))) throw changedError(dataset);
}

function textEdits(document: vscode.TextDocument, spans: readonly Span[]): vscode.TextEdit[] {
  const whole = { start: spans[0].start, end: spans[spans.length - 1].end };
  const offsetAt = offsetsOf(document);
  const characters = spans.reduce(
    (sum, { start, end, text }) => sum + text.length - (offsetAt(end) - offsetAt(start)),
    offsetAt(whole.end) - offsetAt(whole.start),
  );
  if (asOneEdit(spans, characters)) {
    const { replaced } = spliceSpans(document.getText(), spans, offsetAt);
    return [new vscode.TextEdit(rangeOf(whole), replaced)];
  }
  return spans.map((span) => new vscode.TextEdit(rangeOf(span), span.text));
}

function changedError(dataset: DatasetModel): UserError {
  return new UserError(
    vscode.l10n.t('{0} changed in the meantime; nothing was edited. Try again.', basename(dataset.path)),
  );
}
