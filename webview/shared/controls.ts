/** Buttons and badges as VS Code draws them, from `@vscode-elements/elements`, one component at a time. */
import '@vscode-elements/elements/dist/vscode-badge/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-bar/index.js';
import { custom, h } from './dom.ts';
import { icon, type IconName } from './icons.ts';

export interface ButtonOptions {
  readonly icon?: IconName;
  /** Less prominent. */
  readonly secondary?: boolean;
  readonly title?: string;
  readonly press: () => void;
}

/** A push button. */
export function button(label: string, options: ButtonOptions): HTMLElement {
  const picture = options.icon === undefined ? undefined : icon(options.icon);
  picture?.setAttribute('slot', 'content-before');
  return custom(
    'vscode-button',
    { secondary: options.secondary === true, title: options.title, onclick: options.press },
    picture,
    label,
  );
}

/** Changes the words on a push button. */
export function relabel(button: HTMLElement, label: string): void {
  const text = [...button.childNodes].find((node) => node.nodeType === Node.TEXT_NODE);
  if (text === undefined) button.append(label);
  else if (text.nodeValue !== label) text.nodeValue = label;
}

/** A button that is only an icon; `label` names it for everybody who hovers or listens. */
export function toolButton(label: string, name: IconName, press: () => void): HTMLButtonElement {
  return h('button', { class: 'tool', type: 'button', 'aria-label': label, title: label, onclick: press }, icon(name));
}

/** A button that reads like a link. */
export function linkButton(label: string, press: () => void, title?: string): HTMLButtonElement {
  return h('button', { class: 'link', type: 'button', title, onclick: press }, label);
}

/** A short word that stands out. */
export function badge(text: string, title?: string): HTMLElement {
  return custom('vscode-badge', { title }, text);
}

/** A thin bar; without a fraction it shows that something goes on. */
export interface ProgressBar extends HTMLElement {
  value: number | undefined;
  indeterminate: boolean;
}

export function progressBar(label: string): ProgressBar {
  return custom<ProgressBar>('vscode-progress-bar', { 'aria-label': label });
}
