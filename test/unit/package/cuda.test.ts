/** `npm run cuda`, with files in place of ONNX Runtime's libraries, and a folder in place of an installed extension. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cudaIsThinkable, providerLibraries } from '../../../src/engine/runtime/cudaLibraries.ts';

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
let folder: string;
let from: string;
let extension: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'counterweight-npm-cuda-'));
  [from, extension] = [path.join(folder, 'capi'), path.join(folder, 'extension')];
  mkdirSync(from);
  for (const name of providerLibraries) writeFileSync(path.join(from, name), `that is ${name}`);
  install(version);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const runtime = (): string => path.join(extension, 'node_modules', 'onnxruntime-node');
const natives = (): string => path.join(runtime(), 'bin', 'napi-v6', 'linux', 'x64');

function install(ofVersion: string): void {
  mkdirSync(natives(), { recursive: true });
  writeFileSync(path.join(runtime(), 'package.json'), JSON.stringify({ version: ofVersion }));
}

function cuda(...args: string[]): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/cuda.mjs', ...args], { encoding: 'utf8' });
  return { status, stderr };
}

describe.runIf(cudaIsThinkable())('npm run cuda', () => {
  it('puts both libraries beside an extension’s own', () => {
    expect(cuda('--to', extension, '--from', from)).toEqual({ status: 0, stderr: '' });
    for (const name of providerLibraries)
      expect(readFileSync(path.join(natives(), name), 'utf8')).toBe(`that is ${name}`);
  });

  it('refuses in one line: another version, a library that is not there, a folder that is no extension', () => {
    install('1.0.0');
    expect(cuda('--to', extension, '--from', from)).toEqual({
      status: 1,
      stderr: `${extension} has onnxruntime-node 1.0.0, this checkout ${version}: they must be the same.\n`,
    });
    install(version);
    rmSync(path.join(from, providerLibraries[1]));
    expect(cuda('--to', extension, '--from', from)).toEqual({
      status: 1,
      stderr: `${providerLibraries[1]} is not in ${from}.\n`,
    });
    expect(cuda('--to', folder, '--from', from)).toEqual({
      status: 1,
      stderr: `There is no onnxruntime-node in ${folder}: name the folder of the installed extension.\n`,
    });
  });
});
