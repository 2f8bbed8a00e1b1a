import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  AutoModelForSequenceClassification,
  env,
  ModelRegistry,
  pipeline,
  Tensor,
  type TextClassificationOutput,
} from '@huggingface/transformers';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { exportClassifier } from '../../src/engine/hub/exportClassifier.ts';
import { readModelFolder } from '../../src/engine/hub/modelFolder.ts';
import { encodeRows, loadTokenizer, type TextTokenizer } from '../../src/engine/hub/tokenizer.ts';
import { parseConfig } from '../../src/engine/models/config.ts';
import { loadClassifier } from '../../src/engine/models/forward.ts';
import { readWeights, type Weights } from '../../src/engine/models/pretrained.ts';
import { cpuDevice } from '../../src/engine/runtime/cpu.ts';
import { architectures, encodedRows, fixtureModel, relativeError, type FixtureRows } from '../support/fixtureModel.ts';

/** A Python with torch and transformers, for the tests that ask Hugging Face's own code. */
const python = process.env['COUNTERWEIGHT_PYTHON'];
const labels = ['negative', 'neutral', 'positive'] as const;
const maxLength = 24;
const cases = ['single', 'pairs', 'nopad'] as const;
const texts = [
  'a wonderful film',
  "It's dull, and we've seen it.",
  'x',
  'Shares of the company rose 12.5 % at 10:45',
  '',
];
const longText = 'the worst movie of the year, dull and lifeless; '.repeat(20);
const device = cpuDevice();
const root = mkdtempSync(join(tmpdir(), 'counterweight-export-'));
const folderOf = (architecture: string): string => join(root, architecture);
env.allowRemoteModels = false;

type Architecture = (typeof architectures)[number];

/**
 * A fixture model whose vocabulary is grown with random rows to that of a fixture tokenizer: 331 word pieces, or 516
 * byte-level pairs for RoBERTa. Ids of the fixture's rows keep their meaning, so PyTorch's logits stay true.
 */
function grownModel(architecture: Architecture): {
  config: Record<string, unknown>;
  weights: Weights;
  tokenizerFiles: Map<string, string>;
  tokenizer: TextTokenizer;
} {
  const { dir, weights } = fixtureModel(architecture);
  const kind = architecture === 'roberta' ? 'bpe' : 'wordpiece';
  const tokenizerFiles = new Map(
    ['tokenizer.json', 'tokenizer_config.json'].map((name) => [
      name,
      readFileSync(new URL(`../fixtures/tokenizer/${kind}/${name}`, import.meta.url), 'utf8'),
    ]),
  );
  const tokenizer = loadTokenizer({ tokenizerJson: tokenizerFiles.get('tokenizer.json') ?? '' });
  const raw = JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8')) as Record<string, unknown>;
  const words = `${architecture}.embeddings.word_embeddings.weight`;
  const table = weights.get(words) ?? new Float32Array();
  const width = table.length / Number(raw['vocab_size']);
  const random = new Random(7, architecture);
  const grown = Float32Array.from({ length: tokenizer.vocabularySize * width }, (_, i) =>
    i < table.length ? table[i] : 0.3 * random.normal(),
  );
  // What an encoder on the hub has besides, and a classifier made from it must not.
  const config = { ...raw, vocab_size: tokenizer.vocabularySize, architectures: ['AModel'], dtype: 'float16' };
  return {
    config: { ...config, _name_or_path: '/home/somebody/model', num_labels: 2, id2label: { '0': 'LABEL_0' } },
    weights: new Map(weights).set(words, grown),
    tokenizerFiles,
    tokenizer,
  };
}

const models = new Map(architectures.map((architecture) => [architecture, grownModel(architecture)]));
const modelOf = (architecture: Architecture): ReturnType<typeof grownModel> =>
  models.get(architecture) ?? grownModel(architecture);

