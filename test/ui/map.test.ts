import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { noBrowser } from './support/browser.ts';
import { callsOf, expectNothingExecuted } from './views/checks.ts';
import { answersOf, groups, states, type MapScene } from './views/mapStates.ts';
import { viewTests } from './views/viewTests.ts';

if (noBrowser !== undefined) console.log(`The map's tests: ${noBrowser}.`);

const pictures = path.resolve(import.meta.dirname, '../../test-output/map');

/** Where a place of the embeddings' map is on the screen, before any zoom: the plot shows all points in equal scale. */
async function pixelOf(page: Page, scene: MapScene, x: number, y: number): Promise<{ x: number; y: number }> {
  const box = await page.locator('#panel-embeddings .scatter').boundingBox();
  if (box === null || 'missing' in scene.points) throw new Error('there is no map');
  const places = new Float32Array(new Uint8Array(Buffer.from(scene.points.places, 'base64')).buffer);
  const of = (axis: 0 | 1): number[] => [...places].filter((_, i) => i % 2 === axis);
  const [x0, x1, y0, y1] = [Math.min(...of(0)), Math.max(...of(0)), Math.min(...of(1)), Math.max(...of(1))];
  const scale = Math.min((box.width - 42) / (x1 - x0), (box.height - 42) / (y1 - y0));
  return {
    x: box.x + box.width / 2 + scale * (x - (x0 + x1) / 2),
    y: box.y + box.height / 2 - scale * (y - (y0 + y1) / 2),
  };
}

/** Drags along a line of places. */
async function drag(page: Page, scene: MapScene, places: readonly (readonly [number, number])[]): Promise<void> {
  for (const [i, [x, y]] of places.entries()) {
    const at = await pixelOf(page, scene, x, y);
    await page.mouse.move(at.x, at.y, { steps: 3 });
    if (i === 0) await page.mouse.down();
  }
  await page.mouse.up();
}

/** Waits until what the page was last asked for is on the screen: nothing moves any more, and the frame that draws it is over. */
async function drawn(page: Page): Promise<void> {
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'));
  await page.evaluate(async () => {
    for (let frames = 0; frames < 2; frames++) await new Promise((resolve) => requestAnimationFrame(resolve));
  });
}

/** Around the group in the lower left. */
const aroundFirst = [
  [0.0, 0.5],
  [0.0, 0.05],
  [0.42, 0.05],
  [0.42, 0.5],
] as const;

const chosen = (page: Page): Promise<string> => page.locator('.chosen-words').innerText();

