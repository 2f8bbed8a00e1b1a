/** Keys that work wherever the keyboard is in the panel, but where text is typed: `/` searches, Escape goes to the list. */
export function listenForShortcuts(list: HTMLElement, search: () => void): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof HTMLInputElement) return;
    if (event.key === '/') search();
    else if (event.key === 'Escape' && event.target !== list) list.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
