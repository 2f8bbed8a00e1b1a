import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { answer, back, beginSession, currentText, finish } from '../../../src/host/label/labelSession.ts';
import { LabelStore, targetAsItIs, type Labelling } from '../../../src/host/label/labelStore.ts';

let folder: string;
let target: string;
let store: LabelStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'label-'));
  target = join(folder, 'real.jsonl');
  store = new LabelStore(join(folder, 'storage'), join(folder, 'synthetic.jsonl'));
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

const texts = Array.from({ length: 8 }, (_, i) => ({ line: i + 1, text: `t${String(i + 1)}` }));

async function begin(): Promise<Labelling> {
  return {
    dataset: join(folder, 'synthetic.jsonl'),
    source: join(folder, 'mails.jsonl'),
    sourceKind: 'texts',
    target,
    fields: { text: 'text', label: 'label' },
    ...(await targetAsItIs(target)),
    session: beginSession(['ham', 'spam'], 5, texts),
  };
}

async function give(labelling: Labelling, label: string | null): Promise<Labelling> {
  const line = currentText(labelling.session)?.line ?? -1;
  return (await store.save({ ...labelling, session: answer(labelling.session, line, label) })).labelling;
}

const row = (i: number, label: string): string => `{"text":"t${String(i)}","label":"${label}"}\n`;
const content = (): Promise<string> => readFile(target, 'utf8');

describe('a labelling on disk', () => {
  it('is in the file after every answer', async () => {
    let labelling = await give(await begin(), 'ham');
    expect(await content()).toBe(row(1, 'ham'));
    labelling = await give(await give(labelling, null), 'spam');
    expect(await content()).toBe(row(1, 'ham') + row(3, 'spam'));
    labelling = { ...labelling, session: back(back(back(labelling.session))) };
    await give(labelling, 'spam');
    expect(await content()).toBe(row(1, 'spam') + row(3, 'spam'));
  });

  it('makes no file before the first label', async () => {
    await give(await begin(), null);
    expect(await readdir(folder)).toEqual(['storage']);
  });

  it('comes back as it was left', async () => {
    let labelling = await give(await give(await begin(), 'ham'), null);
    labelling = (await store.save({ ...labelling, session: finish(labelling.session) })).labelling;
    const loaded = await new LabelStore(join(folder, 'storage'), labelling.dataset).load();
    expect(loaded).toEqual(labelling);
    expect(await new LabelStore(join(folder, 'storage'), 'another').load()).toBeUndefined();
  });

  it('goes on after a process that ended between its state and its file', async () => {
    const labelling = await give(await begin(), 'ham');
    const before = await content();
    await give(labelling, 'spam');
    // As if the rename of the file had not happened.
    await writeFile(target, before);
    const loaded = await new LabelStore(join(folder, 'storage'), labelling.dataset).load();
    const { change } = await store.save(loaded as Labelling);
    expect(change).toBeUndefined();
    expect(await content()).toBe(row(1, 'ham') + row(2, 'spam'));
  });

  it('is forgotten, but never what was labelled', async () => {
    const labelling = await give(await begin(), 'ham');
    await store.forget();
    expect(await store.load()).toBeUndefined();
    expect(await content()).toBe(row(1, 'ham'));
    expect(labelling.session.answers).toEqual(['ham']);
  });
});

describe('a file that was there before', () => {
  it('keeps every byte, also without a line feed at its end', async () => {
    const old = '\ufeff{"text":"old","label":"ham"}\r\n{"text":"old 2","label":"spam"}';
    await writeFile(target, old);
    let labelling = await give(await begin(), 'ham');
    expect(await content()).toBe(`${old}\n${row(1, 'ham')}`);
    labelling = await give({ ...labelling, session: back(labelling.session) }, 'spam');
    expect(await content()).toBe(`${old}\n${row(1, 'spam')}`);
    // The only label is taken back: nothing of ours is left.
    await give({ ...labelling, session: back(labelling.session) }, null);
    expect(await content()).toBe(old);
  });
});

describe('a file that others change meanwhile', () => {
  it('keeps what they wrote, and gets what comes after', async () => {
    const labelling = await give(await give(await begin(), 'ham'), 'ham');
    const edited = '{"text":"t1","label":"spam"}\n{"text":"mine","label":"ham"}\n';
    await writeFile(target, edited);
    const third = answer(labelling.session, 3, 'spam');
    const { labelling: saved, change } = await store.save({ ...labelling, session: third });
    expect(change).toBe('changed');
    expect(await content()).toBe(edited + row(3, 'spam'));
    expect(saved.session.fixed).toBe(2);
    expect(back(back(saved.session)).position).toBe(2);
    // The row of ours that is still ours can be taken back.
    await give({ ...saved, session: back(saved.session) }, 'ham');
    expect(await content()).toBe(edited + row(3, 'ham'));
  });

  it('is written again whole where it was deleted', async () => {
    const labelling = await give(await give(await begin(), 'ham'), 'spam');
    await rm(target);
    const { change } = await store.save({ ...labelling, session: answer(labelling.session, 3, 'spam') });
    expect(change).toBe('deleted');
    expect(await content()).toBe(row(1, 'ham') + row(2, 'spam') + row(3, 'spam'));
  });
});

describe('a file that cannot be written', () => {
  it.skipIf(process.getuid?.() === 0)('is one clear line, and nothing is lost', async () => {
    const labelling = await give(await begin(), 'ham');
    await chmod(folder, 0o500);
    const next = { ...labelling, session: answer(labelling.session, 2, 'spam') };
    await expect(store.save(next)).rejects.toThrow(UserError);
    await chmod(folder, 0o700);
    await store.save(next);
    expect(await content()).toBe(row(1, 'ham') + row(2, 'spam'));
  });

  it('says so where a folder stands in its place', async () => {
    const labelling = { ...(await begin()), target: folder };
    await expect(store.save(labelling)).rejects.toThrow(/a folder is where a file should be/);
  });
});
