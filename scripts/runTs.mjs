// Runs a TypeScript file of this repository: node scripts/runTs.mjs FILE [ARG …]. Bundled first, since Node 20 reads no types.
import { build } from 'esbuild';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node scripts/runTs.mjs FILE [ARG …]');
  process.exit(2);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = path.join(root, '.cache', 'run', `${path.basename(file, '.ts')}.${process.pid}.mjs`);
await build({
  entryPoints: [file],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'error',
});
process.argv.splice(1, process.argv.length - 1, outfile, ...args);
const { rm } = await import('node:fs/promises');
try {
  await import(pathToFileURL(outfile).href);
} finally {
  await rm(outfile, { force: true });
}
