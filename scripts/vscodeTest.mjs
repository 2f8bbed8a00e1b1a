// npm run vscode-test:install: a real VS Code (code-server) and the Node it runs on, for test/host and test/ui, in
// .cache/vscode-test (800 MB). Does nothing where it is there already. Linux only: elsewhere there is nothing to install.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const source = path.join(root, 'test', 'vscode');
const target = path.join(root, '.cache', 'vscode-test');
const stamp = path.join(target, 'installed');
/** Says what is in the folder; a change of versions installs anew. */
const wanted = createHash('sha256')
  .update(readFileSync(path.join(source, 'package-lock.json')))
  .digest('hex');

/** Why VS Code cannot be tested on this machine; undefined where it can. */
export function unsupportedHere() {
  if (process.platform !== 'linux') return `the tests in real VS Code run on Linux, this is ${process.platform}`;
  if (process.arch !== 'x64' && process.arch !== 'arm64') return `there is no VS Code for ${process.arch}`;
  return undefined;
}

/** Where Debian and others put Chromium; `COUNTERWEIGHT_CHROMIUM` names another one. */
export function findChromium() {
  const named = process.env.COUNTERWEIGHT_CHROMIUM;
  const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return [...(named ? [named] : []), ...known].find((file) => existsSync(file));
}

/** Brings Chromium where it is missing and Debian's packages may be installed. Returns its path, or undefined. */
export function ensureChromium() {
  const found = findChromium();
  if (found !== undefined) return found;
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined;
  console.log('Installing Chromium …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
  ]) {
    const { status } = spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) return undefined;
  }
  return findChromium();
}

/** Installs what is missing. Throws an Error with one line where that fails. */
export function installVSCode() {
  const unsupported = unsupportedHere();
  if (unsupported !== undefined) throw new Error(unsupported);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Installing VS Code for the tests …');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(path.join(source, name), path.join(target, name));
  // No install scripts: they would compile, and everything that is needed here comes ready-made.
  npm(['ci'], target);
  // The part that is VS Code lists its packages in a shrinkwrap of its own, which only `npm install` takes.
  npm(['install', '--omit=dev'], path.join(target, 'node_modules', 'code-server', 'lib', 'vscode'));
  writeFileSync(stamp, wanted);
}

function npm(args, cwd) {
  const options = ['--ignore-scripts', '--no-fund', '--no-audit', '--loglevel', 'error'];
  const { status } = spawnSync('npm', [...args, ...options], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`npm ${args[0]} failed in ${path.relative(root, cwd)}`);
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === import.meta.filename) {
  installVSCode();
  if (ensureChromium() === undefined) console.log('Chromium is missing; the tests need it.');
}
