/** Takes the lock, says so, and keeps it; `exit` as a message ends the process under the lock. Argument: lock. */
import { withLock } from '../../../../src/store/lock.ts';

const [lock] = process.argv.slice(2);
await withLock(lock, async () => {
  process.send?.('held');
  await new Promise<never>(() => {
    process.on('message', () => process.exit(3));
  });
});
