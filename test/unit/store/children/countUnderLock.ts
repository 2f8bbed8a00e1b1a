/**
 * Under the lock, as often as asked: reads a number from a file, waits, writes one more. Without exclusion some would be
 * lost. Arguments: lock, file, times.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { withLock } from '../../../../src/store/lock.ts';

const [lock, file, times] = process.argv.slice(2);
for (let i = 0; i < Number(times); i++) {
  await withLock(lock, async () => {
    const count = Number(await readFile(file, 'utf8'));
    await sleep(1);
    await writeFile(file, String(count + 1));
  });
}
process.disconnect?.();
