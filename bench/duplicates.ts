// node scripts/runTs.mjs bench/duplicates.ts [ROWS | KIND …]: what finding duplicates costs beyond the embeddings, in processor
// seconds on one thread and memory. Rows are drawn (bench/duplicateRows.ts), all of one label, the worst case. 200 real
// rows, 2000 test rows. Without arguments the table goes to bench/results-duplicates.md.
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { Random } from '../src/base/random.ts';
import { cpuDevice } from '../src/engine/runtime/cpu.ts';
import { nearDuplicates } from '../src/jobs/nearDuplicates.ts';
import { nearest } from '../src/jobs/nearness.ts';
import { drawRows, kinds, width } from './duplicateRows.ts';

const [realRows, testRows] = [200, 2000];

/** Processor seconds of a part. */
async function measured<T>(name: string, part: () => Promise<T>): Promise<{ found: T; seconds: number }> {
  const before = process.cpuUsage();
  const found = await part();
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  console.log(`${name.padEnd(52)} ${seconds.toFixed(1).padStart(7)} s`);
  return { found, seconds };
}

const wanted = process.argv.slice(2);
const sizes = wanted.map(Number).filter((n) => n > 0);
const chosen = Object.entries(kinds).filter(([kind]) => wanted.includes(kind));
const device = cpuDevice({ threads: 1 });
const table: (readonly string[])[] = [];
for (const [kind, drawn] of chosen.length > 0 ? chosen : Object.entries(kinds)) {
  for (const n of sizes.length > 0 ? sizes : [20_000, 50_000, 100_000]) {
    const random = new Random(1, `${kind} ${String(n)}`);
    const { texts, values } = drawRows(drawn, n, random);
    const labelIds = new Int32Array(n);
    const name = `${String(n)} rows, ${kind}: `;
    const words = await measured(`${name}words`, () => nearDuplicates({ texts, labelIds }));
    const both = await measured(`${name}words and embeddings`, () =>
      nearDuplicates({ texts, labelIds, embeddings: { values, width } }, { device }),
    );
    const others = (rows: number): Float32Array => drawRows(kinds['varied'], rows, random).values;
    const [real, test] = [others(realRows), others(testRows)];
    const rest = await measured(`${name}nearest real rows, copied test rows`, async () => {
      await nearest(values, real, width, { most: 5, device });
      await nearest(test, values, width, { device });
    });
    const { counts, clusterOf } = both.found;
    const copies = counts.filter((count) => count > 0).length;
    const clusters = clusterOf.reduce((most, cluster) => Math.max(most, cluster + 1), 0);
    const memory = process.resourceUsage().maxRSS / 1024;
    console.log(`  ${String(copies)} rows have near-copies, in ${String(clusters)} groups; ${memory.toFixed(0)} MB`);
    const found = [`${String(copies)} in ${String(clusters)}`];
    const parts = [words.seconds, both.seconds - words.seconds, rest.seconds, both.seconds + rest.seconds];
    table.push([kind, String(n), ...parts.map((seconds) => seconds.toFixed(1)), ...found]);
  }
}
if (wanted.length === 0) {
  const head = [
    'rows',
    'number',
    'words',
    'embeddings',
    'real and test rows',
    'together',
    'have near-copies, in groups',
  ];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  await writeFile(
    'bench/results-duplicates.md',
    `# What finding duplicates costs

Written by \`node scripts/runTs.mjs bench/duplicates.ts\`: processor seconds on one thread, beyond embedding. Rows are drawn as \`bench/duplicateRows.ts\` says, of one label: rows of different labels are not compared.

${[line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...table.map(line)].join('\n')}

- words: near-copies by their words; embeddings: those by the cosine of embeddings of ${String(width)} numbers besides; real and test rows: the nearest of ${String(realRows)} real rows to each row, and the row nearest to each of ${String(testRows)} test rows.
- ${cpus()[0]?.model.trim() ?? 'unknown processor'}, node ${process.versions.node}.
`,
  );
}
