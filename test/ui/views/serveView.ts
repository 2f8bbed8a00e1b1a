/** Serves the real code of a view with a stand-in for VS Code around it, under the content security policy of the real webview. */
import { build } from 'esbuild';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type {} from './harness.ts';

const root = path.resolve(import.meta.dirname, '../../..');

export const themeNames = ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const;
export type ThemeName = (typeof themeNames)[number];

/** As VS Code sets them on the document of a webview; read from the real one. */
interface Theme {
  readonly class: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** VS Code's own styles of a webview, as far as they reach a view. */
const webviewStyles = `@layer vscode-default {
  html { scrollbar-color: var(--vscode-scrollbarSlider-background) var(--vscode-editor-background); }
  body { margin: 0; padding: 0 20px; background-color: transparent; color: var(--vscode-editor-foreground); font-family: var(--vscode-font-family); font-weight: var(--vscode-font-weight); font-size: var(--vscode-font-size); }
}
html { background: var(--vscode-editor-background); }`;

export interface ViewServer {
  /**
   * Opens the view in a page of its own.
   * @param answers By method, e.g. `ready` with the state.
   */
  open(browser: Browser, answers: Readonly<Record<string, unknown>>, options?: OpenOptions): Promise<Page>;
  stop(): Promise<void>;
}

export interface OpenOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
}

/**
 * Bundles a view and serves it on a free port of this machine.
 * @param name A folder of `webview`.
 */
export async function serveView(name: 'training' | 'label'): Promise<ViewServer> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { view: `webview/${name}/main.ts`, harness: path.join(import.meta.dirname, 'harness.ts') },
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
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const file = files.get(pathname);
    if (pathname === '/') {
      const theme = themeNames.find((each) => each === searchParams.get('theme')) ?? 'dark';
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(html(theme, themes[theme].class));
    } else if (file === undefined) {
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
    open: async (browser, answers, { theme = 'dark', width = 1100, height = 800 } = {}) => {
      const page = await browser.newPage({ viewport: { width, height } });
      await page.addInitScript((initial) => {
        window.initialAnswers = initial;
      }, answers);
      await page.goto(`http://127.0.0.1:${String(port)}/?theme=${theme}`);
      return page;
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

/** As `createWebviewHtml` of the extension writes it. */
function html(theme: ThemeName, bodyClass: string): string {
  const nonce = randomBytes(18).toString('base64');
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8" />
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${nonce}'; style-src 'self'; img-src 'self' data:" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0" />
    <link rel="stylesheet" href="theme-${theme}.css" />
    <link rel="stylesheet" href="view.css" />
    <title>View</title>
  </head>
  <body class="${bodyClass}">
    <div id="app"></div>
    <script nonce="${nonce}" src="harness.js"></script>
    <script nonce="${nonce}" src="view.js"></script>
  </body>
</html>`;
}
