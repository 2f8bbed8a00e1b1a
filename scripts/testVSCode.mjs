// npm run test:vscode [-- FILE …]: the tests in real VS Code, on the VSIX packed from this tree. Linux, with Chromium.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ensureChromium, installVSCode, unsupportedHere } from './vscodeTest.mjs';

const root = path.dirname(import.meta.dirname);

/** What is missing for them on this machine, one line; undefined once everything is there. Installs what it can. */
export function prepareVSCode() {
  const unsupported = unsupportedHere();
  if (unsupported !== undefined) return unsupported;
  if (ensureChromium() === undefined)
    return 'Chromium (as root on Debian it is installed; or name one in COUNTERWEIGHT_CHROMIUM)';
  try {
    installVSCode();
  } catch (error) {
    return `VS Code for the tests (npm run vscode-test:install): ${error.message}`;
  }
  return undefined;
}

/** Packs this tree for this machine and runs the tests on it. @returns the exit status. */
export function testVSCode(args = []) {
  const folder = path.join(root, '.cache', 'vsix');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const packed = node(['scripts/package.mjs', '--target', `linux-${process.arch}`, '--out', folder]);
  if (packed !== 0) return packed;
  renameSync(path.join(folder, readdirSync(folder)[0]), path.join(folder, 'counterweight.vsix'));
  return node(['node_modules/vitest/vitest.mjs', 'run', '-c', 'vitest.vscode.config.ts', ...args]);
}

function node(args) {
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  return status ?? 1;
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === import.meta.filename) {
  const missing = prepareVSCode();
  if (missing !== undefined) console.log(`Not tested, because missing on this machine: ${missing}`);
  process.exit(missing === undefined ? testVSCode(process.argv.slice(2)) : 1);
}
