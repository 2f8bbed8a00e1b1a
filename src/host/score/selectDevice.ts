import * as vscode from 'vscode';
import type { DeviceView } from '../../protocol/jobs.ts';
import { pickOne } from '../pickOne.ts';
import type { Services } from '../services.ts';
import { settingsOf } from '../settings.ts';

/** Shows what this machine can compute on, and keeps the choice in the settings. */
export async function selectDevice(services: Services): Promise<void> {
  const devices = await listDevices(services);
  const items = [
    {
      label: `$(circuit-board) ${vscode.l10n.t('Automatic')}`,
      description: devices[0] && vscode.l10n.t('now: {0}', devices[0].name),
      device: 'auto',
    },
    ...devices
      .filter(({ usable }) => usable)
      .map(({ kind, name, threads, memoryBytes, maxBufferBytes, note }) => ({
        label: `$(chip) ${kind === 'cpu' ? vscode.l10n.t('Processor') : kind}`,
        description:
          kind === 'cpu' && memoryBytes !== undefined
            ? vscode.l10n.t('{0}, {1} threads, {2} GB', name, threads, (memoryBytes / 1e9).toFixed(0))
            : maxBufferBytes === undefined
              ? name
              : vscode.l10n.t('{0}, largest array {1} GB', name, (maxBufferBytes / 1e9).toFixed(1)),
        detail: note,
        device: kind,
      })),
  ];
  const current = settingsOf().get<string>('device', 'auto');
  const picked = await pickOne<(typeof items)[number]>(items, {
    title: vscode.l10n.t('Device that jobs run on'),
    active: items.find(({ device }) => device === current),
  });
  if (picked === undefined) return;
  await settingsOf().update('device', picked.device, vscode.ConfigurationTarget.Global);
}

async function listDevices({ jobs }: Services): Promise<readonly DeviceView[]> {
  const client = await jobs.openClassifier();
  try {
    return await client.call('devices', {});
  } finally {
    client.close('The devices are known.');
  }
}
