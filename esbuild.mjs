// Bundles the command line into dist/. `node esbuild.mjs [--out DIR]`
import { build } from 'esbuild';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } });
await build({
  entryPoints: { cli: 'src/cli.ts' },
  outdir: values.out,
  bundle: true,
  // What only some commands need (the hub's client) is loaded when they need it.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  // Native code stays where npm put it.
  external: ['onnxruntime-node'],
  logLevel: 'warning',
});
