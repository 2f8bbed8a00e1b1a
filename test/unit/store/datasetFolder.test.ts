import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datasetFolders, hasDatasetFolder, isOwnPath } from '../../../src/store/layout.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'counterweight-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('what was written about a dataset', () => {
  it('is looked for beside it and in the storage', async () => {
    const dataset = join(folder, 'synthetic.jsonl');
    const storage = join(folder, 'storage');
    expect(await hasDatasetFolder(dataset, storage)).toBe(false);
    await mkdir(datasetFolders(dataset, storage)[1], { recursive: true });
    expect(await hasDatasetFolder(dataset, storage)).toBe(true);
    expect(await hasDatasetFolder(dataset)).toBe(false);
    await mkdir(datasetFolders(dataset)[0], { recursive: true });
    expect(await hasDatasetFolder(dataset)).toBe(true);
  });

  it('is no dataset itself', () => {
    expect(isOwnPath(join(folder, '.counterweight', 'synthetic.jsonl', 'decisions.jsonl'))).toBe(true);
    expect(isOwnPath(join(folder, 'my.counterweight', 'a.jsonl'))).toBe(false);
  });
});
