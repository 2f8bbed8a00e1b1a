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

/** Counts how often each hash came before: 0 for its first row, 1 for the first copy, and so on. */
export function occurrenceCounter(): (hash: string) => number {
  const seen = new Map<string, number>();
  return (hash) => {
    const occurrence = seen.get(hash) ?? 0;
    seen.set(hash, occurrence + 1);
    return occurrence;
  };
}
