import { listDevices } from '../../jobs/devices.ts';
import type { Values } from '../parse.ts';
import { bytes } from '../units.ts';

/** `counterweight devices` */
export async function devicesCommand(_: readonly string[], values: Values): Promise<void> {
  const devices = await listDevices({ fresh: true });
  const text = values.flag('json')
    ? JSON.stringify({ devices })
    : devices
        .map(({ kind, name, threads, memoryBytes, maxBufferBytes, backend, half, usable, note }) => {
          const facts = [
            ...(kind === 'cpu' ? [`${String(threads)} threads`] : []),
            ...(backend === undefined ? [] : [backend]),
            ...(memoryBytes === undefined ? [] : [bytes(memoryBytes)]),
            ...(maxBufferBytes === undefined ? [] : [`largest array ${bytes(maxBufferBytes)}`]),
            ...(half === true ? ['half precision'] : []),
            ...(usable ? [] : ['not usable']),
          ];
          return `${kind}  ${[name, ...facts].join(', ')}${note === undefined ? '' : `: ${note}`}`;
        })
        .join('\n');
  process.stdout.write(`${text}\n`);
}