describe.skipIf(noBrowser !== undefined)('map (needs Chromium)', () => {
  const open = viewTests<MapScene>(
    'map',
    states,
    /./,
    {
      selectors: ['bdi', '#training option'],
      words: ['Cannot write /w/map: the disk is full; free some space.', 'P(label)', 'UMAP', 'TF-IDF'],
    },
    answersOf,
  );

  it('draws a lasso around rows: their number, labels and verdicts, and what can be done with them', async () => {
    const page = await open(states.embeddings);
    await page.locator('.kind').first().waitFor();
    await expect.poll(() => chosen(page)).toMatch(/^Drag around rows to choose them, or click one\./);
    await drag(page, states.embeddings, aroundFirst);
    const { synthetic, real } = groups[0];
    await expect.poll(() => chosen(page)).toBe(`${String(synthetic)} rows and ${String(real)} real ones chosen`);
    await expect.poll(() => page.locator('.chosen-counts').innerText()).toMatch(/ham\s260/);
    await expect.poll(() => page.locator('.chosen-counts').innerText()).toMatch(/misaligned\s37/);
    const rows = Array.from({ length: synthetic }, (_, i) => i);

    await page.getByText('Show in weights panel').click();
    await expect.poll(() => callsOf(page, 'showRows')).toEqual([{ rows, numbering: 5 }]);
    await page.getByText('Relabel to the suggestion').click();
    await page.getByText('Remove', { exact: true }).click();
    await page.getByText('Keep', { exact: true }).click();
    await expect
      .poll(() => callsOf(page, 'act'))
      .toEqual(['relabel', 'remove', 'keep'].map((action) => ({ action, rows, numbering: 5 })));
    await page.getByText('Choose nothing').click();
    await expect.poll(() => chosen(page)).toMatch(/^Drag/);
    await page.close();
  });

  it('draws a box with Shift, and adds with Control', async () => {
    const page = await open(states.embeddings);
    await page.locator('.kind').first().waitFor();
    await page.keyboard.down('Shift');
    await drag(page, states.embeddings, [aroundFirst[0], aroundFirst[2]]);
    await page.keyboard.up('Shift');
    await expect.poll(() => chosen(page)).toBe('260 rows and 12 real ones chosen');
    await page.keyboard.down('Control');
    await drag(page, states.embeddings, [
      [0.2, 0.62],
      [0.75, 0.62],
      [0.75, 1],
      [0.2, 1],
    ]);
    await page.keyboard.up('Control');
    await expect.poll(() => chosen(page)).toBe('268 rows and 60 real ones chosen');
    await page.close();
  });

  it('moves and zooms; the lasso follows', async () => {
    const page = await open(states.embeddings);
    await page.locator('.kind').first().waitFor();
    await page.getByRole('button', { name: 'Move: drag the map' }).click();
    await drag(page, states.embeddings, [
      [0.2, 0.25],
      [0.45, 0.25],
    ]);
    await page.getByRole('button', { name: /^Choose: drag/ }).click();
    // What was in the lower left is a quarter of the map further right now.
    await drag(
      page,
      states.embeddings,
      aroundFirst.map(([x, y]) => [x + 0.25, y] as const),
    );
    await expect.poll(() => chosen(page)).toBe('260 rows and 12 real ones chosen');
    await page.getByRole('button', { name: 'Show the whole map' }).click();
    await drag(page, states.embeddings, aroundFirst);
    await expect.poll(() => chosen(page)).toBe('260 rows and 12 real ones chosen');
    await page.close();
  });

  it('chooses a single row by a click, with its text', async () => {
    const scene = states.embeddings;
    const page = await open(scene);
    await page.locator('.kind').first().waitFor();
    const places = new Float32Array(new Uint8Array(Buffer.from(scene.points.places, 'base64')).buffer);
    const at = await pixelOf(page, scene, places[2 * 480], places[2 * 480 + 1]);
    await page.mouse.click(at.x, at.y);
    await expect.poll(() => chosen(page)).toMatch(/^1 (row|real rows?)/);
    await expect.poll(() => page.locator('.chosen-text').innerText()).toContain('Claim your prize </script>');
    await page.getByText('Open line 7').click();
    await expect.poll(() => callsOf(page, 'openLine')).toEqual([{ source: 'synthetic', line: 7 }]);
    await page.mouse.move(at.x + 60, at.y + 1);
    await page.mouse.move(at.x, at.y);
    await expect.poll(() => page.locator('#panel-embeddings .tip').innerText()).toContain('before midnight');
    await expectNothingExecuted(page);
    await page.close();
  });

  it('chooses by the legend and the regions, without a pointer', async () => {
    const page = await open(states.embeddings);
    await page.getByRole('button', { name: /^spam 220/ }).press('Enter');
    await expect.poll(() => chosen(page)).toBe('220 rows chosen');
    await expect
      .poll(() => page.locator('.regions h3').allInnerTexts())
      .toEqual(['Too few synthetic rows', 'Too many synthetic rows']);
    const region = page.locator('.region').first();
    await expect
      .poll(() => region.innerText())
      .toMatch(/refund.*\n?40 % of the real rows, 2 % of the synthetic ones \(48 and 8\)/s);
    await region.press('Enter');
    await expect.poll(() => chosen(page)).toBe('8 rows and 48 real ones chosen');
    await page.locator('#panel-embeddings .scatter').press('Escape');
    await expect.poll(() => chosen(page)).toMatch(/^Drag/);
    await page.locator('#colour-embeddings').selectOption('verdict');
    await page.getByRole('button', { name: /^misaligned/ }).press('Enter');
    await expect.poll(() => page.locator('.chosen-counts').innerText()).toMatch(/misaligned 70/);
    await page.close();
  });

  it('leaves hidden kinds alone', async () => {
    const page = await open(states.embeddings);
    await page.getByRole('button', { name: 'Hide ham', exact: true }).click();
    await drag(page, states.embeddings, aroundFirst);
    await expect.poll(() => chosen(page)).toMatch(/^12 real rows chosen/);
    await page.close();
  });

  it('shows how chosen rows went over the epochs of a training', async () => {
    const page = await open(states.dynamics);
    await page.locator('#panel-dynamics .kind').first().waitFor();
    await expect
      .poll(() => page.locator('#panel-dynamics .map-note').innerText())
      .toMatch(/^480 rows over 3 epochs\..*3 rows of the/s);
    await page.getByRole('button', { name: /^never right 54/ }).press('Enter');
    await expect.poll(() => chosen(page)).toBe('54 rows chosen');
    await expect.poll(async () => (await callsOf(page, 'trajectories')).length).toBe(1);
    await expect
      .poll(() => page.locator('.trajectories svg[role=img]').evaluateAll((all) => all.map((svg) => svg.ariaLabel)))
      .toEqual([
        'From 1.15 after the first epoch to 0.75 after the last, on average.',
        'From 43 % after the first epoch to 92 % after the last, on average.',
      ]);
    // The same rows on the other map.
    await page.getByRole('tab', { name: 'Embeddings' }).click();
    await page.locator('#panel-embeddings .kind').first().waitFor();
    await expect.poll(() => chosen(page)).toBe('54 rows chosen');
    await page.close();
  });

  it('says what to do next where there is no map', async () => {
    const says = async (scene: MapScene, panel: string): Promise<string> => {
      const page = await open(scene);
      const words = page.locator(`#panel-${panel} .empty-map:visible`);
      await words.waitFor();
      const text = await words.innerText();
      await words.locator('vscode-button').click();
      const [call] = await callsOf(page, 'command');
      await page.close();
      return `${text.replace(/\s+/g, ' ')} → ${(call as { name: string }).name}`;
    };
    await expect
      .poll(() => says(states.unscored, 'embeddings'))
      .toBe(
        'These rows have not been scored yet. The map is drawn from the embeddings of a score run. Score synthetic data → score',
      );
    await expect.poll(() => says(states.tfidf, 'embeddings')).toMatch(/preview without an encoder.* → score$/);
    await expect
      .poll(() => says(states.oldTraining, 'dynamics'))
      .toMatch(/^This training was made by a version that did not.* → train$/);
    await expect.poll(() => says(states.noTraining, 'dynamics')).toMatch(/^No classifier has been trained.* → train$/);
  });

  it('tells how far drawing is, and can be cancelled', async () => {
    const page = await open(states.embeddings, {}, { points: { missing: 'unmade', numbering: 5 } });
    await page.evaluate((unmade) => window.viewHarness.answer('points', unmade, 'held'), {
      missing: 'unmade',
      numbering: 5,
    });
    await page.getByText('Draw the map').click();
    await page.evaluate(() => window.viewHarness.emit('mapping', { fraction: 0.42 }));
    await expect.poll(() => page.locator('.drawing').innerText()).toContain('Drawing the map: 42 %');
    expect(await page.locator('.empty-map:visible').count()).toBe(0);
    await page.locator('.drawing button').click();
    await expect.poll(() => callsOf(page, 'cancel')).toHaveLength(1);
    await page.evaluate(() => window.viewHarness.release());
    await page.locator('.empty-map:visible').getByText('Draw the map').waitFor();
    expect(await page.locator('.drawing').isVisible()).toBe(false);
    // It stays cancelled for this run, also after the view was hidden, until the user wants it.
    const state = { ...states.embeddings.state, revision: 4 };
    await page.evaluate((next) => window.viewHarness.emit('state', next), state);
    await expect.poll(async () => (await callsOf(page, 'points')).at(-1)).toEqual({ make: false });
    expect(await page.evaluate(() => window.viewHarness.kept)).toMatchObject({ cancelled: state.run });
    await page.getByText('Draw the map').click();
    await expect.poll(async () => (await callsOf(page, 'points')).at(-1)).toEqual({ make: true });
    await page.close();
  });

  it('is drawn after all', async () => {
    const page = await open(states.embeddings, {}, { points: { missing: 'unmade', numbering: 5 } });
    await page.evaluate((points) => window.viewHarness.answer('points', points), {
      ...states.embeddings.points,
      numbering: 5,
    });
    await page.getByText('Draw the map').click();
    await page.locator('.kind').first().waitFor();
    expect(await callsOf(page, 'points')).toEqual([{ make: true }, { make: true }]);
    expect(await page.locator('.drawing').isVisible()).toBe(false);
    await page.close();
  });

  it('keeps its choice while rows keep their numbers, drops it when they get others, and keeps what it needs to come back', async () => {
    const page = await open(states.embeddings);
    await page.getByRole('button', { name: /^spam 220/ }).click();
    const emit = (changes: object): Promise<void> =>
      page.evaluate((state) => window.viewHarness.emit('state', state), { ...states.embeddings.state, ...changes });
    await emit({ revision: 4 });
    await expect.poll(async () => (await callsOf(page, 'points')).length).toBe(2);
    await expect.poll(() => chosen(page)).toBe('220 rows chosen');
    await emit({ revision: 5, numbering: 6 });
    await expect.poll(() => chosen(page)).toMatch(/^Drag/);
    await page.locator('#colour-embeddings').selectOption('weight');
    await expect
      .poll(() => page.evaluate(() => window.viewHarness.kept))
      .toMatchObject({
        ...{ dataset: states.embeddings.state.dataset, tab: 'embeddings', colours: { embeddings: 'weight' } },
      });
    await page.close();
  });

  /** Tells of a state of `states.embeddings`, changed. */
  const emitState = (page: Page, changes: object): Promise<void> =>
    page.evaluate((state) => window.viewHarness.emit('state', state), { ...states.embeddings.state, ...changes });

  it('acts on no rows by numbers that other rows have by now', async () => {
    const page = await open(states.embeddings);
    const spam = page.getByRole('button', { name: /^spam 220/ });
    await spam.click();
    await page.evaluate((points) => window.viewHarness.answer('points', points, 'held'), {
      ...states.embeddings.points,
      numbering: 6,
    });
    await emitState(page, { revision: 5, numbering: 6 });
    await expect.poll(() => chosen(page)).toMatch(/^Drag/);
    // The points of before are still there, under the numbers of before.
    await spam.click();
    await expect.poll(() => chosen(page)).toBe('220 rows chosen');
    await page.getByText('Remove', { exact: true }).click();
    await expect.poll(async () => (await callsOf(page, 'act')).at(-1)).toMatchObject({ numbering: 5 });
    await page.evaluate(() => window.viewHarness.release());
    await expect.poll(() => chosen(page)).toMatch(/^Drag/);
    await page.getByRole('button', { name: /^spam 220/ }).click();
    await page.getByText('Remove', { exact: true }).click();
    await expect.poll(async () => (await callsOf(page, 'act')).at(-1)).toMatchObject({ numbering: 6 });
    await page.close();
  });

  it('leaves what is focused alone when a state tells nothing new', async () => {
    const old = await open(states.oldTraining);
    const train = old.locator('.empty-map:visible vscode-button');
    await train.evaluate((element) => (element.id = 'the-same'));
    await emitState(old, states.oldTraining.state);
    expect(await train.getAttribute('id')).toBe('the-same');
    await old.close();

    const page = await open(states.embeddings);
    await page.locator('.kind').first().waitFor();
    const places = new Float32Array(new Uint8Array(Buffer.from(states.embeddings.points.places, 'base64')).buffer);
    const at = await pixelOf(page, states.embeddings, places[2 * 480], places[2 * 480 + 1]);
    await page.mouse.click(at.x, at.y);
    await page.getByText('Open line 7').focus();
    await emitState(page, {});
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Open line 7');
    await page.close();
  });

  it('shows no text of a point that the pointer has left', async () => {
    const page = await open(states.embeddings);
    await page.locator('.kind').first().waitFor();
    const { text } = answersOf(states.embeddings) as { text: object };
    await page.evaluate((answer) => window.viewHarness.answer('text', answer, 'held'), text);
    const places = new Float32Array(new Uint8Array(Buffer.from(states.embeddings.points.places, 'base64')).buffer);
    const at = await pixelOf(page, states.embeddings, places[2 * 480], places[2 * 480 + 1]);
    await page.mouse.move(at.x, at.y);
    await expect.poll(async () => (await callsOf(page, 'text')).length).toBe(1);
    await page.mouse.move(2, 2);
    await page.evaluate(() => window.viewHarness.release());
    expect(await page.locator('#panel-embeddings .tip').isVisible()).toBe(false);
    await page.close();
  });

  it.each(['embeddings', 'dynamics'] as const)('says why files cannot be read, and comes back: %s', async (name) => {
    const page = await open(states[name]);
    await page.locator('.kind:visible').first().waitFor();
    const fault = 'synthetic.jsonl: permission denied.';
    const emit = (changes: object): Promise<void> => emitState(page, { ...states[name].state, ...changes });
    await emit({ fault, revision: 4 });
    await expect.poll(() => page.locator('.empty-map:visible').innerText()).toBe(fault);
    expect(await page.locator('.kind:visible').count()).toBe(0);
    await emit({});
    await page.locator('.kind:visible').first().waitFor();
    await page.close();
  });

  it('says that points could not be had for as long as that is so', async () => {
    const page = await open(states.embeddings, {}, { points: { fails: 'The map is damaged.' } });
    await expect.poll(() => page.locator('.trouble').innerText()).toBe('The map is damaged.');
    await page.evaluate((points) => window.viewHarness.answer('points', points), {
      ...states.embeddings.points,
      numbering: 5,
    });
    await emitState(page, { revision: 4 });
    await page.locator('.kind').first().waitFor();
    await expect.poll(() => page.locator('.trouble').count()).toBe(0);
    // What the user did is another matter: it stays said until the user does something else.
    await page.evaluate(() => window.viewHarness.answer('act', { fails: 'The file changed.' }));
    await page.getByRole('button', { name: /^spam 220/ }).click();
    await page.getByText('Remove', { exact: true }).click();
    await expect.poll(() => page.locator('.trouble').innerText()).toBe('The file changed.');
    await emitState(page, { revision: 5 });
    await expect.poll(async () => (await callsOf(page, 'points')).length).toBe(3);
    expect(await page.locator('.trouble').count()).toBe(1);
    await page.getByText('Show in weights panel').click();
    await expect.poll(() => page.locator('.trouble').count()).toBe(0);
    await page.close();
  });

  it('shows no other training than the one that was asked for', async () => {
    const page = await open(states.absentTraining);
    const words = page.locator('#panel-dynamics .empty-map:visible');
    await expect.poll(() => words.innerText()).toMatch(/^This training has nothing to show here: it has not finished/);
    expect(await callsOf(page, 'dynamics')).toEqual([]);
    await words.getByText('Show the newest training').click();
    await expect.poll(() => page.locator('#panel-dynamics .map-note').innerText()).toMatch(/^480 rows over 3 epochs/);
    await page.close();
  });

  it('goes to a training once for each time that it is asked for', async () => {
    const page = await open(states.dynamics);
    const isShown = (): Promise<string | null> =>
      page.getByRole('tab', { name: 'Training dynamics' }).getAttribute('aria-selected');
    await expect.poll(isShown).toBe('true');
    await page.getByRole('tab', { name: 'Embeddings' }).click();
    await expect.poll(isShown).toBe('false');
    await emitState(page, { ...states.dynamics.state, revision: 9 });
    expect(await isShown()).toBe('false');
    const run = states.dynamics.state.trainings[0].folder;
    await emitState(page, { ...states.dynamics.state, asked: { run, id: 'second' } });
    expect(await isShown()).toBe('true');
    expect(await page.evaluate(() => window.viewHarness.kept)).toMatchObject({ asked: 'second', training: run });
    await page.close();
  });

  it('keeps its choice and what is seen of the map, for the session and the numbering that they belong to', async () => {
    const page = await open(states.embeddings);
    const spam = page.getByRole('button', { name: /^spam 220/ });
    await spam.click();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    const kept = (): Promise<{ frames: { embeddings?: object }; chosen?: { synthetic: number[] } }> =>
      page.evaluate(() => window.viewHarness.kept as never);
    await expect.poll(async () => (await kept()).frames.embeddings).toBeDefined();
    expect((await kept()).chosen).toMatchObject({ session: 'one', numbering: 5 });
    expect((await kept()).chosen?.synthetic).toHaveLength(220);
    const before = (await kept()).frames.embeddings;
    // Another tab hides the map, which has no size then.
    await page.getByRole('tab', { name: 'Training dynamics' }).click();
    await page.getByRole('tab', { name: 'Embeddings' }).click();
    const scatter = page.locator('#panel-embeddings .scatter');
    await scatter.press('ArrowLeft');
    await scatter.press('ArrowRight');
    await page.waitForTimeout(400);
    expect((await kept()).frames.embeddings).toEqual(before);
    await scatter.press('0');
    await expect.poll(async () => (await kept()).frames.embeddings).toBeUndefined();
    await page.close();
  });

  it('comes back as it was hidden, but chooses nothing that means other rows now', async () => {
    const first = await open(states.embeddings);
    await first.getByRole('button', { name: /^spam 220/ }).click();
    await first.getByRole('button', { name: 'Zoom in' }).click();
    await first.waitForFunction(
      () => (window.viewHarness.kept as { frames: { embeddings?: object } }).frames.embeddings,
    );
    const kept = await first.evaluate(() => window.viewHarness.kept as { frames: { embeddings: { scaleX: number } } });
    await first.close();

    const page = await open(states.embeddings, { kept });
    await expect.poll(() => chosen(page)).toBe('220 rows chosen');
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await expect
      .poll(() => page.evaluate(() => (window.viewHarness.kept as typeof kept).frames.embeddings.scaleX))
      .toBeCloseTo(1.4 * kept.frames.embeddings.scaleX, 6);
    await page.close();

    for (const changes of [{ session: 'another' }, { numbering: 6 }]) {
      const state = { ...states.embeddings.state, ...changes };
      const later = await open({ ...states.embeddings, state }, { kept });
      await later.locator('.kind').first().waitFor();
      await expect.poll(() => chosen(later)).toMatch(/^Drag/);
      await later.close();
    }
  });

  it('asks for no more trajectories than are answered', async () => {
    const page = await open(states.dynamics);
    await page.getByRole('button', { name: /^right in every epoch/ }).press('Enter');
    await expect.poll(async () => (await callsOf(page, 'trajectories')).length).toBe(1);
    const [{ rows }] = (await callsOf(page, 'trajectories')) as [{ rows: number[] }];
    expect(rows).toHaveLength(100);
    expect(await page.locator('.chosen-words').innerText()).toMatch(/^3\d\d rows chosen$/);
    await page.close();
  });

  it('leaves the keys of the window alone', async () => {
    const page = await open(states.embeddings);
    const scatter = page.locator('#panel-embeddings .scatter');
    for (const key of ['Control+-', 'Alt+ArrowLeft']) await scatter.press(key);
    await page.waitForTimeout(300);
    const kept = await page.evaluate(() => window.viewHarness.kept as { frames?: { embeddings?: object } });
    expect(kept.frames?.embeddings).toBeUndefined();
    await page.close();
  });

  it('draws nothing less with 100 000 points', async () => {
    const random = (i: number): number => Math.abs(Math.sin(i * 12.9898) * 43758.5453) % 1;
    const count = 100_000;
    const points = {
      ...states.embeddings.points,
      ...{ count, real: 0, scored: count, regions: [] },
      places: pack(Float32Array.from({ length: 2 * count }, (_, i) => random(i))),
      rows: pack(Int32Array.from({ length: count }, (_, i) => i)),
      labels: pack(new Int16Array(count)),
      verdicts: pack(new Int8Array(count).fill(4)),
      weights: pack(new Float32Array(count).fill(1)),
      regionOf: pack(new Int16Array(count).fill(-1)),
    };
    const page = await open({ ...states.embeddings, points });
    await page.getByRole('button', { name: /^ham 100,000/ }).waitFor();
    await drag(page, { ...states.embeddings, points }, [
      [0.25, 0.25],
      [0.75, 0.25],
      [0.75, 0.75],
      [0.25, 0.75],
    ]);
    const inside = Array.from({ length: count }, (_, i) => i).filter(
      (i) => Math.abs(random(2 * i) - 0.5) < 0.25 && Math.abs(random(2 * i + 1) - 0.5) < 0.25,
    ).length;
    await expect
      .poll(async () => Math.abs(Number(/^[\d,]+/.exec(await chosen(page))?.[0].replaceAll(',', '')) - inside) / inside)
      .toBeLessThan(0.01);
    await page.close();
  });

  it.each(['dark', 'light', 'high-contrast', 'high-contrast-light'] as const)(
    'has its picture taken, %s',
    async (theme) => {
      mkdirSync(pictures, { recursive: true });
      for (const [name, width] of [
        ['embeddings', 1200],
        ['dynamics', 1200],
        ['embeddings', 420],
        ['unscored', 900],
      ] as const) {
        const page = await open(states[name], { theme, width, height: width < 600 ? 900 : 760 });
        if (name !== 'unscored') {
          await page.locator('.kind:visible').first().waitFor();
          if (name === 'embeddings') await drag(page, states.embeddings, aroundFirst);
          else await page.getByRole('button', { name: /^never right/ }).click();
          await expect.poll(() => chosen(page)).toMatch(/chosen$/);
        }
        // Off the map, where it shows no tooltip.
        await page.mouse.move(0, 0);
        if (name === 'dynamics') await page.locator('.trajectories svg[role=img]').first().waitFor();
        await drawn(page);
        await page.screenshot({ path: path.join(pictures, `${name}-${theme}-${String(width)}.png`) });
        await page.close();
      }
    },
  );
});

function pack({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
