import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Graph } from '../../src/engine/graph/graph.ts';
import { serialize } from '../../src/engine/graph/onnx.ts';

/** A node as ONNX Runtime placed it, after its own rewriting of the graph. */
export interface PlacedNode {
  readonly provider: string;
  readonly opType: string;
  readonly name: string;
}

const program = `
const ort = require('onnxruntime-node');
ort.InferenceSession.create(process.argv[1], { executionProviders: ['webgpu'], logSeverityLevel: 0 }).then(
  () => process.exit(0),
  (error) => { console.error(error); process.exit(1); },
);`;

/** Which execution provider runs which node, by ONNX Runtime's log of a session in a process of its own. */
export function placement(graph: Graph): PlacedNode[] {
  const dir = mkdtempSync(join(tmpdir(), 'counterweight-placement-'));
  try {
    const file = join(dir, 'graph.onnx');
    writeFileSync(file, serialize(graph));
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', program, file], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (status !== 0) throw new Error(`no session: ${stderr.slice(-2000)}`);
    return placedNodes(`${stdout}\n${stderr}`);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function placedNodes(log: string): PlacedNode[] {
  const nodes: PlacedNode[] = [];
  let provider: string | undefined;
  for (const line of log.split('\n')) {
    const heading = /VerifyEachNodeIsAssignedToAnEp\]\s+(Node\(s\)|All nodes) placed on \[(\w+)\]/.exec(line);
    if (heading !== null) provider = heading[2];
    const node = /VerifyEachNodeIsAssignedToAnEp\]\s+(\w+) \((.*)\)\s*$/.exec(line);
    if (heading === null && node !== null && provider !== undefined)
      nodes.push({ provider, opType: node[1]!, name: node[2]! });
  }
  return nodes;
}
