/**
 * Characters that cannot be seen, or that change how others are seen, made visible: a row is shown as it is, and cannot
 * pretend to be another.
 */

/** Reorder or hide their surroundings: bidirectional controls, zero-width space and joiners that stand alone, byte-order mark. */
const named: Readonly<Record<number, string>> = {
  0x7f: 'DEL',
  0x61c: 'ALM',
  0x200b: 'ZWSP',
  0x200e: 'LRM',
  0x200f: 'RLM',
  0x202a: 'LRE',
  0x202b: 'RLE',
  0x202c: 'PDF',
  0x202d: 'LRO',
  0x202e: 'RLO',
  0x2060: 'WJ',
  0x2066: 'LRI',
  0x2067: 'RLI',
  0x2068: 'FSI',
  0x2069: 'PDI',
  0xfeff: 'BOM',
};

/** C0, by code. */
const controls =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' ',
  );

// Tab and line feed are whitespace that the layout shows; a carriage return before a line feed is part of the line end.
const unseen =
  /\r(?!\n)|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;

/** Whether a text holds characters that {@link visible} replaces. */
export function hasUnseen(text: string): boolean {
  return text.search(unseen) !== -1;
}

/**
 * The visible stand-in of one such character, e.g. `⟨NUL⟩`, `⟨RLO⟩` for a right-to-left override, `⟨0085⟩` for one without
 * a name. Names, because few fonts have the control pictures (␀) of Unicode.
 */
export function standIn(character: string): string {
  const code = character.charCodeAt(0);
  return `⟨${controls[code] ?? named[code] ?? code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** A text with every such character replaced. */
export function visible(text: string): string {
  return text.replace(unseen, standIn);
}

/** A text in parts: stretches as they are, and stand-ins, in order. */
export function visibleParts(text: string): readonly { readonly text: string; readonly standIn: boolean }[] {
  const parts: { text: string; standIn: boolean }[] = [];
  let from = 0;
  for (const match of text.matchAll(unseen)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index), standIn: false });
    parts.push({ text: standIn(match[0]), standIn: true });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), standIn: false });
  return parts;
}
