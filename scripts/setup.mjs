// Makes a fresh clone ready: dependencies, kernels, the bundle. Does only what is missing, so it is cheap to call again.
// Built-in modules only: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a program in the repository with its output shown; ends the process where it fails. */
export function run(command, args, { env = {}, mayFail = false } = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0 && !mayFail) process.exit(status ?? 1);
  return status;
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Counterweight needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

const stamp = `${root}node_modules/.counterweight-lock`;
const lockHash = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lockHash) {
  console.log('Installing dependencies …');
  // ONNX Runtime would otherwise try to download CUDA libraries of several hundred megabytes.
  run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel', 'error'], { env: { ONNXRUNTIME_NODE_INSTALL: 'skip' } });
  writeFileSync(stamp, lockHash);
}

const kernels = `${root}src/engine/kernels/binary.generated.ts`;
const source = `${root}src/engine/kernels/assembly/kernels.ts`;
if (!existsSync(kernels) || statSync(kernels).mtimeMs < statSync(source).mtimeMs) {
  run(process.execPath, ['scripts/buildKernels.mjs']);
}
if (!process.argv.includes('--no-build')) run(process.execPath, ['esbuild.mjs']);
