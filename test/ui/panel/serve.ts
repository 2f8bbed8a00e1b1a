/** Serves the weights panel with a generated dataset behind it. */
import path from 'node:path';
import { servePage, type PageOptions, type ThemeName } from '../support/servePage.ts';
import type { HarnessOptions } from './harness/options.ts';

export type { ThemeName };

export interface PanelServer {
  /** The address of the panel. */
  url(options: Partial<HarnessOptions>, theme?: ThemeName, sentences?: PageOptions['sentences']): string;
  stop(): Promise<void>;
}

/** Bundles panel and harness and serves them on a free port of this machine. */
export async function servePanel(): Promise<PanelServer> {
  const harness = path.join(import.meta.dirname, 'harness');
  const server = await servePage({
    view: 'weights',
    standIn: path.join(harness, 'page.ts'),
    host: path.join(harness, 'host.ts'),
  });
  return {
    url: (options, theme, sentences) => server.url({ options, theme, sentences }),
    stop: () => server.stop(),
  };
}
