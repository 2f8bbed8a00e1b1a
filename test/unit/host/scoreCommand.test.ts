import { beforeEach, expect, test, vi } from 'vitest';
import type { DatasetModel, Services } from '../../../src/host/services.ts';
import type { Scoring } from '../../../src/host/score/scoring.ts';
import { QuickPick } from './quickPick.ts';
import { translate } from './translate.ts';

/** Commands that ran, by name. */
const commands: string[] = [];

vi.mock('vscode', () => ({
  commands: { executeCommand: (name: string) => Promise.resolve(void commands.push(name)) },
  l10n: { t: translate },
  QuickPickItemKind: { Separator: -1 },
  Uri: { file: (fsPath: string) => ({ fsPath }) },
  window: { createQuickPick: () => new QuickPick() },
  workspace: {
    getConfiguration: () => ({ get: (_: string, otherwise: unknown) => otherwise }),
    textDocuments: [],
  },
}));
const { scoreSyntheticData } = await import('../../../src/host/score/scoreCommand.ts');

const dataset = {
  ...{ path: '/data/synthetic.jsonl', realPath: '/data/real.jsonl' },
  facts: {
    ...{ rows: 60, bytes: 4000, realRows: 20, realPath: '/data/real.jsonl', brokenRows: 0, brokenRealRows: 0 },
    ...{ fields: { text: 'body', label: 'class' }, labels: [] },
  },
} as unknown as DatasetModel;

/** What becomes of the question, answered by the entry that begins so; given up without one. */
async function answered(begin: string | undefined): Promise<{ commands: string[]; started: unknown[] }> {
  commands.length = 0;
  const started: unknown[] = [];
  const kept = { get: (_: string, otherwise: unknown) => otherwise, update: () => Promise.resolve() };
  const client = { call: () => Promise.reject(new Error('no worker')), close: () => undefined };
  const services = {
    context: { workspaceState: kept, globalState: kept },
    datasets: { open: () => Promise.resolve(dataset) },
    // No worker tells what it costs.
    jobs: { about: () => undefined, openClassifier: () => Promise.resolve(client) },
    log: { warn: () => undefined },
  } as unknown as Services;
  const scoring = { start: (request: unknown) => Promise.resolve(void started.push(request)) } as unknown as Scoring;
  const done = scoreSyntheticData(services, scoring, { synthetic: dataset.path, real: dataset.realPath });
  await vi.waitFor(() => expect(QuickPick.opened).toHaveLength(1));
  const [pick] = QuickPick.opened;
  if (begin === undefined) {
    pick.hide();
  } else {
    pick.activeItems = pick.items.filter(({ label }) => label.includes(begin));
    pick.enter();
  }
  await done;
  return { commands: [...commands], started };
}

beforeEach(() => {
  QuickPick.opened.length = 0;
});

test('fields lead to the settings, which stay in front', async () => {
  expect(await answered('Fields: ')).toEqual({
    commands: ['counterweight.openWeights', 'workbench.action.openSettings'],
    started: [],
  });
});

test('the panel has the keyboard again after the question, answered or given up', async () => {
  const panel = ['counterweight.openWeights', 'counterweight.openWeights'];
  expect(await answered(undefined)).toEqual({ commands: panel, started: [] });
  QuickPick.opened.length = 0;
  expect(await answered('Standard')).toEqual({
    commands: panel,
    started: [{ path: dataset.path, effort: 'standard', costs: undefined }],
  });
});
