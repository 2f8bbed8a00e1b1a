import { editorWords } from '../../src/core/table/editorWords.ts';
import { formatCount, formatShares } from '../../src/core/table/format.ts';
import type { DatasetFacts } from '../../src/protocol/data.ts';
import type { JobView } from '../../src/protocol/panel.ts';
import { button, linkButton } from '../shared/controls.ts';
import { fill, h, isolated, type Child } from '../shared/dom.ts';
import { icon, type IconName } from '../shared/icons.ts';
import { rowCount } from '../shared/numbers.ts';
import { fileName } from '../shared/paths.ts';
import { pathText } from '../shared/pathText.ts';
import { visible } from '../shared/visibleText.ts';
import { around } from '../shared/around.ts';
import { t } from '../shared/l10n.ts';

/** Labels shown before "and … more". */
const mostLabels = 12;

export interface FactsActions {
  readonly chooseReal: () => void;
  readonly labelRows: () => void;
  readonly score: () => void;
  readonly showProblems: () => void;
}

export interface FactsInput {
  readonly facts: DatasetFacts;
  readonly job: JobView | undefined;
  readonly encoderMissing: boolean;
}

/** What is known of both files before anything is scored, and what comes next. */
export class Facts {
  readonly element = h('section', { class: 'facts', 'aria-label': t('What the files hold') });
  readonly #actions: FactsActions;
  #last = '';

  constructor(actions: FactsActions) {
    this.#actions = actions;
  }

  update(input: FactsInput): void {
    const { facts } = input;
    // Progress comes many times a second; what is shown here changes with little of it.
    const key = JSON.stringify([facts, input.job?.state, input.job?.kind, input.encoderMissing]);
    if (key === this.#last) return;
    this.#last = key;
    const real = facts.realPath !== undefined;
    fill(
      this.element,
      h(
        'div',
        { class: 'facts-columns' },
        h(
          'div',
          { class: 'facts-files' },
          this.#file(t('Synthetic'), facts.path, facts.rows, facts.fields),
          facts.realPath !== undefined && this.#file(t('Real'), facts.realPath, facts.realRows, facts.realFields),
          this.#findings(facts),
        ),
        facts.labels.length > 0 && this.#labels(facts, real),
      ),
      this.#next(input),
    );
  }

  #file(kind: string, path: string, rows: number, fields: DatasetFacts['realFields']): HTMLElement {
    return h(
      'div',
      { class: 'facts-file' },
      h('div', { class: 'facts-kind muted' }, kind),
      h(
        'div',
        { class: 'facts-name', title: visible(path) },
        ...around('{0}, {1}', isolated(visible(fileName(path)), 'strong'), rowCount(rows)),
      ),
      fields !== undefined &&
        h(
          'div',
          { class: 'muted' },
          ...around(
            fields.textPair === undefined ? 'text in {0}, label in {1}' : 'text in {0} and {2}, label in {1}',
            h('code', {}, visible(fields.text)),
            h('code', {}, visible(fields.label)),
            fields.textPair !== undefined && h('code', {}, visible(fields.textPair)),
          ),
        ),
    );
  }

  #findings(facts: DatasetFacts): HTMLElement | undefined {
    const findings: {
      readonly icon: IconName;
      readonly name: string;
      readonly words: Child | readonly Child[];
      readonly more?: Child;
    }[] = [];
    const broken = facts.brokenRows + facts.brokenRealRows;
    if (broken > 0) {
      findings.push({
        icon: 'error',
        name: 'broken',
        words: broken === 1 ? t('1 broken line is left out') : t('{0} broken lines are left out', formatCount(broken)),
        more: linkButton(t('Show problems'), this.#actions.showProblems),
      });
    }
    if (facts.exactCopies > 0) {
      findings.push({
        icon: 'copy',
        name: 'copies',
        words:
          facts.exactCopies === 1
            ? t('1 row repeats the text of an earlier row')
            : t('{0} rows repeat the text of an earlier row', formatCount(facts.exactCopies)),
      });
    }
    if (facts.copiesOfReal > 0) {
      findings.push({
        icon: 'copy',
        name: 'leaks',
        words:
          facts.copiesOfReal === 1
            ? t('1 row has the text of a real row')
            : t('{0} rows have the text of a real row', formatCount(facts.copiesOfReal)),
      });
    }
    const paths = [facts.path, facts.realPath].filter((path) => path !== undefined);
    for (const line of facts.warnings) {
      findings.push({ icon: 'warning', name: 'warning', words: pathText(editorWords(line), paths) });
    }
    if (findings.length === 0) {
      findings.push({ icon: 'pass', name: 'fine', words: t('No broken lines, no exact copies') });
    }
    return h(
      'ul',
      { class: 'findings' },
      ...findings.map((finding) =>
        h(
          'li',
          { class: `finding-${finding.name}` },
          icon(finding.icon),
          h('span', {}, ...[finding.words].flat(), finding.more !== undefined && ' ', finding.more),
        ),
      ),
    );
  }

