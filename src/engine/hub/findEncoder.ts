import { existsSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../base/errors.ts';
import { cachedSnapshot, isModelId } from './hubCache.ts';

/** The encoder used where none is named: BERT architecture, 6 layers, hidden size 384, 22.7 M parameters, Apache-2.0. */
export const defaultEncoder = 'sentence-transformers/all-MiniLM-L6-v2';

/** Environment variables; `process.env` where nothing else is said. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A model on this machine. */
export interface LocalModel {
  readonly dir: string;
  /** The hub's name, or the folder where it has none. */
  readonly id: string;
  /** Where it was found: a folder that was named, the Hugging Face cache, or what `npm run encoder` brought. */
  readonly source: 'folder' | 'cache' | 'package';
}

/** Options of {@link findEncoder} and {@link findModel}. */
export interface FindOptions {
  readonly env?: Environment;
  /** The Hugging Face cache, where it is not the one `env` says. */
  readonly cacheDir?: string;
  /** The folder of the project's package.json, above `.cache/encoder`; null for none. Found by itself if left out. */
  readonly packageRoot?: string | null;
}

/**
 * Finds the encoder without the network: what `--model` says, else what COUNTERWEIGHT_MODEL says, else the default.
 * @returns undefined if it is a hub name that is not on this machine.
 * @throws {UserError} It is a path where there is no folder.
 */
export function findEncoder(options: FindOptions & { readonly model?: string } = {}): Promise<LocalModel | undefined> {
  return findModel(encoderName(options.model, options.env), options);
}

/** The encoder's folder or hub name: the option, else COUNTERWEIGHT_MODEL, else the default. */
export function encoderName(model: string | undefined, env: Environment = process.env): string {
  return model || env.COUNTERWEIGHT_MODEL || defaultEncoder;
}

/**
 * Finds a model without the network: a folder, else a complete snapshot in the Hugging Face cache, else, for the default
 * encoder, `.cache/encoder/all-MiniLM-L6-v2` beside package.json.
 * @returns undefined if `idOrDir` is a hub name that is not on this machine.
 * @throws {UserError} `idOrDir` is a path where there is no folder.
 */
export async function findModel(idOrDir: string, options: FindOptions = {}): Promise<LocalModel | undefined> {
  const { env = process.env, packageRoot = findPackageRoot() } = options;
  if (await isFolder(idOrDir)) return { dir: resolve(idOrDir), id: idOrDir, source: 'folder' };
  if (!isModelId(idOrDir)) {
    throw new UserError(
      `There is no folder ${idOrDir}; give a Hugging Face model folder, or a name like ${defaultEncoder}.`,
    );
  }
  const snapshot = await cachedSnapshot(idOrDir, { env, cacheDir: options.cacheDir });
  if (snapshot !== undefined) return { dir: snapshot, id: idOrDir, source: 'cache' };
  if (idOrDir === defaultEncoder && packageRoot !== null) {
    const dir = join(packageRoot, '.cache', 'encoder', 'all-MiniLM-L6-v2');
    if (await isFolder(dir)) return { dir, id: idOrDir, source: 'package' };
  }
  return undefined;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** The nearest folder above this file whose package.json is the project's: the same from source and from `dist`. */
function findPackageRoot(): string | null {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown };
      if (name === 'counterweight') return folder;
    }
    const parent = dirname(folder);
    if (parent === folder) return null;
    folder = parent;
  }
}
