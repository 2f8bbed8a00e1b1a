/** The scoring benchmark's two contenders in Node: Counterweight, and transformers.js on the ONNX file that we export. */
import { join } from 'node:path';
import type { Tensor } from '@huggingface/transformers';
import { readModelFolder } from '../src/engine/hub/modelFolder.ts';
import { parseConfig } from '../src/engine/models/config.ts';
import { loadClassifier } from '../src/engine/models/forward.ts';
import { readWeights } from '../src/engine/models/pretrained.ts';
import { cpuDevice } from '../src/engine/runtime/cpu.ts';
import { encodedRows, readJob, sortedBatches, type Job } from './job.ts';
import { serve } from './serve.ts';

/** Logits for rows in their order, flat. */
type Scorer = (batches: readonly (readonly (readonly number[])[])[]) => Promise<Float32Array>;

/** Serves `run [N]`: the next N batches of the length-sorted rows, all of them unless told, going round at the end. */
export async function serveScoring(jobFile: string, engine: 'ours' | 'transformers.js'): Promise<void> {
  const job = await readJob(jobFile);
  const scorer = engine === 'ours' ? await counterweight(job) : await transformersJs(job);
  const batches = sortedBatches(job.inputIds, job.batchSize);
  let position = 0;
  const run = async (count: number): Promise<object> => {
    const taken = Array.from({ length: count }, (_, i) => batches[(position + i) % batches.length]!);
    position += count;
    const ids = taken.map((batch) => batch.map((row) => job.inputIds[row]!));
    const clock = performance.now();
    const logits = await scorer(ids);
    const seconds = (performance.now() - clock) / 1000;
    const examples = ids.flat().length;
    const result = { batches: count, seconds, examples, examplesPerSecond: examples / seconds };
    if (job.returnLogits !== true || count !== batches.length) return result;
    const ordered: number[][] = [];
    taken.flat().forEach((row, i) => {
      ordered[row] = [...logits.subarray(i * job.numLabels, (i + 1) * job.numLabels)];
    });
    return { ...result, logits: ordered };
  };
  await serve({ run: ([count]) => run(count === undefined ? batches.length : Number(count)) }, {});
}

async function counterweight(job: Job): Promise<Scorer> {
  const folder = await readModelFolder(folderOf(job));
  const config = parseConfig(folder.config, folder.id);
  const weights = readWeights(config, folder.tensors, folder.id, job.numLabels);
  const classifier = await loadClassifier(cpuDevice({ threads: job.threads }), config, job.numLabels, { weights }, 0);
  // It makes batches of its own, by tokens; only the order of rows is given.
  return (batches) => classifier.run(encodedRows(batches.flat()));
}

async function transformersJs(job: Job): Promise<Scorer> {
  // Loaded here only: the other contenders' memory shall not hold it.
  const { AutoModelForSequenceClassification, env, Tensor: TensorClass } = await import('@huggingface/transformers');
  env.allowRemoteModels = false;
  const model = await AutoModelForSequenceClassification.from_pretrained(folderOf(job), {
    dtype: 'fp32',
    session_options: { intraOpNumThreads: job.threads, interOpNumThreads: 1 },
  });
  return async (batches) => {
    const results = new Float32Array(batches.flat().length * job.numLabels);
    let done = 0;
    for (const rows of batches) {
      const sequence = Math.max(...rows.map((ids) => ids.length));
      const [ids, mask] = [new BigInt64Array(rows.length * sequence), new BigInt64Array(rows.length * sequence)];
      rows.forEach((row, b) => {
        row.forEach((id, i) => {
          ids[b * sequence + i] = BigInt(id);
          mask[b * sequence + i] = 1n;
        });
      });
      const tensor = (data: BigInt64Array): Tensor => new TensorClass('int64', data, [rows.length, sequence]);
      const inputs = { input_ids: tensor(ids), attention_mask: tensor(mask) };
      const { logits } = (await model({ ...inputs, token_type_ids: tensor(new BigInt64Array(ids.length)) })) as {
        logits: Tensor;
      };
      results.set(logits.data as Float32Array, done);
      done += logits.size;
    }
    return results;
  };
}

function folderOf({ model }: Job): string {
  if (model === undefined) throw new Error('the job names no model');
  return join(model);
}
