/** A comparison as Markdown, to paste into a pull request, and as one HTML page that needs nothing else. */
import { advise, points, pValue, standingOf } from './advice.ts';
import type { Comparison, MethodSummary } from './summary.ts';

/** What the reports tell of the run beside its numbers. */
export interface ReportFacts {
  readonly dataset: string;
  readonly syntheticRows: number;
  readonly realRows: number;
  readonly devRows?: number;
  readonly encoder: string;
  readonly recipe: string;
  readonly warnings: readonly string[];
  /** Of a comparison that is not finished. */
  readonly unfinished?: { readonly done: number; readonly total: number };
}

/** The head of the table, and one line of cells for each method. */
export function comparisonTable(comparison: Comparison): { head: string[]; rows: string[][] } {
  const { labels, methods } = comparison;
  const head = ['method', 'seeds', 'macro-F1', '95 %', 'to CE', 'p', 'accuracy', ...labels.map((l) => `F1 ${l}`)];
  return {
    head: [...head, 'ESS', 'seconds'],
    rows: methods.map((method) => {
      const { title, seeds, macroF1, accuracy, difference, perClass, ess, seconds } = method;
      return [
        title,
        String(seeds.length),
        spread(macroF1),
        macroF1 === undefined ? '–' : `${percent(macroF1.low)} … ${percent(macroF1.high)}`,
        difference === undefined ? '' : points(difference.macroF1),
        difference === undefined ? '' : pValue(difference.macroF1.corrected).replace(/^p (= )?/, ''),
        spread(accuracy),
        ...labels.map((label) => (Object.hasOwn(perClass, label) ? percent(perClass[label].mean) : '–')),
        ess === undefined ? '' : percent(ess),
        macroF1 === undefined ? '–' : Math.round(seconds.training + seconds.checkers).toString(),
      ];
    }),
  };
}

/** How to read the table, line by line. */
function legend({ seeds, testRows, leftOut, resamples, methods }: Comparison): string[] {
  const compared = methods.filter(({ difference }) => difference !== undefined).length;
  return [
    `Macro-F1, accuracy and F1 in % on ${String(testRows)} test rows${leftOutText(leftOut)}: mean ± standard deviation over seeds ${seeds.join(', ')}.`,
    `95 %: bootstrap interval of the mean macro-F1 over test rows (${String(resamples)} resamples).`,
    `To CE: paired difference of macro-F1, same seeds and rows. p: of no difference, over rows and seeds, Holm-corrected for ${String(compared)} methods.`,
    'ESS: effective sample size, in % of the rows trained on. Seconds: of one seed, the checkers that the method needs included.',
  ];
}

/** What a number of test rows leaves out, to be put behind it. */
export function leftOutText(leftOut: number | undefined): string {
  if (leftOut === undefined) return '';
  return leftOut === 1
    ? ' (1 left out: it is a copy of a training row)'
    : ` (${String(leftOut)} left out: they are copies of training rows)`;
}

/** The report as Markdown. */
export function markdownReport(comparison: Comparison, facts: ReportFacts): string {
  const { head, rows } = comparisonTable(comparison);
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownCell).join(' | ')} |`;
  return [
    `# Methods compared on ${markdownText(facts.dataset)}`,
    '',
    `**${markdownText(advise(comparison))}**`,
    '',
    line(head),
    `|${' --- |'.repeat(head.length)}`,
    ...rows.map(line),
    '',
    ...[...legend(comparison), describe(facts)].map((text) => `- ${markdownText(text)}`),
    ...section('Could not be run', failures(comparison)),
    ...section('Warnings', facts.warnings),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, '', ...lines.map((text) => `- ${markdownText(text)}`)];
}

function describe({ syntheticRows, realRows, devRows, encoder, recipe, unfinished }: ReportFacts): string {
  const dev =
    devRows === undefined
      ? 'no dev rows: the last epoch of each training is used'
      : `${String(devRows)} dev rows choose the epoch of each training`;
  const state =
    unfinished === undefined
      ? ''
      : `Unfinished: ${String(unfinished.done)} of ${String(unfinished.total)} trainings are done. `;
  return `${state}${String(syntheticRows)} synthetic and ${String(realRows)} real rows; ${dev}. Encoder ${encoder}, recipe ${recipe}.`;
}

function failures({ methods }: Comparison): string[] {
  return methods.flatMap(({ title, failures: all }) =>
    all.map(({ seed, reason }) => `${title}, seed ${String(seed)}: ${reason}`),
  );
}

