/** Serves the real code of a view with a stand-in for VS Code around it, under the content security policy of the real webview. */
import { build } from 'esbuild';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../..');

export const themeNames = ['dark', 'light', 'high-contrast', 'high-contrast-light', 'dark-2026', 'light-2026'] as const;
export type ThemeName = (typeof themeNames)[number];

interface Theme {
  /** Of the body, as VS Code sets it. */
  readonly class: string;
  readonly kind: string;
  /** As VS Code 1.139 sets them on the document of a webview; only those that the views' styles name. */
  readonly variables: Readonly<Record<string, string>>;
}

/** VS Code's own styles of a webview, as far as they reach a view. */
const webviewStyles = `@layer vscode-default {
  html { scrollbar-color: var(--vscode-scrollbarSlider-background) var(--vscode-editor-background); }
  body { margin: 0; padding: 0 20px; background-color: transparent; color: var(--vscode-editor-foreground); font-family: var(--vscode-font-family); font-weight: var(--vscode-font-weight); font-size: var(--vscode-font-size); }
}
html { background: var(--vscode-editor-background); }`;

export interface PageParts {
  /** A folder of `webview`. */
  readonly view: 'weights' | 'training' | 'compare' | 'label' | 'map';
  /** Runs before the view, in its page: the stand-in for VS Code. An absolute path. */
  readonly standIn: string;
  /** A worker of the stand-in, served as `host.js`. An absolute path. */
  readonly host?: string;
}

export interface PageServer {
  /** The address of the view. */
  url(options: PageOptions): string;
  stop(): Promise<void>;
}

export interface PageOptions {
  readonly theme?: ThemeName;
  /** For the stand-in, which finds it in the query as `options`, as JSON. */
  readonly options?: unknown;
  /** Sentences by the English ones, as the extension passes them on; English without them. */
  readonly sentences?: Readonly<Record<string, string>>;
}

/** Bundles a view with its stand-in and serves both on a free port of this machine. */
export async function servePage({ view, standIn, host }: PageParts): Promise<PageServer> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { view: `webview/${view}/main.ts`, standIn, ...(host !== undefined && { host }) },
    outdir: 'out',
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'chrome128',
    logLevel: 'warning',
  });
  const files = new Map(outputFiles.map((file) => [`/${path.basename(file.path)}`, file.text]));
  const themes = JSON.parse(await readFile(path.join(import.meta.dirname, 'themes.json'), 'utf8')) as Record<
    ThemeName,
    Theme
  >;
  for (const theme of themeNames) {
    const variables = Object.entries(themes[theme].variables).map(([variable, value]) => `${variable}: ${value};`);
    files.set(`/theme-${theme}.css`, `${webviewStyles}\n:root { ${variables.join(' ')} }`);
  }
  /** Tables of sentences are too long for an address. */
  const tables: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const file = files.get(pathname);
    if (pathname === '/') {
      const theme = themeNames.find((each) => each === searchParams.get('theme')) ?? 'dark';
      const table = searchParams.get('table');
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(html(theme, themes[theme], host !== undefined, table === null ? undefined : tables[Number(table)]));
    } else if (file === undefined) {
      // A browser asks for an icon by itself.
      response.statusCode = pathname === '/favicon.ico' ? 204 : 404;
      response.end();
    } else {
      response.setHeader('Content-Type', pathname.endsWith('.css') ? 'text/css' : 'text/javascript; charset=utf-8');
      response.end(file);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: ({ theme = 'dark', options, sentences }) => {
      const query = new URLSearchParams({ theme });
      if (options !== undefined) query.set('options', JSON.stringify(options));
      if (sentences !== undefined) query.set('table', String(tables.push(JSON.stringify(sentences)) - 1));
      return `http://127.0.0.1:${String(port)}/?${query.toString()}`;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** As `src/host/webview.ts` writes it; a worker that stands in for the extension host is all that may be added. */
function html(name: ThemeName, theme: Theme, worker: boolean, sentences: string | undefined): string {
  const nonce = randomBytes(18).toString('base64');
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'self'; img-src 'self' data:${worker ? "; worker-src 'self'" : ''}`;
  const data = sentences?.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0" />
    <link rel="stylesheet" href="theme-${name}.css" />
    <link rel="stylesheet" href="view.css" />
    <title>View</title>
  </head>
  <body class="${theme.class}" data-vscode-theme-kind="${theme.kind}">
    <div id="app"${data === undefined ? '' : ` data-l10n="${data}"`}></div>
    <script nonce="${nonce}" src="standIn.js"></script>
    <script nonce="${nonce}" src="view.js"></script>
  </body>
</html>`;
}
