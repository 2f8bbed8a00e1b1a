/** A language that nobody speaks, in which every sentence of the views stands in ⟦ ⟧: what does not was never passed on. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '../../..');
const folders = [
  'webview/weights',
  'webview/training',
  'webview/compare',
  'webview/label',
  'webview/map',
  'webview/shared',
  'src/core/table',
  'src/core/weighting',
  'src/protocol',
];

/** Every string of the views' sources, whether it is a sentence or not, in that language. */
export function pseudoSentences(): Record<string, string> {
  const found = new Set<string>();
  for (const folder of folders) {
    for (const name of readdirSync(path.join(root, folder)).filter((each) => each.endsWith('.ts'))) {
      const text = readFileSync(path.join(root, folder, name), 'utf8');
      collect(ts.createSourceFile(name, text, ts.ScriptTarget.Latest), found);
    }
  }
  return Object.fromEntries([...found].map((each) => [each, `⟦${each}⟧`]));
}

function collect(node: ts.Node, found: Set<string>): void {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.add(node.text);
  else if (ts.isTemplateExpression(node)) {
    // As `sentence` takes a template apart.
    const spans = node.templateSpans.map(({ literal }, at) => `{${String(at)}}${literal.text}`);
    found.add(node.head.text + spans.join(''));
  }
  ts.forEachChild(node, (child) => {
    collect(child, found);
  });
}

/**
 * Words on the page that are in English.
 *
 * @param data Selectors of what holds the user's own text, and what the extension has said in the user's language already.
 * @param said The same, by its words.
 */
export function untranslated(page: Page, data: readonly string[], said: readonly string[] = []): Promise<string[]> {
  return page.evaluate(
    ([selector, known]) => {
      const words = /\p{L}{2,}/u;
      const outside = (text: string): string => {
        let inner = known.reduce((rest, each) => rest.replaceAll(each, ' '), text);
        for (let before = ''; before !== inner;) {
          before = inner;
          inner = inner.replace(/⟦[^⟦⟧]*⟧/g, ' ');
        }
        return inner;
      };
      const left: string[] = [];
      // Parts of one sentence may stand in several elements: what follows is read as one line.
      let line = '';
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
        const parent = node.parentElement;
        if (parent === null || parent.closest(`${selector}, script, style`) !== null) continue;
        line += `${node.nodeValue ?? ''}\n`;
      }
      left.push(
        ...outside(line)
          .split('\n')
          .filter((each) => words.test(each)),
      );
      for (const element of document.querySelectorAll('*')) {
        if (element.closest(selector) !== null) continue;
        for (const name of ['title', 'aria-label', 'aria-valuetext', 'placeholder', 'alt']) {
          const value = element.getAttribute(name);
          // Paths are the same in every language.
          if (value !== null && !value.startsWith('/') && words.test(outside(value))) left.push(`${name}: ${value}`);
        }
      }
      return left;
    },
    [data.join(', '), said] as const,
  );
}
