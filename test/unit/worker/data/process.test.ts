import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { CallError, createClient, type Client, type Message, type Port } from '../../../../src/protocol/rpc.ts';
import type { DataApi, DataEvents } from '../../../../src/protocol/data.ts';
import { defaultPlan } from '../../../../src/worker/data/indexFile.ts';
import { parentPort, type ParentChannel } from '../../../../src/worker/processPort.ts';
import { query, realRows, service, subfolder, temporaryFolder, write } from './support.ts';

const scratch = temporaryFolder();
const script = join(scratch, 'data.js');
const children: ChildProcess[] = [];

beforeAll(async () => {
  writeFileSync(join(scratch, 'package.json'), '{"type":"module"}');
  await build({
    entryPoints: ['data', 'indexer'].map((name) => join(import.meta.dirname, `../../../../src/worker/${name}.ts`)),
    outdir: scratch,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(): { child: ChildProcess; client: Client<DataApi, DataEvents>; complaints: () => string } {
  const child = fork(script, [], {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  children.push(child);
  let complaints = '';
  child.stderr?.on('data', (text) => (complaints += String(text)));
  const port: Port = {
    post: (message) => child.send(message),
    listen: (listener) => {
      const receive = (message: unknown): void => {
        listener(message as Message);
      };
      child.on('message', receive);
      return () => child.off('message', receive);
    },
  };
  return { child, client: createClient<DataApi, DataEvents>(port), complaints: () => complaints };
}

test('a worker answers calls, tells of reading, and says what kind of failure it was', async () => {
  const { client } = start();
  const folder = subfolder(scratch);
  const path = write(folder, 's.jsonl', realRows);
  const told: DataEvents['reading'][] = [];
  client.on('reading', (progress) => told.push(progress));
  expect((await client.call('open', { path })).rows).toBe(120);
  expect(told.at(-1)?.file).toBe(path);
  const { view, count } = await client.call(
    'query',
    query(path, { controls: { gamma: 1, clipMax: 2, misalignedBelow: 0.2 } }),
  );
  expect((await client.call('rows', { path, view, from: 0, count })).rows).toHaveLength(120);
  const absent = join(folder, 'absent.jsonl');
  const failure = await client.call('open', { path: absent }).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(CallError);
  expect((failure as CallError).failure).toEqual({
    kind: 'user',
    message: `Cannot read ${absent}: no such file or folder; check the path.`,
  });
  const defect = await client
    .call('details', { path, row: -1, controls: query(path).controls })
    .catch((thrown: unknown) => thrown);
  expect((defect as CallError).failure.kind).toBe('defect');
});

test('a worker ends by itself when its parent is gone, in the middle of work too', async () => {
  const { child, client } = start();
  const path = join(subfolder(scratch), 'large.jsonl');
  writeFileSync(path, `{"text":"${'x'.repeat(200)}","label":"a"}\n`.repeat(400_000));
  const reading = new Promise((resolve) => client.on('reading', resolve));
  client.call('open', { path }).catch(() => undefined);
  await reading;
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('threads read a large file as one pass does, and a file that cannot be used is told as ever', async () => {
  const { client, complaints } = start();
  const folder = subfolder(scratch);
  const labels = ['a', 'b', 'é', 'unheard'];
  const lines = Array.from({ length: 200_000 }, (_, i) => {
    if (i % 50_000 === 49_999) return ['{"text":', '', '\ufeff{}', '{"text":"no label"}\r'][Math.floor(i / 50_000)];
    return JSON.stringify({ label: labels[i < 150_000 ? i % 3 : i % 4], text: `${'x'.repeat(340)} ${i % 60_000}` });
  });
  const real = write(
    folder,
    'real.jsonl',
    'abé'.split('').map((label) => ({ text: `real ${label}`, label })),
  );
  const path = write(folder, 'large.jsonl', lines.join('\n'));
  expect(statSync(path).size).toBeGreaterThan(defaultPlan.least);
  const told: number[] = [];
  client.on('reading', ({ file, bytes }) => (file === path ? told.push(bytes) : undefined));
  const facts = await client.call('open', { path, realPath: real });
  const alone = await service().open({ path, realPath: real });
  expect(facts).toEqual(alone);
  expect(facts.broken.slice(0, 3).map(({ line }) => line)).toEqual([50_000, 150_000, 150_004]);
  // It was not read without them.
  expect(complaints()).toBe('');
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(told.at(-1)).toBe(facts.bytes);
  const asked = query(path, { filter: `label:é`, sort: { column: 'line', descending: true } });
  const { view, count } = await client.call('query', asked);
  const [last] = (await client.call('rows', { path, view, from: 0, count: 1 })).rows;
  expect([last.line, count]).toEqual([199_999, lines.filter((line) => line.includes('"é"')).length]);

  const many = write(
    folder,
    'many.jsonl',
    Array.from({ length: 250_000 }, (_, i) => ({ text: 'x'.repeat(260), label: i })),
  );
  const failure = await client.call('open', { path: many }).catch((thrown: unknown) => thrown);
  expect((failure as CallError).failure).toMatchObject({ kind: 'user' });
  expect((failure as CallError).message).toContain('holds more than 10000 different labels');
}, 60_000);

test('the reading of a large file can be given up, and begun again', async () => {
  const { client } = start();
  const path = join(subfolder(scratch), 'large.jsonl');
  writeFileSync(path, `{"text":"${'x'.repeat(200)}","label":"a"}\n`.repeat(400_000));
  const reading = new Promise((resolve) => client.on('reading', resolve));
  const opened = client.call('open', { path }).catch((thrown: unknown) => thrown);
  await reading;
  await client.call('close', { path });
  expect(await opened).toMatchObject({ failure: { kind: 'cancelled' } });
  expect((await client.call('open', { path })).rows).toBe(400_000);
}, 60_000);

test('a port needs a parent, and says once that it is gone', () => {
  const channel = (send?: ParentChannel['send']): ParentChannel & { leave(): void } => {
    const leavers: (() => void)[] = [];
    return {
      send,
      on: (event: string, listener: (message: unknown) => void) => {
        if (event === 'disconnect') leavers.push(listener as () => void);
      },
      off: () => undefined,
      leave: () => {
        for (const leaver of leavers) leaver();
      },
    };
  };
  expect(() => parentPort(() => undefined, channel())).toThrow('is a worker of Counterweight');
  let left = 0;
  const sent: unknown[] = [];
  const parent = channel((message, callback) => {
    sent.push(message);
    callback?.(sent.length === 2 ? new Error('closed') : null);
    return true;
  });
  const port = parentPort(() => left++, parent);
  const event = { type: 'event', name: 'n', payload: 1 } as const;
  port.post(event);
  expect(left).toBe(0);
  port.post(event);
  port.post(event);
  parent.leave();
  expect([left, sent.length]).toEqual([1, 2]);
});
