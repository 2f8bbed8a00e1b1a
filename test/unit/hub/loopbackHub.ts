import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the imitation of the hub should do. */
export interface HubBehaviour {
  readonly id: string;
  readonly commit: string;
  /** The repository's files; `.safetensors` and `.bin` ones are described as Git LFS files. */
  readonly files: Record<string, Uint8Array>;
  /** Answers every request with this status. */
  readonly status?: number;
  /** Sends other bytes of the same length for this file. */
  readonly corrupt?: string;
  /** Sends half of this file, then nothing. */
  readonly stall?: string;
  /** Sends half of this file, then closes the connection. */
  readonly cut?: string;
  /** Answers only requests that carry this token. */
  readonly token?: string;
}

export interface LoopbackHub {
  readonly url: string;
  /** Method and path of every request so far. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Imitates the three endpoints of the Hugging Face hub that a download needs: model info, paths info and files. */
export async function startHub(behaviour: HubBehaviour): Promise<LoopbackHub> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    readBody(request).then(
      (body) => answer(behaviour, request, body, response),
      (error: unknown) => response.destroy(error as Error),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of request) body += String(piece);
  return body;
}

function answer(hub: HubBehaviour, request: IncomingMessage, body: string, response: ServerResponse): void {
  const json = (status: number, value: unknown): void => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  };
  const { pathname } = new URL(request.url ?? '/', 'http://hub');
  if (hub.status !== undefined) return json(hub.status, { error: 'Refused' });
  if (hub.token !== undefined && request.headers.authorization !== `Bearer ${hub.token}`) {
    return json(401, { error: 'Invalid username or password.' });
  }
  if (pathname === `/api/models/${hub.id}/revision/main`) {
    return json(200, {
      _id: '1',
      id: hub.id,
      sha: hub.commit,
      private: false,
      lastModified: '2024-01-01T00:00:00.000Z',
    });
  }
  if (request.method === 'POST' && pathname === `/api/models/${hub.id}/paths-info/${hub.commit}`) {
    const { paths } = JSON.parse(body) as { paths: string[] };
    return json(
      200,
      paths.filter((path) => path in hub.files).map((path) => describeFile(path, hub.files[path])),
    );
  }
  const name = pathname.slice(`/${hub.id}/resolve/${hub.commit}/`.length);
  if (!pathname.startsWith(`/${hub.id}/resolve/${hub.commit}/`) || !(name in hub.files)) {
    return json(404, { error: 'Repository not found' });
  }
  sendFile(hub, name, request, response);
}

function describeFile(path: string, bytes: Uint8Array): object {
  const oid = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
  const lfs = { oid: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, pointerSize: 130 };
  return { type: 'file', path, size: bytes.length, oid, ...(/\.(safetensors|bin)$/.test(path) && { lfs }) };
}

function sendFile(hub: HubBehaviour, name: string, request: IncomingMessage, response: ServerResponse): void {
  const bytes = hub.files[name];
  const headers = { ETag: '"etag"', 'Content-Type': 'application/octet-stream' };
  if (request.headers.range === 'bytes=0-0') {
    response.writeHead(206, { ...headers, 'Content-Range': `bytes 0-0/${bytes.length}`, 'Content-Length': 1 });
    response.end(bytes.subarray(0, 1));
    return;
  }
  response.writeHead(200, { ...headers, 'Content-Length': bytes.length });
  const half = bytes.subarray(0, bytes.length >> 1);
  if (name === hub.stall) response.write(half);
  else if (name === hub.cut) response.write(half, () => setTimeout(() => response.destroy(), 20));
  else response.end(name === hub.corrupt ? bytes.map((byte) => byte ^ 1) : bytes);
}
