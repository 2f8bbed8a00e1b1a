import { h } from './dom.ts';
import { fileName, pathParts } from './paths.ts';
import { visible } from './visibleText.ts';

/**
 * The parts of a sentence: files as their names with the path as tooltip, everything else as it is, harmless to show.
 *
 * @param known Paths that are known to occur; they may hold spaces.
 */
export function pathText(sentence: string, known: readonly string[] = []): (Node | string)[] {
  return pathParts(sentence, known).map((part) =>
    typeof part === 'string'
      ? visible(part)
      : h('bdi', { class: 'path', title: visible(part.path) }, visible(fileName(part.path))),
  );
}
