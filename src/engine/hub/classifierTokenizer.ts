/** Contents of tokenizer files, by file name. */
export type TokenizerFileMap = ReadonlyMap<string, string | Uint8Array>;

/** Fields of tokenizer_config.json that speak of the machine it was saved on, or repeat an older length limit. */
const staleFields = new Set(['name_or_path', 'tokenizer_file', 'special_tokens_map_file', 'max_length']);

/**
 * An encoder's tokenizer files for a classifier that was trained on rows of at most `maxLength` tokens. Truncation and
 * padding baked into `tokenizer.json` go, so that the limit stands in one place: `model_max_length` in
 * `tokenizer_config.json`, which transformers and transformers.js truncate to. Where that file does not name the
 * tokenizer's class or its padding token, as old ones leave to Python's defaults, they are added for transformers.js.
 * @param defaults `padId`: id of the padding token.
 */
export function classifierTokenizer(
  files: TokenizerFileMap,
  maxLength: number,
  defaults: { readonly tokenizerClass: string; readonly padId: number },
): Map<string, string | Uint8Array> {
  const result = new Map(files);
  const description = readObject(files, 'tokenizer.json');
  if (description['truncation'] || description['padding']) {
    result.set('tokenizer.json', JSON.stringify({ ...description, truncation: null, padding: null }));
  }
  const config = Object.fromEntries(
    Object.entries(readObject(files, 'tokenizer_config.json')).filter(([name]) => !staleFields.has(name)),
  );
  config['tokenizer_class'] ??= defaults.tokenizerClass;
  config['pad_token'] ??= tokenOf(description, defaults.padId);
  config['model_max_length'] = maxLength;
  result.set('tokenizer_config.json', `${JSON.stringify(config, null, 2)}\n`);
  return result;
}

/** A special token by id; undefined (left out of the JSON) where `tokenizer.json` lists none. */
function tokenOf(description: Readonly<Record<string, unknown>>, id: number): string | undefined {
  const added = description['added_tokens'];
  if (!Array.isArray(added)) return undefined;
  return (added as { id?: unknown; content?: string }[]).find((token) => token.id === id)?.content;
}

/** A JSON file that was parsed before, when the tokenizer was loaded; {} where it is absent. */
function readObject(files: TokenizerFileMap, name: string): Record<string, unknown> {
  const content = files.get(name) ?? '{}';
  return JSON.parse(typeof content === 'string' ? content : new TextDecoder().decode(content)) as Record<
    string,
    unknown
  >;
}
