import { describe, expect, it } from 'vitest';
import type { TrainingState } from '../../src/protocol/training.ts';
import { noBrowser } from './support/browser.ts';
import { callsOf, expectNothingExecuted } from './views/checks.ts';
import { states } from './views/trainingStates.ts';
import { viewTests } from './views/viewTests.ts';

if (noBrowser !== undefined) console.log(`The training view's tests: ${noBrowser}.`);

describe.skipIf(noBrowser !== undefined)('training view (needs Chromium)', () => {
  const open = viewTests<TrainingState>('training', states, /./, {
    selectors: ['bdi', '.job-words', '.warnings li', '.state.bad', 'tbody th', 'figcaption'],
    words: ['IMP-Loss', 'CE-Loss', 'Filter', 'cpu: AMD EPYC, 2 threads', 'CPU, 2 threads'],
  });

  it('shows a training as it goes', async () => {
    const page = await open(states.checkers);
    const figure = (title: string): Promise<string> =>
      page.locator('.figures > div', { hasText: title }).locator('dd').innerText();
    await expect.poll(() => figure('Step')).toBe('–');
    await page.evaluate((live) => window.viewHarness.emit('live', live), {
      ...{ job: states.running.job, losses: states.running.losses, step: 210, steps: 363, stepsPerEpoch: 121 },
      epochs: states.running.epochs,
    });
    await expect.poll(() => figure('Step')).toBe('210 of 363');
    await expect.poll(() => figure('Epoch')).toBe('2 of 3');
    await expect.poll(() => figure('Time left')).toBe('about 3 min');
    await expect
      .poll(() => page.locator('.curves svg[role=img]').evaluateAll((all) => all.map((svg) => svg.ariaLabel)))
      .toEqual([
        expect.stringMatching(/^Training loss over 210 steps, from 0\.\d+ to 0\.\d+\.$/),
        'Dev rows after epoch 1: accuracy 88.3 %, macro-F1 87.4 %.',
      ]);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => callsOf(page, 'cancel')).toHaveLength(1);
    await page.close();
  });

  it('reads values under the pointer', async () => {
    const page = await open(states.done);
    const plot = page.locator('.chart', { hasText: 'Dev rows' }).locator('.plot');
    // The chart may get its width only now: what is under the pointer is looked for where it is at that moment.
    const tip = async (): Promise<string> => {
      const box = await plot.boundingBox();
      await plot.hover({ position: { x: (box?.width ?? 0) / 2 + 20, y: 80 } });
      return (await page.locator('.tip:visible').allInnerTexts()).join();
    };
    await expect.poll(tip).toMatch(/^(?=[^]*epoch 2)[^]*Accuracy: 92\.5 %/);
    await page.close();
  });

  it('puts the result first once there is one, and marks the best of comparable runs', async () => {
    const page = await open(states.running);
    const order = (): Promise<(string | null)[]> =>
      page.locator('.body > *:visible').evaluateAll((parts) => parts.map((part) => part.className));
    await expect.poll(order).toEqual(['', 'curves', 'warnings', 'results']);
    await page.evaluate((state) => window.viewHarness.emit('state', state), states.done);
    await expect.poll(order).toEqual(['', 'results', 'try', 'warnings', 'curves']);
    const best = async (): Promise<string[]> =>
      (await page.locator('td.best').allInnerTexts()).map((text) => text.replace(/\s*\(best\)/, ''));
    await expect.poll(best).toEqual(['93.8', '93.1', '96.1', '90.1']);
    await expect.poll(() => page.locator('tr.apart').innerText()).toContain('95.1*');
    await expect
      .poll(() => page.locator('caption:not(.unseen)').innerText())
      .toBe('Mean ± standard deviation over seeds');
    await page.close();
  });

  it('opens model folders and other runs', async () => {
    const page = await open(states.done);
    await page.getByRole('button', { name: 'Open model folder' }).first().click();
    await expect.poll(() => callsOf(page, 'openModel')).toEqual([{ folder: states.done.model }]);
    await page.locator('tbody th button').first().click();
    await expect.poll(() => callsOf(page, 'show')).toEqual([{ folder: states.done.runs[1].folder }]);
    await page.getByText('Same again, another seed').click();
    await expect.poll(() => callsOf(page, 'again')).toEqual([{ seed: true }]);
    await page.close();
  });

  it('classifies what is typed, once it has settled, and drops answers that come late', async () => {
    const answer = (spam: number): unknown => ({ labels: ['ham', 'spam'], probabilities: [1 - spam, spam] });
    const page = await open(states.done, {}, { classify: answer(0.9679) });
    const box = page.getByLabel('Text to classify');
    const top = (): Promise<string> => page.locator('.bar.top').innerText();
    // Key after key without a pause, which a busy machine would make of real keys.
    await box.evaluate((area: HTMLTextAreaElement) => {
      for (const key of 'Claim your prize') {
        area.value += key;
        area.dispatchEvent(new Event('input', { bubbles: true }));
      }
    });
    await expect.poll(top).toMatch(/spam\s+97 %/);
    expect(await callsOf(page, 'classify')).toEqual([{ text: 'Claim your prize' }]);
    // The first answer is slow, the second is not.
    await page.evaluate((slow) => window.viewHarness.answer('classify', slow, 'held'), answer(0.5));
    await box.fill('slow');
    await expect.poll(() => callsOf(page, 'classify')).toHaveLength(2);
    await page.evaluate((quick) => window.viewHarness.answer('classify', quick), answer(0.01));
    await box.fill('quick');
    await expect.poll(top).toMatch(/ham\s+99 %/);
    await page.evaluate(() => window.viewHarness.release());
    expect(await top()).toMatch(/ham\s+99 %/);
    await page.evaluate(() =>
      window.viewHarness.answer('classify', { fails: 'The model folder is gone; train again.' }),
    );
    await box.fill('gone');
    await expect
      .poll(() => page.locator('.try [role=status]').innerText())
      .toBe('The model folder is gone; train again.');
    await box.fill('');
    await expect.poll(() => page.locator('.bar').count()).toBe(0);
    await page.close();
  });

  it('asks for both texts of a pair', async () => {
    const page = await open(states.many, {}, { classify: { labels: ['yes', 'no'], probabilities: [0.5, 0.5] } });
    await page.getByLabel('Text to classify').fill('premise');
    // By the page's own clock, longer than it waits after a key.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 400)));
    expect(await callsOf(page, 'classify')).toEqual([]);
    await page.getByLabel('Second text').fill('hypothesis');
    await expect.poll(() => callsOf(page, 'classify')).toEqual([{ text: 'premise', textPair: 'hypothesis' }]);
    await page.close();
  });

  it.each([
    ['failed', 'Continue'],
    ['interrupted', 'Continue'],
  ] as const)('offers a way on where a training %s', async (name, button) => {
    const page = await open(states[name]);
    await page.getByText(button, { exact: true }).click();
    await expect.poll(() => callsOf(page, 'resume')).toHaveLength(1);
    await page.close();
  });

  it('says what went wrong where the host answers with an error', async () => {
    const page = await open(states.failed, {}, { resume: { fails: 'Another process is working on it.' } });
    await page.getByText('Continue', { exact: true }).click();
    await expect.poll(() => page.getByRole('alert').innerText()).toBe('Another process is working on it.');
    await page.close();
  });

  it('names files without their folders and settings in place of options, where it warns and where it failed', async () => {
    const words = '/data/mail/dev.jsonl: 3 rows are longer than 128 tokens; pass --label-map.';
    const page = await open({ ...states.failed, error: words, warnings: [words] });
    expect(await page.locator('.state.bad').innerText()).toBe(
      'dev.jsonl: 3 rows are longer than 128 tokens; set counterweight.labelMap.',
    );
    await page.locator('.warnings summary').click();
    const warning = page.locator('.warnings li');
    expect(await warning.innerText()).toBe('dev.jsonl: 3 rows are longer than 128 tokens; set counterweight.labelMap.');
    expect(await warning.locator('.path').getAttribute('title')).toBe('/data/mail/dev.jsonl');
    await page.close();
  });

  it('keeps what it needs to come back, and shows text of the user as text', async () => {
    const page = await open(states.bare);
    expect(await page.evaluate(() => window.viewHarness.kept)).toEqual({ dataset: states.bare.dataset });
    expect(await page.locator('h1').innerText()).toBe('CE-Loss on <img src=x onerror=hostile()>⟨RLO⟩.jsonl');
    await page.locator('.warnings summary').click();
    expect(await page.locator('.warnings li').innerText()).toBe('</script><script>hostile()</script> is no label');
    await expectNothingExecuted(page);
    await page.close();
  });
});
