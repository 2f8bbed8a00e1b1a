/** The last part of a path of either kind of system. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** A path from the root of a drive, as far as it goes without a space; after a colon it is part of an address. */
const absolutePath =
  /(?<![\p{L}\p{N}/\\.:])(?:[A-Za-z]:[\\/]|\\\\|\/)(?:[^\s:;,"'()<>|]+[\\/])[^\s:;,"'()<>|\\/]*[^\s:;,."'()<>|\\/]/gu;

/** A sentence with files as their names, without their folders. */
export function withoutFolders(sentence: string, known: readonly string[] = []): string {
  return pathParts(sentence, known)
    .map((part) => (typeof part === 'string' ? part : fileName(part.path)))
    .join('');
}

/** Takes a sentence apart at the paths in it, in their order. */
export function pathParts(
  sentence: string,
  known: readonly string[] = [],
): readonly (string | { readonly path: string })[] {
  // The longest first: one path may begin another.
  const [path, ...others] = [...known].filter((each) => each !== '').sort((a, b) => b.length - a.length);
  const parts: (string | { readonly path: string })[] = [];
  if (path !== undefined) {
    sentence.split(path).forEach((piece, at) => {
      if (at > 0) parts.push({ path });
      if (piece !== '') parts.push(...pathParts(piece, others));
    });
    return parts;
  }
  let from = 0;
  for (const match of sentence.matchAll(absolutePath)) {
    if (match.index > from) parts.push(sentence.slice(from, match.index));
    parts.push({ path: match[0] });
    from = match.index + match[0].length;
  }
  if (from < sentence.length) parts.push(sentence.slice(from));
  return parts;
}
