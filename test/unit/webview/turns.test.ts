import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Turns } from '../../../webview/weights/turns.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('an action waits for the one before it, and until what that changed is shown', async () => {
  let settled = true;
  const turns = new Turns(() => settled, 1000);
  const begun: string[] = [];
  const begin = (name: string): void =>
    void turns.begin().then((came) => begun.push(`${name} ${came ? 'begins' : 'is dropped'}`));
  begin('a');
  begin('b');
  begin('c');
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toEqual(['a begins']);
  // It changed rows that are asked for again.
  settled = false;
  turns.end();
  await vi.advanceTimersByTimeAsync(500);
  expect(begun).toEqual(['a begins']);
  settled = true;
  turns.look();
  turns.look();
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toEqual(['a begins', 'b begins']);
  turns.end();
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toEqual(['a begins', 'b begins', 'c begins']);
});

test('one that had to wait too long does nothing any more, and the others still have their turn', async () => {
  const turns = new Turns(() => true, 1000);
  expect(await turns.begin()).toBe(true);
  const late = turns.begin();
  await vi.advanceTimersByTimeAsync(600);
  const later = turns.begin();
  await vi.advanceTimersByTimeAsync(400);
  expect(await late).toBe(false);
  turns.end();
  expect(await later).toBe(true);
});
