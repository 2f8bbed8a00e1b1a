import { messageOf, UserError } from '../../base/errors.ts';

/** Weights in one file. */
export const weightsFile = 'model.safetensors';
/** Where the weights are spread over several files: which tensor lies in which. */
export const weightsIndexFile = 'model.safetensors.index.json';
/** Weights in a format that is not read: it can run code when loaded. */
export const pickledWeightsFile = 'pytorch_model.bin';

/** What a model folder must have beside its weights. */
export const requiredFiles = ['config.json', 'tokenizer.json'] as const;

/** What a tokenizer may have beside `tokenizer.json`; kept with the model so that other programs can load it too. */
export const optionalTokenizerFiles = [
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
] as const;

/**
 * The files that an index of sharded weights names, sorted.
 * @param json Content of `model.safetensors.index.json`.
 * @param file How error messages name it.
 * @throws {UserError} It is not such an index, or names a file outside its folder.
 */
export function shardsOf(json: string, file: string): string[] {
  let index: unknown;
  try {
    index = JSON.parse(json);
  } catch (thrown) {
    throw new UserError(`${file} is not JSON: ${messageOf(thrown)}.`, 1, { cause: thrown });
  }
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  const names = new Set(typeof map === 'object' && map !== null ? Object.values(map) : []);
  if (names.size === 0) throw new UserError(`${file} has no "weight_map" that says which file holds which tensor.`);
  for (const name of names) {
    if (typeof name !== 'string' || !/^[\w.-]+\.safetensors$/.test(name)) {
      throw new UserError(`${file} names ${JSON.stringify(name)}, which is not a safetensors file beside it.`);
    }
  }
  return [...(names as Set<string>)].sort();
}
