/** Serves the real panel code with a stand-in for VS Code around it, under the content security policy of the real webview. */
import { build } from 'esbuild';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { HarnessOptions } from './harness/options.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const harness = path.join(import.meta.dirname, 'harness');

export const themeNames = ['dark', 'light', 'high-contrast', 'high-contrast-light', 'dark-2026', 'light-2026'] as const;
export type ThemeName = (typeof themeNames)[number];

interface Theme {
  /** Of the body, as VS Code sets it. */
  readonly class: string;
  readonly kind: string;
  /** As VS Code 1.139 sets them on the document of a webview; only those that the panel's styles name. */
  readonly variables: Readonly<Record<string, string>>;
}

/** VS Code's own styles of a webview, as far as they reach the panel. */
const webviewStyles = `@layer vscode-default {
  html { scrollbar-color: var(--vscode-scrollbarSlider-background) var(--vscode-editor-background); }
  body { margin: 0; padding: 0 20px; color: var(--vscode-editor-foreground); font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); }
}`;

export interface PanelServer {
  /** The address of the panel. */
  url(options: Partial<HarnessOptions>, theme?: ThemeName): string;
  stop(): Promise<void>;
}

/** Bundles panel and harness and serves them on a free port of this machine. */
export async function servePanel(): Promise<PanelServer> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: {
      weights: 'webview/weights/main.ts',
      page: path.join(harness, 'page.ts'),
      host: path.join(harness, 'host.ts'),
    },
    outdir: 'out',
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'chrome128',
    logLevel: 'warning',
  });
  const files = new Map(outputFiles.map((file) => [`/${path.basename(file.path)}`, file.text]));
  const themes = JSON.parse(await readFile(path.join(harness, 'themes.json'), 'utf8')) as Record<ThemeName, Theme>;
  for (const name of themeNames) {
    const variables = Object.entries(themes[name].variables).map(([variable, value]) => `${variable}: ${value};`);
    files.set(`/theme-${name}.css`, `${webviewStyles}\n:root { ${variables.join(' ')} }`);
  }

  const server: Server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const file = files.get(pathname);
    if (pathname === '/') {
      const theme = (searchParams.get('theme') ?? 'dark') as ThemeName;
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(html(theme, themes[theme]));
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
    url: (options, theme = 'dark') =>
      `http://127.0.0.1:${String(port)}/?theme=${theme}&options=${encodeURIComponent(JSON.stringify(options))}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** As `src/host/webview.ts` writes it; the worker stands in for the extension host and is all that is added. */
function html(name: ThemeName, theme: Theme): string {
  const nonce = randomBytes(18).toString('base64');
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'self'; img-src 'self' data:; worker-src 'self'`;
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0" />
    <link rel="stylesheet" href="theme-${name}.css" />
    <link rel="stylesheet" href="weights.css" />
    <title>Weights</title>
  </head>
  <body class="${theme.class}" data-vscode-theme-kind="${theme.kind}">
    <div id="app"></div>
    <script nonce="${nonce}" src="page.js"></script>
    <script nonce="${nonce}" src="weights.js"></script>
  </body>
</html>`;
}
