/** The hover of a row: where its weight comes from, as Markdown. Knows nothing of VS Code. */
import { formatPercent, formatWeight } from '../../core/format.ts';
import { quote } from '../../core/dataset/quote.ts';
import type { RowDetails, RowView, WeightControls } from '../../protocol/data.ts';
import type { Translate } from '../l10n.ts';
import { wholeSetWords } from '../weightControls.ts';
import { type FixArguments, fixCommands, type RowPlace } from './fixArguments.ts';
import { commandLink, escapeMarkdown, placeLink } from './markdown.ts';

/** Re-scores the rows of a file that changed. */
export const rescoreCommand = 'counterweight.rescoreChangedRows';

export interface HoverFacts {
  readonly details: RowDetails;
  readonly controls: WeightControls;
  readonly place: RowPlace;
  /** Whether a problem with the verdict and its reason is shown at the same place. */
  readonly told: boolean;
  /** Whether the scores are a preview's. */
  readonly preview: boolean;
  /** Arguments of {@link rescoreCommand} for the dataset. */
  readonly rescoreArguments: readonly unknown[];
  /** Address of a line (1-based) of the real file, as a link has it; undefined where the file is not known. */
  readonly realAddress: (line: number) => string | undefined;
}

/** Between columns: VS Code leaves none, and Markdown takes spaces away. */
const gap = '&emsp;';
/** Labels in the table: the row's own, the suggested one, and each checker's first. */
const mostLabels = 4;

/** The whole hover; undefined where nothing is known of the row. */
export function hoverText({ details, controls, ...facts }: HoverFacts, t: Translate): string | undefined {
  const { view } = details;
  const paragraphs: string[] = [];
  const add = (text: string | undefined): void => {
    if (text !== undefined && text !== '') paragraphs.push(text);
  };
  if (view.verdict !== undefined && !facts.told) {
    const verdict = facts.preview ? t('{0} (preview)', view.verdict) : view.verdict;
    add(
      `**${escapeMarkdown(verdict)}**${details.reason === undefined ? '' : `: ${escapeMarkdown(details.reason, 400)}`}`,
    );
  }
  add(decomposition(view, controls, t));
  add(probabilityTable(details, t));
  for (const note of notesOf(view, t)) add(`*${note}*`);
  if (paragraphs.length === 0) return undefined;
  // A hover shows about this much without scrolling.
  add(links(view, facts, t));
  add(nearestRow(details, facts.realAddress, t));
  return paragraphs.join('\n\n');
}

/**
 * How the weight comes about, e.g. "weight **0.03** = P̂' 3 % / Q̂ 98 %". An equation is only written where it holds: the
 * settings that look at all rows are named where they are on, and a loss over epochs makes weights of more than these two
 * numbers.
 */
export function decomposition(
  { weight, quality, diversity }: Pick<RowView, 'weight' | 'quality' | 'diversity'>,
  controls: WeightControls,
  t: Translate,
): string | undefined {
  const { gamma, clipMax, priorCorrection, selfNormalise } = controls;
  if (weight === undefined || quality === undefined) return undefined;
  const shown = `${t('weight')} **${escapeMarkdown(formatWeight(weight))}**`;
  const p = `P̂' ${escapeMarkdown(formatPercent(quality))}`;
  if (diversity === undefined) return `${shown} · ${p}`;
  const q = `Q̂ ${escapeMarkdown(formatPercent(diversity))}`;
  const raw = (quality / diversity) ** gamma;
  const ratio = gamma === 1 ? `${p} / ${q}` : `(${p} / ${q})^γ, γ = ${escapeMarkdown(String(gamma))}`;
  if (agree(raw, weight)) return `${shown} = ${ratio}`;
  const from = `${shown} ← ${escapeMarkdown(formatWeight(raw))} = ${ratio}`;
  const inPlace = priorCorrection !== true && selfNormalise !== true;
  if (inPlace && agree(weight, clipMax) && raw > weight) return `${from}, ${t('cut at the largest weight allowed')}`;
  // What all rows have to do with it: the numbers of this one do not tell by how much.
  const others = wholeSetWords(controls, t);
  if (others !== '') return `${from}, ${escapeMarkdown(t('with “{0}”', others))}`;
  return `${shown} · ${p} · ${q}`;
}

