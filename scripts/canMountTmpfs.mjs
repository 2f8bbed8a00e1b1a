import { spawnSync } from 'node:child_process';

/** Whether a small disk in memory can be mounted on a folder of this machine, which the tests with a full disk need. */
export function canMountTmpfs(folder) {
  const options = { stdio: 'ignore' };
  if (process.platform !== 'linux') return false;
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], options).status !== 0) return false;
  return spawnSync('umount', [folder], options).status === 0;
}
