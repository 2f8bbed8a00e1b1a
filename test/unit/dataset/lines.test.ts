import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forEachLine, type Line, type LineTotals } from '../../../src/core/dataset/lines.ts';
import { concatenate, cuts, hostileBytes, stream, utf8 } from './support.ts';

interface SeenLine extends Omit<Line, 'bytes'> {
  text: string | undefined;
}

async function linesOf(
  bytes: Uint8Array,
  at: readonly number[] = [],
  maxLineBytes?: number,
): Promise<{ lines: SeenLine[]; totals: LineTotals }> {
  const lines: SeenLine[] = [];
  const totals = await forEachLine(
    stream(bytes, at),
    ({ bytes: lineBytes, ...line }) =>
      lines.push({ ...line, text: lineBytes === undefined ? undefined : Buffer.from(lineBytes).toString('latin1') }),
    maxLineBytes,
  );
  return { lines, totals };
}

/** The same by splitting a string, one character per byte. */
function referenceLines(bytes: Uint8Array): SeenLine[] {
  const whole = Buffer.from(bytes).toString('latin1');
  const bom = whole.startsWith('\xef\xbb\xbf') ? 3 : 0;
  const parts = whole.slice(bom).split('\n');
  let byteStart = bom;
  return parts.flatMap((part, i) => {
    const isLast = i === parts.length - 1;
    if (isLast && part === '') return [];
    const text = !isLast && part.endsWith('\r') ? part.slice(0, -1) : part;
    const line = { line: i + 1, byteStart, byteEnd: byteStart + text.length, text };
    byteStart += part.length + 1;
    return [line];
  });
}

test('lines end in LF or CRLF, the last perhaps in neither; blank lines count', async () => {
  const { lines, totals } = await linesOf(utf8('ab\r\n\n\r\nc\rd\ne'));
  expect(lines).toEqual([
    { line: 1, byteStart: 0, byteEnd: 2, text: 'ab' },
    { line: 2, byteStart: 4, byteEnd: 4, text: '' },
    { line: 3, byteStart: 5, byteEnd: 5, text: '' },
    { line: 4, byteStart: 7, byteEnd: 10, text: 'c\rd' },
    { line: 5, byteStart: 11, byteEnd: 12, text: 'e' },
  ]);
  expect(totals).toEqual({ lineCount: 5, byteLength: 12 });
});

test('a newline at the end begins no further line', async () => {
  expect((await linesOf(utf8('a\n'))).totals).toEqual({ lineCount: 1, byteLength: 2 });
  expect((await linesOf(utf8('a\n\n'))).totals).toEqual({ lineCount: 2, byteLength: 3 });
  expect((await linesOf(utf8(''))).totals).toEqual({ lineCount: 0, byteLength: 0 });
});

test('a byte order mark is left out at the start of the file only, however it is cut', async () => {
  const bytes = utf8('\ufeffa\n\ufeffb');
  for (const at of [[], [1], [2], [1, 2], [3], [0, 0, 1, 1, 2, 3]]) {
    const { lines, totals } = await linesOf(bytes, at);
    expect(lines).toEqual([
      { line: 1, byteStart: 3, byteEnd: 4, text: 'a' },
      { line: 2, byteStart: 5, byteEnd: 9, text: '\xef\xbb\xbfb' },
    ]);
    expect(totals).toEqual({ lineCount: 2, byteLength: 9 });
  }
  expect((await linesOf(utf8('\ufeff'))).totals).toEqual({ lineCount: 0, byteLength: 3 });
  expect((await linesOf(new Uint8Array([0xef, 0xbb]))).lines).toEqual([
    { line: 1, byteStart: 0, byteEnd: 2, text: '\xef\xbb' },
  ]);
});

test('the limit counts the bytes of the line, not its newline', async () => {
  const bytes = utf8('1234\r\n12345\r\n1234\n12345\n1234\r');
  for (const at of [[], [3], [4], [5], [6, 7, 8], [10, 11, 12, 13], [27]]) {
    const { lines } = await linesOf(bytes, at, 4);
    expect(lines.map(({ text, byteStart, byteEnd }) => [text, byteStart, byteEnd])).toEqual([
      ['1234', 0, 4],
      [undefined, 6, 11],
      ['1234', 13, 17],
      [undefined, 18, 23],
      [undefined, 24, 29],
    ]);
  }
});

test('a 50 MB line is reported with its range and never held in memory', async () => {
  const size = 50 * 1024 * 1024;
  const chunk = new Uint8Array(64 * 1024).fill(0x61);
  const before = process.memoryUsage().arrayBuffers;
  let peak = before;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield utf8('first\n');
    for (let sent = 0; sent < size; sent += chunk.length) {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers);
      yield chunk;
    }
    yield utf8('\r\nlast');
  }
  const seen: [number, number, number, number | undefined][] = [];
  await forEachLine(
    chunks(),
    ({ line, byteStart, byteEnd, bytes }) => seen.push([line, byteStart, byteEnd, bytes?.length]),
    1024 * 1024,
  );
  expect(seen).toEqual([
    [1, 0, 5, 5],
    [2, 6, 6 + size, undefined],
    [3, 8 + size, 12 + size, 4],
  ]);
  // The held beginning doubles up to the limit, and what it grew out of may not be collected yet.
  expect(peak - before).toBeLessThan(8 * 1024 * 1024);
});

test('what the visitor throws ends the reading', async () => {
  const reading = forEachLine(stream(utf8('a\nb\n')), ({ line }) => {
    if (line === 2) throw new RangeError('enough');
  });
  await expect(reading).rejects.toThrow(new RangeError('enough'));
});

test('property: the same lines as splitting the whole file, whatever the bytes and the chunks', async () => {
  await fc.assert(
    fc.asyncProperty(hostileBytes, cuts, fc.boolean(), async (noise, at, withBom) => {
      const bytes = withBom ? concatenate(utf8('\ufeff'), noise) : noise;
      const { lines, totals } = await linesOf(bytes, at);
      expect(lines).toEqual(referenceLines(bytes));
      expect(totals).toEqual({ lineCount: lines.length, byteLength: bytes.length });
    }),
    { numRuns: 500 },
  );
});

test('property: a small limit only hides the bytes of the lines above it', async () => {
  await fc.assert(
    fc.asyncProperty(hostileBytes, cuts, fc.nat(20), async (bytes, at, limit) => {
      const { lines } = await linesOf(bytes, at, limit);
      const expected = referenceLines(bytes).map((line) => ({
        ...line,
        text: line.byteEnd - line.byteStart > limit ? undefined : line.text,
      }));
      expect(lines).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
