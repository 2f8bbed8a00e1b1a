/** Text that comes from files, made safe for Markdown. Knows nothing of VS Code. */
import { escapeInvisible } from '../../core/dataset/quote.ts';

/**
 * Any text as Markdown that shows just this text on one line: every punctuation mark of ASCII is escaped, so that nothing
 * begins a link, an image, an icon, HTML, a table cell or a list, and what is invisible or turns the direction of writing
 * is written out.
 *
 * @param longest Characters after which the text is cut.
 */
export function escapeMarkdown(text: string, longest = 200): string {
  const flat = text
    .slice(0, 4 * longest)
    .replace(/\s+/gu, ' ')
    .trim();
  // Characters, not code units, so that an emoji at the cut stays whole.
  const characters = [...flat];
  const isCut = characters.length > longest || text.length > 4 * longest;
  const shown = `${characters.slice(0, longest).join('')}${isCut ? '…' : ''}`;
  return escapeInvisible(shown).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}

/** A link that runs a command of ours. The arguments travel as JSON in the address, encoded so that nothing ends it early. */
export function commandLink(title: string, command: string, args: readonly unknown[]): string {
  return `[${escapeMarkdown(title)}](command:${command}?${encodeStrictly(JSON.stringify(args))})`;
}

/** As `encodeURIComponent`, and what that leaves of Markdown's punctuation too. */
function encodeStrictly(text: string): string {
  const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text).replace(/[!'()*~_]/g, percent);
}

/** A link to a place. @param address Encoded already. */
export function placeLink(title: string, address: string): string {
  return `[${escapeMarkdown(title)}](${address.replace(/[()\s<>]/g, encodeURIComponentOf)})`;
}

function encodeURIComponentOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
