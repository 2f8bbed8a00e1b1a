/** The job worker: a child process that runs one job for the extension host, which it never outlives for long. */
import { describeFailure } from '../protocol/failure.ts';
import type { JobEvents, JobApi } from '../protocol/jobs.ts';
import { serve } from '../protocol/rpc.ts';
import { jobSession } from './job/jobSession.ts';
import { loadEngine } from './job/loadEngine.ts';
import { parentPort } from './processPort.ts';

/** A job that was cancelled ends within seconds; this is for one that hangs in the middle of a computation. */
const longestGoodbyeMs = 60_000;

const session = jobSession((name, payload) => server.emit(name, payload), loadEngine);

/** The window is gone, or somebody ends us: keep what the job needs to go on, then go. */
function leave(): void {
  setTimeout(() => process.exit(1), longestGoodbyeMs).unref();
  void session.leave().then(() => process.exit(0));
}

const server = serve<JobApi, JobEvents>(parentPort(leave), session.handlers, describeFailure);

process.on('SIGINT', leave);
process.on('SIGTERM', leave);
// Where our output went is gone with the window, which is no reason to lose the checkpoint that is being written.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => {
    // Nobody reads it any more.
  });
}
