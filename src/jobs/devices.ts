import { totalmem } from 'node:os';
import { cpuDevice } from '../engine/runtime/cpu.ts';
import type { DeviceKind } from '../engine/runtime/device.ts';

/** A device that jobs can run on. */
export interface ListedDevice {
  readonly kind: DeviceKind;
  readonly name: string;
  readonly threads: number;
  /** Bytes of memory that it works in. */
  readonly memoryBytes: number;
}

/** What this machine can compute on, the default first. */
export function listDevices(): ListedDevice[] {
  const { kind, name, threads } = cpuDevice();
  return [{ kind, name, threads, memoryBytes: totalmem() }];
}
