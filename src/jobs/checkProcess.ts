/** Checks of devices run in a process of their own, since a broken driver may take it down. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What the process is asked to find out; see gpuCheck.ts. */
export type Check = 'webgpu' | 'limit' | 'cuda';

/** What a check's process left behind. */
export interface CheckOutput {
  /** What it said, then what ONNX Runtime and drivers logged. */
  readonly text: string;
  /** How it ended, in a few words, where not well. */
  readonly ending?: string;
}

const longestCheckMs = 180_000;

/** Runs a check to its end. Never rejects. */
export function runCheck(script: string, check: Check): Promise<CheckOutput> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, check], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: longestCheckMs,
      windowsHide: true,
    });
    let [output, log] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    child.on('error', (error) => {
      resolve({ text: '', ending: `an error: ${error.message}` });
    });
    child.on('close', (code, signal) => {
      const ending = signal === null ? `exit code ${String(code)}` : signal;
      resolve({ text: `${output}\n${log}`, ...(code !== 0 && { ending }) });
    });
  });
}

/** The script that {@link runCheck} starts, where it is bundled beside this module. */
export function bundledCheck(): string | undefined {
  const beside = ['./worker/gpuCheck.js', './gpuCheck.js', '../worker/gpuCheck.js'];
  return beside.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(path));
}
