import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');

interface MenuItem {
  readonly command?: string;
  readonly when?: string;
}
const manifest = JSON.parse(read('package.json')) as {
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
  };
};
const strings = JSON.parse(read('package.nls.json')) as Readonly<Record<string, string>>;

/** Folders of front ends that have an entry. */
const views = readdirSync(new URL('webview/', root)).filter((name) =>
  existsSync(new URL(`webview/${name}/main.ts`, root)),
);

describe('every view of the webview folder', () => {
  it.each(views)('%s is bundled, and comes back after a reload', (view) => {
    expect(manifest.activationEvents).toContain(`onWebviewPanel:counterweight.${view}`);
    expect(read('esbuild.mjs')).toContain(`'${view}'`);
  });
});

describe('"Compare methods"', () => {
  it('has its title, and stands wherever a classifier can be trained from', () => {
    const command = manifest.contributes.commands.find(({ command: id }) => id === 'counterweight.compareMethods');
    expect(strings[command?.title.slice(1, -1) ?? '']).toBe('Compare methods');
    const menusOf = (id: string): string[] =>
      Object.entries(manifest.contributes.menus).flatMap(([menu, items]) =>
        items.some((item) => item.command === id) ? [menu] : [],
      );
    const menus = menusOf('counterweight.compareMethods');
    expect(menus).toEqual(expect.arrayContaining(menusOf('counterweight.trainClassifier')));
    expect(menusOf('counterweight.runs.compareMethods')).toContain('view/item/context');
  });

  it('is offered for datasets alone, never for what was written about them', () => {
    for (const items of Object.values(manifest.contributes.menus)) {
      for (const { command, when = '' } of items) {
        if (command !== 'counterweight.compareMethods') continue;
        expect(when).toMatch(/activeWebviewPanelId|resourceFilename .*\.counterweight/);
      }
    }
  });
});
