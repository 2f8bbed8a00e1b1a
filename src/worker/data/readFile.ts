/** A data file as it is read from disk: its text, its rows, and what the file was known by. */
import { createHash, type Hash } from 'node:crypto';
import { fileSource, FileChangedError, streamFile, type FileStamp, type StreamOptions } from './byteSource.ts';
import { indexFile, type StartBlockIndexer } from './indexFile.ts';
import { checkUsable, indexText, type IndexedText, type ReadText, type TextOptions } from './indexText.ts';
import { ThreadsFailedError } from './indexThreads.ts';
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

/** How to read a file. */
export interface ReadOptions extends StreamOptions {
  /** Whether the hash of all bytes is wanted. */
  readonly hash?: boolean;
  /** Threads to read a large file by; without them, or where the hash is wanted, one pass does. */
  readonly threads?: StartBlockIndexer;
}

/**
 * Reads a file from its beginning.
 * @throws UserError where it cannot be read, its fields are not found, or it holds no usable row; CancelledError.
 */
export async function readFileText(path: string, options: TextOptions, how: ReadOptions = {}): Promise<FileText> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce(path, options, how);
    } catch (thrown) {
      if (!(thrown instanceof FileChangedError) || attempt === attempts) throw thrown;
    }
  }
}

async function readOnce(path: string, options: TextOptions, how: ReadOptions): Promise<FileText> {
  const { hash = false, threads, ...stream } = how;
  const digest = hash ? createHash('sha256') : undefined;
  const byBlocks = threads && !hash ? await readByThreads(path, options, threads, stream) : undefined;
  const { text: read, stamp } = byBlocks ?? (await readInOnePass(path, options, digest, stream));
  const text: IndexedText = { ...read, source: fileSource(path, stamp) };
  const rows = await indexRows(text);
  await checkUsable(text, rows.size, rows.broken);
  return { path, stamp, text, rows, sha256: digest?.digest('hex') };
}

/** @returns undefined where one pass must do. */
async function readByThreads(
  path: string,
  options: TextOptions,
  threads: StartBlockIndexer,
  stream: StreamOptions,
): ReturnType<typeof indexFile> {
  try {
    return await indexFile(path, options, threads, stream);
  } catch (thrown) {
    if (!(thrown instanceof ThreadsFailedError)) throw thrown;
    // It only takes longer; the log says why.
    console.warn(`${thrown.message} ${path} is read without them.`);
    return undefined;
  }
}

async function readInOnePass(
  path: string,
  options: TextOptions,
  digest: Hash | undefined,
  stream: StreamOptions,
): Promise<{ readonly text: ReadText; readonly stamp: FileStamp }> {
  let text: ReadText | undefined;
  const stamp = await streamFile(
    path,
    async (chunks, { size }) => {
      text = await indexText(digest === undefined ? chunks : hashing(chunks, digest), options, size);
    },
    stream,
  );
  if (text === undefined) throw new Error(`${path} was not read`);
  return { text, stamp };
}

async function* hashing(chunks: AsyncIterable<Uint8Array>, digest: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    digest.update(chunk);
    yield chunk;
  }
}
