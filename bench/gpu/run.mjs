// npm run bench:gpu; see main.ts. On a machine without a GPU, SwiftShader counts launches where it is installed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { softwareGpu } from '../../scripts/softwareGpu.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const check = `${root}.cache/bench-gpu/gpuCheck.js`;
await build({
  entryPoints: [`${root}src/worker/gpuCheck.ts`],
  outfile: check,
  ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', external: ['onnxruntime-node'] },
  logLevel: 'error',
});

const nodes = ['/dev/dri', '/dev/nvidiactl', '/dev/kfd', '/dev/dxg'];
const mayHaveGpu = process.platform !== 'linux' || nodes.some((at) => existsSync(at));
const { status } = spawnSync(process.execPath, ['scripts/runTs.mjs', 'bench/gpu/main.ts', check], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...(mayHaveGpu ? {} : softwareGpu()) },
});
process.exit(status ?? 1);
