/** Which of two files is the synthetic one. Pure. */
import { basename } from 'node:path';

export interface SizedFile {
  readonly path: string;
  readonly bytes: number;
}

export interface Pair {
  readonly synthetic: string;
  readonly real: string;
}

/** Parts of names, as words: "train_real.jsonl" is real, "realistic.jsonl" is nothing. */
const realWords = /(^|[^a-z])(real|gold(en)?|human|seed|train(ing)?|label(l)?ed|annotated|original)([^a-z]|$)/i;
const syntheticWords = /synth|generated|llm|gpt|augment|(^|[^a-z])(fake|artificial|generations?)([^a-z]|$)/i;
/** The synthetic file is usually many times larger; below this ratio size says nothing. */
const clearRatio = 1.5;

/** By their names, else by their sizes: the real file is the small one. Undefined where neither tells. */
export function orderPair(a: SizedFile, b: SizedFile): Pair | undefined {
  const asPair = (synthetic: SizedFile, real: SizedFile): Pair => ({ synthetic: synthetic.path, real: real.path });
  const [ofA, ofB] = [leaning(a.path), leaning(b.path)];
  if (ofA !== ofB) return ofA > ofB ? asPair(a, b) : asPair(b, a);
  if (a.bytes > clearRatio * b.bytes) return asPair(a, b);
  if (b.bytes > clearRatio * a.bytes) return asPair(b, a);
  return undefined;
}

/** 1: the name says synthetic; −1: real; 0: neither, or both. */
function leaning(path: string): number {
  const name = basename(path);
  return Number(syntheticWords.test(name)) - Number(realWords.test(name));
}
