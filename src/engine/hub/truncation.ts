/**
 * How many tokens of each text of a pair survive when both together may have `room` tokens: the longer loses first
 * until both are equal, then they lose in turn. The result of `longest_first` in Hugging Face's `tokenizers`
 * (`utils/truncation.rs`), its rounding included: of an odd room the text that was longer gets the extra token, and the
 * second text if both were equally long.
 */
export function truncateLongestFirst(first: number, second: number, room: number): [first: number, second: number] {
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second);
  const half = Math.floor(room / 2);
  const [short, long] = shorter <= half ? [shorter, room - shorter] : [half, room - half];
  return first > second ? [long, short] : [short, long];
}
