import { readFile } from 'node:fs/promises';
import { messageOf, UserError } from '../base/errors.ts';

/**
 * The label map of `--label-map`: `OLD=NEW` any number of times, a JSON object, or a file of one whose name ends in
 * `.json`.
 * @throws UserError with exit code 2 where it is none of these.
 */
export async function labelMapOf(values: readonly string[]): Promise<Readonly<Record<string, string>> | undefined> {
  if (values.length === 0) return undefined;
  const pairs: [string, string][] = [];
  for (const value of values) {
    if (value.trimStart().startsWith('{')) pairs.push(...pairsOf(value, '--label-map'));
    else if (value.endsWith('.json') && !value.includes('=')) pairs.push(...pairsOf(await readText(value), value));
    else {
      const at = value.indexOf('=');
      if (at < 1 || at === value.length - 1) {
        throw new UserError(`--label-map ${value}: expected OLD=NEW, a JSON object, or a .json file.`, 2);
      }
      pairs.push([value.slice(0, at), value.slice(at + 1)]);
    }
  }
  const seen = new Map<string, string>();
  for (const [from, to] of pairs) {
    if (seen.has(from)) throw new UserError(`--label-map names ${JSON.stringify(from)} twice.`, 2);
    seen.set(from, to);
  }
  return Object.fromEntries(seen);
}

function pairsOf(json: string, where: string): [string, string][] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (thrown) {
    throw new UserError(`${where} is not JSON: ${messageOf(thrown)}.`, 2, { cause: thrown });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UserError(`${where} must be a JSON object from labels to labels.`, 2);
  }
  return Object.entries(value).map(([from, to]) => {
    if (typeof to !== 'string' && typeof to !== 'number' && typeof to !== 'boolean') {
      throw new UserError(`${where}: ${JSON.stringify(from)} must be mapped to a label.`, 2);
    }
    return [from, String(to)];
  });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new UserError(`--label-map ${path} cannot be read: ${messageOf(thrown)}.`, 2, { cause: thrown });
  }
}
