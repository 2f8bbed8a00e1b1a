/** Which device a job runs on: what the user named, or the fastest that was found to compute rightly. */
import { existsSync } from 'node:fs';
import { UserError } from '../base/errors.ts';
import { cpuDevice } from '../engine/runtime/cpu.ts';
import type { Device, Remarks } from '../engine/runtime/device.ts';
import { ModelTooLargeError } from '../engine/runtime/deviceFailed.ts';
import { cudaDevice } from '../engine/runtime/cuda.ts';
import { cudaIsThinkable } from '../engine/runtime/cudaLibraries.ts';
import { guardedDevice } from '../engine/runtime/guardedDevice.ts';
import { quietLog } from '../engine/runtime/hardware.ts';
import { inMixedPrecision } from '../engine/runtime/mixedPrecision.ts';
import { webgpuDevice } from '../engine/runtime/webgpu.ts';
import { versions, type ComputeOptions, type JobContext } from './context.ts';
import { gpuUseBrokenOff, noteGpuUse } from '../store/gpuReport.ts';
import { cudaReport, cudaReportFile, distrustCuda } from './cudaReport.ts';
import { distrustGpu, gpuReport, worthwhileSpeedUp, type GpuReport } from './gpuReport.ts';

/**
 * Opens a device. A GPU comes with the processor as its stand-in, should it fail in the middle of the job.
 * @param notice Told in one line why a GPU is not used, or no longer.
 * @param report What is known of the GPU through WebGPU, or through CUDA where that is named; looked up unless given.
 * @throws UserError where the device that the user named cannot be had.
 */
export async function openDevice(
  options: ComputeOptions,
  notice: JobContext['notice'],
  report: () => Promise<GpuReport> = () => (options.device === 'cuda' ? cudaReport : gpuReport)({ versions }),
  uses: GpuUses = options.device === 'cuda' ? cudaUses : gpuUses,
): Promise<Device> {
  const opened = await chooseDevice(options, notice, report, uses);
  if (options.precision === 'float16' && opened.precision !== 'float16') {
    const why =
      opened.kind === 'cpu' ? 'the processor has no other' : `${opened.name} has no half precision, or a wrong one`;
    notice(`The job computes in single precision: ${why}.`);
  }
  return opened;
}

async function chooseDevice(
  { device = 'auto', precision, threads }: ComputeOptions,
  notice: JobContext['notice'],
  report: () => Promise<GpuReport>,
  uses: GpuUses,
): Promise<Device> {
  switch (device) {
    case 'cpu':
      return cpuDevice({ threads });
    case 'auto': {
      if (!(uses.mayHaveGpu ?? gpuIsThinkable)()) return cpuDevice({ threads });
      const found = await survived(report);
      if (usedByItself(found)) return withProcessor(found);
      const name = found.hardware[0]?.name;
      if (name !== undefined) notice(`${name} is not used: ${whyNot(found)}. The job runs on the processor.`);
      return cpuDevice({ threads });
    }
    case 'webgpu': {
      const found = await survived(report);
      if (!found.adapter) {
        throw new UserError(
          `--device webgpu: WebGPU finds no GPU here (${found.problem ?? 'no reason given'}); leave --device out.`,
        );
      }
      if (found.problem === undefined) return withProcessor(found);
      notice(`${gpuName(found)} is not used: ${found.problem}. The job runs on the processor.`);
      return cpuDevice({ threads });
    }
    case 'cuda': {
      if (!cudaIsThinkable()) {
        throw new UserError(
          '--device cuda: ONNX Runtime has CUDA for Node on Linux x64 alone; --device webgpu uses the same GPU.',
        );
      }
      const found = await survived(report);
      if (!found.adapter) {
        const why = found.problem ?? 'no reason given';
        throw new UserError(`--device cuda: ${why}; --device webgpu and cpu need nothing else.`);
      }
      if (found.problem === undefined) return withProcessor(found);
      notice(`${cudaName(found)} is not used: ${found.problem}. The job runs on the processor.`);
      return cpuDevice({ threads });
    }
  }

  /** The report, with what became of the last job on the GPU. */
  async function survived(look: () => Promise<GpuReport>): Promise<GpuReport> {
    const found = await look();
    if (!found.adapter || found.problem !== undefined || !(await uses.brokenOff())) return found;
    return uses.distrust(found, 'a job on it ended without a word ("counterweight devices" looks at it again)');
  }

  async function withProcessor(found: GpuReport): Promise<Device> {
    await uses.begin();
    quietLog();
    const gpu = device === 'cuda' ? cudaDevice({ name: cudaName(found) }) : webgpuDevice({ name: gpuName(found) });
    const half = precision === 'float16' && found.half === true;
    return besideProcessor(half ? inMixedPrecision(gpu) : gpu, () => cpuDevice({ threads }), {
      named: device === 'webgpu',
      notice,
    });
  }
}

