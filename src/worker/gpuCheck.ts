/** Finds out about the GPU in a process of its own, which a driver may take down without harm; see jobs/gpuReport.ts. */
import { checkGpu, reportPrefix } from '../jobs/gpuCheck.ts';

await checkGpu((finding) => process.stdout.write(`${reportPrefix}${JSON.stringify(finding)}\n`));
// Sessions that are still open would only delay the end.
process.exit(0);
