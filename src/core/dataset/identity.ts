import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

const encoder = new TextEncoder();

/**
 * What a row's text is known by after lines move: the first 16 hexadecimal digits of the SHA-256 of its UTF-8 bytes,
 * a pair joined by U+0000. The label plays no part, so a relabelled row stays the same row.
 */
export function textHash(text: string, textPair?: string): string {
  const bytes = encoder.encode(textPair === undefined ? text : `${text}\u0000${textPair}`);
  return bytesToHex(sha256(bytes).subarray(0, 8));
}

/** The 16 hexadecimal digits of a text hash kept as two numbers of 32 bits. */
export function hashText(high: number, low: number): string {
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

/** The two numbers of a text hash; undefined where it is none. */
export function hashNumbers(hash: string): { high: number; low: number } | undefined {
  if (!/^[0-9a-f]{16}$/.test(hash)) return undefined;
  return { high: parseInt(hash.slice(0, 8), 16), low: parseInt(hash.slice(8), 16) };
}

/** Counts how often each hash came before: 0 for its first row, 1 for the first copy, and so on. */
export function occurrenceCounter(): (hash: string) => number {
  const seen = new Map<string, number>();
  return (hash) => {
    const occurrence = seen.get(hash) ?? 0;
    seen.set(hash, occurrence + 1);
    return occurrence;
  };
}