beforeAll(async () => {
  for (const [architecture, { config, weights, tokenizerFiles }] of models)
    await exportClassifier(folderOf(architecture), { config, weights, labels, tokenizerFiles, maxLength });
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Probabilities by label that this engine gives texts, from what lies in the exported folder alone. */
async function engineScores(architecture: Architecture, rows: readonly string[]): Promise<Record<string, number>[]> {
  const folder = await readModelFolder(folderOf(architecture));
  const config = parseConfig(folder.config, folder.dir);
  const classifier = await loadClassifier(
    device,
    config,
    3,
    { weights: readWeights(config, folder.tensors, folder.dir, 3) },
    0,
  );
  const textRows = rows.map((text) => ({ text }));
  const { encoded } = await encodeRows(modelOf(architecture).tokenizer, textRows, { maxLength });
  const logits = await classifier.run(encoded);
  await classifier.release();
  return rows.map((_, row) => {
    const exps = labels.map((_, label) => Math.exp(logits[row * 3 + label]!));
    const total = exps.reduce((a, b) => a + b, 0);
    return Object.fromEntries(labels.map((label, i) => [label, exps[i]! / total]));
  });
}

const byLabel = (scores: Readonly<Record<string, number>>): number[] => labels.map((label) => scores[label] ?? NaN);

describe.each(architectures)('%s exported', (architecture) => {
  const fixture = fixtureModel(architecture);
  const dir = folderOf(architecture);

  it('reads back bit for bit, under the configuration of a classifier', async () => {
    const folder = await readModelFolder(dir);
    const config = parseConfig(folder.config, dir);
    const { weights } = modelOf(architecture);
    const read = readWeights(config, folder.tensors, dir, 3);
    expect([...read.keys()].sort()).toEqual([...weights.keys()].sort());
    expect(folder.tensors.size).toBe(weights.size);
    for (const [name, data] of weights) {
      const bits = (x: Float32Array | undefined): Uint8Array =>
        new Uint8Array(x?.buffer ?? new ArrayBuffer(0), x?.byteOffset, x?.byteLength);
      expect(Buffer.compare(bits(read.get(name)), bits(data)), name).toBe(0);
    }
    const name = { bert: 'Bert', roberta: 'Roberta', distilbert: 'DistilBert', electra: 'Electra' }[architecture];
    expect(folder.config).toMatchObject({
      architectures: [`${name}ForSequenceClassification`],
      id2label: { '0': 'negative', '1': 'neutral', '2': 'positive' },
      label2id: { negative: 0, neutral: 1, positive: 2 },
      dtype: 'float32',
      model_type: architecture,
    });
    for (const stale of ['_name_or_path', 'num_labels']) expect(folder.config).not.toHaveProperty(stale);
  });

  it('is an ONNX file of standard operators, with the inputs of its tokenizer', async () => {
    const path = join(dir, 'onnx/model.onnx');
    // Once, as an operator set that the file may import; not in any node.
    const mentions = (await readFile(path)).toString('latin1').split('com.microsoft').length - 1;
    expect(mentions).toBeLessThanOrEqual(1);
    const session = await InferenceSession.create(path);
    const hasTypes = architecture === 'bert' || architecture === 'electra';
    const inputs = ['attention_mask', 'input_ids', ...(hasTypes ? ['token_type_ids'] : [])];
    expect([...session.inputNames].sort()).toEqual(inputs);
    for (const input of session.inputMetadata)
      expect(input).toMatchObject({ type: 'int64', shape: ['batch', 'sequence'] });
    expect(session.outputMetadata).toMatchObject([{ name: 'logits', type: 'float32', shape: ['batch', 3] }]);
    await session.release();
  });

  it('gives the same logits in this engine', async () => {
    const folder = await readModelFolder(dir);
    const config = parseConfig(folder.config, dir);
    const weights = readWeights(config, folder.tensors, dir, 3);
    const classifier = await loadClassifier(device, config, 3, { weights }, fixture.padId);
    for (const name of cases) {
      const logits = await classifier.run(encodedRows(fixture.expected.cases[name]));
      expect(relativeError(logits, fixture.array(`${name}.logits`))).toBeLessThan(5e-6);
    }
    await classifier.release();
  });

  it('gives the same logits in transformers.js, padded, as pairs, and at full length', async () => {
    const model = await AutoModelForSequenceClassification.from_pretrained(dir, { dtype: 'fp32' });
    const run = async (rows: FixtureRows): Promise<Float32Array> => {
      const result = (await model(tensors(rows, fixture.padId))) as { logits: Tensor };
      expect(result.logits.dims).toEqual([rows.inputIds.length, 3]);
      return result.logits.data as Float32Array;
    };
    for (const name of cases) {
      const logits = await run(fixture.expected.cases[name]);
      expect(relativeError(logits, fixture.array(`${name}.logits`)), name).toBeLessThan(5e-6);
    }

    const long = fixture.expected.adamw.batches[2]!;
    expect(Math.max(...long.inputIds.map((ids) => ids.length))).toBe(40);
    const classifier = await loadClassifier(device, fixture.config, 3, fixture, fixture.padId);
    const oneToken = { inputIds: [[5]], typeIds: long.typeIds === null ? null : [[0]], labels: [0] };
    for (const rows of [long, oneToken])
      expect(relativeError(await run(rows), await classifier.run(encodedRows(rows)))).toBeLessThan(5e-6);
    await classifier.release();
    await model.dispose();
  });

  it("answers transformers.js's text-classification pipeline", async () => {
    const classify = await pipeline('text-classification', dir, { dtype: 'fp32' });
    const answers = (await classify(texts, { top_k: 3 })) as unknown as TextClassificationOutput[];
    const wanted = await engineScores(architecture, texts);
    answers.forEach((answer, i) => {
      const scores = Object.fromEntries(answer.map(({ label, score }) => [label, score]));
      expect(relativeError(byLabel(scores), byLabel(wanted[i]!)), texts[i]).toBeLessThan(1e-5);
    });
    expect(classify.tokenizer.model_max_length).toBe(maxLength);
    await classify.dispose();
  });

  it('is loaded unquantised by a browser that is not told so', async () => {
    const files = await ModelRegistry.get_model_files(dir, { device: 'wasm' });
    expect(files).toContain('onnx/model.onnx');
  });
});

interface PythonResult {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly mismatched: readonly string[];
  readonly dtype: string;
  readonly logits: readonly (readonly number[])[];
  readonly scores: readonly Readonly<Record<string, number>>[];
}

it.skipIf(python === undefined)(
  python === undefined
    ? 'exported folders in Hugging Face Python [skipped: COUNTERWEIGHT_PYTHON names no Python with torch and transformers]'
    : 'exported folders give the same logits in Hugging Face Python, no key missing or left over',
  async () => {
    const request = architectures.map((architecture) => ({
      dir: folderOf(architecture),
      rows: cases.flatMap((name) => {
        const { inputIds, typeIds } = fixtureModel(architecture).expected.cases[name];
        return inputIds.map((ids, i) => ({ ids, types: typeIds?.[i] ?? null }));
      }),
      texts: [...texts, longText],
    }));
    const results = JSON.parse(await runPython(JSON.stringify(request))) as PythonResult[];
    for (const [i, architecture] of architectures.entries()) {
      const result = results[i]!;
      expect(result, architecture).toMatchObject({
        missing: [],
        unexpected: [],
        mismatched: [],
        dtype: 'torch.float32',
      });
      const wanted = cases.flatMap((name) => [...fixtureModel(architecture).array(`${name}.logits`)]);
      expect(relativeError(result.logits.flat(), wanted), architecture).toBeLessThan(5e-6);
      const scores = await engineScores(architecture, [...texts, longText]);
      expect(
        relativeError(result.scores.flatMap(byLabel), scores.flatMap(byLabel)),
        `${architecture} on text`,
      ).toBeLessThan(1e-5);
    }
  },
);

function runPython(input: string): Promise<string> {
  const script = fileURLToPath(new URL('exported.py', import.meta.url));
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 2 ** 26, env: { ...process.env, HF_HUB_OFFLINE: '1' } };
    const child = execFile(python ?? 'python3', [script], options, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
    child.stdin?.end(input);
  });
}

/** Rows as a tokenizer returns them: int64, padded on the right to the longest. */
function tensors(rows: FixtureRows, padId: number): Record<string, Tensor> {
  const length = Math.max(...rows.inputIds.map((ids) => ids.length));
  const dims = [rows.inputIds.length, length];
  const padded = (ragged: readonly (readonly number[])[], fill: number): Tensor =>
    new Tensor(
      'int64',
      BigInt64Array.from(
        ragged.flatMap((row) => Array.from({ length }, (_, i) => row[i] ?? fill)),
        BigInt,
      ),
      dims,
    );
  return {
    input_ids: padded(rows.inputIds, padId),
    attention_mask: padded(
      rows.inputIds.map((ids) => ids.map(() => 1)),
      0,
    ),
    ...(rows.typeIds === null ? {} : { token_type_ids: padded(rows.typeIds, 0) }),
  };
}
