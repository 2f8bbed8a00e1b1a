import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A Python with PyTorch; says so where there is none. */
export function findPython(): string | undefined {
  const own = process.platform === 'win32' ? '.venv/Scripts/python.exe' : '.venv/bin/python';
  const python = process.env['COUNTERWEIGHT_PYTHON'] ?? (existsSync(own) ? own : undefined);
  if (python !== undefined && spawnSync(python, ['-c', 'import torch, transformers, tokenizers']).status === 0)
    return python;
  console.error(
    'No Python with PyTorch and transformers was found (npm run python makes one in .venv; COUNTERWEIGHT_PYTHON names another): ' +
      'only our own numbers are measured.',
  );
  return undefined;
}
