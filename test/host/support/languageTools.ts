/** Calls of the extension's language-model tools, as an agent makes them. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';

export type ToolName = 'score_dataset' | 'list_misaligned' | 'explain_row' | 'train_classifier';

/** What a tool answered, parsed. Rejects with the tool's error. A question before it is answered with yes: no dialogs in tests. */
export async function callTool(name: ToolName, input: object): Promise<Record<string, unknown>> {
  const { content } = await vscode.lm.invokeTool(`counterweight_${name}`, { input, toolInvocationToken: undefined });
  const [part] = content;
  assert.ok(part instanceof vscode.LanguageModelTextPart);
  return JSON.parse(part.value) as Record<string, unknown>;
}

/** The one line that a tool fails with. */
export async function toolFault(name: ToolName, input: object): Promise<string> {
  try {
    await callTool(name, input);
  } catch (thrown) {
    assert.ok(thrown instanceof Error);
    assert.doesNotMatch(thrown.message, /\n/, 'one line');
    return thrown.message;
  }
  throw new assert.AssertionError({ message: `${name} did not fail` });
}

/** A folder of the workspace; tools take no file from elsewhere. */
export function workspaceFolder(): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  return folder.uri.fsPath;
}
