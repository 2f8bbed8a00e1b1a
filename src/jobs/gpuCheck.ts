/**
 * The child's side of finding out about a GPU: it does what might take a process down, and says after each part what
 * it found, one JSON object a line. See gpuReport.ts and cudaReport.ts for the parent's.
 */
import { messageOf } from '../base/errors.ts';
import { cpuDevice } from '../engine/runtime/cpu.ts';
import { cudaDevice } from '../engine/runtime/cuda.ts';
import type { Device } from '../engine/runtime/device.ts';
import { DeviceFailedError } from '../engine/runtime/deviceFailed.ts';
import { logHardware, openAdapter } from '../engine/runtime/hardware.ts';
import { askForTooMuch } from '../engine/runtime/largestArray.ts';
import { inMixedPrecision } from '../engine/runtime/mixedPrecision.ts';
import { agreement, productSeconds, type Agreement } from '../engine/runtime/selfCheck.ts';
import { copyGraph } from '../engine/runtime/updateGraphs.ts';
import { webgpuDevice } from '../engine/runtime/webgpu.ts';
import type { Check } from './checkProcess.ts';

/** Marks the child's lines among ONNX Runtime's. */
export const reportPrefix = 'counterweight-gpu ';

/** What a line of the child says. */
export type GpuFinding =
  | { readonly found: 'adapter' }
  | { readonly found: 'none'; readonly why: string }
  | { readonly found: 'agreement'; readonly agreement: Agreement }
  /** The same in mixed precision, where the adapter has it. */
  | { readonly found: 'half'; readonly agreement: Agreement }
  | { readonly found: 'no half'; readonly why: string }
  /** Times the processor's speed on a product of matrices. */
  | { readonly found: 'speed'; readonly speedUp: number };

/** Sides of the matrices that are multiplied, and how many products in a row: enough to hide what one launch costs. */
const [size, products] = [512, 8];
/** A smaller try first: what is this much slower than the processor is software, and would take minutes. */
const [smallSize, hopeless] = [128, 0.02];

type Tell = (finding: GpuFinding) => void;

/** What can be checked, each in a process of its own. */
export const checks: Readonly<Record<Check, (tell: Tell) => Promise<void>>> = {
  webgpu: checkGpu,
  limit: askForTooMuch,
  cuda: checkCuda,
};

/** Looks for an adapter, and holds it against the processor. */
async function checkGpu(tell: Tell): Promise<void> {
  logHardware();
  try {
    await openAdapter();
  } catch (thrown) {
    tell({ found: 'none', why: new DeviceFailedError('WebGPU', messageOf(thrown)).reason });
    return;
  }
  tell({ found: 'adapter' });
  await compare(webgpuDevice(), cpuDevice(), tell);
}

/**
 * The same for CUDA. What ONNX Runtime cannot load is named in its log alone.
 * @param device CUDA unless given.
 */
export async function checkCuda(tell: Tell, device = cudaDevice()): Promise<void> {
  try {
    await (await device.load(copyGraph())).release();
  } catch (thrown) {
    if (!(thrown instanceof DeviceFailedError)) throw thrown;
    tell({ found: 'none', why: thrown.reason });
    return;
  }
  tell({ found: 'adapter' });
  await compare(device, cpuDevice(), tell);
}

/** Trains a tiny model on a GPU and on the processor, and measures how fast it multiplies. */
async function compare(gpu: Device, cpu: Device, tell: Tell): Promise<void> {
  tell({ found: 'agreement', agreement: await agreement(gpu, cpu) });
  const speedUp = async (side: number, times: number): Promise<number> =>
    (await productSeconds(cpu, side, times)) / (await productSeconds(gpu, side, times));
  const first = await speedUp(smallSize, 1);
  tell({ found: 'speed', speedUp: first < hopeless ? first : await speedUp(size, products) });
  tell(await halfPrecision(gpu, cpu));
}

async function halfPrecision(gpu: Device, cpu: Device): Promise<GpuFinding> {
  try {
    return { found: 'half', agreement: await agreement(inMixedPrecision(gpu), cpu) };
  } catch (thrown) {
    if (!(thrown instanceof DeviceFailedError)) throw thrown;
    return { found: 'no half', why: thrown.reason };
  }
}
