import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError, UserError } from '../../../src/base/errors.ts';
import {
  encoderPresence,
  ensureEncoder,
  ensureModel,
  type DownloadProgress,
  type EnsureOptions,
} from '../../../src/engine/hub/download.ts';
import { defaultEncoder, findEncoder } from '../../../src/engine/hub/findEncoder.ts';
import { hubCacheDir } from '../../../src/engine/hub/hubCache.ts';
import { readModelFolder } from '../../../src/engine/hub/modelFolder.ts';
import { writeSafetensors } from '../../../src/engine/hub/safetensors.ts';
import { startHub, type HubBehaviour, type LoopbackHub } from './loopbackHub.ts';

const id = 'org/tiny-model';
const commit = '0123456789abcdef0123456789abcdef01234567';
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const tensor = (...values: number[]) =>
  ({ dtype: 'float32', shape: [values.length], data: Float32Array.from(values) }) as const;
const weights = writeSafetensors(new Map([['w', tensor(...Array.from({ length: 50_000 }, (_, i) => i))]]));
const files: Record<string, Uint8Array> = {
  'config.json': text('{"model_type":"bert"}'),
  'tokenizer.json': text('{"model":{}}'),
  'tokenizer_config.json': text('{}'),
  'model.safetensors': weights,
  'README.md': text('not needed'),
  'pytorch_model.bin': text('not needed'),
};

/** The repository's files but one. */
const without = (name: string): Record<string, Uint8Array> =>
  Object.fromEntries(Object.entries(files).filter(([key]) => key !== name));

let root: string;
let hub: LoopbackHub | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hub-'));
});
afterEach(async () => {
  await hub?.close();
  hub = undefined;
  rmSync(root, { recursive: true });
});

/** Options that reach only the imitated hub, and a cache of the test's own. */
async function start(behaviour: Partial<HubBehaviour> = {}, env: Record<string, string> = {}): Promise<EnsureOptions> {
  hub = await startHub({ id, commit, files, ...behaviour });
  return { fetch, packageRoot: null, env: { HF_HOME: root, HF_ENDPOINT: `${hub.url}/`, ...env } };
}

const modelDir = (name = id): string => join(root, 'hub', `models--${name.replace('/', '--')}`);
const blobs = (): string[] => readdirSync(join(modelDir(), 'blobs'));

/** What it was rejected with: a UserError of one line. */
async function failure(promise: Promise<unknown>): Promise<string> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(UserError);
  expect((thrown as UserError).message).not.toContain('\n');
  return (thrown as UserError).message;
}

