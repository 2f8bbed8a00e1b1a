// npm test: set-up, types, lint, format, unit and parity tests, tests in real VS Code; in the last lines, what was missing on
// this machine. `npm test -- FILE …` runs only those unit and parity tests.
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { canMountTmpfs } from './canMountTmpfs.mjs';
import { run } from './setup.mjs';
import { softwareGpu } from './softwareGpu.mjs';
import { prepareVSCode, testVSCode } from './testVSCode.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const missing = [];

const encoderStatus = run(process.execPath, ['scripts/encoder.mjs'], { mayFail: true });
if (encoderStatus !== 0) missing.push('the encoder all-MiniLM-L6-v2 (npm run encoder): tests with real weights');

const venv = `${root}.venv/${process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python'}`;
const python = process.env.COUNTERWEIGHT_PYTHON ?? (existsSync(venv) ? venv : undefined);
const hasTorch =
  python !== undefined && spawnSync(python, ['-c', 'import torch, transformers, safetensors']).status === 0;
if (!hasTorch)
  missing.push('Python with torch and transformers (npm run python): the cross-checks with Hugging Face Python');

const hasAccelerate = hasTorch && spawnSync(python, ['-c', 'import accelerate']).status === 0;
if (hasTorch && !hasAccelerate)
  missing.push('accelerate for Python (npm run python): the exported script of export-cluster under torchrun');

// Chromium, which these install, brings the GPU in software with it.
const selected = process.argv.slice(2);
const lacking = selected.length === 0 ? prepareVSCode() : undefined;
if (softwareGpu() === undefined)
  missing.push('a GPU in software (SwiftShader of Debian’s chromium-common): the engine’s suites on WebGPU');

const bin = (name) => `node_modules/${name}`;
for (const project of ['tsconfig.json', 'webview/tsconfig.json', 'test/ui/tsconfig.json'])
  run(process.execPath, [bin('typescript/bin/tsc'), '--noEmit', '-p', project]);
run(process.execPath, [bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0']);
run(process.execPath, [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']);
let status = run(process.execPath, [bin('vitest/vitest.mjs'), 'run', ...selected], {
  env: {
    ...(hasTorch ? { COUNTERWEIGHT_PYTHON: python } : {}),
    ...(hasAccelerate ? { COUNTERWEIGHT_CLUSTER_PYTHON: python } : {}),
  },
  mayFail: true,
});

if (selected.length === 0) {
  if (lacking !== undefined) missing.push(`${lacking}: the tests in real VS Code (test/host, test/ui)`);
  else {
    const probe = mkdtempSync(path.join(tmpdir(), 'cw-mount-'));
    if (!canMountTmpfs(probe))
      missing.push('leave to mount a small disk (root on Linux): a full disk under the editor');
    rmdirSync(probe);
    status = testVSCode() || status;
  }
}

console.log(
  missing.length === 0 ? 'Nothing was missing: every test ran.' : 'Not tested, because missing on this machine:',
);
for (const what of missing) console.log(`- ${what}`);
process.exit(status ?? 1);