/**
 * A GPU with the processor as its stand-in, and one line for whatever happens.
 * @param named Whether the user named the GPU: a model that it cannot hold is an error then, since that will not change;
 *   otherwise the processor takes it.
 */
export function besideProcessor(
  gpu: Device,
  processor: () => Device,
  { named, notice }: { readonly named: boolean; readonly notice: (line: string) => void },
): Device {
  const lines: string[] = [];
  const remarks: Remarks = {
    lines,
    add: (line) => {
      lines.push(line);
      notice(line);
    },
  };
  return guardedDevice(
    gpu,
    processor,
    (error) => {
      const { reason } = error;
      if (!(error instanceof ModelTooLargeError))
        remarks.add(`${gpu.name} failed: ${reason}. The job goes on on the processor.`);
      else if (named)
        throw new UserError(`--device webgpu: ${gpu.name} cannot hold this model: ${reason}; use --device cpu.`);
      else remarks.add(`${gpu.name} is not used: ${reason}. The job runs on the processor.`);
    },
    remarks,
  );
}

/** How the GPU's users are kept track of, since a driver may take a process down before it can say anything. */
export interface GpuUses {
  /** Whether an earlier process ended while it used the GPU. Told once. */
  brokenOff(): Promise<boolean>;
  distrust(report: GpuReport, problem: string): Promise<GpuReport>;
  /** From now on this process uses the GPU, until it exits. */
  begin(): Promise<void>;
  /** Whether it is worth while to look for a GPU at all; unless given, by what the operating system shows. */
  readonly mayHaveGpu?: () => boolean;
}

const gpuUses: GpuUses = {
  brokenOff: () => gpuUseBrokenOff(),
  distrust: (report, problem) => distrustGpu(report, problem, { versions }),
  begin: async () => {
    process.once('exit', await noteGpuUse());
  },
};

const cudaUses: GpuUses = {
  brokenOff: () => gpuUseBrokenOff(cudaReportFile()),
  distrust: (report, problem) => distrustCuda(report, problem, { versions }),
  begin: async () => {
    process.once('exit', await noteGpuUse(cudaReportFile()));
  },
};

/** Whether `auto` takes the GPU: a real one, that computes rightly and faster than the processor. */
export function usedByItself({ hardware, adapter, problem, speedUp = 0 }: GpuReport): boolean {
  return hardware.length > 0 && adapter && problem === undefined && speedUp >= worthwhileSpeedUp;
}

/** What speaks against a GPU, in a few words. */
export function whyNot({ problem, speedUp }: GpuReport): string {
  return problem ?? `it is not much faster than the processor (${timesText(speedUp ?? 0)} times)`;
}

/** A ratio in two digits. */
export function timesText(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(0) : String(Number(ratio.toPrecision(2)));
}

/** For people; WebGPU takes the adapter that it prefers and does not say which. */
export function gpuName({ hardware }: GpuReport): string {
  return hardware[0]?.name ?? 'a GPU in software';
}

/** For people; CUDA takes the first GPU. */
export function cudaName({ hardware }: GpuReport): string {
  return hardware[0]?.name ?? 'an NVIDIA GPU';
}

/** Where there is certainly no GPU, nothing needs to be started to look for one. */
function gpuIsThinkable(): boolean {
  if (process.platform !== 'linux') return true;
  return ['/dev/dri', '/dev/nvidiactl', '/dev/kfd', '/dev/dxg'].some((path) => existsSync(path));
}
