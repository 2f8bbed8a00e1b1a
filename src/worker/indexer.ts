/** A thread of the data worker: reads blocks of a large file. */
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { describeFailure } from '../protocol/failure.ts';
import { diskError } from '../store/diskErrors.ts';
import { indexBlock, type Block, type BlockFile, type IndexedBlock, type ReadAt } from './data/indexBlock.ts';
import type { BlockAnswer, BlockQuestion } from './data/indexThreads.ts';

const port = parentPort;
if (port === null) throw new Error('This program is a thread of the data worker.');

port.on('message', ({ file, block }: BlockQuestion) => {
  let answer: BlockAnswer;
  try {
    answer = { block: readBlock(file, block) };
  } catch (thrown) {
    answer = { failure: describeFailure(thrown) };
  }
  const lines = 'block' in answer ? answer.block.lines : undefined;
  const columns = lines && [lines.start, lines.length, lines.status, lines.hashHigh, lines.hashLow, lines.token];
  port.postMessage(answer, columns?.map(({ buffer }) => buffer as ArrayBuffer) ?? []);
});

/** Opened for each block: on Windows an open file can be neither replaced nor deleted. */
function readBlock(file: BlockFile, block: Block): IndexedBlock {
  let handle: number | undefined;
  try {
    handle = openSync(file.path, 'r');
    return indexBlock(readerOf(handle), block, file);
  } catch (thrown) {
    throw diskError(thrown, 'read', file.path);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function readerOf(handle: number): ReadAt {
  let buffer = Buffer.alloc(0);
  return (position, length) => {
    if (buffer.length < length) buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    // A single call may give less than there is.
    while (filled < length) {
      const read = readSync(handle, buffer, filled, length - filled, position + filled);
      if (read === 0) break;
      filled += read;
    }
    return buffer.subarray(0, filled);
  };
}
