import * as vscode from 'vscode';
import type { EditPlan } from '../../protocol/data.ts';
import { plainText } from '../plainText.ts';
import { countsOf, questionOf } from './planText.ts';

type Answer = 'apply' | 'show' | 'cancel';

interface Choice extends vscode.QuickPickItem {
  readonly answer: Answer;
}

/**
 * Asks before many rows change: how many, of which kinds, which stay. The changes can be looked at while the question
 * stays open; closing it changes nothing.
 *
 * @param show Shows the changes and tells how to close them; absent where there is no text to compare.
 */
export async function confirmPlan(plan: EditPlan, show?: () => Promise<() => Promise<void>>): Promise<boolean> {
  const picker = vscode.window.createQuickPick<Choice>();
  let preview: Promise<() => Promise<void>> | undefined;
  picker.title = questionOf(plan, vscode.l10n.t);
  picker.placeholder = vscode.l10n.t('Nothing changes before you choose Apply');
  picker.ignoreFocusOut = true;
  picker.items = choices(plan, show !== undefined);
  try {
    return await new Promise<boolean>((resolve, reject) => {
      picker.onDidHide(() => {
        resolve(false);
      });
      picker.onDidAccept(() => {
        const answer = picker.selectedItems[0]?.answer ?? 'cancel';
        if (answer !== 'show' || show === undefined) {
          resolve(answer === 'apply');
          return;
        }
        picker.busy = true;
        picker.items = choices(plan, false);
        preview = show();
        preview.then(() => {
          picker.busy = false;
          picker.show();
        }, reject);
      });
      picker.show();
    });
  } finally {
    picker.dispose();
    // It may still be opening.
    const close = await preview;
    await close?.();
  }
}

function choices(plan: EditPlan, canShow: boolean): Choice[] {
  const decides = plan.edits.length === 0;
  const apply: Choice = {
    answer: 'apply',
    label: vscode.l10n.t('Apply'),
    description: decides
      ? vscode.l10n.t('the file stays as it is, decisions are kept beside it')
      : vscode.l10n.t('one undo takes it back; the file is not saved'),
    detail: plainText(countsOf(plan, vscode.l10n.t)),
  };
  const show: Choice = {
    answer: 'show',
    label: vscode.l10n.t('Show changes'),
    description: vscode.l10n.t('the file beside the result'),
  };
  return [apply, ...(canShow ? [show] : []), { answer: 'cancel', label: vscode.l10n.t('Cancel') }];
}
