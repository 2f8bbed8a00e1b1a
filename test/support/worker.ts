import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { LaunchOptions } from '../../src/host/launchWorker.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Bundles a worker as it is shipped, apart from a developer's own `dist`; returns the script. */
export async function buildWorker(name: 'data' | 'job'): Promise<string> {
  const outdir = join(root, '.cache', 'workers-under-test', name);
  await build({
    entryPoints: { [name]: join(root, 'src', 'worker', `${name}.ts`) },
    outdir,
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20' },
    external: ['onnxruntime-node'],
    logLevel: 'error',
  });
  return join(outdir, `${name}.js`);
}

/** A log that keeps its lines. */
export function keptLog(): LaunchOptions['log'] & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (line: string): void => void lines.push(line);
  return { lines, debug: keep, info: keep, warn: keep };
}
