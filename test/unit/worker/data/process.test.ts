import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { CallError, createClient, type Client, type Message, type Port } from '../../../../src/protocol/rpc.ts';
import type { DataApi, DataEvents } from '../../../../src/protocol/data.ts';
import { parentPort, type ParentChannel } from '../../../../src/worker/processPort.ts';
import { query, realRows, subfolder, temporaryFolder, write } from './support.ts';

const scratch = temporaryFolder();
const script = join(scratch, 'data.mjs');
const children: ChildProcess[] = [];

beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, '../../../../src/worker/data.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(): { child: ChildProcess; client: Client<DataApi, DataEvents> } {
  const child = fork(script, [], {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  children.push(child);
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
  return { child, client: createClient<DataApi, DataEvents>(port) };
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
