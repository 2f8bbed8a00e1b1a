/** A thread of the data worker: lays the rows of a run out on a plane. */
import { parentPort, workerData } from 'node:worker_threads';
import { describeFailure } from '../protocol/failure.ts';
import { drawMap } from './data/drawMap.ts';
import type { MapNews, MapTask } from './data/mapThread.ts';

const port = parentPort;
if (port === null) throw new Error('This program is a thread of the data worker.');

const tell = (news: MapNews): void => port.postMessage(news);
try {
  tell({ answer: drawMap(workerData as MapTask, (fraction) => tell({ fraction })) });
} catch (thrown) {
  tell({ failure: describeFailure(thrown) });
}
