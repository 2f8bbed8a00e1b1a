/** What every webview of the extension shares on the host's side: its HTML, and a port for calls and events. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { describeFailure } from '../protocol/failure.ts';
import { CallError, type CallFailure, type Message, type Port } from '../protocol/rpc.ts';

/** What a webview loads, by file names inside `dist/webview`. */
export interface WebviewParts {
  /** e.g. `training.js`. */
  readonly script: string;
  /** e.g. `training.css`. */
  readonly style: string;
  /** For screen readers and the developer tools. */
  readonly title: string;
}

/** Where the bundled front ends lie. */
export function webviewRoot(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
}

/** Options of a webview that only runs our own script and reads our own files. */
export function webviewOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, enableForms: false, localResourceRoots: [webviewRoot(extensionUri)] };
}

/**
 * The HTML of a webview: one script, one style sheet, translated sentences, no data. Rows, labels and paths come later, as messages, so that
 * nothing of the user's is ever parsed as HTML.
 */
export function createWebviewHtml(webview: vscode.Webview, extensionUri: vscode.Uri, parts: WebviewParts): string {
  const root = webviewRoot(extensionUri);
  const uri = (name: string): string => attribute(webview.asWebviewUri(vscode.Uri.joinPath(root, name)).toString());
  // The user's language, where it is not English: `webview/shared/l10n.ts` reads it before anything is drawn.
  const sentences = vscode.l10n.bundle;
  const nonce = randomBytes(18).toString('base64');
  const source = webview.cspSource;
  // No 'unsafe-inline', not even for styles: components and charts set them through the object model, which needs none.
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${source}`,
    `img-src ${source} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${attribute(vscode.env.language)}">
  <head>
    <meta charset="UTF-8" />
    <meta http-equiv="Content-Security-Policy" content="${attribute(policy)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0" />
    <link rel="stylesheet" href="${uri(parts.style)}" />
    <title>${attribute(parts.title)}</title>
  </head>
  <body>
    <div id="app"${sentences === undefined ? '' : ` data-l10n="${attribute(JSON.stringify(sentences))}"`}></div>
    <script nonce="${nonce}" src="${uri(parts.script)}"></script>
  </body>
</html>`;
}

/** A port on a webview's messages. Messages to a hidden webview are lost: it asks for everything again when it loads. */
export function webviewPort(webview: vscode.Webview): Port {
  return {
    post: (message) => {
      void webview.postMessage(message);
    },
    listen: (listener) => {
      const listening = webview.onDidReceiveMessage((message: unknown) => {
        if (isMessage(message)) listener(message);
      });
      return () => {
        listening.dispose();
      };
    },
  };
}

/**
 * What a webview is told of a failed call; what was thrown by a worker's answer is passed on as it is. A defect goes to
 * the log with its stack, the webview gets its message.
 */
export function describeForWebview(log: vscode.LogOutputChannel): (thrown: unknown) => CallFailure {
  return (thrown) => {
    const failure = thrown instanceof CallError ? thrown.failure : describeFailure(thrown);
    if (failure.kind === 'defect') log.error(failure.stack ?? failure.message);
    return { message: failure.message, kind: failure.kind };
  };
}

/** Whether something a webview posted has the shape of a message; anything else is not for us. */
function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  switch (value.type) {
    case 'call':
      return 'id' in value && typeof value.id === 'number' && 'method' in value && typeof value.method === 'string';
    case 'ok':
    case 'error':
      return 'id' in value && typeof value.id === 'number';
    case 'event':
      return 'name' in value && typeof value.name === 'string';
    default:
      return false;
  }
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
