/**
 * What CUDA needs beside onnxruntime-node, whose package comes without it: two libraries of ONNX Runtime in its own folder,
 * NVIDIA's CUDA and cuDNN, and a driver. What is missing is told in one line each.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { messageOf } from '../../base/errors.ts';

/** ONNX Runtime's libraries of its CUDA provider. */
export const providerLibraries = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;

/** Whether onnxruntime-node can use CUDA on this platform at all. */
export function cudaIsThinkable({ platform, arch }: Pick<NodeJS.Process, 'platform' | 'arch'> = process): boolean {
  return platform === 'linux' && arch === 'x64';
}

/** The folder of onnxruntime-node's native files, where its CUDA provider must lie. */
export function nativeFolder(): string {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node');
  return join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch);
}

/** The first of {@link providerLibraries} that is not there. */
export function missingProvider(folder = nativeFolder()): string | undefined {
  return providerLibraries.find((name) => !existsSync(join(folder, name)));
}

/** What to say of it. */
export function missingProviderText(name: string): string {
  return `ONNX Runtime's ${name} is missing: run "npm run cuda" in a checkout of Counterweight (see "CUDA" in its README)`;
}

/**
 * What ONNX Runtime 1.30 said of a failure with CUDA, in one line for people; its own words where none of ours are known.
 * @param said An error, or the log of a process: which library could not be loaded stands in the log alone.
 */
export function cudaReason(said: unknown): string {
  const text = messageOf(said);
  const unloaded = /Failed to load library \S+ with error: (.+)/.exec(text)?.[1];
  if (unloaded !== undefined) return missingLibraryText(unloaded);
  const failure = /(CU[A-Z]+ failure \S+: .+?)\s*;/.exec(text)?.[1];
  if (failure !== undefined)
    return /^CUDA failure 35:/.test(failure) ? `${failure}: NVIDIA's driver is too old` : failure;
  const asked = /Failed to allocate memory for requested buffer of size (\d+)/.exec(text)?.[1];
  return asked === undefined ? text : `out of memory: ${asked} bytes were asked for`;
}

/** @param error Of the dynamic linker. */
function missingLibraryText(error: string): string {
  const path = /(\S+): cannot open shared object file/.exec(error)?.[1];
  if (path === undefined) return error.trim();
  const name = path.split('/').at(-1)!;
  if ((providerLibraries as readonly string[]).includes(name)) return missingProviderText(name);
  if (name.startsWith('libcuda.so'))
    return `${name} of NVIDIA's driver is not found: install the driver, or start the container with its GPUs`;
  const [, stem = name, version = ''] = /^lib(.+)\.so\.?(\d*)/.exec(name) ?? [];
  // Of NVIDIA's libraries only these are numbered as the whole.
  const numbered = /^cu(dart|blas|dnn)/.test(stem) && version !== '' ? ` ${version}` : '';
  const whole = stem.startsWith('cudnn') ? `cuDNN${numbered}` : `CUDA${numbered}`;
  return `${name} of ${whole} is not found: install ${whole}, or name its folder in LD_LIBRARY_PATH`;
}

/** What CUDA finds in its environment before the first session, unless the user has set it. */
export const cudaEnvironment: Readonly<Record<string, string>> = {
  // Else products of matrices are computed with 10 bits of mantissa where the GPU has tensor cores: ONNX Runtime allows it
  // by default, and onnxruntime-node has no option against it.
  NVIDIA_TF32_OVERRIDE: '0',
  // Numbers GPUs as nvidia-smi does, which names the one that is used.
  CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
};
