import { describe, expect, it } from 'vitest';
import type { CompareState } from '../../src/protocol/compare.ts';
import { noBrowser } from './support/browser.ts';
import { callsOf, expectNothingExecuted, overflows } from './views/checks.ts';
import { states } from './views/compareStates.ts';
import { viewTests } from './views/viewTests.ts';

if (noBrowser !== undefined) console.log(`The Compare view's tests: ${noBrowser}.`);

describe.skipIf(noBrowser !== undefined)('Compare view (needs Chromium)', () => {
  const open = viewTests<CompareState>('compare', states, /./, {
    selectors: ['bdi', '.job-words', '.warnings li', '.state.bad', '.advice-text', '.reason', '.runs tbody th'],
    words: [
      // Screen readers are told of it too.
      ...Object.values<CompareState>(states).flatMap(({ results }) => results?.advice ?? []),
      ...['<script>hostile()</script>', 'cpu: AMD EPYC, 2 threads', 'CPU, 2 threads'],
      ...['real.jsonl', 'dev.jsonl', 'test.jsonl', states.asking.job.question],
    ],
  });

  it('says what to do where nothing was compared yet', async () => {
    const page = await open(states.nothing);
    await expect
      .poll(() => page.locator('.state').innerText())
      .toBe('No methods have been compared on this dataset yet.');
    await expect.poll(() => page.locator('figure, table').filter({ visible: true }).count()).toBe(0);
    await page.getByText('Compare methods …').click();
    await expect.poll(() => callsOf(page, 'again')).toHaveLength(1);
    await page.close();
  });

  it('fills in training by training while it runs', async () => {
    const page = await open(states.started);
    const figure = (title: string): Promise<string> =>
      page.locator('.figures > div', { hasText: title }).locator('dd').innerText();
    const cell = (method: string, seed: number): Promise<string> =>
      page
        .locator('.seed-grid tbody tr', { hasText: method })
        .locator('td')
        .nth(seed - 1)
        .innerText();
    await expect.poll(() => figure('Trainings done')).toBe('0 of 27');
    await expect.poll(() => figure('Now')).toBe('CE, seed 1');
    await expect.poll(() => page.locator('.job-words').innerText()).toContain('Seed 1, classifier, CE');
    await expect.poll(() => cell('Filter', 1)).toMatch(/^·/);
    await page.evaluate((state) => window.viewHarness.emit('state', state), states.running);
    await expect.poll(() => figure('Trainings done')).toBe('4 of 27');
    await expect.poll(() => figure('Now')).toBe('IMP, K = 2, seed 1');
    await expect.poll(() => figure('Time left')).toBe('about 1 h 8 min');
    await expect.poll(() => cell('Filter', 1)).toBe('86.0');
    await expect.poll(() => cell('Filter', 2)).toMatch(/^·/);
    await expect.poll(() => cell('IMP', 1)).toContain('running');
    // Another training begins: only the mark moves.
    await page.evaluate(() =>
      window.viewHarness.emit('live', { done: 4, total: 27, next: { method: 'dimp', seed: 1 } }),
    );
    await expect.poll(() => cell('DIMP', 1)).toContain('running');
    await expect.poll(() => cell('IMP', 1)).toMatch(/^·/);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => callsOf(page, 'cancel')).toHaveLength(1);
    await page.close();
  });

  it('asks before a long comparison begins', async () => {
    const page = await open(states.asking);
    await expect.poll(() => page.locator('.job-words').innerText()).toContain('about 2 h 10 min');
    await page.getByRole('button', { name: 'Begin' }).click();
    await expect.poll(() => callsOf(page, 'begin')).toHaveLength(1);
    await page.close();
  });

  it('gives the advice first, then the chart, then the numbers', async () => {
    const page = await open(states.done);
    const order = await page.locator('.body > *:visible').evaluateAll((parts) => parts.map((part) => part.className));
    expect(order).toEqual(['advice', 'chart methods-chart', 'numbers', 'warnings', 'trainings', 'runs']);
    await expect.poll(() => page.locator('.advice-text').innerText()).toBe(states.done.results.advice);
    await page.close();
  });

  it('says of a comparison that goes on what is known so far', async () => {
    const page = await open(states.cancelled);
    await expect
      .poll(() => page.locator('.advice-line').innerText())
      .toBe('So far, with 4 of 27 trainings: Plain CE will do.');
    await expect.poll(() => page.locator('.state').innerText()).toContain('4 of 27 trainings are done and kept.');
    await page.close();
  });

  it('draws every method once, best first, with its interval, its seeds, and CE as the reference', async () => {
    const page = await open(states.done);
    const names = await page.locator('.chart-names .chart-cell').allInnerTexts();
    expect(names).toEqual([
      ...['IMP, K = 2', 'DIMP', 'Filter, τ = 0.5', 'Quality only', 'Real + synthetic', 'CE', 'Random weights'],
      ...['RHO, top 50 %', 'Real rows only'],
    ]);
    await expect.poll(() => page.locator('.chart-means .chart-cell').first().innerText()).toBe('86.6');
    await expect.poll(() => page.locator('.chart-costs .chart-cell').first().innerText()).toBe('3 min');
    const svg = page.locator('.dots svg[role=img]');
    await expect
      .poll(() => svg.getAttribute('aria-label'))
      .toMatch(/^Macro-F1 by method, best first: IMP, K = 2 86\.6 %; DIMP/);
    await expect.poll(() => svg.locator('.mark').count()).toBe(9);
    await expect.poll(() => svg.locator('.reference').count()).toBe(1);
    expect(await page.locator('figcaption').innerText()).toContain('12 more test rows are copies of training rows');
    // The real rows alone lie far to the left: they do not press the others together.
    await expect.poll(() => svg.locator('.beyond').count()).toBe(1);
    await expect.poll(() => svg.locator('.seed').count()).toBe(8 * 3);
    await expect.poll(() => svg.locator('.mark.better').count()).toBe(3);
    const place = (index: number, what: string): Promise<number> =>
      svg
        .locator('.mark')
        .nth(index)
        .locator(what)
        .evaluate((element) => {
          const { left, width } = element.getBoundingClientRect();
          return left + width / 2;
        });
    expect(await place(0, '.mean')).toBeGreaterThan(await place(1, '.mean'));
    const reference = await svg.locator('.reference').evaluate((line) => line.getBoundingClientRect().left);
    expect(Math.abs((await place(5, '.mean')) - reference)).toBeLessThan(1);
    await page.close();
  });

  it('reads the numbers of a method under the pointer', async () => {
    const page = await open(states.done);
    await page.locator('.dots').hover({ position: { x: 200, y: 45 } });
    const tip = page.locator('.tip:visible');
    await expect.poll(() => tip.innerText()).toContain('DIMP');
    await expect.poll(() => tip.innerText()).toContain('+1.9 points to CE: more than luck');
    await expect.poll(() => tip.innerText()).toContain('seeds: 1: 86.3, 2: 85.3, 3: 86.8');
    await page.close();
  });

  it('tells in words what a difference is worth, and what it costs', async () => {
    const page = await open(states.done);
    const cells = async (method: string): Promise<string[]> =>
      page.locator('.numbers tbody tr', { hasText: method }).locator('td').allInnerTexts();
    await expect
      .poll(() => cells('IMP, K = 2'))
      .toEqual([
        ...[
          '86.6 ± 0.6',
          '+2.4 (+1.5 … +3.3)',
          'more than luck p = 0.003',
          '87.7 ± 0.6',
          '89.6',
          '83.6',
          '1,000',
          '71.0',
        ],
        ...['3 min', '17,680', 'Train'],
      ]);
    await expect.poll(() => cells('Quality')).toEqual(expect.arrayContaining(['could be luck p = 0.071']));
    await expect
      .poll(() => cells('Real rows only'))
      .toEqual(expect.arrayContaining(['worse, more than luck p < 0.001', '200']));
    expect((await cells('CE'))[2]).toBe('the reference');
    // Only comparisons know it.
    expect((await cells('RHO')).at(-1)).toBe('');
    await expect.poll(() => page.locator('.numbers tr.current th').innerText()).toBe('IMP, K = 2');
    await page.close();
  });

  it('says why a method could not be run', async () => {
    const page = await open(states.oneSeed);
    const row = page.locator('.numbers tbody tr', { hasText: 'Filter' });
    await expect.poll(() => row.locator('td').innerText()).toContain('nothing is left to train on');
    await expect.poll(() => page.locator('.dots .mark').count()).toBe(2);
    await page.close();
  });

  it('copies and saves the report, opens the folder, trains with a method, compares something else', async () => {
    const page = await open(states.done);
    await page.getByText('Copy report').click();
    await expect.poll(() => page.getByText('Copied').count()).toBe(1);
    await expect.poll(() => callsOf(page, 'copyReport')).toHaveLength(1);
    await expect.poll(() => page.getByText('Copy report').count(), { timeout: 5000 }).toBe(1);
    await page.getByText('Save report …').click();
    await page.getByText('Open run folder').click();
    await page.getByText('Train with IMP, K = 2 …').click();
    await page.locator('.numbers tbody tr', { hasText: 'DIMP' }).getByRole('button').click();
    await page.getByText('Compare something else …').click();
    await expect.poll(() => callsOf(page, 'saveReport')).toHaveLength(1);
    await expect.poll(() => callsOf(page, 'openFolder')).toHaveLength(1);
    await expect.poll(() => callsOf(page, 'train')).toEqual([{ method: 'imp-2' }, { method: 'dimp' }]);
    await expect.poll(() => callsOf(page, 'again')).toHaveLength(1);
    await page.close();
  });

  it('shows another comparison of the dataset', async () => {
    const page = await open(states.done);
    await page.locator('.runs tbody th button').first().click();
    await expect.poll(() => callsOf(page, 'show')).toEqual([{ folder: states.done.runs[1].folder }]);
    await page.close();
  });

  it('leads to the only comparison where it shows another one, and lists no single one that it shows', async () => {
    const [only] = states.done.runs;
    const page = await open(states.done);
    const list = page.locator('section.runs');
    await page.evaluate((state) => window.viewHarness.emit('state', state), { ...states.done, runs: [only] });
    await expect.poll(() => list.isVisible()).toBe(false);
    await page.evaluate((state) => window.viewHarness.emit('state', state), {
      ...{ ...states.cancelled, run: undefined, results: undefined },
      runs: [{ ...only, current: false }],
    });
    await list.locator('tbody th button').click();
    await expect.poll(() => callsOf(page, 'show')).toEqual([{ folder: only.folder }]);
    await page.close();
  });

  it.each(['cancelled', 'failed', 'interrupted'] as const)('goes on where a comparison was %s', async (name) => {
    const page = await open(states[name], {}, { resume: { fails: 'Another process is working on it.' } });
    await page.getByText('Continue', { exact: true }).click();
    await expect.poll(() => callsOf(page, 'resume')).toHaveLength(1);
    await expect.poll(() => page.getByRole('alert').innerText()).toBe('Another process is working on it.');
    await page.close();
  });

  it('says that another window is at it, and when its results are damaged', async () => {
    const elsewhere = await open(states.elsewhere);
    await expect.poll(() => elsewhere.locator('.state').innerText()).toBe('This comparison runs in another window.');
    await elsewhere.close();
    const damaged = await open(states.damaged);
    await expect.poll(() => damaged.locator('.state.bad').innerText()).toMatch(/^compare\.json is damaged: delete it/);
    await damaged.close();
  });

  it('keeps what it needs to come back, and shows text of the user as text', async () => {
    const page = await open(states.hostile);
    await expect.poll(() => page.evaluate(() => window.viewHarness.kept)).toEqual({ dataset: states.hostile.dataset });
    await expect.poll(() => page.locator('h1').innerText()).toBe('Methods on <img src=x onerror=hostile()>⟨RLO⟩.jsonl');
    await expect
      .poll(() => page.locator('.advice-text').innerText())
      .toBe('</script><script>hostile()</script> beats CE.');
    await page.locator('.warnings summary').click();
    await expect
      .poll(() => page.locator('.warnings li').innerText())
      .toBe('</script><script>hostile()</script> is no label');
    // A label of this name is a column like any other.
    await expect
      .poll(() => page.locator('.numbers tbody tr', { hasText: 'CE' }).first().locator('td').allInnerTexts())
      .toContain('87.2');
    await expect.poll(() => overflows(page)).toBe(false);
    await expectNothingExecuted(page);
    await page.close();
  });
});
