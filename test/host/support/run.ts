/** Entry point inside the extension host; test/host/host.test.ts bundles it with every `*.suite.ts`. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { runSuites } from './suite.ts';

/** VS Code calls this. Each result is one JSON line of the file that COUNTERWEIGHT_HOST_RESULTS names; the last line is `{"done":true}`. */
export async function run(): Promise<void> {
  const file = process.env.COUNTERWEIGHT_HOST_RESULTS;
  if (file === undefined) throw new Error('COUNTERWEIGHT_HOST_RESULTS is not set');
  writeFileSync(file, '');
  await runSuites((result) => appendFileSync(file, `${JSON.stringify(result)}\n`));
  appendFileSync(file, '{"done":true}\n');
}
