import * as vscode from 'vscode';
import { plainText } from './plainText.ts';
import type { Services } from './services.ts';

/**
 * Asks for the encoder where a job cannot do without: to fetch it, or to choose a folder that holds it. Where models
 * cannot run at all, says so and offers neither.
 * @param missing One sentence that says what it is needed for.
 * @returns Whether it is here now.
 */
export async function haveEncoder(
  { encoders }: Pick<Services, 'encoders'>,
  missing: (encoder: { readonly id: string; readonly size: string; readonly source: string }) => string,
): Promise<boolean> {
  const { present, unsupported, id, bytes, source, problem } = await encoders.status();
  if (unsupported !== undefined) {
    void vscode.window.showErrorMessage(plainText(unsupported));
    return false;
  }
  if (present) return true;
  const [download, choose] = [vscode.l10n.t('Download'), vscode.l10n.t('Choose folder')];
  const size = bytes > 0 ? `${String(Math.round(bytes / 1e6))} MB` : vscode.l10n.t('size unknown');
  const text = problem ?? missing({ id, size, source });
  const ways = problem === undefined ? [download, choose] : [choose];
  const answer = await vscode.window.showInformationMessage(plainText(text), ...ways);
  if (answer === download) return encoders.download();
  return answer === choose ? encoders.choose() : false;
}
