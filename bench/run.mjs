// npm run bench -- [options]: Counterweight against PyTorch and transformers.js. Checks the set-up, then runs bench/main.ts.
// PyTorch's side needs a virtual environment (npm run python); without it only our own numbers are printed.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs one of the repository's scripts with its output shown; returns its exit status. */
function node(...args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
}

const isHelp = process.argv.includes('--help');
if (!isHelp && node('scripts/setup.mjs', '--no-build') !== 0) process.exit(1);
if (!isHelp && node('scripts/encoder.mjs') !== 0) process.exit(1);
process.exit(node('scripts/runTs.mjs', 'bench/main.ts', ...process.argv.slice(2)));
