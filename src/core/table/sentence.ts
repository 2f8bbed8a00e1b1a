/** Sentences that are put together in one place and said in the user's language in another. */

/** A sentence with holes `{0}`, `{1}` …, and what fills them. */
export interface Sentence {
  readonly template: string;
  readonly args: readonly (string | Sentence)[];
}

/** Takes a template apart: sentence`${name} is gone.` is the template `{0} is gone.` and a name. */
export function sentence(pieces: TemplateStringsArray, ...args: readonly (string | Sentence)[]): Sentence {
  const template = pieces.map((piece, at) => (at === 0 ? piece : `{${String(at - 1)}}${piece}`)).join('');
  return { template, args };
}

/**
 * A sentence in words.
 *
 * @param fill Puts arguments into the holes of a template, in the user's language; English without it.
 */
export function say(
  { template, args }: Sentence,
  fill: (template: string, ...args: string[]) => string = english,
): string {
  return fill(template, ...args.map((arg) => (typeof arg === 'string' ? arg : say(arg, fill))));
}

function english(template: string, ...args: string[]): string {
  return template.replace(/\{(\d+)\}/g, (hole, at: string) => args.at(Number(at)) ?? hole);
}
