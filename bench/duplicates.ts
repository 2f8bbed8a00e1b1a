// node scripts/runTs.mjs bench/duplicates.ts [ROWS | KIND …]: what finding duplicates costs beyond the embeddings, in processor
// seconds, wall seconds and memory. Rows are drawn here: texts of four kinds, embeddings of 384 numbers around 200 topics,
// one in twenty a near-copy; all of one label, the worst case. 200 real rows, 2000 test rows.
import { Random } from '../src/base/random.ts';
import { cpuDevice } from '../src/engine/runtime/cpu.ts';
import { nearest } from '../src/jobs/nearness.ts';
import { nearDuplicates } from '../src/jobs/nearDuplicates.ts';

const width = 384;
const [topics, realRows, testRows, copied] = [200, 200, 2000, 0.05];

/** Texts from easy to hard. */
const kinds = {
  varied: (random: Random): string =>
    Array.from({ length: 12 + random.integer(10) }, () => `w${String(zipf(random, 30_000))}`).join(' '),
  // Stock phrases of eight words, one or two to a text, among words of its own.
  clichés: (random: Random): string => {
    const phrase = (): string => {
      const which = random.integer(50);
      return Array.from({ length: 8 }, (_, i) => `phrase${String(which)}x${String(i)}`).join(' ');
    };
    const own = Array.from({ length: 6 }, () => `w${String(zipf(random, 30_000))}`);
    return [phrase(), ...(random.uniform() < 0.5 ? [phrase()] : []), ...own].join(' ');
  },
  // Nothing rare in any text.
  'few words': (random: Random): string =>
    Array.from({ length: 12 + random.integer(6) }, () => `w${String(random.integer(60))}`).join(' '),
  'one template': (random: Random): string =>
    `thank you for your order number ${String(random.integer(1_000_000))} it was sent to you today and will be there ` +
    `within ${String(random.integer(30))} days please keep this message`,
};

/** A word's rank, the first most often. */
function zipf(random: Random, words: number): number {
  return Math.floor(Math.exp(random.uniform() * Math.log(words)));
}

function embeddings(n: number, random: Random, alike: boolean): Float32Array {
  const scale = Float64Array.from({ length: width }, (_, k) => (k + 1) ** -0.35);
  const centre = Float64Array.from({ length: topics * width }, (_, i) => random.normal() * scale[i % width]);
  const values = new Float32Array(n * width);
  for (let row = 0; row < n; row++) {
    const topic = alike ? 0 : random.integer(topics);
    const original = row > 0 && random.uniform() < copied ? random.integer(row) : -1;
    const own = values.subarray(row * width, (row + 1) * width);
    let squares = 0;
    for (let k = 0; k < width; k++) {
      own[k] =
        original >= 0
          ? values[original * width + k] + 0.012 * random.normal()
          : centre[topic * width + k] + (alike ? 0.1 : 0.9) * scale[k] * random.normal();
      squares += own[k] ** 2;
    }
    for (let k = 0; k < width; k++) own[k] /= Math.sqrt(squares);
  }
  return values;
}

async function measured<T>(name: string, part: () => Promise<T>): Promise<T> {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  const result = await part();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = ((user + system) / 1e6).toFixed(1).padStart(7);
  const elapsed = ((performance.now() - wall) / 1000).toFixed(1).padStart(7);
  const memory = (process.resourceUsage().maxRSS / 1024).toFixed(0).padStart(6);
  console.log(`${name.padEnd(52)} ${seconds} s CPU ${elapsed} s ${memory} MB at the peak`);
  return result;
}

const wanted = process.argv.slice(2);
const sizes = wanted.map(Number).filter((n) => n > 0);
const chosen = Object.entries(kinds).filter(([kind]) => wanted.includes(kind));
const device = cpuDevice();
for (const n of sizes.length > 0 ? sizes : [10_000, 50_000, 100_000]) {
  for (const [kind, text] of chosen.length > 0 ? chosen : Object.entries(kinds)) {
    const random = new Random(1, `${kind} ${String(n)}`);
    const texts = Array.from({ length: n }, () => text(random));
    const values = embeddings(n, random, kind === 'one template');
    const labelIds = new Int32Array(n);
    const name = `${String(n)} rows, ${kind}: `;
    await measured(`${name}words`, () => nearDuplicates({ texts, labelIds }));
    const { counts, clusterOf } = await measured(`${name}words and embeddings`, () =>
      nearDuplicates({ texts, labelIds, embeddings: { values, width } }, { device }),
    );
    const others = (rows: number): Float32Array => embeddings(rows, random, false);
    await measured(`${name}nearest real rows`, () => nearest(values, others(realRows), width, { most: 5, device }));
    await measured(`${name}test rows that were trained on`, () => nearest(others(testRows), values, width, { device }));
    const copies = counts.filter((count) => count > 0).length;
    const clusters = clusterOf.reduce((most, cluster) => Math.max(most, cluster + 1), 0);
    console.log(`  ${String(copies)} rows have near-copies, in ${String(clusters)} groups`);
  }
}
