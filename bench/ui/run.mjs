// npm run bench:ui -- [options]: what a user waits for in the weights panel. Builds the workers as they are shipped, apart from
// dist/, then runs bench/ui/main.ts.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '../..');

/** Bundled code still finds what lies beside its sources: the panel's harness and its pages. */
const ownFolder = {
  name: 'own-folder',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/](bench|scripts|test)[\\/].*\.(ts|mjs)$/ }, async ({ path: file }) => {
      if (file.includes('node_modules')) return undefined;
      const source = await readFile(file, 'utf8');
      const contents = source
        .replaceAll('import.meta.dirname', JSON.stringify(path.dirname(file)))
        .replaceAll('import.meta.filename', JSON.stringify(file));
      return { contents, loader: file.endsWith('.ts') ? 'ts' : 'js' };
    });
  },
};

/** Runs Node with its output shown; returns its exit status. */
function node(...args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
}

if (node('scripts/setup.mjs', '--no-build') !== 0) process.exit(1);
// Inside the repository, so that packages are found.
mkdirSync(path.join(root, '.cache'), { recursive: true });
const folder = mkdtempSync(path.join(root, '.cache', 'bench-ui-'));
try {
  const built = path.join(folder, 'dist');
  if (node('esbuild.mjs', '--production', '--out', built) !== 0) process.exitCode = 1;
  else {
    const main = path.join(folder, 'main.mjs');
    await build({
      entryPoints: [path.join(root, 'bench/ui/main.ts')],
      outfile: main,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      sourcemap: 'inline',
      logLevel: 'error',
      plugins: [ownFolder],
    });
    const worker = path.join(built, 'worker', 'data.js');
    process.exitCode = node('--enable-source-maps', main, '--worker', worker, ...process.argv.slice(2));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
