/**
 * What the views say, in the user's language. The English sentence is the key, as with `vscode.l10n`; the extension writes
 * the sentences of its bundle into the page (`createWebviewHtml`), so that they are there before anything is drawn.
 */

/** As much of a page as is read here: what the views compute without a screen is tested without one. */
interface Page {
  getElementById(id: string): { readonly dataset: Readonly<Record<string, string | undefined>> } | null;
}

/** Sentences by the English ones; empty where the language is English. */
const sentences = read((globalThis as { readonly document?: Page }).document);

/**
 * A sentence in the user's language.
 *
 * @param message In English, with `{0}`, `{1}` … where the arguments go.
 */
export function t(message: string, ...args: readonly (string | number)[]): string {
  return translation(message).replace(/\{(\d+)\}/g, (hole, index: string) => String(args.at(Number(index)) ?? hole));
}

/** The same with the holes left open. */
export function translation(message: string): string {
  return sentences.get(message) ?? message;
}

function read(page: Page | undefined): ReadonlyMap<string, string> {
  const json = page?.getElementById('app')?.dataset['l10n'];
  if (json === undefined) return new Map();
  const bundle = JSON.parse(json) as Readonly<Record<string, unknown>>;
  return new Map(Object.entries(bundle).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
