/** (c) The panel's front end in Chromium, with the tests' stand-in for the host behind it. */
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { Random } from '../../src/base/random.ts';
import { watchFaults } from '../../test/ui/support/browser.ts';
import type { PanelServer } from '../../test/ui/panel/serve.ts';
import type { Samples } from './samples.ts';

const probe = path.join(import.meta.dirname, 'probe.js');
const jumps = 100;

export const panelSteps = {
  paint: 'first paint with rows, since navigation',
  own: 'of which the panel did not wait for the host',
  heap: 'JavaScript heap of the page after the jumps',
  blank: 'blank frames (no row with text)',
  gaps: 'frames with some row missing or still to come',
  there: 'from a jump to the frame with its rows',
} as const;

interface Jumps {
  readonly frames: number;
  readonly blank: number;
  readonly gaps: number;
  /** Jumps whose rows had not come after 120 frames. */
  readonly late: number;
  readonly milliseconds: readonly number[];
}

/** Opens the panel in a page of its own and jumps about in it, once. */
export async function measurePanel(
  browser: Browser,
  server: PanelServer,
  size: number,
  samples: Samples,
  { seed, latency }: { readonly seed: number; readonly latency: number },
): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1600, height: 900 } });
  try {
    const page = await context.newPage();
    const faults = watchFaults(page);
    await page.addInitScript({ path: probe });
    await page.goto(server.url({ rows: size, hostile: false, latency }));
    const { total, waiting } = await page.evaluate<{ total: number; waiting: number }>('probe.firstPaint()');
    samples.add(size, { what: panelSteps.paint, unit: 'ms' }, total);
    samples.add(size, { what: panelSteps.own, unit: 'ms' }, total - waiting);

    const random = new Random(seed, 'jumps');
    const places = Array.from({ length: jumps }, () => random.uniform());
    const seen = await page.evaluate<Jumps>(`probe.jump(${JSON.stringify(places)})`);
    const share = (frames: number): number => (100 * frames) / seen.frames;
    samples.add(size, { what: panelSteps.blank, unit: '%' }, share(seen.blank));
    samples.add(size, { what: panelSteps.gaps, unit: '%' }, share(seen.gaps));
    for (const ms of seen.milliseconds) samples.add(size, { what: panelSteps.there, unit: 'ms' }, ms);
    samples.add(size, { what: 'frames looked at in 100 jumps', unit: 'frames' }, seen.frames);
    samples.add(size, { what: 'jumps without their rows after 120 frames', unit: '%' }, (100 * seen.late) / jumps);
    samples.add(size, { what: panelSteps.heap, unit: 'MB' }, (await page.evaluate<number>('probe.heap()')) / 1e6);
    if (faults.length > 0) throw new Error(`The page complains: ${faults.join('; ')}`);
  } finally {
    await context.close();
  }
}
