import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rowActions } from '../../../src/core/table/actions.ts';

interface Command {
  readonly command: string;
  readonly title: string;
  readonly category?: string;
}
interface MenuItem {
  readonly command?: string;
  readonly when?: string;
}
interface Keybinding {
  readonly command: string;
  readonly key: string;
  readonly when?: string;
}
interface Contributions {
  readonly commands: readonly Command[];
  readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
  readonly keybindings: readonly Keybinding[];
}

const { contributes } = readJson<{ contributes: Contributions }>('package.json');
const strings = readJson<Record<string, string>>('package.nls.json');

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')) as T;
}

/** The text of a `%key%`, or the text itself. */
function localised(text: string | undefined): string | undefined {
  return text?.replace(/^%(.+)%$/, (whole, key: string) => strings[key] ?? whole);
}

/** The conditions that must all hold. */
function conditions(when: string | undefined): string[] {
  return (when ?? '').split('&&').map((condition) => condition.trim());
}

const ids = rowActions.map(({ command }) => command);
const isRowCommand = ({ command }: { readonly command?: string }): boolean =>
  command !== undefined && command.startsWith('counterweight.row.');
const sorted = (texts: readonly (string | undefined)[]): (string | undefined)[] => [...texts].sort();

describe('package.json offers the row actions of core/table/actions.ts', () => {
  it('as commands of the category Counterweight, with their titles', () => {
    const commands = contributes.commands.filter(isRowCommand).map(({ command, title, category }) => ({
      command,
      title: localised(title),
      category: localised(category),
    }));
    const expected = rowActions.map(({ command, title }) => ({ command, title, category: 'Counterweight' }));
    expect(commands).toHaveLength(expected.length);
    expect(commands).toEqual(expect.arrayContaining(expected));
  });

  it('in the context menu of a row of the weights panel, once each', () => {
    const items = contributes.menus['webview/context'].filter(isRowCommand);
    expect(sorted(items.map(({ command }) => command))).toEqual(sorted(ids));
    for (const { when } of items) expect(conditions(when)).toContain("webviewId == 'counterweight.weights'");
  });

  it('in the palette, while the weights panel is the active one, once each', () => {
    const items = contributes.menus['commandPalette'].filter(isRowCommand);
    expect(sorted(items.map(({ command }) => command))).toEqual(sorted(ids));
    for (const { when } of items) expect(conditions(when)).toContain("activeWebviewPanelId == 'counterweight.weights'");
  });

  it('by their keys, while the row list has the keyboard', () => {
    const bindings = contributes.keybindings.filter(isRowCommand);
    const keys = bindings.map(({ command, key }) => `${key}: ${command}`);
    const expected = rowActions.flatMap(({ command, key }) => (key === undefined ? [] : [`${key}: ${command}`]));
    expect(sorted(keys)).toEqual(sorted(expected));
    expect(new Set(bindings.map(({ key }) => key)).size).toBe(bindings.length);
    for (const { when } of bindings) expect(conditions(when)).toContain('counterweight.rowsFocused');
  });

  it('nowhere else: menus of other places know no row', () => {
    for (const [menu, items] of Object.entries(contributes.menus)) {
      if (menu === 'webview/context' || menu === 'commandPalette') continue;
      expect(items.filter(isRowCommand), menu).toEqual([]);
    }
  });
});
