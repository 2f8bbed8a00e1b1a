/** NVIDIA's GPUs, as the driver's own tools list them: CUDA cannot be asked before its libraries are there. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GpuHardware } from '../engine/runtime/hardware.ts';

/** What the driver says. */
export interface NvidiaGpus {
  readonly gpus: readonly GpuHardware[];
  /** Version of the driver, where it is known. */
  readonly driver?: string;
}

const nvidia = { vendorId: 0x10de, deviceId: 0, discrete: true } as const;
const longestWaitMs = 10_000;

/** The GPUs of this machine, or of this container. None where there is no driver. */
export async function nvidiaGpus(): Promise<NvidiaGpus> {
  const listed = parseSmi(await smi());
  return listed.gpus.length > 0 ? listed : fromDriver('/proc/driver/nvidia');
}

/** `nvidia-smi`, which containers get with the GPU; nothing where it is not there or fails. */
function smi(): Promise<string> {
  const query = smiArguments(process.env);
  return new Promise((resolve) => {
    execFile('nvidia-smi', query, { timeout: longestWaitMs, windowsHide: true }, (error, stdout) => {
      resolve(error === null ? stdout : '');
    });
  });
}

/** Asks for the GPU that CUDA uses first where the user hides others: nvidia-smi itself knows nothing of that. */
export function smiArguments({
  CUDA_VISIBLE_DEVICES: visible = '',
}: Readonly<Record<string, string | undefined>>): string[] {
  const [first] = visible.split(',').map((id) => id.trim());
  return [
    ...['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader,nounits'],
    // An index or a UUID; -1 hides every GPU.
    ...(first === '' || first.startsWith('-') ? [] : [`--id=${first}`]),
  ];
}

/** @param csv One GPU a line: name, MiB of memory, version of the driver. */
export function parseSmi(csv: string): NvidiaGpus {
  const lines = csv.split('\n').map((line) => line.split(',').map((cell) => cell.trim()));
  const gpus = lines.flatMap(([name = '', memory = '', driver]) => {
    if (name === '' || driver === undefined) return [];
    const mebibytes = Number(memory);
    return [{ ...nvidia, name, ...(mebibytes > 0 && { memoryBytes: mebibytes * 2 ** 20 }) }];
  });
  const driver = lines[0]?.[2];
  return { gpus, ...(gpus.length > 0 && driver !== undefined && { driver }) };
}

/** What the driver's folder in /proc says; nothing where it is not there. */
export async function fromDriver(folder: string): Promise<NvidiaGpus> {
  const read = (path: string): Promise<string> => readFile(join(folder, path), 'utf8').catch(() => '');
  const buses = await readdir(join(folder, 'gpus')).catch((): string[] => []);
  const texts = await Promise.all(buses.sort().map((bus) => read(join('gpus', bus, 'information'))));
  const gpus = texts.flatMap((text) => {
    const name = /^Model:\s*(.+)$/m.exec(text)?.[1]?.trim();
    return name === undefined ? [] : [{ ...nvidia, name }];
  });
  const driver = /Kernel Module.*?\s(\d+(?:\.\d+)+)\s/.exec(await read('version'))?.[1];
  return { gpus, ...(driver !== undefined && { driver }) };
}
