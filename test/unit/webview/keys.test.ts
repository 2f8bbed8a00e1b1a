import { describe, expect, it } from 'vitest';
import { rowActions } from '../../../src/core/table/actions.ts';
import { Echoes } from '../../../webview/weights/echoes.ts';
import { actionOfKey } from '../../../webview/weights/rowKeys.ts';

const press = (key: string, modifiers: Partial<Record<'shiftKey' | 'ctrlKey' | 'altKey' | 'metaKey', boolean>> = {}) =>
  actionOfKey({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...modifiers });

describe('keys of the list', () => {
  it('are those of the table of actions, and no others', () => {
    expect(press('r')).toBe('relabel');
    expect(press('R', { shiftKey: true })).toBe('relabelTo');
    // Caps lock.
    expect(press('X')).toBe('remove');
    expect(press('Enter')).toBe('open');
    for (const modifier of ['ctrlKey', 'altKey', 'metaKey']) expect(press('r', { [modifier]: true })).toBeUndefined();
    const keys = [...'abcdefghijklmnopqrstuvwxyz'].filter((key) => press(key) !== undefined);
    expect(keys).toEqual(rowActions.flatMap(({ key }) => (key?.length === 1 ? [key] : [])).sort());
  });
});

describe('Echoes', () => {
  it('takes the command that follows a key for the same wish, once, and not for long', () => {
    const echoes = new Echoes<string>();
    expect(echoes.take('remove', 0)).toBe(false);
    echoes.began('remove', 0);
    expect(echoes.take('keep', 1)).toBe(false);
    expect(echoes.take('remove', 2)).toBe(true);
    expect(echoes.take('remove', 3)).toBe(false);
    echoes.began('remove', 10);
    echoes.began('remove', 20);
    expect([echoes.take('remove', 30), echoes.take('remove', 30), echoes.take('remove', 30)]).toEqual([
      true,
      true,
      false,
    ]);
    echoes.began('remove', 100);
    expect(echoes.take('remove', 1101)).toBe(false);
  });
});
