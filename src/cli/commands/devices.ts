import { listDevices } from '../../jobs/devices.ts';
import type { Values } from '../parse.ts';
import { bytes } from '../units.ts';

/** `counterweight devices` */
export function devicesCommand(_: readonly string[], values: Values): Promise<void> {
  const devices = listDevices();
  const text = values.flag('json')
    ? JSON.stringify({ devices })
    : devices
        .map(
          ({ kind, name, threads, memoryBytes }) =>
            `${kind}  ${name}, ${String(threads)} threads, ${bytes(memoryBytes)}`,
        )
        .join('\n');
  process.stdout.write(`${text}\n`);
  return Promise.resolve();
}
