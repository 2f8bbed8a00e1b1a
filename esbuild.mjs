// Bundles what exists of the command line, the extension, its workers and its webviews. `node esbuild.mjs [--out DIR] [--production]`
// --production: minified, without source maps, as it is shipped; writes what was bundled to DIR/meta.json.
import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { out: { type: 'string', default: 'dist' }, production: { type: 'boolean', default: false } },
});
const root = import.meta.dirname;
const out = path.resolve(values.out);

const common = {
  absWorkingDir: root,
  outdir: out,
  bundle: true,
  write: false,
  metafile: true,
  minify: values.production,
  sourcemap: !values.production,
  // Names of classes are part of error messages.
  keepNames: values.production,
  legalComments: 'none',
  logLevel: 'warning',
};

/** @param {Record<string, string>} entryPoints output name → source; those whose source does not exist are left out. */
const existing = (entryPoints) =>
  Object.fromEntries(Object.entries(entryPoints).filter(([, source]) => existsSync(path.join(root, source))));

/** In CommonJS esbuild splits nothing by itself: the hub's client, needed for a download alone, gets a file of its own. */
const hubApart = {
  name: 'hub-apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^@huggingface\/hub$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './hub.cjs', external: true } : undefined,
    );
  },
};

const builds = [
  {
    ...common,
    entryPoints: existing({
      cli: 'src/cli.ts',
      'worker/data': 'src/worker/data.ts',
      'worker/indexer': 'src/worker/indexer.ts',
      'worker/job': 'src/worker/job.ts',
      'worker/mapper': 'src/worker/mapper.ts',
      'worker/gpuCheck': 'src/worker/gpuCheck.ts',
    }),
    // What only some commands need (the hub's client) is loaded when they need it.
    splitting: true,
    chunkNames: 'shared/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Native code stays where npm put it.
    external: ['onnxruntime-node'],
  },
  {
    ...common,
    entryPoints: { ...existing({ extension: 'src/extension.ts' }), hub: '@huggingface/hub' },
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    external: ['vscode'],
    // CommonJS has none; the one module that asks (where a checkout keeps the encoder) is told the folder instead.
    define: { 'import.meta.url': '"file:///"' },
    plugins: [hubApart],
  },
  {
    ...common,
    entryPoints: existing(
      Object.fromEntries(
        ['weights', 'training', 'compare', 'label', 'map'].map((name) => [
          `webview/${name}`,
          `webview/${name}/main.ts`,
        ]),
      ),
    ),
    format: 'iife',
    platform: 'browser',
    target: ['chrome128', 'safari17'],
    loader: { '.ttf': 'file', '.svg': 'text' },
  },
];

const files = new Map();
const meta = { inputs: {}, outputs: {} };
let failed = false;
for (const options of builds) {
  if (Object.keys(options.entryPoints).length === 0) continue;
  try {
    const { outputFiles, metafile } = await build(options);
    for (const { path: file, contents } of outputFiles) files.set(file, contents);
    Object.assign(meta.inputs, metafile.inputs);
    Object.assign(meta.outputs, metafile.outputs);
  } catch {
    // esbuild has said why. What does not depend on it is built all the same.
    failed = true;
  }
}
if (values.production) files.set(path.join(out, 'meta.json'), JSON.stringify(meta));

// Files appear whole, and what an earlier build left behind goes last: a running process keeps finding its chunks till then.
for (const [file, contents] of files) {
  await mkdir(path.dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, contents);
  await rename(partial, file);
}
if (failed) process.exitCode = 1;
else await removeOthers(out);

/** Removes every file that this build did not write, and the folders that are empty then. */
async function removeOthers(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (!entry.isDirectory()) {
      if (!files.has(file) && !file.endsWith('.partial')) await rm(file, { force: true });
      continue;
    }
    await removeOthers(file);
    if ((await readdir(file)).length === 0) await rm(file, { recursive: true });
  }
}
