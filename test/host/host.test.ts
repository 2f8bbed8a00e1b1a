/**
 * Runs test/host/*.suite.ts in the extension host of a real VS Code, on the extension as its VSIX unpacks.
 * `COUNTERWEIGHT_HOST_SUITES=activation` runs only the files whose name holds that.
 */
import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { encoderFolder, exampleFolder, installedExtension, root, startServer } from '../ui/support/server.ts';
import { serveWindow } from '../ui/support/windowServer.ts';
import { launchBrowser, openWorkbench } from '../ui/support/workbench.ts';
import { writeTinyModel } from '../support/tinyModel.ts';
import type { TestResult } from './support/suite.ts';

const results = await runInHost();

describe.each(groups(results))('$name', ({ tests }) => {
  test.each(tests)('$name', ({ failure }) => {
    expect(failure).toBeUndefined();
  });
});

async function runInHost(): Promise<TestResult[]> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'cw-host-'));
  const folder = await exampleFolder(['real.jsonl', 'synthetic.jsonl', 'dev.jsonl', 'test.jsonl']);
  const output = path.join(root, 'test-output', 'host');
  await mkdir(output, { recursive: true });
  const results = path.join(scratch, 'results.jsonl');
  const window = await serveWindow();
  const env = {
    COUNTERWEIGHT_HOST_WINDOW: window.url,
    COUNTERWEIGHT_HOST_TINY_MODEL: writeTinyModel(path.join(scratch, 'tiny'), { hidden: 32, layers: 2 }),
    COUNTERWEIGHT_HOST_RESULTS: results,
    COUNTERWEIGHT_HOST_OUTPUT: output,
    COUNTERWEIGHT_ENCODER: encoderFolder,
    HF_HOME: path.join(scratch, 'hf'),
    HF_HUB_OFFLINE: '1',
  };
  const server = await startServer({ env, args: ['--vscode-option', 'enable-smoke-test-driver'] });
  const browser = await launchBrowser();
  try {
    const suite = await bundleSuites(path.join(scratch, 'suite'));
    const uri = (file: string): string => `vscode-remote://127.0.0.1:${server.port}${file}`;
    const payload = JSON.stringify([
      ['extensionDevelopmentPath', uri(await installedExtension(server))],
      ['extensionTestsPath', uri(suite)],
    ]);
    const workbench = await openWorkbench(browser, server, { folder, parameters: { payload }, driven: true });
    window.connect(workbench);
    await workbench.exited;
    if (!existsSync(results)) throw new Error(`the suites did not start: ${workbench.log().join('\n')}`);
    const lines = (await readFile(results, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TestResult | { done: true });
    if (!lines.some((line) => 'done' in line)) throw new Error(`the suites did not end: ${workbench.log().join('\n')}`);
    return lines.filter((line): line is TestResult => 'name' in line);
  } finally {
    await browser.close();
    await server.stop();
    await window.close();
    await rm(scratch, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns the bundle's path. */
async function bundleSuites(outdir: string): Promise<string> {
  const folder = import.meta.dirname;
  const wanted = process.env.COUNTERWEIGHT_HOST_SUITES ?? '';
  const suites = (await readdir(folder)).filter((name) => name.endsWith('.suite.ts') && name.includes(wanted)).sort();
  const contents = [...suites.map((name) => `import './${name}';`), `export { run } from './support/run.ts';`].join(
    '\n',
  );
  const outfile = path.join(outdir, 'index.cjs');
  await build({
    stdin: { contents, resolveDir: folder, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    sourcemap: 'inline',
    logLevel: 'error',
  });
  return outfile;
}

function groups(results: readonly TestResult[]): { name: string; tests: TestResult[] }[] {
  const byName = new Map<string, TestResult[]>();
  for (const result of results) {
    const [group, ...rest] = result.name.split(': ');
    byName.set(group, [...(byName.get(group) ?? []), { ...result, name: rest.join(': ') }]);
  }
  return [...byName].map(([name, tests]) => ({ name, tests }));
}
