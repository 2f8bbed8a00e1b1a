import { h } from './dom.ts';

/**
 * Tells the user of calls that failed, in one line above the view; nothing waits for what these calls result in. The line
 * goes once a later call about the same succeeds: what it said is no longer so.
 */
export function troubleTeller(root: HTMLElement): (call: Promise<unknown>, about?: string) => void {
  let calls = 0;
  let told: { readonly call: number; readonly about: string; readonly line: HTMLElement } | undefined;
  return (call, about = '') => {
    const own = ++calls;
    call.then(
      () => {
        if (told === undefined || told.about !== about || told.call > own) return;
        told.line.remove();
        told = undefined;
      },
      (thrown: unknown) => {
        const text = thrown instanceof Error ? thrown.message : String(thrown);
        told?.line.remove();
        told = { call: own, about, line: h('p', { class: 'trouble', role: 'alert' }, text) };
        root.prepend(told.line);
      },
    );
  };
}
