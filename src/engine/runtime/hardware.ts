/**
 * GPUs of this machine, as ONNX Runtime lists them in its log when it starts: the one way in which onnxruntime-node 1.30
 * tells of hardware. (`env.webgpu` is empty in Node; adapter, limits and driver cannot be asked for.)
 */
import * as ort from 'onnxruntime-node';
import type { Graph } from '../graph/graph.ts';
import { serialize } from '../graph/onnx.ts';
import { copyGraph } from './updateGraphs.ts';
import { sessionOptions } from './webgpuOptions.ts';

/** A GPU that the operating system knows of; whether anything can compute on it is another question. */
export interface GpuHardware {
  /** PCI vendor and device, or what the platform has in their place. */
  readonly vendorId: number;
  readonly deviceId: number;
  /** For people. */
  readonly name: string;
  /** Where the platform tells. */
  readonly discrete?: boolean;
  /** Bytes of video memory, where the platform tells. */
  readonly memoryBytes?: number;
}

/** Makers of GPUs that compute, by PCI vendor. Others are display controllers of servers and virtual machines. */
const makers: Readonly<Record<number, string>> = {
  0x10de: 'NVIDIA',
  0x1002: 'AMD',
  0x1022: 'AMD',
  0x8086: 'Intel',
  0x106b: 'Apple',
  0x5143: 'Qualcomm',
  0x4d4f4351: 'Qualcomm',
  0x13b5: 'Arm',
  0x1010: 'Imagination',
  0x1ed5: 'Moore Threads',
};

/** From now on ONNX Runtime logs what {@link parseHardware} reads. Before the first session of the process. */
export function logHardware(): void {
  ort.env.logLevel = 'info';
}

/** From now on ONNX Runtime prints nothing of what it throws as well. Before the first session of the process. */
export function quietLog(): void {
  ort.env.logLevel = 'fatal';
}

/** Opens WebGPU's preferred adapter, with a graph that does nothing. Rejects with ONNX Runtime's reason. */
export async function openAdapter(): Promise<void> {
  const graph: Graph = copyGraph();
  const session = await ort.InferenceSession.create(serialize(graph), sessionOptions);
  await session.release();
}

/** The GPUs in a log of ONNX Runtime. */
export function parseHardware(log: string): GpuHardware[] {
  const line =
    /Discovered OrtHardwareDevice \{vendor_id:0x([0-9a-f]+), device_id:0x([0-9a-f]+), vendor:([^,]*), type:1, metadata: \[(.*)\]\}/g;
  return [...log.matchAll(line)].flatMap(([, vendor = '', device = '', vendorName = '', metadata = '']) => {
    const [vendorId, deviceId] = [parseInt(vendor, 16), parseInt(device, 16)];
    const maker = makers[vendorId];
    const entries = new Map(metadata.split(', ').map((entry) => entry.split('=', 2) as [string, string]));
    if (maker === undefined || entries.get('IsVirtual') === '1') return [];
    const megabytes = parseInt(entries.get('DxgiVideoMemory') ?? '', 10);
    const discrete = entries.get('Discrete');
    return [
      {
        ...{ vendorId, deviceId },
        name: entries.get('Description') ?? `${vendorName.trim() || maker} GPU ${device.padStart(4, '0')}`,
        ...(discrete !== undefined && { discrete: discrete === '1' }),
        ...(Number.isFinite(megabytes) && megabytes > 0 && { memoryBytes: megabytes * 2 ** 20 }),
      },
    ];
  });
}
