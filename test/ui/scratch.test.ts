import { expect, test } from 'vitest';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { encoderFolder, exampleFolder, startServer } from './support/server.ts';
import { WeightsPanel } from './support/weightsPanel.ts';
import { launchBrowser, openWorkbench } from './support/workbench.ts';
test('reload', async () => {
  const folder = await exampleFolder(undefined, true);
  await cp('/tmp/ship/mail/.counterweight', path.join(folder, '.counterweight'), { recursive: true });
  const server = await startServer({ settings: { 'counterweight.model': encoderFolder } });
  const browser = await launchBrowser();
  try {
    const vscode = await openWorkbench(browser, server, { folder });
    const panel = new WeightsPanel(vscode);
    await vscode.explorerMenu('synthetic.jsonl', 'Show weights');
    await panel.badge.filter({ hasText: 'Standard' }).waitFor();
    await panel.search.fill('label:spam');
    await panel.settled();
    const count = await panel.count.innerText();
    await vscode.page.reload();
    await vscode.ready(false);
    await vscode.tab('Weights of').click();
    await panel.settled();
    expect(await panel.search.inputValue()).toBe('label:spam');
    await expect.poll(() => panel.count.innerText()).toBe(count);
    await vscode.picture('26-reloaded');
  } finally { await browser.close(); await server.stop(); }
});
