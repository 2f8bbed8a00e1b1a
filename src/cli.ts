#!/usr/bin/env node
import { main } from './cli/main.ts';

// Whoever reads our output may stop early (`| head`): nothing is left to do then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
