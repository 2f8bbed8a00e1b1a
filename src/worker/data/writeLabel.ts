/** How a label is written into a file: in the row's own JSON type, in the file's own spelling. */
import type { LabelKind } from '../../core/dataset/parseRow.ts';
import type { RowFormat } from './rowFormat.ts';
import type { RowIndex } from './rowIndex.ts';

/**
 * The JSON value that reads back as a label; undefined where the label map leaves no way to write it.
 *
 * The row's JSON type is kept where it can hold the label, else it becomes a string. Where the file has the label already,
 * its commonest spelling in that type is used: behind a label map, that is not the label itself.
 */
export function labelWriter(
  { spellings }: RowFormat,
  { spellingCounts }: RowIndex,
): (label: string, kind: LabelKind) => string | undefined {
  const known = new Map<string, string | undefined>();

  const commonest = (label: string, kind: LabelKind): string | undefined => {
    let best: string | undefined;
    let most = 0;
    spellings.all.forEach((spelling, id) => {
      const count = spellingCounts[id] ?? 0;
      if (spelling.label !== label || spelling.kind !== kind || count <= most) return;
      most = count;
      best = spelling.json;
    });
    return best;
  };
  const write = (label: string, kind: LabelKind): string | undefined => {
    const inFile = commonest(label, kind);
    if (inFile !== undefined) return inFile;
    const ways = spellings.waysToWrite(label);
    for (const way of ways) if (canBe(way, kind)) return kind === 'string' ? JSON.stringify(way) : way;
    const asString = commonest(label, 'string');
    if (asString !== undefined) return asString;
    return ways.length === 0 ? undefined : JSON.stringify(ways[0]);
  };

  return (label, kind) => {
    const key = `${kind} ${label}`;
    if (!known.has(key)) known.set(key, write(label, kind));
    return known.get(key);
  };
}

/** Whether a label, as it stands in the file, can be a JSON value of a type. */
function canBe(label: string, kind: LabelKind): boolean {
  switch (kind) {
    case 'string':
      return true;
    case 'integer':
      // As the number itself would be read: no sign of zero, no leading zeros.
      return /^-?\d+$/.test(label) && Number.isSafeInteger(Number(label)) && String(Number(label)) === label;
    case 'boolean':
      return label === 'true' || label === 'false';
  }
}
