/** How sure the weights are, in the panel: intervals of rows, what rows are ranked by, and the part that tells of the checkers. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { FakeDataset } from './panel/harness/dataset.ts';
import { defaultOptions, type HarnessOptions, type HostChange } from './panel/harness/options.ts';
import type { Harness } from './panel/harness/page.ts';
import { surenessOf } from './panel/harness/sureness.ts';
import { servePanel, type PanelServer, type ThemeName } from './panel/serve.ts';
import { seriousFindings } from './support/axe.ts';
import { launchChromium, noBrowser, watchFaults } from './support/browser.ts';
import { pseudoSentences, untranslated } from './support/pseudo.ts';

declare const window: Window & { harness: Harness };

const wide = { width: 1600, height: 900 };
const narrow = { width: 400, height: 800 };
const controls = { gamma: 1, clipMax: 2, misalignedBelow: 0.2 };

let server: PanelServer;
let browser: Browser;
let page: Page;
let faults: string[];

if (noBrowser !== undefined) console.log(`How sure, in the panel: ${noBrowser}.`);

describe.skipIf(noBrowser !== undefined)(
  `how sure, in Chromium${noBrowser === undefined ? '' : ` (${noBrowser})`}`,
  () => {
    beforeAll(async () => {
      server = await servePanel();
      browser = await launchChromium();
    });

    afterAll(async () => {
      await browser.close();
      await server.stop();
    });

    afterEach(async () => {
      const seen = faults;
      await page.close();
      expect(seen, 'errors and policy violations in the page').toEqual([]);
    });

    async function open(
      options: Partial<HarnessOptions> = {},
      size = wide,
      theme: ThemeName = 'dark',
      sentences?: Readonly<Record<string, string>>,
    ): Promise<void> {
      page = await browser.newPage({ viewport: size });
      // A page on a busy machine takes its time.
      page.setDefaultTimeout(60_000);
      faults = watchFaults(page);
      await page.goto(server.url(options, theme, sentences));
      await page.locator('.layer > .row:not(.pending):not([hidden])').first().waitFor();
    }

    const part = () => page.getByRole('region', { name: 'How sure the weights are' });
    const tab = (name: string | RegExp) => page.getByRole('tab', { name });
    const rank = (name: string) => page.getByRole('group', { name: 'Rank by' }).getByRole('button', { name });
    const openPart = async (): Promise<void> => {
      await page.getByRole('button', { name: 'How sure?' }).click();
      await part().waitFor();
    };
    /** Makes the host do something; once this resolves, the panel has been told. */
    const change = (what: HostChange): Promise<void> => page.evaluate((it) => window.harness.change(it), what);
    const lastSort = (): Promise<unknown> =>
      page.evaluate(() => {
        const queries = window.harness.calls.filter(({ method }) => method === 'query');
        return (queries.at(-1)?.params as { sort: unknown } | undefined)?.sort;
      });
    /** What the weight's column reads, from the top of the list. */
    const weights = (): Promise<readonly string[]> =>
      page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('.layer > .row:not([hidden])')]
          .sort((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
          .map((row) => row.querySelector('.c-weight .number')?.textContent ?? ''),
      );

    /** The same rows as the page has, to say what it must show. */
    const dataset = (): FakeDataset => {
      const data = new FakeDataset(defaultOptions);
      data.effort = 'standard';
      return data;
    };

    describe('the interval of a weight', () => {
      it('is drawn over the bar from its lower to its upper end, and told in words', async () => {
        await open();
        await page.getByRole('columnheader', { name: 'Line' }).getByRole('button').click();
        await expect.poll(() => page.locator('#row-0 .c-line').textContent()).toBe('1');
        const data = dataset();
        for (const at of [0, 1, 5]) {
          const { weight = 0, weightLow = 0, weightHigh = 0 } = data.view(at, data.columns(controls), controls);
          const drawn = await page.locator(`#row-${String(at)} .bar`).evaluate((bar) => {
            const whisker = bar.querySelector('.whisker')?.getBoundingClientRect();
            const { left, width } = bar.getBoundingClientRect();
            return [((whisker?.left ?? NaN) - left) / width, ((whisker?.right ?? NaN) - left) / width];
          });
          // The bar is full at the largest weight, 2; its pixels are about 0.01 of it.
          expect(drawn[0]).toBeCloseTo(weightLow / 2, 1);
          expect(drawn[1]).toBeCloseTo(weightHigh / 2, 1);
          const title = await page.locator(`#row-${String(at)} .c-weight`).getAttribute('title');
          const [said, meaning] = (title ?? '').split('\n');
          expect(said).toBe(
            `Weight ${weight.toFixed(2)}, between ${weightLow.toFixed(2)} and ${weightHigh.toFixed(2)}`,
          );
          expect(meaning).toContain('95 of 100');
          expect(meaning).toContain('Not covered');
        }
        await page.locator('#row-1').click();
        const { weight = 0, weightLow = 0, weightHigh = 0 } = data.view(1, data.columns(controls), controls);
        const details = page.getByRole('region', { name: 'Details of the row' });
        await expect
          .poll(() => details.locator('.interval').textContent())
          .toBe(`weight ${weight.toFixed(2)}, between ${weightLow.toFixed(2)} and ${weightHigh.toFixed(2)}`);
        await expect
          .poll(() => details.locator('.interval').getAttribute('title'))
          .toBe((await page.locator('#row-1 .c-weight').getAttribute('title'))?.split('\n')[1]);
      });

      it('is not drawn, and nothing is ranked by it, where a run has none', async () => {
        await open({ intervals: false });
        await expect.poll(() => page.locator('.whisker:visible').count()).toBe(0);
        await expect.poll(() => page.locator('#row-0 .c-weight').getAttribute('title')).toBeNull();
        await expect.poll(() => rank('Weight').isVisible()).toBe(true);
        await expect.poll(() => rank('Lower bound').isVisible()).toBe(false);
      });
    });

    describe('rank by', () => {
      it('orders the rows by weight, its lower bound or P̂, and shows what it orders by', async () => {
        await open();
        const { weightLow, quality } = dataset().columns(controls);
        const bounds = [...weightLow].sort((a, b) => b - a).map((bound) => bound.toFixed(2));
        await expect.poll(lastSort).toEqual({ column: 'weight', descending: true });
        await expect.poll(() => rank('Weight').getAttribute('aria-pressed')).toBe('true');

        await rank('Lower bound').click();
        await expect.poll(lastSort).toEqual({ column: 'weightLow', descending: true });
        await expect.poll(async () => (await weights()).slice(0, 12)).toEqual(bounds.slice(0, 12));
        const header = page.getByRole('columnheader', { name: 'Lower bound' });
        await expect.poll(() => header.getAttribute('aria-sort')).toBe('descending');
        // Its header turns the order round, as any other does.
        await header.getByRole('button').click();
        await expect.poll(lastSort).toEqual({ column: 'weightLow', descending: false });
        await expect.poll(async () => (await weights()).at(0)).toBe(bounds.at(-1));

        await rank("P̂'").click();
        await expect.poll(lastSort).toEqual({ column: 'quality', descending: true });
        const best = Math.round(100 * Math.max(...quality));
        await expect
          .poll(() => page.locator('#row-0 .c-quality').textContent())
          .toBe(best > 99 ? '> 99 %' : `${String(best)} %`);
        await expect
          .poll(() => page.getByRole('columnheader', { name: 'Weight' }).getAttribute('aria-sort'))
          .toBe('none');

        // Another column's header: none of the three.
        await page.getByRole('columnheader', { name: 'Label' }).getByRole('button').click();
        await expect.poll(lastSort).toEqual({ column: 'label', descending: false });
        for (const name of ['Weight', 'Lower bound', "P̂'"]) {
          await expect.poll(() => rank(name).getAttribute('aria-pressed'), { message: name }).toBe('false');
        }
      });

      it('is reached and used with the keyboard, and remembered while the panel is hidden', async () => {
        await open();
        await page.getByRole('button', { name: 'Select all 1,000' }).focus();
        await page.keyboard.press('Tab');
        await page.keyboard.press('Tab');
        await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain('Lower bound');
        await page.keyboard.press('Enter');
        await expect.poll(lastSort).toEqual({ column: 'weightLow', descending: true });
        await expect
          .poll(() => page.evaluate(() => sessionStorage.getItem('state') ?? ''))
          .toContain('"column":"weightLow"');
        await page.reload();
        await page.locator('.layer > .row:not(.pending):not([hidden])').first().waitFor();
        await expect.poll(() => lastSort()).toEqual({ column: 'weightLow', descending: true });
        await expect.poll(() => rank('Lower bound').getAttribute('aria-pressed')).toBe('true');
      });

      it('takes weights for lower bounds while scores have none, and lower bounds once they have', async () => {
        await open();
        await rank('Lower bound').click();
        await expect.poll(lastSort).toEqual({ column: 'weightLow', descending: true });
        await change({ kind: 'effort', effort: 'preview' });
        await expect.poll(lastSort).toEqual({ column: 'weight', descending: true });
        await expect
          .poll(() => page.getByRole('columnheader', { name: 'Weight' }).getAttribute('aria-sort'))
          .toBe('descending');
        await change({ kind: 'effort', effort: 'standard' });
        await expect.poll(lastSort).toEqual({ column: 'weightLow', descending: true });
      });

      it('is one menu in a narrow window', async () => {
        await open({}, narrow);
        await expect.poll(() => rank('Weight').isVisible()).toBe(false);
        await page.getByRole('button', { name: 'Sort: Weight' }).click();
        await page.getByRole('menuitem', { name: 'Lower bound' }).click();
        await expect.poll(lastSort).toEqual({ column: 'weightLow', descending: true });
        await expect.poll(() => page.getByRole('button', { name: 'Sort: Lower bound' }).isVisible()).toBe(true);
      });
    });

    describe('the part that tells', () => {
      it('opens on demand in a tab beside the list, is remembered, and closes', async () => {
        await open();
        await expect.poll(() => part().isVisible()).toBe(false);
        await openPart();
        await expect.poll(() => tab('How sure').getAttribute('aria-selected')).toBe('true');
        await expect.poll(() => tab('How sure').evaluate((it) => it === document.activeElement)).toBe(true);
        // A row that is chosen meanwhile does not take its place; its details are a key away.
        await page.locator('#row-2').click();
        await expect.poll(() => page.locator('#row-2').getAttribute('aria-selected')).toBe('true');
        await expect.poll(() => part().isVisible()).toBe(true);
        await expect.poll(() => page.evaluate(() => sessionStorage.getItem('state') ?? '')).toContain('"sureness"');
        await page.reload();
        await part().waitFor();
        await tab('How sure').focus();
        await page.keyboard.press('ArrowLeft');
        await expect
          .poll(() => page.getByRole('region', { name: 'Details of the row' }).innerText())
          .toContain('weight');
        await expect.poll(() => part().isVisible()).toBe(false);
        await page.keyboard.press('ArrowRight');
        await part().waitFor();
        await page.getByRole('button', { name: 'Close (Space)' }).click();
        await expect.poll(() => part().isVisible()).toBe(false);
        await expect
          .poll(() => page.getByRole('grid', { name: 'Rows' }).evaluate((it) => it === document.activeElement))
          .toBe(true);
        // Space is for the row.
        await page.keyboard.press('Space');
        await expect.poll(() => tab(/^Line/).getAttribute('aria-selected')).toBe('true');
      });

      it('says how far off both checkers are, before and after scaling', async () => {
        await open();
        await openPart();
        const { quality, diversity } = surenessOf(defaultOptions, 'standard') ?? {};
        if (quality === undefined || diversity === undefined) throw new Error('the harness has no calibration');
        const points = (ece: number): string => (100 * ece).toFixed(1);
        const words = await part().innerText();
        expect(words).toContain(
          `Its probabilities are off by ${points(quality.after.ece)} points on average (ECE ${quality.after.ece.toFixed(3)}).`,
        );
        expect(words).toContain(
          `surer than right, off by ${points(quality.before.ece)} points; dividing its logits by 1.83 corrects that`,
        );
        expect(words).toContain(`less sure than right, off by ${points(diversity.before.ece)} points`);
        expect(words).toContain('Measured on 202 rows, each judged by a model that was not trained on it.');
        expect(words).toContain('Measured on the 1,000 rows that it was trained on, which flatters it.');
      });

      it('draws each bin where it lies, and has the same numbers in a table', async () => {
        await open();
        await openPart();
        const bins = surenessOf(defaultOptions, 'standard')?.quality?.after.bins ?? [];
        const section = page.getByRole('region', { name: "Quality checker P̂'" });
        const picture = section.getByRole('img');
        await expect
          .poll(() => picture.getAttribute('aria-label'))
          .toMatch(/^Reliability diagram, Quality checker P̂'\./);
        // Ticks tell which pixel is which share; the axes end at 100 %.
        const drawn = await picture.evaluate((svg) => {
          const number = (element: Element, name: string): number => Number(element.getAttribute(name));
          const ticks = [...svg.querySelectorAll('.tick')].map((tick) => ({
            share: Number.parseInt(tick.textContent ?? '', 10) / 100,
            x: number(tick, 'x'),
            isRow: tick.getAttribute('text-anchor') === 'end' && number(tick, 'x') < 60,
          }));
          const lines = [...svg.querySelectorAll('.gridline')].map((line) => number(line, 'y1'));
          const rows = ticks.filter(({ isRow }) => isRow).map(({ share }, at) => ({ share, y: lines[at] }));
          const columns = ticks.filter(({ isRow }) => !isRow);
          const at = (a: number, b: number, share: number, from: number, to: number): number =>
            a + ((share - from) / (to - from)) * (b - a);
          const [left, right] = [columns[0], columns[columns.length - 1]];
          const [low, high] = [rows[0], rows[rows.length - 1]];
          return [...svg.querySelectorAll('.dot.after')].map((dot) => [
            at(left.share, right.share, number(dot, 'cx'), left.x, right.x),
            at(low.share, high.share, number(dot, 'cy'), low.y, high.y),
            number(dot, 'r'),
          ]);
        });
        expect(drawn.length).toBe(bins.length);
        for (const [at, { confidence, accuracy }] of bins.entries()) {
          expect(drawn[at][0]).toBeCloseTo(confidence, 2);
          expect(drawn[at][1]).toBeCloseTo(accuracy, 2);
        }
        // More rows, larger dots.
        const most = bins.reduce((best, bin, at) => (bin.rows > bins[best].rows ? at : best), 0);
        expect(Math.max(...drawn.map(([, , r]) => r))).toBe(drawn[most][2]);

        await section.getByText('As a table').click();
        const table = section.getByRole('table', { name: /how often it is right/ });
        const last = bins[bins.length - 1];
        expect((await table.getByRole('row').last().innerText()).split(/\s*\t\s*/)).toEqual([
          '93 – 100 %',
          String(last.rows),
          `${String(Math.round(100 * last.confidence))} %`,
          `${String(Math.round(100 * last.accuracy))} %`,
        ]);
        // Both diagrams are in it, under headings.
        await expect.poll(() => table.getByRole('rowheader', { name: 'before scaling' }).isVisible()).toBe(true);
        await expect.poll(() => table.getByRole('rowheader', { name: 'temperature 1.83' }).isVisible()).toBe(true);
      });

      it('reads a bin out under the pointer', async () => {
        await open();
        await openPart();
        const plot = page.getByRole('region', { name: "Quality checker P̂'" }).locator('.plot');
        await plot.scrollIntoViewIfNeeded();
        const box = await plot.boundingBox();
        await plot.hover({ position: { x: (box?.width ?? 0) - 20, y: 60 } });
        const tip = plot.locator('.tip');
        await expect.poll(() => tip.innerText()).toContain('probability that it gives its label 97 %');
        await expect.poll(() => tip.innerText()).toMatch(/temperature 1\.83: \d+ %\s+56 rows/);
      });

      it('shows what more real rows would bring, how far the rows are, and the warnings', async () => {
        await open({ warnings: ['Only 60 real rows: add some if you can.'] });
        await openPart();
        const curve = page.getByRole('region', { name: 'Would more real rows help?' });
        const words = await curve.innerText();
        expect(words).toContain('100 more labelled rows would add about 1.8 ± 0.6 points of macro-F1');
        expect(words).toContain('in place of the fine-tuned checker');
        await expect
          .poll(() => curve.getByRole('img').getAttribute('aria-label'))
          .toContain('macro-F1 from 58 % with 20 rows to 74 % with 161 rows');
        await curve.getByText('As a table').click();
        const rows = await curve.getByRole('row').allInnerTexts();
        expect(rows.map((row) => row.split(/\s*\t\s*/))).toContainEqual(['80', '70 %', '66 – 73 %', '71 %', '0.57']);
        const whole = await part().innerText();
        expect(whole).toContain('Only 60 real rows: add some if you can.');
        expect(whole).toContain('31 % of the synthetic rows are farther from every real row');
        expect(whole).toContain('It rests on 5 fold models.');
      });

      it('shows one line where nothing was scaled, and what there is of an older run', async () => {
        await open({ sureness: 'plain' });
        await openPart();
        await expect.poll(() => page.locator('.line.before').count()).toBe(0);
        await expect.poll(() => part().locator('.line.after').count()).toBe(1);
        expect(await part().innerText()).not.toContain('temperature');
        await expect
          .poll(() => page.getByRole('region', { name: 'Would more real rows help?' }).isVisible())
          .toBe(false);
        await page.close();

        await open({ sureness: 'none' });
        await openPart();
        await expect.poll(() => part().innerText()).toContain('was not measured in this run');
        await part().getByRole('button', { name: 'Score again' }).click();
        await expect
          .poll(() => page.evaluate(() => window.harness.calls.filter(({ method }) => method === 'command')))
          .toEqual([{ method: 'command', params: { name: 'rescore' } }]);
      });

      it('is not offered before there are scores', async () => {
        await open({ effort: 'none' });
        await expect.poll(() => page.getByRole('button', { name: 'How sure?' }).isVisible()).toBe(false);
        await expect.poll(() => tab('How sure').isVisible()).toBe(false);
        await change({ kind: 'effort', effort: 'standard' });
        await expect.poll(() => tab('How sure').isVisible()).toBe(true);
      });

      it.each([
        [1600, 900],
        [1200, 480],
        [800, 600],
        [400, 800],
        [400, 420],
      ])('leaves the list its room, window of %i × %i', async (width, height) => {
        await open({}, { width, height });
        await openPart();
        const list = await page.getByRole('grid', { name: 'Rows' }).boundingBox();
        const box = await part().boundingBox();
        // Header and three rows at least, and the part beside or below them, not over them.
        expect(list?.height).toBeGreaterThanOrEqual(90);
        expect(box?.height).toBeGreaterThanOrEqual(90);
        const [right, bottom] = [(list?.x ?? 0) + (list?.width ?? 0), (list?.y ?? 0) + (list?.height ?? 0)];
        expect((box?.x ?? 0) >= right - 1 || (box?.y ?? 0) >= bottom - 1).toBe(true);
        // Nothing in it is wider than it.
        await expect.poll(() => part().evaluate((it) => it.scrollWidth <= it.clientWidth)).toBe(true);
        await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
      });
    });

    it('says everything in the language of the user', async () => {
      for (const options of [{ warnings: ['one'] }, { sureness: 'plain' }, { sureness: 'none' }] as const) {
        await open(options, wide, 'dark', pseudoSentences());
        await page.getByRole('button', { name: '⟦How sure?⟧' }).click();
        await page.locator('.sureness').waitFor();
        for (const summary of await page.locator('.number-table summary').all()) await summary.click();
        const data = ['bdi', 'code', '.c-text', '.text', '.label', 'h1', '.search-mirror', '.chip[data-name="ham"]'];
        const said = ['.reason', '.warnings li', '.warning-first', '.sure-warnings li', '.neighbour-label'];
        await expect.poll(() => untranslated(page, [...data, ...said])).toEqual([]);
        expect(faults).toEqual([]);
        await page.close();
      }
    });

    it.each(['dark', 'light', 'high-contrast', 'high-contrast-light'] as const)(
      'has nothing serious for assistive technology, %s',
      async (theme) => {
        for (const size of [wide, narrow]) {
          await open({ warnings: ['One.'] }, size, theme);
          await openPart();
          for (const summary of await page.locator('.number-table summary').all()) await summary.click();
          await expect.poll(() => seriousFindings(page)).toEqual([]);
          if (size === wide) await page.close();
        }
      },
    );
  },
);
