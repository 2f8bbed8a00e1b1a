/** The brief as Markdown to paste into a prompt. Pure. */
import { formatPercent } from '../format.ts';
import type { Brief, BriefCluster, BriefConfusion, BriefExample, BriefLabel, Lengths } from './brief.ts';
import type { Phrase } from './phrases.ts';

/** What the brief was made from, for its last part. */
export interface BriefSource {
  /** File names without folders. */
  readonly synthetic: string;
  readonly real: string;
  readonly realRows: number;
  readonly syntheticRows: number;
  /** Rows of the synthetic file that could not be used. */
  readonly leftOut: number;
  /** Synthetic rows that repeat the exact text of an earlier one. */
  readonly copies: number;
  /** Name of the encoder; absent where TF-IDF features were used. */
  readonly encoder?: string;
  readonly seed: number;
  /** Where the rows were scored: accuracy of the quality checker on real rows, 0 to 1, and whether it had not seen them. */
  readonly quality?: { readonly accuracy: number; readonly outOfFold: boolean };
}

/** Characters of a row's text at most. */
export const longestExample = 300;
/** Real rows of a label below which its clusters say little. */
const fewRealRows = 30;

/** The whole document. No text of a row in it is longer than {@link longestExample} characters. */
export function briefMarkdown(brief: Brief, source: BriefSource): string {
  const { synthetic, real, realRows, syntheticRows, leftOut, copies } = source;
  const facts = [
    `${rowsOf(realRows, 'real')} (${code(real)}), ${rowsOf(syntheticRows, 'synthetic')} (${code(synthetic)})`,
    ...(leftOut > 0 ? [`${rowsOf(leftOut, '')} of the synthetic file could not be used`] : []),
    ...(copies > 0
      ? [`${rowsOf(copies, 'synthetic')} repeat the exact text of an earlier one: write no text twice`]
      : []),
  ];
  return `${[
    `# Brief for the next generation of ${code(synthetic)}`,
    'What the real rows have and the synthetic rows lack, and the reverse. Counts are rows.',
    facts.map((fact) => `- ${fact}`).join('\n'),
    ...brief.labels.flatMap(labelPart),
    ...confusionPart(brief.confusions, source),
    ...methodPart(brief, source),
  ].join('\n\n')}\n`;
}

function labelPart(label: BriefLabel): string[] {
  const { lengths, clusters, overused, missing } = label;
  const lacking = clusters.filter(({ standing }) => standing === 'lacking');
  const flooded = clusters.filter(({ standing }) => standing === 'flooded').reverse();
  const parts = [
    `## Label ${code(label.label)}`,
    [
      `- ${rowsOf(label.realRows, 'real')}, ${rowsOf(label.syntheticRows, 'synthetic')}`,
      ...lengthLines(lengths.real, lengths.synthetic),
    ].join('\n'),
  ];
  if (label.syntheticRows === 0) parts.push('There is no synthetic row of this label yet. Real rows to write like:');
  else {
    parts.push('### Write more like these');
    if (lacking.length === 0) parts.push('No cluster of real rows is clearly missing from the synthetic ones.');
  }
  parts.push(...lacking.map((cluster) => clusterPart(cluster, label, 'real')));
  if (flooded.length > 0) parts.push('### Write fewer like these');
  parts.push(...flooded.map((cluster) => clusterPart(cluster, label, 'synthetic')));
  parts.push(
    ...phrasePart(
      '### Avoid: over-used',
      [...overused.phrases, ...overused.words],
      label.syntheticRows,
      label.realRows,
      ['synthetic', 'real'],
    ),
    ...phrasePart(
      '### Use: real rows have it',
      [...missing.phrases, ...missing.words],
      label.realRows,
      label.syntheticRows,
      ['real', 'synthetic'],
    ),
  );
  return parts;
}

function clusterPart(cluster: BriefCluster, label: BriefLabel, from: BriefExample['from']): string {
  const { realRows, syntheticRows, ratio, atRealShare, theme, examples } = cluster;
  const title = theme.length === 0 ? 'Rows like these' : theme.map(code).join(', ');
  const counts = `${share(realRows, label.realRows, 'real')}, ${share(syntheticRows, label.syntheticRows, 'synthetic')}`;
  const expected =
    label.syntheticRows === 0
      ? ''
      : `; at the real share about ${String(atRealShare)} (ratio ${number(ratio.ratio)}, 99 % interval ${number(ratio.low)}–${number(ratio.high)})`;
  return [
    `- ${title}: ${counts}${expected}`,
    ...examples.filter((example) => example.from === from).map((example) => `  - ${exampleText(example)}`),
  ].join('\n');
}

