/** Replaces a folder of two files again and again until it is killed. Argument: folder. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFolderAtomic } from '../../../../src/store/atomic.ts';

const [target] = process.argv.slice(2);
for (let version = 0; ; version++) {
  await replaceFolderAtomic(target, async (folder) => {
    await writeFile(join(folder, 'a'), String(version));
    await writeFile(join(folder, 'b'), String(version));
  });
  process.send?.(version);
}
