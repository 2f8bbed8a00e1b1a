/** Puts copies of the example's files into a folder of the user's; never writes over anything there. */
import * as vscode from 'vscode';

/** Real and synthetic rows, and real rows to choose an epoch and to judge a model with. */
export const exampleFiles = ['synthetic.jsonl', 'real.jsonl', 'dev.jsonl', 'test.jsonl'] as const;

/**
 * Copies into the folder itself where it is empty or holds the very files already, else into a new folder inside.
 * @param source Folder of the example in the extension.
 * @returns The folder with the copies. Rejects with vscode.FileSystemError where it cannot be written.
 */
export async function copyExample(source: vscode.Uri, chosen: vscode.Uri): Promise<vscode.Uri> {
  const folder = await folderFor(source, chosen);
  await vscode.workspace.fs.createDirectory(folder);
  for (const name of exampleFiles) {
    const target = vscode.Uri.joinPath(folder, name);
    if (!(await exists(target))) {
      await vscode.workspace.fs.copy(vscode.Uri.joinPath(source, name), target, { overwrite: false });
    }
  }
  return folder;
}

async function folderFor(source: vscode.Uri, chosen: vscode.Uri): Promise<vscode.Uri> {
  const names = (await vscode.workspace.fs.readDirectory(chosen)).map(([name]) => name);
  if (names.every((name) => name.startsWith('.'))) return chosen;
  if (await holdsExample(source, chosen)) return chosen;
  for (let number = 1; ; number++) {
    const folder = vscode.Uri.joinPath(chosen, `counterweight-example${number === 1 ? '' : `-${String(number)}`}`);
    if (!(await exists(folder)) || (await holdsExample(source, folder))) return folder;
  }
}

/** Whether a folder has all files of the example, as they were made. */
async function holdsExample(source: vscode.Uri, folder: vscode.Uri): Promise<boolean> {
  for (const name of exampleFiles) {
    const target = vscode.Uri.joinPath(folder, name);
    if (!(await exists(target))) return false;
    const [here, there] = await Promise.all([
      vscode.workspace.fs.readFile(target),
      vscode.workspace.fs.readFile(vscode.Uri.joinPath(source, name)),
    ]);
    if (Buffer.compare(here, there) !== 0) return false;
  }
  return true;
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch (thrown) {
    if (thrown instanceof vscode.FileSystemError && thrown.code === 'FileNotFound') return false;
    throw thrown;
  }
}
