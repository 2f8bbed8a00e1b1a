/** The first minutes after an installation: the empty view, the walkthrough, the example, rows to label; and a machine that cannot run it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encoderFolder, exampleFolder, installedExtension, startServer, type Server } from './support/server.ts';
import { Times } from './support/times.ts';
import { WeightsPanel } from './support/weightsPanel.ts';
import { launchBrowser, openWorkbench, type Workbench } from './support/workbench.ts';

let browser: Browser;
let made: string[] = [];
let server: Server | undefined;
let vscode: Workbench;

async function temporary(prefix: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), prefix));
  made.push(folder);
  return folder;
}

/** A machine without the encoder and without a network. */
async function start(): Promise<Server> {
  return startServer({ env: { HF_HOME: await temporary('cw-hf-'), HF_HUB_OFFLINE: '1' } });
}

/** Runs a step; where it fails, what the window showed is kept. */
const step = (name: string, run: () => Promise<void>): void => {
  test(
    name,
    async () => {
      try {
        await run();
      } catch (thrown) {
        await vscode.picture(`failed ${name.replace(/[^\w]+/g, '-')}`);
        throw thrown;
      }
    },
    900_000,
  );
};

async function cleanUp(): Promise<void> {
  await browser.close();
  await server?.stop();
  for (const folder of made) await rm(folder, { recursive: true, force: true });
  made = [];
}

describe('the first minutes', () => {
  const times = new Times('times-example.json');
  let home: string;
  beforeAll(async () => {
    browser = await launchBrowser();
    home = await temporary('home-');
    server = await start();
    vscode = await openWorkbench(browser, server);
  });
  afterAll(async () => {
    await times.write();
    await cleanUp();
  });

  step('the empty view says what to do next', async () => {
    await vscode.activityBar('Counterweight').click();
    const welcome = vscode.page.locator('.welcome-view-content');
    await welcome.getByRole('button', { name: 'Try the example' }).waitFor();
    await expect
      .poll(() => welcome.innerText())
      .toContain('Open the folder that holds your synthetic and your real rows');
    await vscode.picture('30-empty-view');
  });

  step('the walkthrough has four steps with pictures', async () => {
    await vscode.command('Open Walkthrough...');
    await vscode.quickInputRow('Start with Counterweight').click();
    const steps = vscode.page.locator('.getting-started-step');
    await steps.first().waitFor();
    await expect.poll(() => steps.count()).toBe(4);
    for (const [index, title] of [
      'Try the example',
      'Score your own data',
      'Review what is wrong',
      'Train a classifier',
    ].entries()) {
      await steps.filter({ hasText: title }).click();
      await vscode.page.waitForTimeout(500);
      await vscode.picture(`31-walkthrough-${String(index + 1)}`);
    }
  });

  step('the example is copied to the folder that the user picks, and scored', async () => {
    const folder = path.join(home, 'mail');
    await mkdir(folder);
    await vscode.command('Counterweight: Try the example');
    await vscode.choosePath(folder);
    const stop = times.start('first scores of the example, without the encoder', 60);
    const panel = new WeightsPanel(vscode);
    await vscode.quickInputRow('Preview only').click();
    await panel.badge.filter({ hasText: 'Preview' }).waitFor({ timeout: 600_000 });
    stop();
    await expect.poll(() => panel.rows()).not.toEqual([]);
    await vscode.picture('32-example');
    const copied = await readFile(path.join(folder, 'synthetic.jsonl'), 'utf8');
    expect(copied.trim().split('\n')).toHaveLength(469);
  });

  step('a thousand rows: what the files hold at once, preview scores soon after', async () => {
    const folder = await exampleFolder(['real.jsonl', 'test.jsonl'], true);
    made.push(folder);
    await vscode.close();
    if (server === undefined) throw new Error('there is no server');
    vscode = await openWorkbench(browser, server, { folder });
    const panel = new WeightsPanel(vscode);
    await vscode.explorerMenu('test.jsonl', 'Score synthetic data');
    await vscode.quickInputRow('real.jsonl').waitFor();
    const facts = times.start('1000 rows: panel with fields, labels and copies', 2);
    await vscode.quickInputRow('real.jsonl').click();
    await panel.factsShown();
    facts();
    await vscode.quickInputRow('Preview only').click();
    await panel.badge.filter({ hasText: 'Preview' }).waitFor({ timeout: 600_000 });
    await panel.button('Choose folder').click();
    await vscode.choosePath(encoderFolder);
    const preview = times.start('1000 rows: preview scores, once the encoder is there', 30);
    await panel.frame.locator('.checker[title*="encoder /"]').waitFor({ state: 'attached', timeout: 600_000 });
    preview();
  });

  step('rows to label are read and answered with one key each', async () => {
    const folder = await exampleFolder(['synthetic.jsonl', 'test.jsonl']);
    made.push(folder);
    await vscode.close();
    if (server === undefined) throw new Error('there is no server');
    vscode = await openWorkbench(browser, server, { folder });
    await vscode.openFile('synthetic.jsonl');
    await vscode.command('Counterweight: Pick 200 rows to label');
    await vscode.quickInputRow('Real texts from another JSONL file').click();
    await vscode.quickInputRow('test.jsonl').click();
    const view = vscode.webview();
    await view.getByRole('heading').first().waitFor();
    await vscode.picture('33-label-setup');
    await view.getByRole('button', { name: 'Start labelling' }).click();
    await view.getByRole('group', { name: 'Labels' }).waitFor();
    await vscode.picture('34-labelling');
    const real = path.join(folder, 'real.jsonl');
    const labels = async (): Promise<string[]> =>
      (await readFile(real, 'utf8').catch(() => ''))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { label: string }).label);
    await vscode.page.keyboard.press('1');
    await expect.poll(labels).toEqual(['ham']);
    await vscode.page.keyboard.press('2');
    await expect.poll(labels).toEqual(['ham', 'spam']);
  });
});

describe('a machine that ONNX Runtime has no files for', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
    server = await start();
    const extension = await installedExtension(server);
    await rm(path.join(extension, 'node_modules/onnxruntime-node/bin'), { recursive: true });
    const folder = await exampleFolder();
    made.push(folder);
    vscode = await openWorkbench(browser, server, { folder });
  });
  afterAll(cleanUp);

  step('gets one clear line, and the panel still shows what the files hold', async () => {
    await vscode.explorerMenu('synthetic.jsonl', 'Score synthetic data');
    await vscode.quickInputRow('real.jsonl').click();
    const panel = new WeightsPanel(vscode);
    await panel.facts.waitFor();
    await vscode.quickInputRow('Preview only').click();
    const told = vscode.notification(/ONNX Runtime/);
    await told.first().waitFor({ timeout: 600_000 });
    const words = await told.first().innerText();
    await vscode.picture('35-unsupported-platform');
    expect(words).not.toMatch(/\bat .*:\d+:\d+|MODULE_NOT_FOUND|Require stack/);
    expect(words).toContain(`${process.platform}`);
  });
});
