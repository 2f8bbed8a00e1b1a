/** Reads a large file block by block, by several threads at a time. */
import { CancelledError } from '../../base/errors.ts';
import { FileChangedError, sameStamp, stampOf, streamFile, type FileStamp, type StreamOptions } from './byteSource.ts';
import type { Block, BlockFile, IndexedBlock } from './indexBlock.ts';
import { chunksOf, indexLines, textOf, type ReadLines, type ReadText, type TextOptions } from './indexText.ts';

/** Threads that read blocks of one file. */
export interface BlockIndexer {
  /** Blocks to be asked for at a time, so that no thread waits. */
  readonly width: number;
  /** @throws UserError where the file cannot be read or holds too many labels; Error where a thread failed. */
  index(file: BlockFile, block: Block): Promise<IndexedBlock>;
  /** Ends the threads, whatever they do; what was asked for is not answered any more. */
  close(): Promise<void>;
}

/** Starts threads. */
export type StartBlockIndexer = () => BlockIndexer;

/** Sizes in bytes. */
export interface BlockPlan {
  /** Files below this are read by one pass: starting threads takes longer. */
  readonly least: number;
  /** The beginning of the file that is read first, to learn its fields. */
  readonly head: number;
  /** Read by a thread at a time; a step of progress. */
  readonly block: number;
}

export const defaultPlan: BlockPlan = { least: 64 << 20, head: 2 << 20, block: 8 << 20 };

const LF = 0x0a;

/**
 * Reads a file; the same as `indexText` over its bytes.
 *
 * @returns undefined where the file is small, or its fields are not known from its beginning: one pass must do.
 * @throws UserError as `indexText`; CancelledError; FileChangedError.
 */
export async function indexFile(
  path: string,
  options: TextOptions,
  start: StartBlockIndexer,
  { signal, onProgress }: StreamOptions,
  plan: BlockPlan = defaultPlan,
): Promise<{ readonly text: ReadText; readonly stamp: FileStamp } | undefined> {
  if ((await stampOf(path)).size < plan.least) return undefined;
  // They start while the beginning is read.
  const indexer = start();
  try {
    const head = await readHead(path, options, plan.head);
    if (head.lines.format === undefined) return undefined;
    const lineBytes = head.bytes / head.lines.table.count;
    const file = { path, options, schema: head.lines.format.schema, lineBytes };
    const text = await indexRest(
      head,
      (block) => indexer.index(file, block),
      indexer.width,
      { signal, onProgress },
      plan,
    );
    if (!sameStamp(await stampOf(path), head.stamp)) throw new FileChangedError(path);
    return { text, stamp: head.stamp };
  } finally {
    await indexer.close();
  }
}

/** Has the blocks after the head read, so many at a time, and adds them to it in order. */
async function indexRest(
  { stamp: { size }, lines, bytes }: Head,
  index: (block: Block) => Promise<IndexedBlock>,
  width: number,
  { signal, onProgress }: StreamOptions,
  plan: BlockPlan,
): Promise<ReadText> {
  onProgress?.(bytes, size);
  const blocks = Math.ceil((size - bytes) / plan.block);
  const waiting = new Map<number, IndexedBlock>();
  let [next, added, end] = [0, 0, lines.end];
  /** Adds what is complete from the beginning. */
  const add = (): void => {
    for (let block = waiting.get(added); block !== undefined; block = waiting.get(added)) {
      waiting.delete(added++);
      addBlock(lines, block);
      if (block.lines.count > 0) end = block.end;
      onProgress?.(Math.min(size, bytes + added * plan.block), size);
    }
  };
  const work = async (): Promise<void> => {
    while (next < blocks) {
      const k = next++;
      const from = bytes + k * plan.block;
      waiting.set(k, await index({ from, to: Math.min(size, from + plan.block) }));
      if (signal?.aborted) throw new CancelledError('Cancelled.');
      add();
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, blocks) }, work));
  return textOf({ ...lines, end, byteLength: size });
}

/** The beginning of a file. */
interface Head {
  readonly stamp: FileStamp;
  readonly lines: ReadLines;
  /** Of whole lines. */
  readonly bytes: number;
}

/** The whole lines at the beginning of a file. */
async function readHead(path: string, options: TextOptions, most: number): Promise<Head> {
  const parts: Buffer[] = [];
  let size = 0;
  const stamp = await streamFile(
    path,
    async (chunks, found) => {
      size = found.size;
      for await (const chunk of chunks) parts.push(Buffer.from(chunk));
    },
    { limit: most },
  );
  const head = Buffer.concat(parts);
  const bytes = head.lastIndexOf(LF) + 1;
  return { stamp, lines: await indexLines(chunksOf(head.subarray(0, bytes)), options, size), bytes };
}

function addBlock({ table, format }: ReadLines, { lines, spellings, unknown }: IndexedBlock): void {
  if (format === undefined) throw new Error('the schema is not known yet');
  const { token } = lines;
  const ids = format.spellings.adopt(spellings, unknown);
  for (let i = 0; i < lines.count; i++) if (token[i] >= 0) token[i] = ids[token[i]];
  table.copy(lines, 0, lines.count);
}
