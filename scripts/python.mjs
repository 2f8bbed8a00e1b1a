// npm run python: a virtual environment .venv with PyTorch and transformers, for cross-checks, fixtures and benchmarks.
// Counterweight itself never runs Python.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from './setup.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const windows = process.platform === 'win32';
const python = `${root}.venv/${windows ? 'Scripts/python.exe' : 'bin/python'}`;
if (!existsSync(python)) run(windows ? 'python' : 'python3', ['-m', 'venv', '.venv']);
run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'bench/torch/requirements.txt']);
