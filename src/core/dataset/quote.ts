/** A quoted value is cut after this many characters. */
const MAX_LENGTH = 60;

/**
 * A value from a file as it may stand in a message: in single quotes, cut where long, and with everything escaped that
 * could break the line, hide, or reorder the text around it (control and format characters, lone surrogates).
 */
export function quote(value: string): string {
  // Characters, not code units, so that an emoji at the cut stays whole; a slice first, since the value may be huge.
  const start = [...value.slice(0, 2 * MAX_LENGTH + 2)];
  const shown = start.length > MAX_LENGTH ? `${start.slice(0, MAX_LENGTH).join('')}…` : value;
  return `'${escapeInvisible(shown)}'`;
}

/** The text with every control and format character, line break and lone surrogate written as an escape. */
export function escapeInvisible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escapeCharacter);
}

/** Several quoted values, `'a', 'b' and 3 more` where there are more than `limit`. */
export function quoteList(values: readonly string[], limit = 12): string {
  const shown = values.slice(0, limit).map(quote).join(', ');
  return values.length > limit ? `${shown} and ${values.length - limit} more` : shown;
}

function escapeCharacter(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
