import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { readModelFolder, saveModelFolder } from '../../../src/engine/hub/modelFolder.ts';
import { writeSafetensors, type TensorData } from '../../../src/engine/hub/safetensors.ts';

let root: string;
let dir: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'model-'));
  dir = join(root, 'model');
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const vector = (...values: number[]): TensorData => ({
  dtype: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
});
const config = { model_type: 'bert', hidden_size: 2 };
const tensors = new Map([
  ['embeddings.weight', vector(1, 2, 3)],
  ['position_ids', { dtype: 'int64', shape: [1, 2], data: BigInt64Array.of(0n, 1n) } satisfies TensorData],
]);
const tokenizerFiles = new Map([
  ['tokenizer.json', '{"model":{}}'],
  ['vocab.txt', '[PAD]\n'],
]);
const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

function writeFiles(files: Record<string, string | Uint8Array>): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
}

describe('a model folder', () => {
  it('is read as it was saved', async () => {
    const files = new Map([['onnx/model.onnx', Uint8Array.of(1, 2)]]);
    await saveModelFolder(dir, { config, tensors, tokenizerFiles, files });
    const model = await readModelFolder(dir, { id: 'some/model' });
    expect(model).toMatchObject({ dir, id: 'some/model', config, tokenizerFiles });
    expect(model.tensors).toEqual(new Map([...tensors].reverse()));
    expect(model.hash).toBe(sha256(readFileSync(join(dir, 'model.safetensors'))));
    expect([...readFileSync(join(dir, 'onnx/model.onnx'))]).toEqual([1, 2]);
    expect(readdirSync(root)).toEqual(['model']);
  });

  it('is read without copying tensors, even where the header is not aligned', async () => {
    const json = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} ';
    expect(json.length % 4).not.toBe(0);
    const header = new Uint8Array(8);
    new DataView(header.buffer).setUint32(0, json.length, true);
    const bytes = Buffer.concat([header, Buffer.from(json), Buffer.from(Float32Array.of(5, 6).buffer)]);
    writeFiles({ 'config.json': '{}', 'tokenizer.json': '{}', 'model.safetensors': bytes });
    const { data } = (await readModelFolder(dir)).tensors.get('w') ?? vector();
    expect([...data]).toEqual([5, 6]);
    expect(data.buffer.byteLength).toBeGreaterThanOrEqual(bytes.length);
  });

  it('is read from shards', async () => {
    const first = writeSafetensors(new Map([['a', vector(1)]]));
    const second = writeSafetensors(new Map([['b', vector(2)]]));
    const index = {
      metadata: {},
      weight_map: { b: 'model-00002-of-00002.safetensors', a: 'model-00001-of-00002.safetensors' },
    };
    writeFiles({
      'config.json': '{}',
      'tokenizer.json': '{}',
      'model.safetensors.index.json': JSON.stringify(index),
      'model-00001-of-00002.safetensors': first,
      'model-00002-of-00002.safetensors': second,
    });
    const model = await readModelFolder(dir);
    expect(model.tensors).toEqual(
      new Map([
        ['a', vector(1)],
        ['b', vector(2)],
      ]),
    );
    expect(model.hash).toBe(
      sha256(
        `${sha256(first)}  model-00001-of-00002.safetensors\n${sha256(second)}  model-00002-of-00002.safetensors\n`,
      ),
    );
    rmSync(join(dir, 'model-00002-of-00002.safetensors'));
    await expect(readModelFolder(dir)).rejects.toThrow('has no model-00002-of-00002.safetensors');
    writeFiles({ 'model-00002-of-00002.safetensors': first });
    await expect(readModelFolder(dir)).rejects.toThrow('holds tensor a, which another shard has too');
  });

  const weights = writeSafetensors(tensors);
  it.each<[what: string, files: Record<string, string | Uint8Array>, message: string]>([
    [
      'no config',
      { 'tokenizer.json': '{}', 'model.safetensors': weights },
      'has no config.json: fetch the model again',
    ],
    [
      'no tokenizer',
      { 'config.json': '{}', 'model.safetensors': weights },
      'has no tokenizer.json: save the fast tokenizer',
    ],
    ['no weights', { 'config.json': '{}', 'tokenizer.json': '{}' }, 'has no model.safetensors: fetch the model again'],
    [
      'pickled weights only',
      { 'config.json': '{}', 'tokenizer.json': '{}', 'pytorch_model.bin': 'x' },
      'it has pytorch_model.bin only, which is not read because it can run code; save it in Python with',
    ],
    [
      'a broken config',
      { 'config.json': '{', 'tokenizer.json': '{}', 'model.safetensors': weights },
      'config.json is not JSON',
    ],
    [
      'a list for a config',
      { 'config.json': '[]', 'tokenizer.json': '{}', 'model.safetensors': weights },
      'not a JSON object',
    ],
    [
      'damaged weights',
      { 'config.json': '{}', 'tokenizer.json': '{}', 'model.safetensors': 'oops' },
      'only 4 bytes long',
    ],
    [
      'an index that leads elsewhere',
      {
        'config.json': '{}',
        'tokenizer.json': '{}',
        'model.safetensors.index.json': '{"weight_map":{"a":"../../secret.safetensors"}}',
      },
      'which is not a safetensors file beside it',
    ],
    [
      'an index without a map',
      { 'config.json': '{}', 'tokenizer.json': '{}', 'model.safetensors.index.json': '{}' },
      'has no "weight_map"',
    ],
  ])('with %s is refused in one line that names the folder', async (_, files, message) => {
    writeFiles(files);
    const error = await readModelFolder(dir).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(message);
    expect((error as UserError).message).toContain(dir);
    expect((error as UserError).message).not.toContain('\n');
  });

  it('that is not there, or is a file, is refused', async () => {
    await expect(readModelFolder(dir)).rejects.toThrow(`There is no model folder ${dir}`);
    writeFileSync(dir, '');
    await expect(readModelFolder(dir)).rejects.toThrow('is a file; give the model folder');
  });

  it('replaces a model, also over what a killed run left, but nothing else', async () => {
    await saveModelFolder(dir, { config, tensors, tokenizerFiles });
    mkdirSync(`${dir}.partial`);
    writeFileSync(join(`${dir}.partial`, 'model.safetensors'), 'half');
    await saveModelFolder(dir, { config: { ...config, hidden_size: 3 }, tensors, tokenizerFiles: new Map() });
    expect(readdirSync(dir).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(readdirSync(root)).toEqual(['model']);
    const other = join(root, 'letters');
    mkdirSync(other);
    writeFileSync(join(other, 'letter.txt'), 'Dear');
    await expect(saveModelFolder(other, { config, tensors, tokenizerFiles })).rejects.toThrow('is not a model folder');
    expect(readdirSync(other)).toEqual(['letter.txt']);
  });

  it('leaves nothing behind, and the old model alone, when writing fails', async () => {
    await saveModelFolder(dir, { config, tensors, tokenizerFiles });
    const unwritable = new Map([['config.json/inside.txt', '']]);
    await expect(saveModelFolder(dir, { config: {}, tensors, tokenizerFiles: unwritable })).rejects.toThrow(
      `Cannot write the model to ${dir}`,
    );
    expect(readdirSync(root)).toEqual(['model']);
    expect((await readModelFolder(dir)).config).toEqual(config);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'names the folder that cannot be written (skipped for root and on Windows, where modes do not bind)',
    async () => {
      chmodSync(root, 0o500);
      await expect(saveModelFolder(dir, { config, tensors, tokenizerFiles })).rejects.toThrow(UserError);
      chmodSync(root, 0o700);
    },
  );
});
