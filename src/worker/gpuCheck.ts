/** Finds out about a GPU in a process of its own, which a driver may take down without harm; see jobs/gpuReport.ts. */
import { checks, reportPrefix } from '../jobs/gpuCheck.ts';

const [asked = 'webgpu'] = process.argv.slice(2);
await checks[asked as keyof typeof checks]((finding) =>
  process.stdout.write(`${reportPrefix}${JSON.stringify(finding)}\n`),
);
// Sessions that are still open would only delay the end.
process.exit(0);
