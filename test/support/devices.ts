import { cpuDevice } from '../../src/engine/runtime/cpu.ts';
import type { Device } from '../../src/engine/runtime/device.ts';
import { webgpuDevice } from '../../src/engine/runtime/webgpu.ts';

/** Whether a GPU in software stands in for a real one; `npm test` names it where it is missing. See scripts/softwareGpu.mjs. */
export const hasSoftwareGpu = process.env['COUNTERWEIGHT_SOFTWARE_GPU'] === '1';

/** The devices that the engine's suites run on, with a name for the title. */
export const devices: readonly (readonly [name: string, device: Device])[] = [
  ['CPU', cpuDevice()],
  ...(hasSoftwareGpu ? ([['WebGPU', webgpuDevice({ name: 'SwiftShader' })]] as const) : []),
];