function phrasePart(
  title: string,
  phrases: readonly Phrase[],
  first: number,
  second: number,
  names: readonly [string, string],
): string[] {
  if (phrases.length === 0) return [];
  const line = ({ phrase, firstRows, secondRows }: Phrase): string =>
    `- ${code(phrase)}: ${share(firstRows, first, names[0])}, ${share(secondRows, second, names[1])}`;
  return [title, phrases.map(line).join('\n')];
}

function confusionPart(confusions: readonly BriefConfusion[] | undefined, { quality }: BriefSource): string[] {
  if (confusions === undefined) return [];
  const checker =
    quality === undefined
      ? ''
      : ` The quality checker itself is right on ${formatPercent(quality.accuracy)} of the real rows${quality.outOfFold ? '' : ' it was trained on'}, so some of these are its mistakes.`;
  if (confusions.length === 0) {
    return ['## Labels that look like others', `The quality checker contradicts no label clearly.${checker}`];
  }
  return [
    '## Labels that look like others',
    `Synthetic rows whose text a quality checker trained on the real rows clearly takes for another label.${checker}`,
    ...confusions.map(({ label, looksLike, rows, of, examples }) =>
      [
        `- labelled ${code(label)}, looks like ${code(looksLike)}: ${share(rows, of, 'rows')}`,
        ...examples.map((example) => `  - ${exampleText(example)}`),
      ].join('\n'),
    ),
  ];
}

function methodPart(brief: Brief, { encoder, seed }: BriefSource): string[] {
  const few = brief.labels.filter(({ realRows }) => realRows < fewRealRows).map(({ label }) => code(label));
  return [
    '## How sure this is',
    [
      `- Clusters: spherical k-means on ${encoder === undefined ? 'TF-IDF features, for want of an encoder: rows that say the same in other words fall apart' : `embeddings of ${code(encoder)}`}, within each label, both files weighing the same, seed ${String(seed)}. A cluster is listed where its shares differ by half as much again and the 99 % interval of their ratio leaves out 1.`,
      '- Phrases: log-odds with an informative Dirichlet prior (Monroe et al. 2008), a text counting once, from 2.58 standard deviations (99 %) on, where the shares of texts differ as those of clusters must. Of thousands of phrases some differ by chance.',
      '- Real rows that few others resemble, and kinds of rows that are in neither file, cannot show here.',
      ...(few.length === 0
        ? []
        : [`- Fewer than ${String(fewRealRows)} real rows: ${few.join(', ')}. Of those, take every count as a hint.`]),
    ].join('\n'),
  ];
}

function lengthLines(real: Lengths | undefined, synthetic: Lengths | undefined): string[] {
  if (real === undefined || synthetic === undefined) return [];
  const text = ({ low, median, high }: Lengths): string =>
    `${String(low)}–${String(high)} words (median ${String(median)})`;
  return [`- length, the middle 80 %: real ${text(real)}, synthetic ${text(synthetic)}`];
}

function share(rows: number, of: number, name: string): string {
  if (of === 0) return `0 ${name}`;
  return `${String(rows)} of ${String(of)} ${name} (${percent(rows / of)})`;
}

/** A share with a digit where whole percents would hide it. */
function percent(value: number): string {
  return value > 0 && value < 0.1 ? `${(100 * value).toPrecision(value < 0.001 ? 1 : 2)} %` : formatPercent(value);
}

function rowsOf(rows: number, kind: string): string {
  return `${String(rows)} ${kind === '' ? '' : `${kind} `}${rows === 1 ? 'row' : 'rows'}`;
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));
}

function exampleText({ text, line, from }: BriefExample): string {
  return `${code(cutText(text))} (${from}, line ${String(line)})`;
}

/** A text in one line, of at most {@link longestExample} characters with its ellipsis. */
function cutText(text: string): string {
  const characters = [...text.replace(/\s+/gu, ' ').trim()];
  return characters.length <= longestExample
    ? characters.join('')
    : `${characters.slice(0, longestExample - 1).join('')}…`;
}

/** As a code span: nothing in it is markup. Its fence is longer than any run of backticks inside. */
export function code(text: string): string {
  const shown = text.replace(/\s+/gu, ' ').replace(/\p{Cc}/gu, '�');
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const padding = longest > 0 || shown.trim() !== shown || shown === '' ? ' ' : '';
  return `${fence}${padding}${shown}${padding}${fence}`;
}
