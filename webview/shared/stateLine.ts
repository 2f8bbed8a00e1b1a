import { h } from './dom.ts';
import { icon, type IconName } from './icons.ts';
import { visible } from './visibleText.ts';

/** How something stands, in a sentence behind an icon. */
export function stateLine(name: IconName, look: '' | 'good' | 'bad', ...words: readonly string[]): HTMLElement {
  return h('p', { class: `state ${look}` }, icon(name), h('span', {}, ...words.map((each) => visible(each))));
}