/** The report as one HTML page: a chart, the table, and how to read them. Light or dark as the reader's system is. */
export function htmlReport(comparison: Comparison, facts: ReportFacts): string {
  const { head, rows } = comparisonTable(comparison);
  const cells = (tag: 'td' | 'th', line: readonly string[]): string =>
    `<tr>${line.map((text, i) => (i === 0 ? `<th scope="${tag === 'th' ? 'col' : 'row'}">` : `<${tag}${tag === 'th' ? ' scope="col"' : ''}>`) + escape(text) + (i === 0 ? '</th>' : `</${tag}>`)).join('')}</tr>`;
  const items = (lines: readonly string[]): string =>
    `<ul>${lines.map((text) => `<li>${escape(text)}</li>`).join('')}</ul>`;
  const part = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `<h2>${title}</h2>${items(lines)}`;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">',
    `<title>Methods compared on ${escape(facts.dataset)}</title><style>${style}</style></head><body>`,
    `<h1>Methods compared on ${escape(facts.dataset)}</h1>`,
    `<p class="advice">${escape(advise(comparison))}</p>`,
    chart(comparison),
    `<div class="wide"><table><thead>${cells('th', head)}</thead><tbody>${rows.map((row) => cells('td', row)).join('\n')}</tbody></table></div>`,
    items([...legend(comparison), describe(facts)]),
    part('Could not be run', failures(comparison)),
    part('Warnings', facts.warnings),
    '</body></html>',
    '',
  ].join('\n');
}

const style = [
  ':root{color-scheme:light dark;--line:#8886;--better:#1a7f37;--worse:#cf222e}',
  '@media (prefers-color-scheme:dark){:root{--better:#3fb950;--worse:#ff7b72}}',
  'body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}',
  '.advice{font-size:1.15rem;border-left:4px solid var(--better);padding-left:1rem}',
  '.wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}',
  'th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}',
  'th:first-child{text-align:left}',
  'svg{width:100%;height:auto;font:13px system-ui,sans-serif;fill:currentColor;stroke:currentColor}',
  'svg text{stroke:none}.grid{stroke:var(--line)}.base{stroke-dasharray:4 4}',
  '.better{fill:var(--better);stroke:var(--better)}.worse{fill:var(--worse);stroke:var(--worse)}',
].join('');

const [chartWidth, rowHeight, margin] = [900, 26, 30];
/** Room for the names of the methods, of 13 px letters. */
const [leastNameWidth, letterWidth] = [170, 7];

/** Mean macro-F1 of every method with its interval, the baseline as a dashed line; coloured where the test separates. */
function chart({ methods, baseline }: Comparison): string {
  const able = methods.filter((m): m is MethodSummary & Required<Pick<MethodSummary, 'macroF1'>> => !!m.macroF1);
  if (able.length === 0) return '';
  const [least, most] = [Math.min(...able.map((m) => m.macroF1.low)), Math.max(...able.map((m) => m.macroF1.high))];
  const nameWidth = Math.max(leastNameWidth, 12 + letterWidth * Math.max(...able.map(({ title }) => title.length)));
  const room = Math.max(0.005, 0.05 * (most - least));
  const [low, high] = [least - room, most + room];
  const x = (value: number): string =>
    (nameWidth + ((chartWidth - nameWidth - margin) * (value - low)) / (high - low)).toFixed(1);
  const height = able.length * rowHeight + 2 * margin;
  const grid = ticks(low, high).map(
    (tick) =>
      `<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${margin}" y2="${height - margin}"/><text x="${x(tick)}" y="${height - margin / 3}" text-anchor="middle">${percent(tick)}</text>`,
  );
  const base = able.find(({ method }) => method === baseline);
  const baseLine =
    base === undefined
      ? ''
      : `<line class="base" x1="${x(base.macroF1.mean)}" x2="${x(base.macroF1.mean)}" y1="${margin}" y2="${height - margin}"/>`;
  const caption = `<text x="${nameWidth}" y="${margin / 2}">Macro-F1 in %, mean and 95 % interval; dashed: CE; coloured: separated from it</text>`;
  const marks = able.map(({ title, macroF1, difference }, i) => {
    const y = margin + (i + 0.5) * rowHeight;
    const standing = difference === undefined ? '' : standingOf(difference.macroF1).replace(' ', '-');
    return (
      `<g class="${standing}"><title>${escape(`${title}: ${spread(macroF1)}`)}</title>` +
      `<text x="${nameWidth - 12}" y="${y + 4}" text-anchor="end">${escape(title)}</text>` +
      `<line stroke-width="2" x1="${x(macroF1.low)}" x2="${x(macroF1.high)}" y1="${y}" y2="${y}"/>` +
      `<circle cx="${x(macroF1.mean)}" cy="${y}" r="5"/></g>`
    );
  });
  return `<svg viewBox="0 0 ${chartWidth} ${height}" role="img" aria-label="Macro-F1 of every method with its 95 % interval, CE as a dashed line">${caption}${grid.join('')}${baseLine}${marks.join('')}</svg>`;
}

/** Round values between two bounds, four to nine of them. */
function ticks(low: number, high: number): number[] {
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

function spread(of: { readonly mean: number; readonly sd?: number } | undefined): string {
  if (of === undefined) return '–';
  return of.sd === undefined ? percent(of.mean) : `${percent(of.mean)} ± ${percent(of.sd)}`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function markdownCell(text: string): string {
  return markdownText(text).replace(/\|/g, '\\|');
}

/** Text that Markdown shows as it is. */
function markdownText(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]]|<(?=[a-z/!?])|&(?=[a-z#])|^[#>]|^[+-](?= )/gi, '\\$&');
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