describe('ensureModel', () => {
  it('fetches what is needed, once, into the standard cache layout', async () => {
    const options = await start();
    const progress: DownloadProgress[] = [];
    const dir = await ensureModel(id, { ...options, onProgress: (step) => progress.push(step) });
    expect(dir).toBe(join(modelDir(), 'snapshots', commit));
    expect(readFileSync(join(modelDir(), 'refs', 'main'), 'utf8')).toBe(commit);
    expect(readdirSync(join(modelDir(), 'refs'))).toEqual(['main']);
    expect(readdirSync(dir).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    if (process.platform !== 'win32') expect(lstatSync(join(dir, 'model.safetensors')).isSymbolicLink()).toBe(true);
    expect((await readModelFolder(dir, { id })).tensors.get('w')?.data[49_999]).toBe(49_999);

    const total = readdirSync(dir).reduce((sum, name) => sum + files[name].length, 0);
    expect(progress.every(({ totalBytes }) => totalBytes === total)).toBe(true);
    expect(progress.map(({ receivedBytes }) => receivedBytes)).toEqual(
      progress.map(({ receivedBytes }) => receivedBytes).sort((a, b) => a - b),
    );
    expect(progress.at(-1)?.receivedBytes).toBe(total);

    const requests = hub?.requests.length;
    expect(await ensureModel(id, options)).toBe(dir);
    expect(hub?.requests.length).toBe(requests);
    expect(await ensureModel(id, { ...options, env: { ...options.env, HF_HUB_OFFLINE: '1' } })).toBe(dir);
  });

  it('fetches sharded weights', async () => {
    const shards = {
      'model-1.safetensors': writeSafetensors(new Map([['a', tensor(1)]])),
      'model-2.safetensors': writeSafetensors(new Map([['b', tensor(2)]])),
    };
    const index = text('{"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}');
    const options = await start({
      files: { ...without('model.safetensors'), 'model.safetensors.index.json': index, ...shards },
    });
    const model = await readModelFolder(await ensureModel(id, options));
    expect([...model.tensors.keys()]).toEqual(['a', 'b']);
  });

  it('completes a cache that has the model only in part', async () => {
    const options = await start();
    const dir = await ensureModel(id, options);
    rmSync(join(dir, 'tokenizer.json'));
    const before = hub?.requests.length ?? 0;
    expect(await ensureModel(id, options)).toBe(dir);
    expect(readFileSync(join(dir, 'tokenizer.json'), 'utf8')).toBe('{"model":{}}');
    // The blob is still there: nothing but the two descriptions is asked for again.
    expect(hub?.requests.slice(before).filter((request) => request.includes('/resolve/'))).toEqual([]);
  });

  it('sends HF_TOKEN', async () => {
    const options = await start({ token: 'hf_test' }, { HF_TOKEN: 'hf_test' });
    expect(await ensureModel(id, options)).toContain(commit);
  });

  it('uses a folder as it is', async () => {
    const offline: typeof fetch = () => Promise.reject(new Error('no network in this test'));
    expect(await ensureModel(root, { fetch: offline, env: {} })).toBe(root);
    expect(await failure(ensureModel('./no/such/folder', { fetch: offline, env: {} }))).toContain(
      'There is no folder ./no/such/folder',
    );
  });

  it.each(['model.safetensors', 'config.json'])(
    'refuses %s when its checksum is wrong, and keeps no trace',
    async (name) => {
      const options = await start({ corrupt: name });
      expect(await failure(ensureModel(id, options))).toContain(`${name} does not match the hub's checksum`);
      expect(blobs().filter((blob) => blob.includes('incomplete'))).toEqual([]);
      expect(readdirSync(join(modelDir(), 'snapshots', commit))).not.toContain(name);
      expect(await findEncoder({ ...options, model: id })).toBeUndefined();
    },
  );

  it('recovers when the connection was cut', async () => {
    const options = await start({ cut: 'model.safetensors' });
    expect(await failure(ensureModel(id, options))).toMatch(/^Cannot fetch org\/tiny-model \(about 1 MB\) from http/);
    expect(blobs().filter((blob) => blob.includes('incomplete'))).toEqual([]);
    await hub?.close();
    const dir = await ensureModel(id, await start());
    expect(readFileSync(join(dir, 'model.safetensors')).equals(weights)).toBe(true);
  });

  it('leaves nothing unfinished when cancelled half-way', async () => {
    const options = await start({ stall: 'model.safetensors' });
    const stop = new AbortController();
    const onProgress = ({ file }: DownloadProgress): void => {
      if (file === 'model.safetensors') stop.abort();
    };
    await expect(ensureModel(id, { ...options, signal: stop.signal, onProgress })).rejects.toBeInstanceOf(
      CancelledError,
    );
    expect(blobs().filter((blob) => blob.includes('incomplete'))).toEqual([]);
    expect(readdirSync(join(modelDir(), 'snapshots', commit))).not.toContain('model.safetensors');
    expect(await findEncoder({ ...options, model: id })).toBeUndefined();
  });

  it('clears away what a killed download left a day ago, and nothing younger', async () => {
    const options = await start();
    mkdirSync(join(modelDir(), 'blobs'), { recursive: true });
    for (const name of ['old', 'young']) {
      writeFileSync(join(modelDir(), 'blobs', `${name}.counterweight-incomplete`), 'half');
    }
    utimesSync(join(modelDir(), 'blobs', 'old.counterweight-incomplete'), 0, 0);
    await ensureModel(id, options);
    expect(blobs().filter((blob) => blob.includes('incomplete'))).toEqual(['young.counterweight-incomplete']);
  });

  it.each<[what: string, behaviour: Partial<HubBehaviour>, message: string]>([
    ['401', { status: 401 }, 'it is not open to you; check the name, or set HF_TOKEN. Give --model DIR'],
    ['404', { status: 404 }, 'there is no such model; check the name. Give --model DIR'],
    ['503', { status: 503 }, 'the hub answered with status 503'],
    ['a commit that is none', { commit: '../../etc' }, 'the hub names "../../etc" as the newest commit'],
  ])('explains %s in one line', async (_, behaviour, message) => {
    expect(await failure(ensureModel(id, await start(behaviour)))).toContain(message);
  });

  it('names a file that the hub lacks', async () => {
    expect(await failure(ensureModel(id, await start({ files: without('tokenizer.json') })))).toContain(
      `${id} has no tokenizer.json on the hub`,
    );
  });

  it('says so when the hub has only pickled weights', async () => {
    expect(await failure(ensureModel(id, await start({ files: without('model.safetensors') })))).toContain(
      'only as pytorch_model.bin',
    );
  });

  it('names the model, its size and the ways on when the hub cannot be reached', async () => {
    const options = await start();
    await hub?.close();
    const message = await failure(ensureEncoder(options));
    expect(message).toMatch(
      /^Cannot fetch sentence-transformers\/all-MiniLM-L6-v2 \(about 91 MB\) from http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/,
    );
    expect(message).toContain('Give --model DIR with a copy of the model, or run "npm run encoder"');
    expect(await failure(ensureModel(id, options))).not.toContain('npm run encoder');
  });

  it('does not touch the network when HF_HUB_OFFLINE is set', async () => {
    const options = await start({}, { HF_HUB_OFFLINE: 'true' });
    expect(await failure(ensureModel(id, options))).toContain('and HF_HUB_OFFLINE is set. Give --model DIR');
    expect(hub?.requests).toEqual([]);
  });
});

describe('the encoder is looked for', () => {
  /** A complete model in a cache. */
  function fill(snapshotOf: string): string {
    const dir = join(modelDir(snapshotOf), 'snapshots', commit);
    mkdirSync(dir, { recursive: true });
    mkdirSync(join(modelDir(snapshotOf), 'refs'));
    writeFileSync(join(modelDir(snapshotOf), 'refs', 'main'), commit);
    for (const name of ['config.json', 'tokenizer.json', 'model.safetensors']) writeFileSync(join(dir, name), '');
    return dir;
  }

  it('in --model, COUNTERWEIGHT_MODEL, the cache, and .cache/encoder, in this order', async () => {
    const packaged = join(root, 'project', '.cache', 'encoder', 'all-MiniLM-L6-v2');
    const options = { packageRoot: join(root, 'project'), env: { HF_HOME: root } };
    expect(await findEncoder(options)).toBeUndefined();
    mkdirSync(packaged, { recursive: true });
    expect(await findEncoder(options)).toEqual({ dir: packaged, id: defaultEncoder, source: 'package' });
    const cached = fill(defaultEncoder);
    expect(await findEncoder(options)).toEqual({ dir: cached, id: defaultEncoder, source: 'cache' });
    const other = fill('org/other');
    const env = { HF_HOME: root, COUNTERWEIGHT_MODEL: 'org/other' };
    expect(await findEncoder({ ...options, env })).toEqual({ dir: other, id: 'org/other', source: 'cache' });
    expect(await findEncoder({ ...options, env, model: root })).toEqual({ dir: root, id: root, source: 'folder' });
    expect(await findEncoder({ ...options, model: 'org/not-here' })).toBeUndefined();
  });

  it('where huggingface_hub keeps its cache', () => {
    expect(hubCacheDir({ HF_HUB_CACHE: '/a', HF_HOME: '/b' })).toBe('/a');
    expect(hubCacheDir({ HF_HOME: '/b', XDG_CACHE_HOME: '/c' })).toBe(join('/b', 'hub'));
    expect(hubCacheDir({ XDG_CACHE_HOME: '/c' })).toBe(join('/c', 'huggingface', 'hub'));
    expect(hubCacheDir({})).toMatch(/[/\\]\.cache[/\\]huggingface[/\\]hub$/);
  });
});

describe('encoderPresence', () => {
  it('tells, without the network, what would be fetched from where', async () => {
    const env = { HF_HOME: root, HF_ENDPOINT: 'https://mirror.example/' };
    expect(await encoderPresence({ env, packageRoot: null })).toEqual({
      ...{ present: false, id: defaultEncoder, bytes: 91_000_000, source: 'https://mirror.example' },
    });
    expect(await encoderPresence({ env: { HF_HOME: root }, packageRoot: null, model: id })).toEqual({
      ...{ present: false, id, bytes: 0, source: 'https://huggingface.co' },
    });
  });

  it('finds what was fetched, and refuses a folder that is not there', async () => {
    const options = await start();
    const dir = await ensureModel(id, options);
    const { env } = options;
    expect(await encoderPresence({ env, packageRoot: null, model: id })).toEqual({
      ...{ present: true, id, dir, bytes: 0, source: dir },
    });
    expect(await failure(encoderPresence({ env, packageRoot: null, model: join(root, 'no', 'such') }))).toMatch(
      /There is no folder/,
    );
  });

  it('lets the caller say what else to try', async () => {
    const options = await start({ status: 500 });
    const message = await failure(ensureModel(id, { ...options, otherWays: 'Choose a folder.' }));
    expect(message).toMatch(/status 500\. Choose a folder\.$/);
  });
});