  #labels(facts: DatasetFacts, real: boolean): HTMLElement {
    const share = (rows: number, of: number): number => (of === 0 ? 0 : rows / of);
    // Of all labels together they add to 100 %, also where only some are in sight.
    const synthetic = formatShares(facts.labels.map((entry) => share(entry.rows, facts.rows)));
    const ofReal = formatShares(facts.labels.map((entry) => share(entry.realRows, facts.realRows)));
    const all = facts.labels.map((entry, i) => ({ ...entry, percent: synthetic[i], realPercent: ofReal[i] }));
    const shown = all.length > mostLabels ? all.sort((a, b) => b.rows - a.rows).slice(0, mostLabels) : all;
    const most = Math.max(
      0.01,
      ...shown.flatMap((entry) => [share(entry.rows, facts.rows), share(entry.realRows, facts.realRows)]),
    );
    const bar = (part: number, kind: string): HTMLElement => {
      const filled = h('span', { class: `fill ${kind}` });
      filled.style.width = `${(100 * part) / most}%`;
      return h('span', { class: 'label-bar' }, filled);
    };
    const rest = facts.labels.length - shown.length;
    return h(
      'table',
      { class: 'label-table' },
      h('caption', { class: 'unseen' }, t('Rows by label')),
      h(
        'thead',
        {},
        h(
          'tr',
          { class: 'muted' },
          h('th', { scope: 'col' }, t('Label')),
          h('th', { scope: 'col', colspan: 3 }, t('Synthetic')),
          real && h('th', { scope: 'col', colspan: 3 }, t('Real')),
        ),
      ),
      h(
        'tbody',
        {},
        ...shown.map((entry) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, isolated(visible(entry.label))),
            h('td', { class: 'number' }, formatCount(entry.rows)),
            h('td', { class: 'number muted' }, entry.percent),
            h('td', { class: 'bar-cell' }, bar(share(entry.rows, facts.rows), 'synthetic')),
            real && h('td', { class: 'number' }, formatCount(entry.realRows)),
            real && h('td', { class: 'number muted' }, entry.realPercent),
            real && h('td', { class: 'bar-cell' }, bar(share(entry.realRows, facts.realRows), 'real')),
          ),
        ),
        rest > 0 &&
          h('tr', {}, h('td', { class: 'muted', colspan: real ? 7 : 4 }, t('and {0} more labels', formatCount(rest)))),
      ),
    );
  }

  #next({ facts, job, encoderMissing }: FactsInput): HTMLElement {
    const actions = this.#actions;
    if (facts.realPath === undefined) {
      return h(
        'div',
        { class: 'next' },
        h(
          'p',
          {},
          t(
            'Rows are weighed against real ones. Choose a file with a few hundred rows that people labelled, or label some of these yourself.',
          ),
        ),
        button(t('Choose real file'), { icon: 'database', press: actions.chooseReal }),
        button(t('Pick 200 rows to label'), { icon: 'edit', secondary: true, press: actions.labelRows }),
      );
    }
    const scoring =
      job !== undefined && job.kind === 'score' && ['queued', 'running', 'cancelling'].includes(job.state);
    if (scoring) {
      return h(
        'div',
        { class: 'next' },
        h(
          'p',
          {},
          encoderMissing
            ? t('Preview scores from word counts come first; with the encoder they get better.')
            : t(
                'Preview scores come first, within half a minute for a thousand rows; standard scores replace them in place.',
              ),
        ),
      );
    }
    return h(
      'div',
      { class: 'next' },
      h(
        'p',
        {},
        t(
          'Next: score the synthetic rows. Every row gets a weight, and rows whose label the real data contradicts are pointed out.',
        ),
      ),
      button(t('Score synthetic data'), { icon: 'sparkle', press: actions.score }),
      linkButton(t('Choose another real file'), actions.chooseReal),
    );
  }
}
