/** The weights panel in a real browser: the real front end, a generated dataset behind it, real keys and a real mouse. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, Locator, Page } from 'playwright-core';
import type { WeightControls } from '../../src/protocol/data.ts';
import { visible } from '../../webview/shared/visibleText.ts';
import { pseudoSentences, untranslated } from './support/pseudo.ts';
import { seriousFindings } from './support/axe.ts';
import { launchChromium, noBrowser, watchFaults } from './support/browser.ts';
import { hostileTexts } from './panel/harness/dataset.ts';
import type { HarnessOptions, HostChange } from './panel/harness/options.ts';
import type { Harness } from './panel/harness/page.ts';
import { servePanel, type PanelServer, type ThemeName } from './panel/serve.ts';

declare const window: Window & { harness: Harness };

const wide = { width: 1600, height: 900 };
const narrow = { width: 400, height: 800 };

const job = {
  id: 7,
  kind: 'score',
  title: 'Scoring synthetic.jsonl',
  state: 'running',
  stage: 'Quality checker',
  fraction: 0.42,
  rate: '212 rows/s',
  secondsLeft: 190,
} as const;

let server: PanelServer;
let browser: Browser;
let page: Page;
let faults: string[];

if (noBrowser !== undefined) console.log(`The panel's browser tests: ${noBrowser}.`);

describe.skipIf(noBrowser !== undefined)(
  `weights panel in Chromium${noBrowser === undefined ? '' : ` (${noBrowser})`}`,
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

    async function openPage(size: typeof wide): Promise<void> {
      page = await browser.newPage({ viewport: size });
      // A page on a busy machine takes its time.
      page.setDefaultTimeout(60_000);
      faults = watchFaults(page);
    }

    /** Opens the panel and waits for rows, or for whatever it shows without any. */
    async function open(options: Partial<HarnessOptions> = {}, theme: ThemeName = 'dark', size = wide): Promise<void> {
      await openPage(size);
      await page.goto(server.url(options, theme));
      await page.locator('.layer > .row:not(.pending):not([hidden])').first().waitFor();
    }

    const grid = () => page.getByRole('grid', { name: 'Rows' });
    const search = () => page.getByRole('searchbox', { name: 'Filter rows' });
    const chip = (name: string) => page.locator(`.chip[data-name="${name}"]`);
    const bulk = () => page.locator('.bulk-words');
    /** Makes the host do something; once this resolves, the panel has been told. */
    const change = (what: HostChange): Promise<void> => page.evaluate((it) => window.harness.change(it), what);

    /** What the panel asked of the host so far. */
    const calls = <T = Record<string, unknown>>(method: string): Promise<T[]> =>
      page.evaluate(
        (name) => window.harness.calls.filter((call) => call.method === name).map((call) => call.params as T),
        method,
      );

    /** The rows on screen in their order, as the user reads them. */
    const shown = () =>
      page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('.layer > .row:not([hidden])')]
          .map((row) => ({
            index: Number(row.getAttribute('aria-rowindex')) - 2,
            top: Math.round(row.getBoundingClientRect().top),
            line: Number(row.querySelector('.c-line')?.textContent),
            weight: row.querySelector('.c-weight .number')?.textContent ?? '',
            label: row.querySelector('.label')?.textContent ?? '',
            suggestion: row.querySelector('.c-suggested')?.textContent ?? '',
            quality: row.querySelector('.c-quality')?.textContent ?? '',
            verdict: row.querySelector('.word')?.textContent ?? '',
            text: row.querySelector('.c-text')?.textContent ?? '',
            selected: row.getAttribute('aria-selected') === 'true',
            lead: row.classList.contains('lead'),
            pending: row.classList.contains('pending'),
          }))
          .sort((a, b) => a.index - b.index),
      );

    const selectedLines = async (): Promise<number[]> =>
      (await shown()).filter((row) => row.selected).map((row) => row.line);

    /**
     * Until every call is answered and nothing more is said for longer than any pause of the panel's, and two frames have
     * passed: what is seen then stays, however slow the machine.
     */
    async function settled(): Promise<void> {
      const quiet = (): Promise<boolean> =>
        page.evaluate(async () => {
          const before = window.harness.messages;
          // A pause may follow another one; of timers, the one that was set first and is shorter comes first.
          for (let pauses = 0; pauses < 2; pauses++) await new Promise((resolve) => setTimeout(resolve, 400));
          for (let frames = 0; frames < 2; frames++) await new Promise((resolve) => requestAnimationFrame(resolve));
          const busy = document.querySelector('.bulk.busy, .layer > .row.pending:not([hidden])');
          return window.harness.open === 0 && window.harness.messages === before && busy === null;
        });
      while (!(await quiet()));
    }

    /** Whether an element has the keyboard. */
    const hasFocus = (element: Locator): Promise<boolean> =>
      element.evaluate((found) => found === document.activeElement);

    const row = (at: number) => page.locator('.layer > .row:not([hidden])').nth(at);
    /** Places in the DOM are not places on the screen: rows are found by their index. */
    const rowAt = (index: number) => page.locator(`#row-${String(index)}`);

    describe('keyboard', () => {
      it('walks the list, opens a line, searches and comes back', async () => {
        await open();
        await search().focus();
        await page.keyboard.press('Escape');
        await expect.poll(() => hasFocus(grid())).toBe(true);
        await expect.poll(() => calls('focus')).toContainEqual({ rows: true });
        await expect.poll(() => grid().getAttribute('aria-activedescendant')).toBe('row-0');

        for (const [key, index] of [
          ['ArrowDown', 1],
          ['ArrowDown', 2],
          ['ArrowUp', 1],
          ['End', 999],
          ['Home', 0],
        ] as const) {
          await page.keyboard.press(key);
          await expect.poll(() => grid().getAttribute('aria-activedescendant')).toBe(`row-${String(index)}`);
          await expect
            .poll(async () => (await shown()).filter(({ lead }) => lead).map((it) => it.index))
            .toEqual([index]);
        }
        await page.keyboard.press('PageDown');
        await page.keyboard.press('PageDown');
        await settled();
        const lead = (await shown()).find((it) => it.lead);
        expect(lead?.index).toBeGreaterThan(20);

        await page.keyboard.press('Enter');
        await expect
          .poll(() => calls('act'))
          .toMatchObject([{ action: 'open', target: { rows: [(lead?.line ?? 0) - 1] } }]);

        await page.keyboard.press('/');
        await expect.poll(() => hasFocus(search())).toBe(true);
        await expect.poll(async () => (await calls('focus')).at(-1)).toEqual({ rows: false });
        await settled();
        expect(await search().inputValue()).toBe('');
      });

      it('keeps keys that were meant for the list out of the search box, and the other way round', async () => {
        await open();
        await row(3).click();
        await search().focus();
        await page.keyboard.type('x r k u');
        await change({ kind: 'action', action: 'remove' });
        await settled();
        expect(await calls('act')).toEqual([]);
        expect(await search().inputValue()).toBe('x r k u');
        await change({ kind: 'action', action: 'search' });
        await expect.poll(() => hasFocus(search())).toBe(true);
      });

      it('sorts from the keyboard: one Tab stop for all headers', async () => {
        await open();
        await grid().focus();
        await page.keyboard.press('Tab');
        const focused = (): Promise<string | null | undefined> =>
          page.evaluate(() => document.activeElement?.textContent);
        await expect.poll(focused).toBe('Weight');
        await page.keyboard.press('ArrowRight');
        await expect.poll(focused).toBe('Label');
        await page.keyboard.press('Enter');
        await expect
          .poll(() => page.getByRole('columnheader', { name: 'Label' }).getAttribute('aria-sort'))
          .toBe('ascending');
        await page.keyboard.press('Tab');
        await expect.poll(() => page.evaluate(() => document.activeElement?.closest('.header') === null)).toBe(true);
      });
    });

    describe('filter', () => {
      it('narrows the list and counts what is left', async () => {
        await open();
        await search().fill('label:spam weight<0.5 refund');
        await expect.poll(() => bulk().textContent()).toMatch(/^\d+ of 1,000 rows$/);
        await settled();
        const rows = await shown();
        expect(rows.length).toBeGreaterThan(3);
        for (const it of rows) {
          expect(it.label).toBe('spam');
          expect(Number(it.weight.replace('< ', ''))).toBeLessThanOrEqual(0.5);
          expect(it.text).toContain('refund');
        }
        expect(await grid().getAttribute('aria-rowcount')).toBe(String(rows.length + 1));
        expect((await calls<{ filter: string }>('query')).at(-1)?.filter).toBe('label:spam weight<0.5 refund');
        await expect
          .poll(() => page.locator('[role="status"]').textContent())
          .toBe(`${String(rows.length)} of 1,000 rows`);
      });

      it('shows a fault where it is and leaves the rows as they are', async () => {
        await open();
        await search().fill('weight<0.5');
        await expect.poll(() => bulk().textContent()).not.toBe('1,000 rows');
        await settled();
        const before = await bulk().textContent();
        const asked = (await calls('query')).length;
        await search().fill('weight<0.5 lable:spam');
        await expect.poll(() => page.locator('.search-fault').textContent()).toContain("no field 'lable'");
        expect(await page.locator('.search-mirror .fault').textContent()).toBe('lable');
        expect(await search().getAttribute('aria-invalid')).toBe('true');
        // The underline stands under the word.
        const places = await page.evaluate(() => {
          const mark = document.querySelector('.search-mirror .fault')?.getBoundingClientRect();
          const field = document.querySelector('.search-input')?.getBoundingClientRect();
          return { left: (mark?.left ?? 0) - (field?.left ?? 0), width: mark?.width ?? 0 };
        });
        const measured = await search().evaluate((element) => {
          const context = document.createElement('canvas').getContext('2d');
          if (context === null) return { left: 0, width: 0 };
          context.font = getComputedStyle(element).font;
          return { left: context.measureText('weight<0.5 ').width, width: context.measureText('lable').width };
        });
        expect(Math.abs(places.left - measured.left)).toBeLessThan(2);
        expect(Math.abs(places.width - measured.width)).toBeLessThan(2);
        await settled();
        expect(await bulk().textContent()).toBe(before);
        expect((await calls('query')).length).toBe(asked);

        await search().fill('weight<0.5 label:spam');
        await expect.poll(() => page.locator('.search-fault').isHidden()).toBe(true);
        await expect.poll(() => bulk().textContent()).not.toBe(before);
      });

      it('offers examples while it is empty', async () => {
        await open();
        await search().click();
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Enter');
        await expect.poll(() => search().inputValue()).toBe('verdict:misaligned');
        await expect
          .poll(async () => [...new Set((await shown()).map(({ verdict }) => verdict))])
          .toEqual(['misaligned']);
      });

      it('toggles verdicts and labels with their counts, and says when nothing matches', async () => {
        await open();
        const misaligned = Number(await chip('misaligned').locator('.chip-count').textContent());
        await chip('misaligned').click();
        await expect.poll(() => bulk().textContent()).toBe(`${String(misaligned)} of 1,000 rows`);
        await expect.poll(() => chip('misaligned').getAttribute('aria-pressed')).toBe('true');
        const ham = Number(await chip('ham').locator('.chip-count').textContent());
        await chip('ham').click();
        await expect.poll(() => bulk().textContent()).toBe(`${String(ham)} of 1,000 rows`);
        await search().fill('nothing has these words');
        await expect.poll(() => page.locator('.empty').innerText()).toContain('No row matches.');
        await page.getByRole('button', { name: 'Show all 1,000 rows' }).click();
        await expect.poll(() => bulk().textContent()).toBe('1,000 rows');
        await expect.poll(() => search().inputValue()).toBe('');
      });
    });

    it('sorts by a column, and the other way round', async () => {
      await open();
      const percent = (text: string): number =>
        text === '< 1 %' ? 0.5 : text === '> 99 %' ? 99.5 : Number(text.replace(' %', ''));
      const header = page.getByRole('columnheader', { name: "P̂'" });
      await header.getByRole('button').click();
      await expect.poll(() => header.getAttribute('aria-sort')).toBe('ascending');
      await settled();
      const rising = (await shown()).map(({ quality }) => percent(quality));
      expect(rising).toEqual([...rising].sort((a, b) => a - b));
      expect(rising[0]).toBeLessThan(rising[rising.length - 1]);
      await header.getByRole('button').click();
      await expect.poll(() => header.getAttribute('aria-sort')).toBe('descending');
      await settled();
      expect(percent((await shown())[0].quality)).toBeGreaterThan(98);
      expect(await page.locator('[aria-sort="ascending"], [aria-sort="descending"]').count()).toBe(1);
    });

    describe('selection and actions', () => {
      it('selects one, a range, single ones and all, and acts on them', async () => {
        await open();
        await rowAt(2).click();
        await rowAt(6).click({ modifiers: ['Shift'] });
        await expect.poll(() => bulk().textContent()).toBe('5 selected');
        await rowAt(4).click({ modifiers: ['ControlOrMeta'] });
        await expect.poll(() => bulk().textContent()).toBe('4 selected');
        await settled();
        const rows = (await selectedLines()).map((line) => line - 1).sort((a, b) => a - b);
        await expect
          .poll(async () => {
            const last = (await calls<{ rows: number[] }>('select')).at(-1);
            return [...(last?.rows ?? [])].sort((a, b) => a - b);
          })
          .toEqual(rows);
        await page.locator('.bulk-actions').getByRole('button', { name: 'Keep' }).click();
        await expect.poll(() => calls('act')).toMatchObject([{ action: 'keep', target: { rows } }]);
        await expect.poll(() => page.locator('.layer > .row.kept:not([hidden])').count()).toBe(4);
      });

      it('extends with the keyboard over rows that were never on screen', async () => {
        await open();
        await rowAt(0).click();
        await page.keyboard.press('Shift+End');
        await expect.poll(() => bulk().textContent()).toBe('1,000 selected');
        await page.keyboard.press('Escape');
        await expect.poll(() => bulk().textContent()).toBe('1,000 rows');
        await expect.poll(async () => (await selectedLines()).length).toBe(1);
      });

      it('selects everything that matches, however much is on screen', async () => {
        await open();
        await chip('misaligned').click();
        await expect.poll(() => bulk().textContent()).toMatch(/ of 1,000 rows/);
        await settled();
        const matching = Number((await bulk().textContent())?.split(' ')[0]);
        await grid().focus();
        await page.keyboard.press('ControlOrMeta+a');
        await expect.poll(() => bulk().textContent()).toBe(`All ${String(matching)} matching rows selected`);
        const view = await page.evaluate(() => window.harness.calls.filter(({ method }) => method === 'query').length);
        await page.getByRole('button', { name: 'Relabel to suggestion' }).click();
        await expect.poll(() => calls('act')).toMatchObject([{ action: 'relabel', target: { view } }]);
        await expect.poll(() => chip('misaligned').locator('.chip-count').textContent()).toBe('0');
        await expect.poll(() => page.locator('.decisions').textContent()).toBe(`${String(matching)} relabelled`);
      });

      it('relabels at once with the key, and once where VS Code runs its command as well', async () => {
        await open();
        await search().fill('is:scored suggested:ham');
        await settled();
        await rowAt(0).click();
        // VS Code learns late that the list has the keyboard, and may tell of the key a moment later: within a second, hence
        // from the page itself.
        const key = await page.evaluateHandle(() => ({
          told: new Promise<void>((resolve) => {
            const tell = (): void => {
              void window.harness.change({ kind: 'action', action: 'relabel' }).then(resolve);
            };
            document.addEventListener('keydown', tell, { capture: true, once: true });
          }),
        }));
        await page.keyboard.press('r');
        await key.evaluate(({ told }) => told);
        await settled();
        expect(await calls('act')).toMatchObject([{ action: 'relabel' }]);
        await expect.poll(() => page.locator('.decisions').textContent()).toBe('1 relabelled');
        // From the menu or the palette it is a wish of its own.
        await page.waitForTimeout(1000);
        await change({ kind: 'action', action: 'keep' });
        await settled();
        expect(await calls('act')).toMatchObject([{ action: 'relabel' }, { action: 'keep' }]);
        await page.keyboard.press('Control+x');
        await search().focus();
        await page.keyboard.press('x');
        await settled();
        expect(await calls('act')).toHaveLength(2);
      });

      it('keeps the selection where an action found the file changed by an undo', async () => {
        await open();
        await chip('misaligned').click();
        await settled();
        const [first] = await shown();
        await rowAt(0).click();
        await grid().focus();
        await page.keyboard.press('ControlOrMeta+a');
        await expect.poll(() => bulk().textContent()).toMatch(/^All \d+ matching rows selected$/);
        const all = Number(/\d+/.exec((await bulk().textContent()) ?? '')?.[0]);
        await change({ kind: 'refuse', undone: [first.line - 1] });
        await page.getByRole('button', { name: 'Relabel to suggestion' }).click();
        await settled();
        await expect.poll(() => bulk().textContent()).toBe(`All ${String(all - 1)} matching rows selected`);
        await page.getByRole('button', { name: 'Relabel to suggestion' }).click();
        await expect.poll(() => page.locator('.decisions').textContent()).toBe(`${String(all)} relabelled`);
        // What was asked for was done: the rows are gone from the list, and nothing is selected.
        await settled();
        expect(await bulk().textContent()).toBe('0 of 1,000 rows');
      });

      it('selects all by the button though no row was chosen before', async () => {
        await open();
        await page.getByRole('button', { name: 'Select all 1,000' }).click();
        await settled();
        expect(await bulk().textContent()).toBe('All 1,000 rows selected');
      });

      it('selects all while the row of the keyboard is still on its way', async () => {
        await open({ latency: 100 });
        await grid().focus();
        await page.keyboard.press('End');
        await page.keyboard.press('ControlOrMeta+a');
        await settled();
        expect(await bulk().textContent()).toBe('All 1,000 rows selected');
        expect((await shown()).at(-1)?.lead).toBe(true);
      });

      it('follows the selected rows when a line is written above them', async () => {
        await open();
        await page.getByRole('columnheader', { name: 'Line' }).getByRole('button').click();
        await expect.poll(async () => (await shown())[0].line).toBe(1);
        await rowAt(5).click();
        await rowAt(9).click({ modifiers: ['ControlOrMeta'] });
        await settled();
        const texts = async () => (await shown()).filter(({ selected }) => selected).map(({ text }) => text);
        const before = await texts();
        expect(before).toHaveLength(2);
        await change({ kind: 'insert', at: 2 });
        await expect.poll(() => selectedLines()).toEqual([7, 11]);
        await settled();
        expect(await texts()).toEqual(before);
        await grid().focus();
        await page.keyboard.press('k');
        await settled();
        expect(await calls('act')).toMatchObject([{ action: 'keep', target: { rows: [6, 10] } }]);
      });

      it('goes on to the next row after an action, which stands still', async () => {
        await open();
        await page.getByRole('columnheader', { name: 'Line' }).getByRole('button').click();
        await expect.poll(async () => (await shown())[0].line).toBe(1);
        await rowAt(5).click();
        await settled();
        const before = await shown();
        const next = before[6];
        await change({ kind: 'action', action: 'remove' });
        await expect.poll(() => bulk().textContent()).toBe('999 rows');
        await settled();
        const after = await shown();
        const lead = after.find((it) => it.lead);
        expect(lead?.text).toBe(next.text);
        expect(lead?.selected).toBe(true);
        expect(lead?.top).toBe(before[5].top);
        // Rows above did not move.
        expect(after.slice(0, 5)).toEqual(before.slice(0, 5));
        expect(await page.locator('.details-title').textContent()).toBe('Line 6');
      });

      it('relabels, and the row keeps its place where the order does not depend on it', async () => {
        await open();
        await page.getByRole('columnheader', { name: 'Line' }).getByRole('button').click();
        await search().fill('is:scored suggested:ham');
        await settled();
        const [first] = await shown();
        await rowAt(0).click();
        expect(first.suggestion).toContain('ham');
        await search().fill('');
        await settled();
        await page.getByRole('button', { name: 'Relabel to ham' }).click();
        await expect.poll(async () => (await shown()).find(({ line }) => line === first.line)?.label).toBe('ham');
        const changed = (await shown()).find(({ line }) => line === first.line);
        expect(changed?.lead).toBe(true);
        await expect.poll(() => page.locator('.details .mark-line').textContent()).toContain('provisional');
      });

      it('gives rows and the list the context of their menu', async () => {
        await open();
        const before = await shown();
        await rowAt(3).click({ button: 'right' });
        await expect.poll(() => selectedLines()).toEqual([before[3].line]);
        const context = JSON.stringify({
          webviewSection: 'row',
          row: before[3].line - 1,
          preventDefaultContextMenuItems: true,
        });
        await expect.poll(() => rowAt(3).getAttribute('data-vscode-context')).toBe(context);
        await expect.poll(() => grid().getAttribute('data-vscode-context')).toBe(context);
      });

      it.each(['copyText', 'copyJson', 'remove'] as const)('does what the menu of rows says: %s', async (action) => {
        await open();
        await rowAt(2).click();
        await rowAt(4).click({ modifiers: ['Shift'] });
        await settled();
        const selected = (await selectedLines()).map((line) => line - 1).sort((a, b) => a - b);
        // On a row of the selection the menu is about all of it; VS Code tells what was chosen.
        await rowAt(3).click({ button: 'right' });
        await change({ kind: 'action', action });
        await settled();
        expect((await calls('act')).at(-1)).toMatchObject({ action, target: { rows: selected } });
        // On another row it is about that one.
        const other = (await shown()).find(({ index }) => index === 8);
        await rowAt(8).click({ button: 'right' });
        await change({ kind: 'action', action });
        await settled();
        expect((await calls('act')).at(-1)).toMatchObject({ action, target: { rows: [(other?.line ?? 0) - 1] } });
        expect(await calls('act')).toHaveLength(2);
      });

      it('copies what is selected from the menu above the list', async () => {
        await open();
        await grid().focus();
        await page.keyboard.press('ControlOrMeta+a');
        await page.getByRole('button', { name: 'More actions on the selected rows' }).click();
        await page.getByRole('menuitem', { name: 'Copy JSON' }).click();
        await expect.poll(() => calls('act')).toMatchObject([{ action: 'copyJson', target: { view: 1 } }]);
        await settled();
        expect(await bulk().textContent()).toBe('All 1,000 rows selected');
      });
    });

    describe('details', () => {
      it('shows the text, both checkers, the reason and rows like it', async () => {
        await open();
        await chip('redundant').click();
        await settled();
        await rowAt(0).click();
        const details = page.getByRole('region', { name: 'Details of the row' });
        await expect.poll(() => details.locator('.reason').textContent()).toMatch(/^Near-copy of line \d+ .*\.$/);
        expect(await details.getByRole('group', { name: 'Text' }).textContent()).toContain('A second paragraph');
        expect(await details.locator('.probability').count()).toBe(2);
        const widths = await details
          .locator('.probability.own .fill')
          .evaluateAll((bars) => bars.map((bar) => (bar as HTMLElement).style.width));
        const numbers = await details.locator('.probability.own .pair-of-numbers span').allTextContents();
        widths.forEach((width, at) => {
          expect(Math.round(parseFloat(width))).toBe(parseInt(numbers[at].replace(/[<>] /, ''), 10));
        });

        await details.locator('section', { hasText: 'Nearest real rows' }).locator('.neighbour').first().click();
        await expect.poll(() => calls('openLine')).toMatchObject([{ source: 'real' }]);

        // A near-copy that the toggles hide: they give way.
        const copy = details.locator('section', { hasText: 'Near-copies' }).locator('.neighbour').nth(1);
        const to = Number(await copy.locator('.neighbour-line').textContent());
        await copy.click();
        await expect.poll(() => page.locator('.details-title').textContent()).toBe(`Line ${String(to)}`);
        await settled();
        expect((await shown()).find((it) => it.lead)?.line).toBe(to);
      });

      it('finds similar rows, relabels to a chosen label, and folds away', async () => {
        await open({ labels: ['joy', 'anger', 'fear'] });
        await rowAt(1).click();
        await change({ kind: 'action', action: 'similar' });
        await expect.poll(() => page.locator('.similar .neighbour').count()).toBe(6);
        const label = (await shown())[1].label;
        const other = ['joy', 'anger', 'fear'].find((name) => name !== label) ?? '';
        await page.getByRole('button', { name: 'More actions', exact: true }).click();
        await page.getByRole('menuitem', { name: `Relabel to ${other}` }).click();
        await expect.poll(() => calls('act')).toMatchObject([{ action: 'relabelTo', label: other }]);
        await grid().focus();
        await page.keyboard.press('Space');
        await expect.poll(() => page.locator('.details').isHidden()).toBe(true);
        await page.keyboard.press('Space');
        await expect.poll(() => page.locator('.details').isVisible()).toBe(true);
      });
    });

    describe('weights', () => {
      it('brushes a range with the mouse: what is counted is what is listed', async () => {
        await open();
        await settled();
        const plot = await page.locator('.plot').boundingBox();
        if (plot === null) throw new Error('no histogram');
        await page.mouse.move(plot.x + plot.width * 0.35, plot.y + 30);
        await page.mouse.down();
        await page.mouse.move(plot.x + plot.width * 0.6, plot.y + 40, { steps: 4 });
        await page.mouse.up();
        await settled();
        const brush = (await calls<{ brush?: [number, number] }>('query')).at(-1)?.brush;
        if (brush === undefined) throw new Error('no range was asked for');
        expect(brush[0]).toBeLessThan(brush[1]);
        const count = Number((await bulk().textContent())?.split(' ')[0].replace(',', ''));
        expect(count).toBeGreaterThan(0);
        const words = await page.getByRole('slider', { name: 'Smallest weight shown' }).getAttribute('aria-valuetext');
        expect(words).toContain(`, ${String(count)} rows in the range`);
        for (const { weight } of await shown()) {
          expect(Number(weight)).toBeGreaterThanOrEqual(10 ** brush[0] - 0.01);
          expect(Number(weight)).toBeLessThan(10 ** brush[1] + 0.01);
        }
        await page.locator('.chip', { hasText: 'weight ' }).click();
        await expect.poll(() => bulk().textContent()).toBe('1,000 rows');
      });

      it('brushes with the keyboard', async () => {
        await open();
        const low = page.getByRole('slider', { name: 'Smallest weight shown' });
        await low.focus();
        for (let i = 0; i < 9; i++) await page.keyboard.press('ArrowRight');
        await settled();
        const brush = (await calls<{ brush?: [number, number] }>('query')).at(-1)?.brush;
        expect(brush).toBeDefined();
        expect(await bulk().textContent()).toMatch(/ of 1,000 rows$/);
        await page.keyboard.press('Escape');
        await expect.poll(() => bulk().textContent()).toBe('1,000 rows');
        expect((await calls<{ brush?: [number, number] }>('query')).at(-1)?.brush).toBeUndefined();
      });

      it('re-weights at every move of a slider and keeps what was set', async () => {
        await open();
        const gamma = page.getByRole('slider', { name: 'gamma' });
        await gamma.focus();
        const ess = await page.locator('.ess .big').textContent();
        for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowLeft');
        await expect.poll(() => page.locator('.ess .big').textContent()).not.toBe(ess);
        await settled();
        expect((await calls<{ controls: { gamma: number } }>('query')).at(-1)?.controls.gamma).toBeCloseTo(0.5, 9);
        expect((await calls<{ controls: { gamma: number } }>('setControls')).at(-1)?.controls.gamma).toBeCloseTo(
          0.5,
          9,
        );
        expect(await page.locator('.slider-value').first().textContent()).toBe('0.50');

        // "No limit" is not Infinity, which JSON cannot say.
        const largest = page.getByRole('slider', { name: 'Largest weight', exact: true });
        await largest.focus();
        await page.keyboard.press('End');
        await settled();
        expect(await largest.getAttribute('aria-valuetext')).toBe('no limit');
        expect((await calls<{ controls: { clipMax: number } }>('setControls')).at(-1)?.controls.clipMax).toBe(
          Number.MAX_VALUE,
        );
        expect((await shown())[0].weight).not.toBe('2.00');

        // The threshold decides which rows are misaligned, and no weight.
        const count = async (): Promise<number> =>
          Number(await chip('misaligned').locator('.chip-count').textContent());
        const threshold = page.getByRole('slider', { name: 'Misaligned below' });
        const [misaligned, sum] = [await count(), await page.locator('.ess .big').textContent()];
        await threshold.focus();
        for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowRight');
        await settled();
        expect(await threshold.getAttribute('aria-valuetext')).toBe('30 %');
        expect(await count()).toBeGreaterThan(misaligned);
        expect(await page.locator('.ess .big').textContent()).toBe(sum);
        expect(
          (await calls<{ controls: { misalignedBelow: number } }>('setControls')).at(-1)?.controls.misalignedBelow,
        ).toBeCloseTo(0.3, 9);
        await page.keyboard.press('Home');
        await expect.poll(count).toBe(0);

        await page.getByRole('button', { name: 'Reset' }).click();
        await settled();
        expect((await calls<{ controls: object }>('setControls')).at(-1)?.controls).toEqual({
          gamma: 1,
          clipMax: 2,
          misalignedBelow: 0.2,
          ...{ truncateQuantile: null, selfNormalise: false, priorCorrection: false },
        });
        await expect.poll(() => page.locator('.ess .big').textContent()).toBe(ess);
      });

      describe('of the settings that are rarely needed', () => {
        const more = () => page.locator('.more-settings');
        const ess = () => page.locator('.ess .big').textContent();
        const controls = async () => (await calls<{ controls: WeightControls }>('setControls')).at(-1)?.controls;
        const shares = () => page.locator('.share').evaluateAll((all) => all.map((each) => each.textContent));
        /** The largest weight, as the list shows it. */
        const heaviest = async () => Number((await shown())[0].weight);

        it('are folded away until they are asked for, or on', async () => {
          await open();
          const mean = page.getByRole('checkbox', { name: 'Mean weight 1' });
          expect(await mean.isVisible()).toBe(false);
          expect(await page.locator('.more-on').textContent()).toBe('');
          await more().locator('summary').click();
          await mean.check();
          await page.getByRole('checkbox', { name: 'Correct label shares' }).check();
          await more().locator('summary').click();
          // Folded away, they are no secret.
          expect(await page.locator('.more-on').textContent()).toBe('Mean weight 1 · Correct label shares');
          await page.locator('.more-on').waitFor();
          await page.close();
          // One that is on opens them; as they were left, they come back.
          await open({ controls: { selfNormalise: true } });
          const opened = page.getByRole('checkbox', { name: 'Mean weight 1' });
          await opened.waitFor();
          await more().locator('summary').click();
          await opened.waitFor({ state: 'hidden' });
          await settled();
          await page.reload();
          await page.locator('.layer > .row:not(.pending):not([hidden])').first().waitFor();
          expect(await opened.isVisible()).toBe(false);
          await page.close();
          await open({ controls: { truncateQuantile: 0.9 } });
          expect(await page.getByRole('slider', { name: 'Cap at quantile' }).isVisible()).toBe(true);
        });

        it('re-weight at once, with ESS and shares, and tell the host', async () => {
          await open({ controls: { clipMax: 100 } });
          await more().locator('summary').click();
          const [first, top, byLabel] = [await ess(), await heaviest(), await shares()];
          const cap = page.getByRole('slider', { name: 'Cap at quantile' });
          expect(await cap.getAttribute('aria-valuetext')).toBe('off');
          await cap.focus();
          for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowLeft');
          await settled();
          expect(await cap.getAttribute('aria-valuetext')).toBe('0.98');
          expect((await controls())?.truncateQuantile).toBe(0.98);
          await expect.poll(heaviest).toBeLessThan(top);
          expect(Number((await ess())?.replace(/\D/g, ''))).toBeGreaterThan(Number(first?.replace(/\D/g, '')));

          // Shares and ESS are of ratios: the mean changes the weights alone.
          const [capped, cappedTop] = [await ess(), await heaviest()];
          await page.getByRole('checkbox', { name: 'Mean weight 1' }).check();
          await expect.poll(heaviest).not.toBe(cappedTop);
          await settled();
          expect(await ess()).toBe(capped);
          expect((await controls())?.selfNormalise).toBe(true);

          await page.getByRole('checkbox', { name: 'Correct label shares' }).press('Space');
          await expect.poll(shares).not.toEqual(byLabel);
          await settled();
          expect(await controls()).toEqual({
            ...{ gamma: 1, clipMax: 100, misalignedBelow: 0.2 },
            ...{ truncateQuantile: 0.98, selfNormalise: true, priorCorrection: true },
          });

          await page.getByRole('button', { name: 'Reset' }).click();
          await settled();
          expect(await controls()).toMatchObject({
            truncateQuantile: null,
            selfNormalise: false,
            priorCorrection: false,
          });
          expect([await ess(), await heaviest(), await shares()]).toEqual([first, top, byLabel]);
          expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0);
          // What the user looks at is not folded away.
          expect(await cap.isVisible()).toBe(true);
          expect(await page.getByRole('button', { name: 'Reset' }).isVisible()).toBe(false);
        });

        it.each([
          ['wide', wide],
          ['narrow', narrow],
        ] as const)('have room in a %s panel', async (_, size) => {
          await open(
            { controls: { selfNormalise: true, truncateQuantile: 0.99, priorCorrection: true } },
            'dark',
            size,
          );
          const overview = page.locator('.overview');
          if (!(await overview.evaluate((each) => (each as HTMLDetailsElement).open))) {
            await overview.locator('> summary').click();
          }
          const box = await page.locator('.settings').boundingBox();
          for (const part of await page.locator('.settings :is(.slider, .switch, .more-settings > summary)').all()) {
            const own = await part.boundingBox();
            expect(own?.x).toBeGreaterThanOrEqual((box?.x ?? NaN) - 4);
            expect((own?.x ?? NaN) + (own?.width ?? NaN)).toBeLessThanOrEqual((box?.x ?? NaN) + (box?.width ?? NaN));
            expect(own?.height).toBeLessThanOrEqual(26);
          }
          expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
          expect(await seriousFindings(page)).toEqual([]);
        });
      });
    });

    describe('a preview', () => {
      it('suspects rows and calls none misaligned, until standard scores do', async () => {
        await open({ effort: 'preview' });
        const words = () => page.locator('main').innerText();
        const titles = () =>
          page
            .locator('.chip, .row .verdict, .slider')
            .evaluateAll((all) => all.map((each) => (each as HTMLElement).title));
        const suspects = Number(await chip('misaligned').locator('.chip-count').textContent());
        expect(await chip('misaligned').locator('.chip-name').textContent()).toBe('suspect');
        await chip('misaligned').click();
        await settled();
        expect(new Set((await shown()).map(({ verdict }) => verdict))).toEqual(new Set(['suspect']));
        expect(await bulk().textContent()).toBe(`${String(suspects)} of 1,000 rows`);
        await rowAt(0).click();
        const details = page.getByRole('region', { name: 'Details of the row' });
        await expect.poll(() => details.innerText()).toContain('standard scores decide');
        await settled();
        expect(await details.locator('.row-facts .verdict').textContent()).toBe('suspect');
        // The one sentence in the panel with the word says who decides.
        expect((await words()).replace(/standard scores decide whether the row is misaligned/g, '')).not.toMatch(
          /misaligned/i,
        );
        expect((await titles()).filter((title) => /^misaligned/i.test(title))).toEqual([]);
        // Both names can be asked for.
        await page.getByRole('button', { name: 'Clear all' }).click();
        await expect.poll(() => bulk().textContent()).toBe('1,000 rows');
        for (const filter of ['verdict:suspect', 'verdict:misaligned']) {
          await search().fill(filter);
          await expect.poll(() => bulk().textContent()).toBe(`${String(suspects)} of 1,000 rows`);
          await search().fill('');
          await expect.poll(() => bulk().textContent()).toBe('1,000 rows');
        }
        await chip('misaligned').focus();
        await change({ kind: 'effort', effort: 'standard' });
        await expect.poll(() => chip('misaligned').locator('.chip-name').textContent()).toBe('misaligned');
        await settled();
        expect(await chip('misaligned').evaluate((element) => element === document.activeElement)).toBe(true);
        expect(await words()).not.toMatch(/suspect/i);
        expect((await titles()).filter((title) => /suspect/i.test(title))).toEqual([]);
      });
    });

    it('names files of warnings without their folders, and settings in place of options', async () => {
      const path = '/home/ada/projects/mail/real.jsonl';
      await open({
        warnings: [
          `${path}: 2 rows are in /data/dev set/test.jsonl too.`,
          `${path}:14: label 'x' is unknown; fix it or pass --label-map.`,
          '3 rows are longer than 128 tokens and were cut; --max-length changes that.',
        ],
      });
      const warnings = page.locator('.notice.warnings');
      expect(await warnings.locator('.warning-first').textContent()).toMatch(/^real\.jsonl: 2 rows/);
      await warnings.locator('summary').click();
      const items = warnings.locator('li');
      expect((await items.allTextContents()).slice(1)).toEqual([
        "real.jsonl:14: label 'x' is unknown; fix it or set counterweight.labelMap.",
        '3 rows are longer than 128 tokens and were cut; --max-length of the command line changes that.',
      ]);
      expect(await items.nth(1).locator('.path').getAttribute('title')).toBe(path);
    });

    it.each([1600, 1000, 700, 400])(
      'has no two labels of the axis that touch, window %i pixels wide',
      async (width) => {
        await open({}, 'dark', { width, height: 900 });
        const gamma = page.getByRole('slider', { name: 'gamma' });
        await settled();
        if (!(await gamma.isVisible())) await page.locator('.overview > summary').click();
        await gamma.waitFor();
        for (const key of ['Home', 'End']) {
          await gamma.focus();
          await page.keyboard.press(key);
          await settled();
          const boxes = await page.locator('.plot text').evaluateAll((texts) =>
            texts
              .map((text) => text.getBoundingClientRect())
              .map(({ left, right }) => ({ left, right }))
              .sort((a, b) => a.left - b.left),
          );
          expect(boxes.length).toBeGreaterThan(1);
          for (let i = 1; i < boxes.length; i++) expect(boxes[i].left - boxes[i - 1].right).toBeGreaterThan(6);
          const plot = await page.locator('.plot').boundingBox();
          expect(boxes[0].left).toBeGreaterThanOrEqual((plot?.x ?? 0) - 0.5);
          expect(boxes[boxes.length - 1].right).toBeLessThanOrEqual((plot?.x ?? 0) + (plot?.width ?? 0) + 0.5);
        }
      },
    );

    it.each([1600, 950, 800, 700, 640, 560, 500, 400])(
      'shows a suggestion once, window %i pixels wide',
      async (width) => {
        await open({}, 'dark', { width, height: 800 });
        await search().fill('suggested:ham');
        await settled();
        const seen = await page
          .locator('.layer > .row:not([hidden])')
          .evaluateAll((rows) =>
            rows.map(
              (row) =>
                [...row.querySelectorAll<HTMLElement>('.inline-suggestion, .c-suggested')].filter(
                  (part) => part.offsetWidth > 0 && part.innerText.includes('ham'),
                ).length,
            ),
          );
        expect(seen.length).toBeGreaterThan(3);
        expect(new Set(seen)).toEqual(new Set([1]));
      },
    );

    describe('in another language', () => {
      /** The user's own words, numbers with units, and what the host has said. */
      const data = ['bdi', 'code', '.c-text', '.text', '.label', '.reason', '.job-words', '.neighbour-label'];
      const names = [
        'h1',
        '.search-mirror',
        '.facts-name',
        '.warnings li',
        '.warning-first',
        '.finding-warning',
        '.chip[data-name="ham"]',
      ];

      it.each([
        ['before there are scores', { effort: 'none', real: true }],
        ['without a real file', { effort: 'none', real: false, pairs: true }],
        ['a preview', { effort: 'preview', stale: 2, state: { job } }],
        ['standard scores', { effort: 'standard', warnings: ['one', 'two'] }],
      ] as const)('says everything, %s', async (_, options) => {
        await openPage(wide);
        await page.goto(server.url(options, 'dark', pseudoSentences()));
        await page.locator('.layer > .row:not(.pending):not([hidden])').first().waitFor();
        expect(await untranslated(page, [...data, ...names])).toEqual([]);
        await rowAt(3).click();
        await page.locator('.row-actions').waitFor();
        await rowAt(5).click({ modifiers: ['Shift'] });
        await page.locator('.search-input').fill('lable:spam (');
        await expect.poll(() => page.locator('.search-fault').isVisible()).toBe(true);
        expect(await untranslated(page, [...data, ...names])).toEqual([]);
        await page.locator('.search-input').fill('');
        for (const button of await page.locator('[aria-haspopup="menu"]:visible').all()) {
          await button.click();
          expect(await untranslated(page, [...data, ...names])).toEqual([]);
          await page.keyboard.press('Escape');
        }
      });
    });

    describe('when scores change by themselves', () => {
      it('keeps the selection, and its row where it is on the screen', async () => {
        await open({ effort: 'preview', state: { job } });
        await grid().evaluate((element) => (element.scrollTop = 7000));
        await settled();
        const before = (await shown())[6];
        await rowAt(before.index).click();
        await settled();
        await change({ kind: 'effort', effort: 'standard' });
        await expect.poll(() => page.locator('vscode-badge').textContent()).toBe('Standard');
        await settled();
        const here = async () => (await shown()).find((it) => it.line === before.line);
        const after = await here();
        expect(after?.top).toBe(before.top);
        expect(after?.index).not.toBe(before.index);
        expect(after?.lead).toBe(true);
        expect(await selectedLines()).toEqual([before.line]);

        // The job ends, and a line appears above the list.
        await change({
          kind: 'state',
          state: { job: { ...job, state: 'done' }, encoderMissing: { line: 'The encoder is missing.' } },
        });
        await expect.poll(() => page.getByRole('button', { name: 'Not now' }).isVisible()).toBe(true);
        await settled();
        expect((await here())?.top).toBe(before.top);
      });

      it('keeps the first row on screen where nothing is selected', async () => {
        await open({ effort: 'preview' });
        await grid().evaluate((element) => (element.scrollTop = 9005));
        await settled();
        const [before] = await shown();
        await change({ kind: 'effort', effort: 'standard' });
        await expect.poll(() => page.locator('vscode-badge').textContent()).toBe('Standard');
        await settled();
        const [after] = await shown();
        expect(after.line).toBe(before.line);
        expect(after.top).toBe(before.top);
      });

      it('stays at the top of the list for a user who has not moved', async () => {
        await open({ effort: 'preview' });
        await change({ kind: 'effort', effort: 'standard' });
        await expect.poll(() => page.locator('vscode-badge').textContent()).toBe('Standard');
        await settled();
        expect((await shown())[0].index).toBe(0);
      });
    });

    it('comes back as it was after the panel was hidden', async () => {
      await open();
      await page.getByRole('columnheader', { name: 'Line' }).getByRole('button').click();
      await search().fill('weight>0.5');
      await chip('ham').click();
      await settled();
      await grid().evaluate((element) => (element.scrollTop = 3000));
      await settled();
      const before = (await shown())[5];
      await rowAt(before.index).click();
      await settled();
      const rows = await shown();
      await page.reload();
      await page.locator('.layer > .row:not(.pending):not([hidden])').first().waitFor();
      await settled();
      expect(await search().inputValue()).toBe('weight>0.5');
      expect(await chip('ham').getAttribute('aria-pressed')).toBe('true');
      expect(await shown()).toEqual(rows);
      const kept = await page.evaluate(() => JSON.parse(sessionStorage.getItem('state') ?? '{}') as { path?: string });
      expect(kept.path).toBe('/home/ada/projects/mail/synthetic.jsonl');
    });

    it.each([
      { name: 'wide', size: wide },
      { name: 'beside a text', size: { width: 525, height: 860 } },
    ])('shows a row that the host wants shown before it tells of the rows, $name', async ({ size }) => {
      await open({ reveal: 700 }, 'dark', size);
      await settled();
      expect(await selectedLines()).toEqual([701]);
    });

    it('shows a row that the host wants shown, without the filter that hides it', async () => {
      await open();
      await search().fill('label:spam');
      await expect.poll(() => bulk().textContent()).toMatch(/ of 1,000/);
      await settled();
      const ham = await page.evaluate(() => window.harness.calls.length);
      expect(ham).toBeGreaterThan(0);
      // Line 2 of the generated rows is ham.
      await change({ kind: 'reveal', row: 1 });
      await expect.poll(() => page.locator('.details-title').textContent()).toBe('Line 2');
      await settled();
      expect(await search().inputValue()).toBe('');
      expect(await selectedLines()).toEqual([2]);
    });

    it('lists what passes a filter that the host sends, whatever was chosen before', async () => {
      await open();
      await search().fill('label:ham');
      await settled();
      await change({ kind: 'filter', text: 'line=2..4' });
      await expect.poll(() => bulk().textContent()).toMatch(/3 of 1,000/);
      expect(await search().inputValue()).toBe('line=2..4');
    });

    it('keeps the chosen row in sight where the list gets lower', async () => {
      await open({}, 'dark', { width: 1000, height: 860 });
      await grid().focus();
      await page.keyboard.press('End');
      await settled();
      const chosen = await selectedLines();
      expect(chosen).toHaveLength(1);
      await page.setViewportSize({ width: 1000, height: 740 });
      await settled();
      await expect.poll(async () => (await shown()).map(({ index }) => index)).toContain(999);
      const [row, list] = [await page.locator('.row[aria-selected=true]').boundingBox(), await grid().boundingBox()];
      expect(row).not.toBeNull();
      expect(list).not.toBeNull();
      expect((row?.y ?? NaN) + (row?.height ?? NaN)).toBeLessThanOrEqual((list?.y ?? NaN) + (list?.height ?? NaN) + 1);
    });

    describe('one million rows', () => {
      const rows = 1_000_000;

      it('scrolls to the end, to the middle and by the wheel, and nothing stays blank', async () => {
        await open({ rows });
        const complete = async (): Promise<number[]> => {
          await settled();
          const seen = await shown();
          expect(seen.filter(({ pending, text }) => pending || text === '')).toEqual([]);
          const indices = seen.map(({ index }) => index);
          expect(indices).toEqual(indices.map((_, at) => indices[0] + at));
          return indices;
        };
        await complete();
        await grid().focus();
        await page.keyboard.press('End');
        const last = await complete();
        expect(last.at(-1)).toBe(rows - 1);
        expect((await shown()).at(-1)?.lead).toBe(true);

        await grid().evaluate((element) => (element.scrollTop = (element.scrollHeight - element.clientHeight) / 2));
        const [middle] = await complete();
        expect(Math.abs(middle - rows / 2)).toBeLessThan(1000);

        // A turn of the wheel moves by its own pixels, though a pixel of the scrollbar stands for many rows.
        const box = await grid().boundingBox();
        if (box === null) throw new Error('no list');
        await page.mouse.move(box.x + 200, box.y + 200);
        const before = await shown();
        await page.mouse.wheel(0, 220);
        await expect
          .poll(async () => {
            const moved = (await shown()).find(({ index }) => index === before[12].index);
            return before[12].top - (moved?.top ?? NaN);
          })
          .toBe(220);
        await complete();
      });

      it('never paints a frame without rows while its scrollbar is dragged, and follows', async () => {
        await open({ rows, latency: 30 });
        await settled();
        const frames = await page.evaluate(async () => {
          const grid = document.querySelector('.grid');
          if (grid === null) throw new Error('no list');
          // Rows that take longer than the list is patient show as gaps: by its clock, which stands still here, none do,
          // however busy the machine.
          const now = performance.now();
          performance.now = () => now;
          const most = grid.scrollHeight - grid.clientHeight;
          const frames: { rows: number; gaps: number; first: string }[] = [];
          const places = new Set<string>();
          for (let i = 1; i <= 90 || (places.size <= 5 && i < 5000); i++) {
            grid.scrollTop = (most * ((i * 37) % 90)) / 90;
            await new Promise((resolve) => requestAnimationFrame(resolve));
            const painted = [...document.querySelectorAll('.layer > .row:not([hidden])')];
            frames.push({
              rows: painted.length,
              gaps: painted.filter((row) => row.classList.contains('pending')).length,
              first: painted[0].id,
            });
            places.add(painted[0].id);
          }
          return frames;
        });
        expect(Math.min(...frames.map((frame) => frame.rows))).toBeGreaterThanOrEqual(20);
        expect(frames.filter(({ gaps }) => gaps > 0)).toEqual([]);
        expect(new Set(frames.map(({ first }) => first)).size).toBeGreaterThan(5);
      });

      it('keeps a bounded number of rows in memory', async () => {
        await open({ rows });
        await page.evaluate(async () => {
          const grid = document.querySelector('.grid');
          if (grid === null) throw new Error('no list');
          for (let i = 0; i < 150; i++) {
            grid.scrollTop = ((grid.scrollHeight - grid.clientHeight) * i) / 150;
            await new Promise((resolve) => setTimeout(resolve, 25));
          }
        });
        await settled();
        await grid().focus();
        await page.keyboard.press('ControlOrMeta+a');
        await expect.poll(() => bulk().textContent()).toBe('All 1,000,000 rows selected');
        const bytes = await page.evaluate(() => {
          (globalThis as unknown as { gc: () => void }).gc();
          return (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize;
        });
        // The dataset itself lives in the worker; 48 pages of 128 rows of at most 400 characters are less than 10 MB.
        expect(bytes).toBeLessThan(40e6);
        expect(await page.locator('.layer > .row').count()).toBeLessThan(60);
      });

      it('refuses a range that is too long, and says what to do', async () => {
        await open({ rows });
        await rowAt(0).click();
        await page.keyboard.press('Shift+End');
        await expect.poll(() => page.locator('.notice.trouble:visible').innerText()).toContain('at most 10,000 rows');
      });
    });

    it('shows hostile rows as they are and runs nothing of them', async () => {
      await open({ labels: ['ham', '<img src=x onerror=window.hostile()>', '\u202espam'] });
      await page.getByRole('columnheader', { name: 'Line' }).getByRole('button').click();
      await expect.poll(async () => (await shown())[0].line).toBe(1);
      const elements = await page.locator('script, img, iframe, object, embed').count();
      for (const [at, text] of hostileTexts.entries()) {
        await change({ kind: 'reveal', row: 5 * at + 2 });
        await expect.poll(() => page.locator('.details-title').textContent()).toBe(`Line ${String(5 * at + 3)}`);
        const box = page.getByRole('group', { name: 'Text', exact: true });
        // A lone surrogate is no character: whatever passes it on may put what stands for none in its place.
        const wellFormed = (of: string | null): string => (of ?? '').replace(/\p{Surrogate}/gu, '\ufffd');
        expect(wellFormed(await box.textContent())).toBe(
          wellFormed(`${visible(text)}\n\nA second paragraph, as it stands in the file.`),
        );
        expect(await box.locator('*:not(.stand-in)').count()).toBe(0);
      }
      await change({ kind: 'reveal', row: 0 });
      await settled();
      const rows = await shown();
      expect(rows[2].text).toBe(hostileTexts[0]);
      expect(rows[7].text).toContain('⟨RLO⟩gnihtemos si siht⟨PDF⟩');
      expect(rows[7].text).toContain('⟨NUL⟩');
      expect(await page.locator('.chip-name').allTextContents()).toContain('<img src=x onerror=window.hostile()>');
      expect(await page.locator('script, img, iframe, object, embed').count()).toBe(elements);
      expect(await page.evaluate(() => window.harness.hostile)).toBe(0);
      // A label that reverses what follows does not reach out of its cell.
      expect(rows.some(({ label }) => label === '⟨RLO⟩spam')).toBe(true);
    });

    describe('before there are scores', () => {
      it('shows what is known of the files and what comes next', async () => {
        await open({ effort: 'none' });
        const facts = page.getByRole('region', { name: 'What the files hold' });
        await settled();
        const words = await facts.innerText();
        expect(words).toContain('synthetic.jsonl, 1,000 rows');
        expect(words).toContain('real.jsonl, 202 rows');
        expect(words).toContain('3 broken lines are left out');
        expect(words).toContain('14 rows repeat the text of an earlier row');
        expect(words).toContain('1 row has the text of a real row');
        await facts.getByRole('button', { name: 'Show problems' }).click();
        await facts.getByRole('button', { name: 'Score synthetic data' }).click();
        await expect.poll(() => calls('command')).toEqual([{ name: 'showProblems' }, { name: 'rescore' }]);
        // Nothing is asked for that is not known yet.
        await search().focus();
        expect(await search().getAttribute('placeholder')).not.toMatch(/weight|verdict/);
        expect((await page.locator('.hint code').allTextContents()).join()).not.toMatch(/weight|verdict/);
        // Columns that hold nothing yet are not there.
        expect(await page.getByRole('columnheader', { name: 'Weight' }).isVisible()).toBe(false);
        await change({ kind: 'effort', effort: 'preview' });
        await expect.poll(() => page.getByRole('columnheader', { name: 'Weight' }).isVisible()).toBe(true);
        await expect.poll(() => facts.isVisible()).toBe(false);
      });

      it('asks for a real file, or for rows to label', async () => {
        await open({ effort: 'none', real: false });
        await page.getByRole('button', { name: 'Choose real file' }).click();
        await page.getByRole('button', { name: 'Pick 200 rows to label' }).click();
        await expect.poll(() => calls('command')).toEqual([{ name: 'chooseReal' }, { name: 'labelRows' }]);
      });

      it('offers the encoder in one line', async () => {
        await open({
          effort: 'none',
          state: { encoderMissing: { line: 'The encoder is not on this machine yet: 91 MB.' } },
        });
        for (const name of ['Download', 'Choose folder', 'Not now']) await page.getByRole('button', { name }).click();
        await expect
          .poll(() => calls('command'))
          .toEqual([{ name: 'downloadEncoder' }, { name: 'chooseEncoder' }, { name: 'dismissEncoder' }]);
      });

      it('says why files cannot be read', async () => {
        await open();
        await change({
          kind: 'fault',
          fault: '/home/ada/real.jsonl has no field that looks like a label; name it with --label-field.',
        });
        await expect.poll(() => page.locator('.waiting').innerText()).toContain('no field that looks like a label');
        await expect
          .poll(() => page.locator('.waiting').innerText())
          .toMatch(/^real\.jsonl has .* name it with counterweight\.labelField\.$/m);
        await expect.poll(() => grid().isVisible()).toBe(false);
      });
    });

    it('follows a job and cancels it', async () => {
      await open({ effort: 'preview' });
      await change({ kind: 'state', state: { job } });
      const line = page.getByRole('region', { name: 'Job' });
      await expect
        .poll(() => line.innerText())
        .toContain('Scoring synthetic.jsonl: Quality checker · 42 % · 212 rows/s · about 3 min left');
      await expect.poll(() => page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('42');
      await line.getByRole('button', { name: 'Cancel' }).click();
      await expect.poll(() => calls('command')).toEqual([{ name: 'cancel' }]);
      await change({
        kind: 'state',
        state: { job: { ...job, state: 'failed', error: 'The disk is full: 210 MB are needed.' } },
      });
      await expect.poll(() => line.innerText()).toContain('The disk is full');
      await line.getByRole('button', { name: 'Resume' }).click();
      await expect.poll(() => calls('command')).toEqual([{ name: 'cancel' }, { name: 'resume' }]);
      await line.getByRole('button', { name: 'Dismiss' }).click();
      await expect.poll(() => line.isVisible()).toBe(false);

      // Another one, stopped by the user: what was done is kept, and there is a way on.
      await change({ kind: 'state', state: { job: { ...job, id: 8, state: 'cancelling' } } });
      await expect.poll(() => line.innerText()).toContain('stopping, what is done is kept');
      await expect.poll(() => line.getByRole('button').count()).toBe(0);
      await change({ kind: 'state', state: { job: { ...job, id: 8, state: 'cancelled' } } });
      await expect.poll(() => line.innerText()).toContain('cancelled, what was done is kept');
      await line.getByRole('button', { name: 'Resume' }).click();
      const commands = [{ name: 'cancel' }, { name: 'resume' }, { name: 'resume' }];
      await expect.poll(() => calls('command')).toEqual(commands);
      await change({ kind: 'state', state: { job: { ...job, id: 9, state: 'queued' } } });
      await expect.poll(() => line.innerText()).toContain('waits for another job to end');
      await expect.poll(() => line.getByRole('button', { name: 'Resume' }).isVisible()).toBe(false);
      await line.getByRole('button', { name: 'Cancel' }).click();
      await expect.poll(() => calls('command')).toEqual([...commands, { name: 'cancel' }]);
    });

    it('asks before a long job, and begins or lets it be', async () => {
      await open({ effort: 'preview' });
      const question = 'Standard scores take about 20 min on this machine.';
      await change({ kind: 'state', state: { job: { ...job, question } } });
      const line = page.getByRole('region', { name: 'Job' });
      await expect.poll(() => line.innerText()).toContain(question);
      await expect.poll(() => page.getByRole('progressbar').isVisible()).toBe(false);
      await line.getByRole('button', { name: 'Begin' }).click();
      await line.getByRole('button', { name: 'Cancel' }).click();
      await expect.poll(() => calls('command')).toEqual([{ name: 'begin' }, { name: 'cancel' }]);
    });

    it('scores rows again whose text changed: says which, offers it, and is done with it', async () => {
      await open();
      await change({ kind: 'stale', rows: [2, 3] });
      const again = page.getByRole('button', { name: 'Re-score 2 changed rows' });
      await expect.poll(() => again.isVisible()).toBe(true);
      await expect.poll(() => page.locator('.decisions').textContent()).toContain('2 changed since scoring');
      await search().fill('is:stale');
      await expect.poll(() => bulk().textContent()).toBe('2 of 1,000 rows');
      await rowAt(0).click();
      const details = page.getByRole('region', { name: 'Details of the row' });
      await expect.poll(() => details.locator('.mark-line').first().textContent()).toContain('re-score changed rows');
      await again.click();
      await expect.poll(() => calls('command')).toEqual([{ name: 'rescoreChanged' }]);
      await change({ kind: 'state', state: { job: { ...job, kind: 'rescore', title: 'Re-scoring 2 rows' } } });
      await expect.poll(() => page.getByRole('region', { name: 'Job' }).innerText()).toContain('Re-scoring 2 rows');
      await change({ kind: 'stale', rows: [] });
      await expect.poll(() => again.isVisible()).toBe(false);
      await expect.poll(() => bulk().textContent()).toBe('0 of 1,000 rows');
    });

    it('offers in the header what the state allows', async () => {
      await open({ stale: 12, effort: 'standard' });
      await page.getByRole('button', { name: 'Re-score 12 changed rows' }).click();
      await page.getByRole('button', { name: 'Train classifier' }).click();
      await expect.poll(() => calls('command')).toEqual([{ name: 'rescoreChanged' }, { name: 'train' }]);
      await page.getByRole('button', { name: 'Export' }).focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await expect.poll(() => calls('export')).toEqual([{ kind: 'filtered', view: 1 }]);
      await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Export');
    });

    describe.each(['dark', 'light', 'high-contrast'] as const)('accessibility, %s', (theme) => {
      const scenes: readonly (readonly [string, Partial<HarnessOptions>, typeof wide, () => Promise<void>])[] = [
        [
          'details beside the list',
          { stale: 3, warnings: ['One.', 'Two.'] },
          wide,
          async () => {
            await rowAt(3).click();
            await chip('ham').click();
          },
        ],
        [
          'details below the list',
          { pairs: true },
          narrow,
          async () => {
            await rowAt(2).click();
            await page.locator('.overview > summary').click();
          },
        ],
        [
          'a fault and several rows selected',
          { effort: 'preview' },
          wide,
          async () => {
            await rowAt(1).click();
            await rowAt(4).click({ modifiers: ['Shift'] });
            await search().fill('weight<');
          },
        ],
        [
          'files that are not scored',
          { effort: 'none', real: false, state: { encoderMissing: { line: 'The encoder is missing.' } } },
          wide,
          async () => {
            await search().focus();
          },
        ],
        [
          'a menu',
          {},
          wide,
          async () => {
            await page.getByRole('button', { name: 'Export' }).click();
          },
        ],
      ];

      it.each(scenes)('%s', async (_, options, size, act) => {
        await open(options, theme, size);
        await act();
        await settled();
        expect(await seriousFindings(page)).toEqual([]);
      });
    });
  },
);
