/** What is known of CUDA on this machine: found out as gpuReport.ts does for WebGPU, but only where somebody asks for CUDA. */
import { hostname } from 'node:os';
import { cudaEnvironment, cudaReason, missingProvider, missingProviderText } from '../engine/runtime/cudaLibraries.ts';
import { gpuReportFile, readGpuReport, writeGpuReport } from '../store/gpuReport.ts';
import { bundledCheck, runCheck } from './checkProcess.ts';
import { keptForMs, reportOf, type GpuReport, type GpuReportOptions } from './gpuReport.ts';
import { nvidiaGpus, type NvidiaGpus } from './nvidia.ts';

/** The user's file that keeps the answer; notes of use lie beside it. */
export const cudaReportFile = (): string => gpuReportFile(process.env, process.platform, 'cuda');

/** As for WebGPU, with what a test puts in place of the machine. */
export interface CudaReportOptions extends GpuReportOptions {
  readonly listed?: () => Promise<NvidiaGpus>;
  /** The first library of ONNX Runtime's that is not there. */
  readonly missing?: () => string | undefined;
}

const reportVersion = '1';

/** The report, as kept or made now. Never rejects for what a driver or a library does. */
export async function cudaReport({
  versions,
  fresh = false,
  script,
  file = cudaReportFile(),
  listed = nvidiaGpus,
  missing = missingProvider,
}: CudaReportOptions): Promise<GpuReport> {
  const found = await listed();
  const without = (problem: string): GpuReport => {
    const unseen = found.gpus.length === 0 ? 'no NVIDIA GPU is seen here, and ' : '';
    return { hardware: found.gpus, adapter: false, agrees: false, problem: `${unseen}${problem}` };
  };
  const library = missing();
  if (library !== undefined) return without(missingProviderText(library));
  const child = script ?? bundledCheck();
  if (child === undefined) return without('it was not looked for');

  const key = keyOf(versions, found);
  const kept = fresh ? undefined : await readGpuReport(key, keptForMs, file);
  if (kept !== undefined) return kept as unknown as GpuReport;
  const { text, ending } = await runCheck(child, 'cuda');
  const checked = reportOf(text, ending);
  // What could not be opened is tried anew each time: it costs little, and tells at once when what was missing is there.
  if (!checked.adapter) return without(reasonIn(text) ?? checked.problem ?? 'no reason given');
  const report = { ...checked, hardware: found.gpus };
  await writeGpuReport(key, report, file);
  return report;
}

/** Keeps in mind, as long as any report, that CUDA is not to be used; `counterweight devices` looks again. */
export async function distrustCuda(
  report: GpuReport,
  problem: string,
  { versions, file = cudaReportFile(), listed = nvidiaGpus }: CudaReportOptions,
): Promise<GpuReport> {
  const changed = { ...report, problem };
  await writeGpuReport(keyOf(versions, await listed()), changed, file);
  return changed;
}

/** What the answer depends on. */
function keyOf(versions: GpuReportOptions['versions'], { gpus, driver = '' }: NvidiaGpus): string {
  const { env } = process;
  return [
    ...[reportVersion, versions['onnxruntime'], versions['counterweight'], hostname(), driver],
    ...gpus.map(({ name }) => name),
    ...['CUDA_VISIBLE_DEVICES', 'LD_LIBRARY_PATH'].map((name) => env[name] ?? ''),
    // As the device sets them for the process where nobody has.
    ...Object.entries(cudaEnvironment).map(([name, value]) => env[name] ?? value),
  ].join('|');
}

/** Why a library could not be loaded, which only the log says. */
function reasonIn(log: string): string | undefined {
  return log.includes('Failed to load library') ? cudaReason(log) : undefined;
}
