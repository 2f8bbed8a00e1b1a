/** A data file as it is read from disk: its text, its rows, and what the file was known by. */
import { createHash } from 'node:crypto';
import { fileSource, FileChangedError, streamFile, type FileStamp, type StreamOptions } from './byteSource.ts';
import { checkUsable, indexText, type IndexedText, type TextOptions } from './indexText.ts';
import { indexRows, type RowIndex } from './rowIndex.ts';

export interface FileText {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly text: IndexedText;
  readonly rows: RowIndex;
  /** Of all bytes, in hexadecimal; only where it was asked for. */
  readonly sha256?: string;
}

/** A file that is being written settles within a few readings. */
const attempts = 4;

/**
 * Reads a file from its beginning.
 * @throws UserError where it cannot be read, its fields are not found, or it holds no usable row; CancelledError.
 */
export async function readFileText(
  path: string,
  options: TextOptions,
  { hash = false, ...stream }: StreamOptions & { readonly hash?: boolean } = {},
): Promise<FileText> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce(path, options, hash, stream);
    } catch (thrown) {
      if (!(thrown instanceof FileChangedError) || attempt === attempts) throw thrown;
    }
  }
}

async function readOnce(path: string, options: TextOptions, hash: boolean, stream: StreamOptions): Promise<FileText> {
  const digest = hash ? createHash('sha256') : undefined;
  let read: Awaited<ReturnType<typeof indexText>> | undefined;
  const stamp = await streamFile(
    path,
    async (chunks, { size }) => {
      read = await indexText(digest === undefined ? chunks : hashing(chunks, digest), options, size);
    },
    stream,
  );
  if (read === undefined) throw new Error(`${path} was not read`);
  const text: IndexedText = { ...read, source: fileSource(path, stamp) };
  const rows = await indexRows(text);
  await checkUsable(text, rows.size, rows.broken);
  return { path, stamp, text, rows, sha256: digest?.digest('hex') };
}

async function* hashing(
  chunks: AsyncIterable<Uint8Array>,
  digest: { update(chunk: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    digest.update(chunk);
    yield chunk;
  }
}