/** Within what rounding to single precision and to a percentage can do. */
function agree(a: number, b: number): boolean {
  return Math.abs(a - b) <= 0.01 * Math.max(Math.abs(a), Math.abs(b));
}

function probabilityTable({ probabilities, view }: RowDetails, t: Translate): string | undefined {
  if (probabilities === undefined || probabilities.length === 0) return undefined;
  const best = (by: 'quality' | 'diversity'): string =>
    probabilities.reduce((first, next) => (next[by] > first[by] ? next : first)).label;
  const wanted = [view.label, view.suggested, best('quality'), best('diversity')];
  const byQuality = [...probabilities].sort((a, b) => b.quality - a.quality);
  const chosen = byQuality.filter(({ label }) => wanted.includes(label));
  for (const other of byQuality) if (chosen.length < mostLabels && !chosen.includes(other)) chosen.push(other);
  chosen.sort((a, b) => b.quality - a.quality);
  const rows = chosen.map(({ label, quality, diversity }) => {
    const name = label === view.label ? t('{0} (this row)', label) : label;
    return `| ${escapeMarkdown(name, 60)} | ${escapeMarkdown(formatPercent(quality))} | ${escapeMarkdown(formatPercent(diversity))} |`;
  });
  const head = `| ${t('label')} | ${gap}${t("P̂' (real rows)")} | ${gap}${t('Q̂ (synthetic rows)')} |`;
  return [head, '| --- | ---: | ---: |', ...rows].join('\n');
}

function notesOf({ marks }: RowView, t: Translate): string[] {
  const notes: string[] = [];
  if (marks.includes('kept')) notes.push(t('You keep this row as it is.'));
  if (marks.includes('removed')) notes.push(t('You removed this row; the file itself stays as it is.'));
  if (marks.includes('relabelled')) {
    notes.push(t('The label is not the one that was scored: weight and verdict are provisional.'));
  }
  if (marks.includes('stale')) notes.push(t('The text was not scored, or changed since.'));
  return notes.map((note) => escapeMarkdown(note));
}

function nearestRow(
  { nearestReal }: RowDetails,
  realAddress: HoverFacts['realAddress'],
  t: Translate,
): string | undefined {
  const [nearest] = nearestReal;
  if (nearest === undefined) return undefined;
  const title = t('Nearest real row, line {0}', nearest.line);
  const address = realAddress(nearest.line);
  const where = address === undefined ? escapeMarkdown(title) : placeLink(title, address);
  return `${where} \\(${escapeMarkdown(nearest.cosine.toFixed(2))}, ${escapeMarkdown(quote(nearest.label), 80)}\\): ${escapeMarkdown(nearest.text, 160)}`;
}

function links(
  view: RowView,
  { place, rescoreArguments }: Omit<HoverFacts, 'details' | 'controls'>,
  t: Translate,
): string {
  const act = (title: string, action: FixArguments['action']): string =>
    commandLink(title, fixCommands.act, [{ ...place, action } satisfies FixArguments]);
  const shown = [commandLink(t('Open in panel'), fixCommands.show, [place])];
  if (view.suggested !== undefined && view.suggested !== view.label) {
    shown.push(act(t('Relabel to {0}', quote(view.suggested)), 'relabel'));
  }
  if (view.marks.includes('kept') || view.marks.includes('removed'))
    shown.push(act(t('Take back the decision'), 'clear'));
  else if (view.verdict === 'misaligned' || view.verdict === 'redundant') shown.push(act(t('Keep as it is'), 'keep'));
  if (view.marks.includes('stale'))
    shown.push(commandLink(t('Re-score changed rows'), rescoreCommand, rescoreArguments));
  return shown.join(' · ');
}
