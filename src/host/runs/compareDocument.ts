/** Two runs side by side, as a Markdown document. Pure. */
import { basename } from 'node:path';
import type { RunDifference } from '../../protocol/data.ts';
import { diffLeaves } from '../../core/runs/diffPlans.ts';
import { isJsonObject } from '../../store/json.ts';
import type { RunRecord } from '../../store/runRecord.ts';
import { memberOf, numberOf, textOf } from '../jsonMembers.ts';
import { measuredRows, readSetScores } from '../train/runTable.ts';

export interface Comparison {
  /** Absolute path of the dataset. */
  readonly dataset: string;
  /** The older run. */
  readonly before: RunRecord;
  readonly after: RunRecord;
  /** Rows whose weight changed most, the largest change first; undefined where there are no weights to compare. */
  readonly differences: readonly RunDifference[] | undefined;
}

export interface Wording {
  /** `vscode.l10n.t`, or a stand-in for it. */
  readonly t: (message: string, ...args: string[]) => string;
  /** A link to a line of the dataset. */
  readonly linkTo: (line: number) => string;
}

interface Line {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly change?: string;
}

/** Text of a row in a table is cut after this many characters. */
const shownText = 160;

/** The document. Whatever comes from files is escaped: it cannot become markup. */
export function compareDocument({ dataset, before, after, differences }: Comparison, { t, linkTo }: Wording): string {
  const metrics = metricLines(before, after, t);
  const settings = settingLines(before, after, t);
  const parts = [
    `# ${t('Two runs of {0}', escapeMarkdown(basename(dataset)))}`,
    table(
      ['', t('Before'), t('After')],
      [
        [t('Started'), dateOf(before), dateOf(after)],
        [t('Run'), methodOf(before, t), methodOf(after, t)],
        [t('Model'), escapeMarkdown(before.model?.id ?? '–'), escapeMarkdown(after.model?.id ?? '–')],
        [t('Seed'), String(before.seed), String(after.seed)],
        [t('Device'), escapeMarkdown(before.device), escapeMarkdown(after.device)],
      ],
    ),
    ...inputWarnings(before, after, t).map((warning) => `> ${warning}`),
    `## ${t('Metrics')}`,
    metrics.length === 0 ? t('Neither run has any.') : lineTable(metrics, t),
    `## ${t('Settings that differ')}`,
    settings.length === 0 ? t('None: the settings are the same.') : lineTable(settings, t),
  ];
  if (differences !== undefined) {
    parts.push(`## ${t('Rows whose weight changed most')}`);
    if (differences.length === 0) parts.push(t('No row has another weight.'));
    else {
      const header = [t('Line'), t('Label'), t('Before'), t('After'), t('Factor'), t('Verdict'), t('Text')];
      parts.push(
        table(
          header,
          differences.map((row) => differenceCells(row, linkTo)),
          [0, 2, 3, 4],
        ),
      );
    }
  }
  return `${parts.join('\n\n')}\n`;
}

