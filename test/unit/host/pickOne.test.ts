import { beforeEach, expect, test, vi } from 'vitest';
import { QuickPick, type Entry } from './quickPick.ts';

vi.mock('vscode', () => ({ window: { createQuickPick: () => new QuickPick() } }));
const { pickOne } = await import('../../../src/host/pickOne.ts');

const entries: readonly Entry[] = [{ label: 'Start' }, { label: 'Methods' }, { label: 'Seeds' }];
const priced = entries.map((entry) => ({ ...entry, description: '3 h' }));

/** Once everything that is due has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  QuickPick.opened.length = 0;
});

test('a list opens at once; what is known later comes into it and moves nothing', async () => {
  let tell: (items: readonly Entry[]) => void = () => undefined;
  const later = new Promise<readonly Entry[]>((resolve) => {
    tell = resolve;
  });
  const picked = pickOne(entries, { title: 'Compare', active: entries[0], later });
  const [pick] = QuickPick.opened;
  expect(pick.items).toEqual(entries);
  pick.activeItems = [entries[2]];
  tell(priced);
  await settled();
  expect([pick.items, pick.activeItems]).toEqual([priced, [priced[2]]]);
  pick.enter();
  expect(await picked).toBe(priced[2]);
});

test('a list that is closed is left alone by what comes later', async () => {
  const picked = pickOne(entries, { title: 'Compare', active: entries[1], later: Promise.resolve(priced) });
  const [pick] = QuickPick.opened;
  pick.enter();
  expect(await picked).toBe(entries[1]);
  await settled();
  expect(pick.items).toEqual(entries);
});
