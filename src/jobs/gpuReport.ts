/** What is known of this machine's GPU: found out in a child process, since a broken driver may abort it, and kept a day. */
import { hostname, release } from 'node:os';
import type { GpuHardware } from '../engine/runtime/hardware.ts';
import { parseHardware } from '../engine/runtime/hardware.ts';
import { limitIn } from '../engine/runtime/largestArray.ts';
import { readGpuReport, writeGpuReport } from '../store/gpuReport.ts';
import { bundledCheck, runCheck } from './checkProcess.ts';
import { reportPrefix, type GpuFinding } from './gpuCheck.ts';

/** What was found out about WebGPU on this machine. */
export interface GpuReport {
  /** GPUs that the operating system lists, the likeliest to be used first. */
  readonly hardware: readonly GpuHardware[];
  /** Whether WebGPU gave an adapter. With no `hardware` it is software. */
  readonly adapter: boolean;
  /** Whether a short training ended as on the processor. */
  readonly agrees: boolean;
  /** Times the processor's speed on a product of matrices; absent where it was not reached. */
  readonly speedUp?: number;
  /** Whether it computes in half precision, and a short training ended nearly as on the processor. */
  readonly half?: boolean;
  /** Bytes of the largest array that it holds, where it says so. */
  readonly maxBufferBytes?: number;
  /** Why it is not to be used, in a few words; absent where nothing speaks against it. */
  readonly problem?: string;
}

/** Below this `auto` stays on the processor. */
export const worthwhileSpeedUp = 1.5;

/** Grows when the check looks at more: earlier reports are made again. */
const reportVersion = '3';
/** How long an answer is good: a driver may be updated without a trace. */
export const keptForMs = 24 * 3600 * 1000;

export interface GpuReportOptions {
  /** Versions that the answer depends on. */
  readonly versions: Readonly<Record<string, string>>;
  /** Look again, whatever is kept. */
  readonly fresh?: boolean;
  /** The child's script; found beside this module where it is bundled. */
  readonly script?: string;
  /** Where the answer is kept; the user's cache folder unless given. */
  readonly file?: string;
}

/** The report, as kept or made now. Never rejects for what a driver does. */
export async function gpuReport({ versions, fresh = false, script, file }: GpuReportOptions): Promise<GpuReport> {
  const key = keyOf(versions);
  const kept = fresh ? undefined : await readGpuReport(key, keptForMs, file);
  if (kept !== undefined) return kept as unknown as GpuReport;
  const child = script ?? bundledCheck();
  if (child === undefined) return { hardware: [], adapter: false, agrees: false, problem: 'it was not looked for' };
  const { text, ending } = await runCheck(child, 'webgpu');
  const checked = reportOf(text, ending);
  // Last, and by itself: a driver that does not live through it computes none the worse.
  const limit = checked.adapter && ending === undefined ? limitIn((await runCheck(child, 'limit')).text) : undefined;
  const report = { ...checked, ...(limit !== undefined && { maxBufferBytes: limit }) };
  await writeGpuReport(key, report, file);
  return report;
}

/** Keeps in mind, as long as any report, that a GPU is not to be used; `counterweight devices` looks again. */
export async function distrustGpu(
  report: GpuReport,
  problem: string,
  { versions, file }: GpuReportOptions,
): Promise<GpuReport> {
  const changed = { ...report, problem };
  await writeGpuReport(keyOf(versions), changed, file);
  return changed;
}

/** What the answer depends on, as far as it can be known: not the driver's version, so it is kept for a day only. */
function keyOf(versions: GpuReportOptions['versions']): string {
  const { platform, arch, env } = process;
  return [
    reportVersion,
    ...[versions['onnxruntime'], versions['counterweight'], platform, arch, release(), hostname()],
    ...['VK_ICD_FILENAMES', 'VK_DRIVER_FILES'].map((name) => env[name] ?? ''),
  ].join('|');
}

/**
 * The report that a child's output comes to.
 * @param ending How the child ended, where not well.
 */
export function reportOf(output: string, ending: string | undefined): GpuReport {
  const findings = output
    .split('\n')
    .filter((line) => line.startsWith(reportPrefix))
    .map((line) => JSON.parse(line.slice(reportPrefix.length)) as GpuFinding);
  const find = <F extends GpuFinding['found']>(found: F): Extract<GpuFinding, { found: F }> | undefined =>
    findings.find((finding): finding is Extract<GpuFinding, { found: F }> => finding.found === found);
  // Discrete ones first: that is what WebGPU prefers.
  const hardware = parseHardware(output).sort((a, b) => Number(b.discrete ?? false) - Number(a.discrete ?? false));
  const agreed = find('agreement')?.agreement;
  const speedUp = find('speed')?.speedUp;
  const half = find('half')?.agreement;
  return {
    hardware,
    adapter: find('adapter') !== undefined,
    agrees: agreed?.agrees ?? false,
    ...(speedUp !== undefined && { speedUp }),
    ...(half?.agrees === true && { half: true }),
    ...problem(),
  };

  function problem(): { problem?: string } {
    const none = find('none');
    if (none !== undefined) return { problem: none.why };
    if (ending !== undefined) return { problem: `the check's process ended with ${ending}` };
    if (agreed?.agrees !== true) return { problem: 'a short training on it does not end as on the processor' };
    return {};
  }
}
