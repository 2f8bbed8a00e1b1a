import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { LabelState } from '../../src/protocol/label.ts';
import { noBrowser } from './support/browser.ts';
import { callsOf, expectNothingExecuted } from './views/checks.ts';
import { states } from './views/labelStates.ts';
import { viewTests } from './views/viewTests.ts';

if (noBrowser !== undefined) console.log(`The labelling view's tests: ${noBrowser}.`);

describe.skipIf(noBrowser !== undefined)('labelling view (needs Chromium)', () => {
  const open = viewTests<LabelState>('label', states, /Label real rows/, {
    selectors: ['bdi', '.text', 'kbd', '.saved.bad'],
    words: [],
  });
  const show = (page: Page, state: LabelState): Promise<void> =>
    page.evaluate((sent) => window.viewHarness.emit('state', sent), state);

  it('begins with the labels as they were edited', async () => {
    const page = await open(states.setup);
    await page.getByLabel('Label 2').fill('junk');
    await page.getByRole('button', { name: 'Add a label' }).click();
    await page.keyboard.type('news');
    await page.getByRole('button', { name: 'Remove this label' }).first().click();
    // A new state does not write over what was typed.
    await show(page, { ...states.setup, source: 'other.jsonl' });
    await page.getByText('other.jsonl').waitFor();
    await page.getByLabel('How many').fill('50');
    await page.getByText('Start labelling').click();
    await expect.poll(() => callsOf(page, 'start')).toEqual([{ labels: ['junk', 'news'], goal: 50 }]);
    await page.close();
  });

  it('types keys into its fields, and begins with Enter', async () => {
    const page = await open(states.setup);
    await page.getByLabel('Label 1').fill('');
    await page.keyboard.type('1s2');
    await expect.poll(() => page.getByLabel('Label 1').inputValue()).toBe('1s2');
    await page.keyboard.press('Enter');
    await expect.poll(() => callsOf(page, 'start')).toEqual([{ labels: ['1s2', 'spam'], goal: 200 }]);
    // Keys are dealt with in their order: of those before it, none was an answer.
    expect(await callsOf(page, 'answer')).toEqual([]);
    await page.close();
  });

  it('says what is wrong with the labels', async () => {
    const page = await open(states.setup, {}, { start: { fails: 'A classifier needs two labels at least.' } });
    await page.getByText('Start labelling').click();
    await expect.poll(() => page.getByRole('alert').innerText()).toBe('A classifier needs two labels at least.');
    await page.close();
  });

  it('says that the labels of the generator are hidden, and which texts are better', async () => {
    const page = await open(states.setupSynthetic);
    const text = await page.locator('.setup').innerText();
    expect(text).toContain('hidden while you label');
    expect(text).toContain("the generator's own");
    expect(text).toContain('after the rows that it holds already');
    await page.close();
  });

  it('labels, skips and goes back by keyboard alone', async () => {
    const page = await open(states.labelling);
    await page.keyboard.press('2');
    await page.keyboard.press('s');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('9');
    await expect.poll(() => callsOf(page, 'answer')).toEqual([{ line: 1204, label: 'spam' }]);
    await expect.poll(() => callsOf(page, 'skip')).toEqual([{ line: 1204 }]);
    await expect.poll(() => callsOf(page, 'back')).toHaveLength(1);
    await show(page, states.past);
    await page.getByText('You labelled this spam').waitFor();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => callsOf(page, 'forward')).toHaveLength(1);
    await page.keyboard.press('1');
    // The key 9, which is no label's, was no answer.
    await expect.poll(() => callsOf(page, 'answer')).toHaveLength(2);
    await page.close();
  });

  it('answers once for a key that is held down', async () => {
    const page = await open(states.labelling);
    await page.keyboard.down('1');
    await page.keyboard.down('1');
    await page.keyboard.down('1');
    await page.keyboard.up('1');
    await page.keyboard.press('s');
    await expect.poll(() => callsOf(page, 'skip')).toHaveLength(1);
    expect(await callsOf(page, 'answer')).toHaveLength(1);
    await page.close();
  });

  it('scrolls a long text by keyboard and begins the next one at its top', async () => {
    const page = await open(states.many);
    await page.keyboard.press('PageDown');
    const scrolled = (): Promise<number> => page.locator('.text').evaluate(({ scrollTop }) => scrollTop);
    await expect.poll(scrolled).toBeGreaterThan(50);
    await show(page, { ...states.many, current: { ...states.many.current, line: 9 } });
    await expect.poll(scrolled).toBe(0);
    await page.close();
  });

  it('says whether answers are saved', async () => {
    const page = await open(states.first);
    const saved = page.locator('.saved');
    await expect.poll(() => saved.innerText()).toContain('Nothing is written before your first label');
    await show(page, states.labelling);
    await expect.poll(() => saved.innerText()).toBe('Saved in real.jsonl');
    await show(page, states.fault);
    await expect.poll(() => saved.innerText()).toContain('the disk is full');
    await page.close();
  });

  it('offers to score with what was labelled, where that is possible', async () => {
    const page = await open(states.done);
    await page.getByText('Score synthetic.jsonl with real.jsonl').click();
    await expect.poll(() => callsOf(page, 'score')).toHaveLength(1);
    await show(page, states.early);
    await page.getByText('Scoring needs 2 rows of every label').waitFor();
    await expect.poll(() => page.getByText('Score synthetic.jsonl with real.jsonl').count()).toBe(0);
    await page.getByText('Go on labelling').click();
    await expect.poll(() => callsOf(page, 'resume')).toHaveLength(1);
    await page.close();
  });

  it('shows texts and labels as text', async () => {
    const page = await open(states.hostile);
    expect(await page.locator('.text p').first().innerText()).toContain('</script><script>hostile()</script>');
    expect(await page.locator('.text').innerText()).toContain('⟨RLO⟩');
    await page.keyboard.press('1');
    await expect.poll(() => callsOf(page, 'answer')).toEqual([{ line: 7, label: '<b onclick=hostile()>bold</b>' }]);
    await expectNothingExecuted(page);
    expect(await page.evaluate(() => window.viewHarness.kept)).toEqual({ dataset: states.hostile.dataset });
    await page.close();
  });
});
