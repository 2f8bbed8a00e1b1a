/** Makes a sentence in the user's language: `vscode.l10n.t`, passed in where a module knows nothing of VS Code. */
export type Translate = (message: string, ...args: (string | number | boolean)[]) => string;
