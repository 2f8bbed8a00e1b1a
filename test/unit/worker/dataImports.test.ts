/**
 * What the data worker loads when it starts: it shows what files hold within moments, so nothing that computes belongs to
 * it. Likewise what a job will cost is told before anybody asks for the job: no engine is loaded for it.
 */
import { build } from 'esbuild';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');

/** What a program loads before its first statement: its own modules and packages; later imports have files of their own. */
async function loadedBy(entry: string): Promise<string[]> {
  const { metafile } = await build({
    ...{ entryPoints: [entry], absWorkingDir: root, outdir: '/', write: false, metafile: true, bundle: true },
    ...{ platform: 'node', format: 'esm', splitting: true, external: ['onnxruntime-node'], logLevel: 'silent' },
  });
  const loaded = new Set<string>();
  const visit = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const { path, kind } of metafile.inputs[file]?.imports ?? []) if (kind !== 'dynamic-import') visit(path);
  };
  visit(entry);
  return [...loaded];
}

const heavy = /onnxruntime|@huggingface|umap|ml-matrix|^src\/engine\//;

test('the data worker and its threads load no engine and no library that computes', async () => {
  for (const entry of ['src/worker/data.ts', 'src/worker/indexer.ts']) {
    expect((await loadedBy(entry)).filter((file) => heavy.test(file))).toEqual([]);
  }
  // The pattern finds what is there.
  expect((await loadedBy('src/jobs/scoreJob.ts')).some((file) => heavy.test(file))).toBe(true);
});

test('what a job will cost, and the job worker until it has a job, load no engine', async () => {
  // Numbers that recipes are made of, and arithmetic on them.
  const plain = ['batchPlan', 'fineTuneSettings'].map((name) => `src/engine/training/${name}.ts`);
  for (const entry of ['src/jobs/roughCost.ts', 'src/worker/job.ts']) {
    const loaded = await loadedBy(entry);
    expect(loaded).toContain('src/jobs/roughCost.ts');
    expect(loaded.filter((file) => heavy.test(file) && !plain.includes(file))).toEqual([]);
  }
});
