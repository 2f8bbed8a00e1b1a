import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { datasetFolders, datasetOfRun, ownFolderIn, runRecordGlob } from '../../../src/store/layout.ts';

describe('from a run back to its dataset', () => {
  const dataset = resolve('/data/mail/synthetic.jsonl');
  const [beside, stored] = datasetFolders(dataset, '/storage');

  it('is the way that leads to it', () => {
    expect(datasetOfRun(join(beside, '20260131T142233Z-imp'))).toBe(dataset);
    expect(datasetOfRun(join(beside, '20260131T142233Z-real-only-2'))).toBe(dataset);
    expect(beside.startsWith(ownFolderIn('/data/mail'))).toBe(true);
  });

  it('is unknown for folders elsewhere', () => {
    expect(datasetOfRun(join(stored, '20260131T142233Z-imp'))).toBeUndefined();
    expect(datasetOfRun(join(beside, 'notes'))).toBeUndefined();
    expect(datasetOfRun(beside)).toBeUndefined();
    expect(datasetOfRun('/data/runs/20260131T142233Z-imp')).toBeUndefined();
  });

  it('finds records with a pattern that knows the depth', () => {
    expect(runRecordGlob).toBe('**/.counterweight/*/*/run.json');
  });
});
