// npm run package [-- --target linux-x64 …] [-- --out DIR]: a VSIX for each platform, into vsix/.
// The files to ship are laid out in a folder of their own first, so that neither dist/ nor what is beside it gets in the way.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { thirdPartyNotices } from './package/notices.mjs';
import { largestVsix, targets } from './package/targets.mjs';

const root = path.dirname(import.meta.dirname);
const { values } = parseArgs({
  options: { target: { type: 'string', multiple: true }, out: { type: 'string', default: 'vsix' } },
});
const wanted = values.target ?? Object.keys(targets);
const unknown = wanted.find((target) => !Object.hasOwn(targets, target));
if (unknown !== undefined) {
  console.error(`There is no VSIX for ${unknown}; there is one for ${Object.keys(targets).join(', ')}.`);
  process.exit(2);
}

mkdirSync(path.join(root, '.cache'), { recursive: true });
const stage = mkdtempSync(path.join(root, '.cache', 'package-'));
process.once('exit', () => rmSync(stage, { recursive: true, force: true }));
const out = path.resolve(values.out);
const manifest = layOut();
mkdirSync(out, { recursive: true });
for (const target of wanted) {
  const file = path.join(out, `${manifest.name}-${target}-${manifest.version}.vsix`);
  const ignoreFile = path.join(stage, '.vscodeignore');
  writeFileSync(
    ignoreFile,
    [readFileSync(path.join(root, '.vscodeignore'), 'utf8'), ...targets[target], ''].join('\n'),
  );
  rmSync(file, { force: true });
  node([
    path.join(root, 'node_modules', '@vscode', 'vsce', 'vsce'),
    ...['package', '--target', target, '--out', file, '--ignoreFile', ignoreFile],
    ...['--allow-missing-repository', '--no-rewrite-relative-links'],
  ]);
  const { size } = statSync(file);
  console.log(`${path.relative(process.cwd(), file)}  ${(size / 1e6).toFixed(1)} MB`);
  if (size > largestVsix)
    fail(`${target}: ${(size / 1e6).toFixed(1)} MB is more than the ${largestVsix / 1e6} MB allowed.`);
}

/** Builds, and lays out all that may be shipped. Returns the manifest. */
function layOut() {
  node([path.join(root, 'esbuild.mjs'), '--production', '--out', path.join(stage, 'dist')]);
  const { inputs } = JSON.parse(readFileSync(path.join(stage, 'dist', 'meta.json'), 'utf8'));
  writeFileSync(path.join(stage, 'THIRD_PARTY_NOTICES.txt'), thirdPartyNotices(root, Object.keys(inputs)));
  writeFileSync(path.join(stage, 'README.md'), withPictures(readFileSync(path.join(root, 'README.md'), 'utf8')));
  for (const name of ['package.nls.json', 'CHANGELOG.md', 'LICENSE', 'media', 'examples', 'docs/verdicts.md'])
    cpSync(path.join(root, name), path.join(stage, name), { recursive: true });

  const { dependencies, ...rest } = without(readJson('package.json'), 'scripts', 'devDependencies', 'bin');
  // What is bundled is no dependency of the package; only the native runtime stays one.
  const runtime = dependencies['onnxruntime-node'];
  const shipped = { ...rest, dependencies: { 'onnxruntime-node': runtime } };
  writeJson('package.json', shipped);

  for (const name of ['onnxruntime-node', 'onnxruntime-common'])
    cpSync(path.join(root, 'node_modules', name), path.join(stage, 'node_modules', name), { recursive: true });
  // The other dependencies serve its install script, which does not ship.
  const ort = readJson('node_modules/onnxruntime-node/package.json');
  const kept = without(ort, 'scripts', 'devDependencies');
  writeJson('node_modules/onnxruntime-node/package.json', {
    ...kept,
    dependencies: { 'onnxruntime-common': ort.dependencies['onnxruntime-common'] },
  });
  return shipped;
}

/** VS Code shows the pictures of a README only from the web or from the text itself; there is no web address to rely on. */
function withPictures(readme) {
  return readme.replace(/!\[([^\]]*)\]\((?!\w+:)([^)]+\.png)\)/g, (_, alt, file) => {
    const picture = readFileSync(path.join(root, file)).toString('base64');
    return `![${alt}](data:image/png;base64,${picture})`;
  });
}

function readJson(name) {
  return JSON.parse(readFileSync(path.join(root, name), 'utf8'));
}

function without(object, ...keys) {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function writeJson(name, value) {
  writeFileSync(path.join(stage, name), `${JSON.stringify(value, null, 2)}\n`);
}

function node(args) {
  const { status, error, stdout, stderr } = spawnSync(process.execPath, args, { cwd: stage, encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) fail(`${stdout}${stderr}`.trim());
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
