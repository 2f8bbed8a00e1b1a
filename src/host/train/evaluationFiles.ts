/** Which files beside a dataset hold its dev and test rows, judged by name. Pure. */

export interface EvaluationGuess {
  readonly dev?: string;
  readonly test?: string;
}

const devWords = new Set(['dev', 'devel', 'val', 'valid', 'validation', 'eval', 'evaluation']);
const testWords = new Set(['test', 'tests', 'testing', 'heldout', 'holdout']);
/** Words that say what a file is for, or nothing; the others name the data set. */
const otherRoles = new Set([
  ...['synthetic', 'synth', 'generated', 'llm', 'gpt', 'train', 'training', 'real', 'gold', 'seed', 'data', 'dataset'],
  ...['set', 'split', 'rows', 'corrected', 'filtered', 'weighted', 'labeled', 'labelled', 'jsonl'],
]);

interface Named {
  readonly name: string;
  readonly role: 'dev' | 'test' | undefined;
  /** Words that name the data set. */
  readonly topic: readonly string[];
}

/**
 * Guesses dev and test files among the names of a folder.
 *
 * @param names Base names of the folder's files.
 * @param dataset Base name of the synthetic file.
 * @param others Base names that are taken: the real file.
 */
export function guessEvaluationFiles(
  names: readonly string[],
  dataset: string,
  others: readonly string[] = [],
): EvaluationGuess {
  const taken = new Set([dataset, ...others]);
  const topic = readName(dataset).topic;
  const candidates = names
    .filter((name) => /\.(jsonl|ndjson)$/i.test(name) && !taken.has(name))
    .map(readName)
    .filter((candidate) => sameTopic(candidate.topic, topic));
  const best = (role: 'dev' | 'test'): string | undefined =>
    candidates.filter((candidate) => candidate.role === role).sort((a, b) => compare(a, b, topic))[0]?.name;
  return { dev: best('dev'), test: best('test') };
}

/** What a file is for, as far as its name tells. */
export function evaluationRole(name: string): 'dev' | 'test' | undefined {
  return readName(name).role;
}

/** A file that names another data set than ours is none of ours; one that names no data set may be. */
function sameTopic(candidate: readonly string[], topic: readonly string[]): boolean {
  return topic.length === 0 || candidate.length === 0 || candidate.some((word) => topic.includes(word));
}

/** More words in common first, then fewer that are not, then the shorter name. */
function compare(a: Named, b: Named, topic: readonly string[]): number {
  const shared = ({ topic: words }: Named): number => words.filter((word) => topic.includes(word)).length;
  const foreign = (named: Named): number => named.topic.length - shared(named);
  return (
    shared(b) - shared(a) ||
    foreign(a) - foreign(b) ||
    a.name.length - b.name.length ||
    (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  );
}

function readName(name: string): Named {
  const stem = name.replace(/\.[^.]*$/, '');
  const words = stem
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/held[-_ ]out/g, 'heldout')
    .replace(/hold[-_ ]out/g, 'holdout')
    .match(/\p{L}+|\d+/gu);
  const all = words ?? [];
  const role = all.some((word) => devWords.has(word))
    ? 'dev'
    : all.some((word) => testWords.has(word))
      ? 'test'
      : undefined;
  const topic = all.filter((word) => !devWords.has(word) && !testWords.has(word) && !otherRoles.has(word));
  return { name, role, topic };
}
