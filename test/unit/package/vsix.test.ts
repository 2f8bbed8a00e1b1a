/** What `npm run package` ships, for every platform. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openZip, type ZipEntry } from '../../../scripts/zip.mjs';

const root = path.resolve(import.meta.dirname, '../../..');
const nativeFiles = {
  'linux-x64': ['linux/x64/libonnxruntime.so.1', 'linux/x64/onnxruntime_binding.node'],
  'linux-arm64': ['linux/arm64/libonnxruntime.so.1', 'linux/arm64/onnxruntime_binding.node'],
  'win32-x64': windows('x64'),
  'win32-arm64': windows('arm64'),
  'darwin-arm64': ['darwin/arm64/libonnxruntime.1.dylib', 'darwin/arm64/onnxruntime_binding.node'],
};

function windows(arch: string): string[] {
  const names = ['DirectML.dll', 'dxcompiler.dll', 'dxil.dll', 'onnxruntime.dll', 'onnxruntime_binding.node'];
  return names.map((name) => `win32/${arch}/${name}`);
}

interface Manifest {
  readonly main: string;
  readonly icon: string;
  readonly scripts?: unknown;
  readonly devDependencies?: unknown;
  readonly contributes: {
    readonly viewsContainers: { readonly activitybar: readonly { readonly icon: string }[] };
    readonly walkthroughs: readonly { readonly steps: readonly { readonly media: { readonly svg: string } }[] }[];
  };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vsix-'));
  const { status, stderr } = spawnSync(process.execPath, ['scripts/package.mjs', '--out', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.each(Object.entries(nativeFiles))('the VSIX for %s', (target, native) => {
  let file: string;
  let entries: Map<string, ZipEntry>;
  const names = (): string[] => [...entries.keys()].map((name) => name.replace(/^extension\//, ''));
  const missing = (wanted: readonly string[]): string[] => wanted.filter((name) => !names().includes(name));
  const text = (name: string): string => {
    const entry = entries.get(name);
    if (entry === undefined) throw new Error(`no ${name} in the VSIX`);
    return entry.read().toString('utf8');
  };
  beforeAll(() => {
    const found = readdirSync(folder).find((name) => name.includes(`-${target}-`));
    if (found === undefined) throw new Error(`no VSIX for ${target}`);
    file = path.join(folder, found);
    entries = openZip(readFileSync(file));
  });

  it('is smaller than 40 MB and says which platform it is for', () => {
    expect(statSync(file).size).toBeLessThan(40e6);
    expect(text('extension.vsixmanifest')).toContain(`TargetPlatform="${target}"`);
  });

  it('has the native files of its platform, and no others', () => {
    const folders = 'node_modules/onnxruntime-node/bin/napi-v6/';
    const found = names().filter((name) => name.startsWith(folders) || /\.(node|dll|dylib|so(\.\d+)*)$/.test(name));
    expect(found.sort()).toEqual(native.map((name) => `${folders}${name}`));
  });

  it('has every file that its manifest names', () => {
    const { main, icon, contributes } = JSON.parse(text('extension/package.json')) as Manifest;
    const pictures = contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.svg));
    const icons = contributes.viewsContainers.activitybar.map((container) => container.icon);
    expect(main).toBe('./dist/extension.cjs');
    expect(missing([main.slice(2), icon, ...icons, ...pictures, 'package.nls.json', 'readme.md'])).toEqual([]);
  });

  it('has the workers, the front ends, the example, the licence and the notices', () => {
    const wanted = [
      ...[
        'dist/worker/data.js',
        'dist/worker/indexer.js',
        'dist/worker/job.js',
        'dist/worker/gpuCheck.js',
        'dist/hub.cjs',
      ],
      ...['weights', 'training', 'compare', 'label'].flatMap((name) => [
        `dist/webview/${name}.js`,
        `dist/webview/${name}.css`,
      ]),
      ...['real', 'synthetic', 'dev', 'test'].map((name) => `examples/spam/${name}.jsonl`),
      ...['node_modules/onnxruntime-common/dist/cjs/package.json', 'LICENSE.txt', 'THIRD_PARTY_NOTICES.txt'],
    ];
    expect(missing(wanted)).toEqual([]);
    const notices = text('extension/THIRD_PARTY_NOTICES.txt');
    for (const name of ['onnxruntime-node', '@huggingface/tokenizers', '@huggingface/hub', '@vscode/codicons'])
      expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });

  it('has nothing that serves only development', () => {
    const { scripts, devDependencies } = JSON.parse(text('extension/package.json')) as Manifest;
    expect([scripts, devDependencies]).toEqual([undefined, undefined]);
    const packages = new Set(names().flatMap((name) => /^node_modules\/([^/]+)/.exec(name)?.[1] ?? []));
    expect([...packages].sort()).toEqual(['onnxruntime-common', 'onnxruntime-node']);
    expect(names().filter((name) => /\.(map|ts|mjs|tsbuildinfo)$|^(src|test|webview|scripts)\//.test(name))).toEqual(
      [],
    );
  });

  it('has front ends that run under a strict content security policy', () => {
    for (const name of names().filter((name) => /^dist\/webview\/.*\.js$/.test(name)))
      expect(text(`extension/${name}`), name).not.toMatch(/\beval\(|\bnew Function\b/);
  });
});

it('refuses a platform that ONNX Runtime has no files for', () => {
  const args = ['scripts/package.mjs', '--target', 'darwin-x64', '--out', folder];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^There is no VSIX for darwin-x64; there is one for linux-x64, /);
});
