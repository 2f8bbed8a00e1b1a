import { totalmem } from 'node:os';
import { cpuDevice } from '../engine/runtime/cpu.ts';
import type { DeviceKind } from '../engine/runtime/device.ts';
import { cudaIsThinkable } from '../engine/runtime/cudaLibraries.ts';
import { versions } from './context.ts';
import { cudaReport } from './cudaReport.ts';
import { gpuReport, type GpuReport } from './gpuReport.ts';
import { cudaName, gpuName, timesText, usedByItself, whyNot } from './openDevice.ts';

/** Where what is listed is looked up; the machine itself unless given. */
export interface ListOptions {
  /** Look at the GPU again, which takes seconds. */
  readonly fresh?: boolean;
  readonly report?: () => Promise<GpuReport>;
  /** False where there can be no CUDA. */
  readonly cuda?: false | (() => Promise<GpuReport>);
}

/** A device, whether or not jobs can run on it. */
export interface ListedDevice {
  readonly kind: DeviceKind;
  readonly name: string;
  /** Of the processor; 1 for a GPU. */
  readonly threads: number;
  /** Bytes of memory that it works in, where known. */
  readonly memoryBytes?: number;
  /** Bytes of the largest array that it holds, where it says so. */
  readonly maxBufferBytes?: number;
  /** What WebGPU goes through. */
  readonly backend?: 'Direct3D 12' | 'Metal' | 'Vulkan';
  /** Whether `--precision float16` has an effect. */
  readonly half?: boolean;
  /** Whether `--device` may name it. */
  readonly usable: boolean;
  /** What speaks against it, or what to know of it, in a few words. */
  readonly note?: string;
}

/** What this machine can compute on, the default first. CUDA is last: it is used only where it is named. */
export async function listDevices({
  fresh = false,
  report = () => gpuReport({ versions, fresh }),
  cuda = cudaIsThinkable() && (() => cudaReport({ versions, fresh })),
}: ListOptions = {}): Promise<ListedDevice[]> {
  const { kind, name, threads } = cpuDevice();
  const cpu: ListedDevice = { kind, name, threads, memoryBytes: totalmem(), usable: true };
  const found = await report();
  const gpus = listedGpus(found);
  const byWebGpu = usedByItself(found) ? [...gpus, cpu] : [cpu, ...gpus];
  return cuda === false ? byWebGpu : [...byWebGpu, listedCuda(await cuda())];
}

function listedCuda(found: GpuReport): ListedDevice {
  const { hardware, adapter, problem, speedUp, half } = found;
  const [gpu] = hardware;
  const times = speedUp === undefined ? '' : `; ${timesText(speedUp)} times the processor's speed`;
  return {
    kind: 'cuda',
    name: gpu === undefined && !adapter ? 'no GPU' : cudaName(found),
    threads: 1,
    memoryBytes: gpu?.memoryBytes,
    ...(half === true && { half }),
    usable: problem === undefined,
    note: problem ?? `never chosen by itself; weights cross the bus at every step${times}`,
  };
}

function listedGpus(found: GpuReport): ListedDevice[] {
  const { hardware, adapter, problem, speedUp, half, maxBufferBytes } = found;
  const backend = { win32: 'Direct3D 12', darwin: 'Metal' }[process.platform as string] ?? 'Vulkan';
  const shared = { kind: 'webgpu', threads: 1, backend: backend as ListedDevice['backend'] } as const;
  const first = { ...shared, ...(half === true && { half }), ...(maxBufferBytes !== undefined && { maxBufferBytes }) };
  const times = speedUp === undefined ? undefined : `${timesText(speedUp)} times the processor's speed`;
  if (hardware.length === 0) {
    if (!adapter) return [{ ...shared, name: 'no GPU', usable: false, note: problem }];
    const note = problem ?? `software: for tests, never chosen by itself${times === undefined ? '' : `; ${times}`}`;
    return [{ ...first, name: gpuName(found), usable: problem === undefined, note }];
  }
  return hardware.map(({ name, memoryBytes }, i) => {
    if (i > 0) return { ...shared, name, memoryBytes, usable: false, note: 'WebGPU prefers another one' };
    return {
      ...first,
      name,
      memoryBytes,
      usable: problem === undefined,
      note: usedByItself(found) ? times : whyNot(found),
    };
  });
}