/** Markdown's own characters, HTML's, line ends and characters without a look made harmless. */
export function escapeMarkdown(text: string): string {
  return (
    text
      .replace(/\s+/g, ' ')
      .replace(/[\0-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replace(/[\\`*_[\]|~$]/g, '\\$&')
      // An address is no link.
      .replaceAll('://', '&#58;//')
  );
}

function differenceCells(
  { line, label, before, after, text }: RunDifference,
  linkTo: (line: number) => string,
): string[] {
  const verdicts = [before.verdict ?? '–', after.verdict ?? '–'];
  const shown = text.length > shownText ? `${text.slice(0, shownText)}…` : text;
  return [
    `[${String(line)}](${linkTo(line)})`,
    escapeMarkdown(label),
    weight(before.weight),
    weight(after.weight),
    before.weight > 0 ? `× ${(after.weight / before.weight).toPrecision(2)}` : '–',
    verdicts[0] === verdicts[1] ? verdicts[0] : `${verdicts[0]} → ${verdicts[1]}`,
    escapeMarkdown(shown),
  ];
}

function weight(value: number): string {
  return value < 0.01 && value > 0 ? value.toExponential(1) : value.toFixed(2);
}

function dateOf({ created }: RunRecord): string {
  return created.replace(/T(\d\d:\d\d):.*$/, ' $1 UTC');
}

function methodOf({ kind, settings }: RunRecord, t: Wording['t']): string {
  const method = (textOf(settings['loss']) ?? textOf(settings['method']) ?? '').toUpperCase();
  if (kind === 'train') return t('Classifier, {0}', escapeMarkdown(method));
  if (kind !== 'score') return kind;
  return t('Scores, {0}, {1}', escapeMarkdown(method), escapeMarkdown(textOf(settings['effort']) ?? ''));
}

function metricLines(before: RunRecord, after: RunRecord, t: Wording['t']): Line[] {
  const line = (
    name: string,
    read: (record: RunRecord) => number | undefined,
    show: (value: number) => string,
  ): Line[] => {
    const [a, b] = [read(before), read(after)];
    if (a === undefined && b === undefined) return [];
    const change = a === undefined || b === undefined ? undefined : signed(b - a, show);
    return [
      { name, before: a === undefined ? undefined : show(a), after: b === undefined ? undefined : show(b), change },
    ];
  };
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const count = (value: number): string => String(Math.round(value));
  const fixed = (value: number): string => value.toFixed(3);
  const metric =
    (...path: string[]) =>
    (record: RunRecord): number | undefined =>
      numberOf(memberOf(record.metrics, ...path));
  const verdicts = keysOf(before, after, 'verdicts');
  const sets = (['test', 'dev'] as const).flatMap((set) => {
    const scores = (record: RunRecord): ReturnType<typeof readSetScores> =>
      readSetScores(set === 'test' ? record.metrics : record.metrics['dev']);
    const classes = [...new Set([before, after].flatMap((record) => Object.keys(scores(record)?.perClass ?? {})))];
    const name = set === 'test' ? t('test') : t('dev');
    return [
      ...line(t('Accuracy, {0}', name), (record) => scores(record)?.accuracy, percent),
      ...line(t('Macro-F1, {0}', name), (record) => scores(record)?.macroF1, percent),
      ...classes.flatMap((label) =>
        line(
          t('F1 of {0}, {1}', escapeMarkdown(label), name),
          (record) => {
            const perClass = scores(record)?.perClass;
            return perClass !== undefined && Object.hasOwn(perClass, label) ? perClass[label].f1 : undefined;
          },
          percent,
        ),
      ),
    ];
  });
  return [
    ...sets,
    ...line(t('Effective sample size'), metric('ess'), count),
    ...verdicts.flatMap((verdict) => line(t('Rows: {0}', escapeMarkdown(verdict)), metric('verdicts', verdict), count)),
    ...line(t('Quality checker: accuracy on real rows'), metric('quality', 'used', 'accuracy'), percent),
    ...line(t('Quality checker: log-loss on real rows'), metric('quality', 'used', 'logLoss'), fixed),
    ...line(t('Quality checker: calibration error'), metric('quality', 'used', 'eceAfter'), fixed),
  ];
}

function keysOf(before: RunRecord, after: RunRecord, name: string): string[] {
  const keys = [before, after].flatMap(({ metrics }) => {
    const value = metrics[name];
    return isJsonObject(value) ? Object.keys(value) : [];
  });
  return [...new Set(keys)];
}

/** A difference with its sign, a true minus; empty where nothing shows. */
function signed(difference: number, show: (value: number) => string): string {
  const shown = show(Math.abs(difference));
  if (shown === show(0)) return '';
  return `${difference < 0 ? '−' : '+'}${shown}`;
}

function settingLines(before: RunRecord, after: RunRecord, t: Wording['t']): Line[] {
  const show = (value: unknown): string => {
    if (value === undefined) return '–';
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return t('set');
    return escapeMarkdown(typeof value === 'string' ? value : JSON.stringify(value));
  };
  return [
    ...diffLeaves(before.settings, after.settings, 'one')
      .map((leaf) => ({ ...leaf, path: leaf.name.split('.') }))
      // It stands above, once.
      .filter(({ path }) => path.at(-1) !== 'seed')
      .map((leaf) => ({ ...leaf, name: leaf.path.join(' ') })),
    ...diffLeaves(before.recipe, after.recipe).map((leaf) => ({ ...leaf, name: t('recipe') })),
  ].map((leaf) => ({ name: escapeMarkdown(leaf.name), before: show(leaf.before), after: show(leaf.after) }));
}

/** Numbers over other rows cannot be compared, and the reader must know. */
function inputWarnings(before: RunRecord, after: RunRecord, t: Wording['t']): string[] {
  const hash = (record: RunRecord, role: string): string | undefined =>
    record.inputs.find((input) => input.role === role)?.sha256;
  const names: readonly (readonly [string, string])[] = [
    ['synthetic', t('The synthetic file has changed between the runs.')],
    ['real', t('The runs used different real rows.')],
  ];
  const sets = [
    [
      'dev',
      t('The runs used different dev rows: their dev numbers cannot be compared.'),
      t('The runs left out other copies of training rows among the dev rows: their dev numbers cannot be compared.'),
    ],
    [
      'test',
      t('The runs used different test rows: their test numbers cannot be compared.'),
      t('The runs left out other copies of training rows among the test rows: their test numbers cannot be compared.'),
    ],
  ] as const;
  return [
    ...names.filter(([role]) => hash(before, role) !== hash(after, role)).map(([, warning]) => warning),
    ...sets.flatMap(([role, otherFile, otherRows]) => {
      if (hash(before, role) !== hash(after, role)) return [otherFile];
      return measuredRows(before, role) === measuredRows(after, role) ? [] : [otherRows];
    }),
  ];
}

function lineTable(lines: readonly Line[], t: Wording['t']): string {
  const hasChange = lines.some(({ change }) => change !== undefined);
  const header = ['', t('Before'), t('After'), ...(hasChange ? [t('Change')] : [])];
  const cells = lines.map(({ name, before, after, change }) => [
    name,
    before ?? '–',
    after ?? '–',
    ...(hasChange ? [change ?? ''] : []),
  ]);
  return table(header, cells, hasChange ? [1, 2, 3] : []);
}

/** @param right Columns that are aligned to the right. */
function table(header: readonly string[], rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, column) => (right.includes(column) ? '--:' : '---'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}
