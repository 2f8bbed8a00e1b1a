import { encodeRows, loadTokenizer, type TextRow, type TextTokenizer } from '../engine/hub/tokenizer.ts';
import type { EncodedRows } from '../engine/hub/encodedRows.ts';
import { readModelFolder, type ModelFolder } from '../engine/hub/modelFolder.ts';
import { UserError } from '../base/errors.ts';
import { maxTokens, parseConfig, type EncoderConfig } from '../engine/models/config.ts';
import { loadEmbedder } from '../engine/models/forward.ts';
import { readWeights, withNewHead, type Weights } from '../engine/models/pretrained.ts';
import type { Workspace } from './workspace.ts';

/** A pretrained encoder, ready to tokenise for, to embed with and to fine-tune. */
export interface Encoder {
  readonly folder: ModelFolder;
  readonly config: EncoderConfig;
  readonly tokenizer: TextTokenizer;
  readonly padId: number;
}

/**
 * Opens a Hugging Face folder. Throws UserError where something is missing or unsupported.
 * @param id Its name on the hub, if it came from there.
 */
export async function openEncoder(dir: string, id?: string): Promise<Encoder> {
  const folder = await readModelFolder(dir, { id });
  const config = parseConfig(folder.config, folder.id);
  const text = (name: string): string | undefined => {
    const content = folder.tokenizerFiles.get(name);
    return content === undefined || typeof content === 'string' ? content : new TextDecoder().decode(content);
  };
  const tokenizerJson = text('tokenizer.json');
  if (tokenizerJson === undefined) throw new UserError(`${dir}: the folder has no tokenizer.json.`);
  const tokenizer = loadTokenizer({ tokenizerJson, tokenizerConfigJson: text('tokenizer_config.json') });
  if (tokenizer.vocabularySize > config.vocabularySize) {
    throw new UserError(
      `${dir}: the tokenizer knows ${String(tokenizer.vocabularySize)} ids, the model only ${String(config.vocabularySize)}; they do not belong together.`,
    );
  }
  const padId = folder.config['pad_token_id'];
  return {
    folder,
    config,
    tokenizer,
    padId: typeof padId === 'number' ? padId : config.architecture === 'roberta' ? 1 : 0,
  };
}

/** Tokenises rows, at most `maxLength` tokens each, and no more than the model has positions for. */
export async function tokenise(
  encoder: Encoder,
  rows: readonly TextRow[],
  maxLength: number,
  signal?: AbortSignal,
): Promise<{ encoded: EncodedRows; truncated: number }> {
  return encodeRows(encoder.tokenizer, rows, { maxLength: Math.min(maxLength, maxTokens(encoder.config)), signal });
}

/** The first weights of a classifier on this encoder: pretrained, with a new head. */
export function initialWeights(encoder: Encoder, labels: number, seed: number): Weights {
  return withNewHead(encoder.config, encoder.folder.tensors, encoder.folder.id, labels, seed);
}

/** Sentence embeddings of the pretrained encoder, [rows, hidden], of length 1. */
export async function embedRows(
  work: Workspace,
  encoder: Encoder,
  rows: EncodedRows,
  stage: string,
): Promise<Float32Array> {
  const weights = readWeights(encoder.config, encoder.folder.tensors, encoder.folder.id);
  const embedder = await loadEmbedder(work.device, encoder.config, weights, encoder.padId);
  try {
    const embeddings = await embedder.run(rows, {
      signal: work.signal,
      onProgress: (done) => work.onProgress?.({ stage, done, total: rows.count, unit: 'rows', encoderRows: done }),
    });
    work.passes.forward += rows.count;
    return embeddings;
  } finally {
    await embedder.release();
  }
}
