import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import * as vscode from 'vscode';
import { describe, eventually, test } from './support/suite.ts';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly languageModelTools: readonly { readonly name: string }[];
  };
}

describe('activation', () => {
  const extension = vscode.extensions.getExtension('counterweight.counterweight');
  assert.ok(extension !== undefined);
  const manifest = extension.packageJSON as Manifest;

  test('it sleeps until there is something to do', () => {
    assert.equal(extension.isActive, false);
  });

  test('it wakes without loading an engine or starting a process', async () => {
    const loadedBefore = new Set(loadedFiles());
    const times = timeLoading(path.join(extension.extensionPath, 'dist', 'extension.cjs'));
    const start = performance.now();
    await extension.activate();
    report({ ...times.stop(), withRoundTrips: performance.now() - start });
    const loaded = loadedFiles().filter((file) => !loadedBefore.has(file));

    const own = loaded.filter((file) => file.startsWith(extension.extensionPath + path.sep));
    assert.deepEqual(
      own.map((file) => path.relative(extension.extensionPath, file)),
      [path.join('dist', 'extension.cjs')],
    );
    assert.deepEqual(
      sharedObjects().filter((file) => file.includes('onnxruntime')),
      [],
    );
    assert.deepEqual(
      children().filter((commandLine) => commandLine.includes(extension.extensionPath)),
      [],
    );
  });

  test('every command of the manifest is registered, and no other', async () => {
    const contributed = manifest.contributes.commands.map(({ command }) => command).sort();
    const registered = (await vscode.commands.getCommands(true)).filter((command) =>
      command.startsWith('counterweight.'),
    );
    const missing = contributed.filter((command) => !registered.includes(command));
    assert.deepEqual(missing, []);
    // VS Code adds some for each view; others are run by quick fixes, lenses and the status bar, with arguments.
    const known = [
      /^counterweight\.runs\.(?:focus|open|resetViewLocation|removeView|toggleVisibility)$/,
      /^counterweight\.(?:fix\..+|jobs\.menu|openTraining|openComparison|trainWith|filterWeights|row\.search)$/,
    ];
    const unknown = registered.filter(
      (command) => !contributed.includes(command) && !known.some((pattern) => pattern.test(command)),
    );
    assert.deepEqual(unknown, []);
  });

  test('every language-model tool of the manifest is there', () => {
    const contributed = manifest.contributes.languageModelTools.map(({ name }) => name).sort();
    const found = vscode.lm.tools.filter(({ name }) => name.startsWith('counterweight_')).map(({ name }) => name);
    assert.deepEqual(found.sort(), contributed);
  });

  test('search and watchers leave .counterweight alone, and defaults of others stay', async () => {
    const search = vscode.workspace.getConfiguration('search').get<Record<string, boolean>>('exclude', {});
    const watcher = vscode.workspace.getConfiguration('files').get<Record<string, boolean>>('watcherExclude', {});
    assert.equal(search['**/.counterweight'], true);
    assert.equal(search['**/node_modules'], true);
    assert.equal(watcher['**/.counterweight/**'], true);
    assert.ok(Object.keys(watcher).length > 1);
    await eventually('jsonl is a known language', async () =>
      (await vscode.languages.getLanguages()).includes('jsonl') ? true : undefined,
    );
  });
});

/** Files that this process has loaded as modules. */
function loadedFiles(): string[] {
  return Object.keys(require.cache);
}

/** Libraries that this process has mapped. */
function sharedObjects(): string[] {
  const report = process.report.getReport() as unknown as { readonly sharedObjects: readonly string[] };
  return [...report.sharedObjects];
}

/** Command lines of this process's children. Those of other extensions come and go meanwhile. */
function children(): string[] {
  return readdirSync('/proc/self/task')
    .flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').trim().split(' '))
    .filter((pid) => pid !== '')
    .map(commandLineOf);
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch (error) {
    // It has ended since.
    if (['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))) return '';
    throw error;
  }
}

interface Loader {
  _load(this: unknown, request: string, ...rest: unknown[]): unknown;
}

/**
 * Measures, in milliseconds, how long the host takes to load the extension's code and to call its `activate`: what VS Code
 * itself shows as activation time.
 */
function timeLoading(main: string): { stop(): { loading: number; activating: number } } {
  const loader = Module as unknown as Loader;
  const load = loader._load;
  const times = { loading: NaN, activating: NaN };
  loader._load = function (request, ...rest) {
    const start = performance.now();
    const loaded = load.call(this, request, ...rest);
    if (request !== main) return loaded;
    times.loading = performance.now() - start;
    const { activate, ...others } = loaded as { activate(context: unknown): unknown };
    return {
      ...others,
      activate: (context: unknown) => {
        const before = performance.now();
        const result = activate(context);
        times.activating = performance.now() - before;
        return result;
      },
    };
  };
  return {
    stop: () => {
      loader._load = load;
      return times;
    },
  };
}

/** Keeps the measurement; a time is reported, never asserted. */
function report(measured: object): void {
  const folder = process.env.COUNTERWEIGHT_HOST_OUTPUT;
  assert.ok(folder !== undefined);
  writeFileSync(path.join(folder, 'activation.json'), `${JSON.stringify(measured, null, 2)}\n`);
}
