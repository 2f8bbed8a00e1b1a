// npm run cuda [-- --from FOLDER] [-- --to EXTENSION]: adds ONNX Runtime's CUDA provider, which onnxruntime-node's package
// is too small for, to this checkout, or to the folder of an installed extension. CUDA itself, cuDNN and the driver are
// NVIDIA's, and the machine's business. --from takes the libraries from a folder in place of NuGet.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const libraries = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];
const runtime = path.join('node_modules', 'onnxruntime-node');
const natives = path.join(runtime, 'bin', 'napi-v6', 'linux', 'x64');
const root = path.dirname(import.meta.dirname);
const { values } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string', default: root } } });

if (process.platform !== 'linux' || process.arch !== 'x64')
  fail('ONNX Runtime has CUDA for Node on Linux x64 alone; --device webgpu uses the same GPU.');
const to = path.resolve(values.to);
const [ours, theirs] = [versionIn(root), versionIn(to)];
if (ours === undefined) fail('onnxruntime-node is not installed here: run "npm run setup" first.');
if (theirs === undefined) fail(`There is no onnxruntime-node in ${to}: name the folder of the installed extension.`);
if (ours !== theirs) fail(`${to} has onnxruntime-node ${theirs}, this checkout ${ours}: they must be the same.`);

const from = values.from === undefined ? fetched() : path.resolve(values.from);
for (const name of libraries) {
  const [source, target] = [path.join(from, name), path.join(to, natives, name)];
  if (!existsSync(source)) fail(`${name} is not in ${from}.`);
  if (source !== target) copyFileSync(source, target);
}
console.log(`CUDA provider of ONNX Runtime ${ours}: ${path.join(to, natives)}`);
console.log('"counterweight devices" tells whether CUDA, cuDNN and the driver are there too.');

/** Where onnxruntime-node's own installer puts what it fetches from NuGet. */
function fetched() {
  // Its words for a version, such as cuda12, it takes for no words at all, and then leaves out what it likes; `true` is all.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'true' };
  const { status } = spawnSync(process.execPath, [path.join(root, runtime, 'script', 'install.js')], {
    env,
    stdio: 'inherit',
  });
  if (status !== 0) {
    fail(
      `onnxruntime-node's installer could not fetch them. The wheel of "pip download --no-deps onnxruntime-gpu==${ours}" has them too: ` +
        'unzip it, and name its folder: npm run cuda -- --from onnxruntime/capi',
    );
  }
  return path.join(root, natives);
}

function versionIn(folder) {
  const file = path.join(folder, runtime, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
