/** The data worker: a child process that answers questions about datasets. Started by the extension; ends with its parent. */
import { describeFailure } from '../protocol/failure.ts';
import { serve } from '../protocol/rpc.ts';
import type { DataApi, DataEvents } from '../protocol/data.ts';
import { createDataService } from './data/dataService.ts';
import { indexThreads } from './data/indexThreads.ts';
import { mapThread } from './data/mapThread.ts';
import { parentPort } from './processPort.ts';

const port = parentPort(() => process.exit(0));
const server = serve<DataApi, DataEvents>(
  port,
  createDataService(
    (name, payload) => {
      server.emit(name, payload);
    },
    indexThreads(new URL('./indexer.js', import.meta.url)),
    mapThread(new URL('./mapper.js', import.meta.url)),
  ),
  describeFailure,
);
