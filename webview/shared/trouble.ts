import { h } from './dom.ts';

/** Tells the user of calls that failed, in one line above the view; nothing waits for what these calls result in. */
export function troubleTeller(root: HTMLElement): (call: Promise<unknown>) => void {
  return (call) => {
    call.catch((thrown: unknown) => {
      const text = thrown instanceof Error ? thrown.message : String(thrown);
      root.querySelector('.trouble')?.remove();
      root.prepend(h('p', { class: 'trouble', role: 'alert' }, text));
    });
  };
}
