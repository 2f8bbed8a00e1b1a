import fc from 'fast-check';

const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** The bytes as a stream, cut at the given offsets (any order, repeats allowed: they give empty chunks). */
export async function* stream(bytes: Uint8Array, cuts: readonly number[] = []): AsyncGenerator<Uint8Array> {
  const offsets = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < offsets.length; i++) {
    await Promise.resolve();
    // A copy that is wiped afterwards, as a reader that reuses its buffer would: nothing may hold on to a chunk.
    const chunk = bytes.slice(offsets[i - 1], offsets[i]);
    yield chunk;
    chunk.fill(0x3f);
  }
}

/** Several lines as a stream of one chunk. */
export function streamLines(...lines: readonly string[]): AsyncGenerator<Uint8Array> {
  return stream(utf8(lines.map((line) => `${line}\n`).join('')));
}

/** Strings of ASCII, control characters included, and of what lies beyond, lone surrogates included. */
export const anyText = fc.string({
  unit: fc.oneof(
    fc.nat(0x7f).map((code) => String.fromCharCode(code)),
    fc.nat(0xffff).map((code) => String.fromCharCode(code)),
    fc.constantFrom('é', 'e\u0301', '漢', '😀', '👩‍🔬', '\u2028', '\ufeff', '\u202e', '\ud800', '\udfff'),
  ),
});

/** Where to cut a stream. */
export const cuts = fc.array(fc.nat(5000), { maxLength: 12 });

const fragments = [
  '{"text":"good film","label":"positive"}',
  '{"text":"bad film","label":"negative"}',
  '{"label":1,"text":"é😀"}',
  '{"text":"","label":"a"}',
  '{"text":"a","text":"b","label":"a"}',
  '{"text":5,"label":"a"}',
  '{"text":"x"}',
  '{"sentence1":"a","sentence2":"b","label":true}',
  '[1,2]',
  'null',
  '{',
  '}',
  '"',
  '\\',
  ',',
  ' ',
  '\t',
  '\r',
  '\n',
  '\n',
  '\r\n',
  '\0',
  '\ufeff',
  "{'text': 'x'}",
].map(utf8);

/** Bytes from noise to nearly a data set. */
export const hostileBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...fragments) }, fc.uint8Array({ maxLength: 4 })), {
      maxLength: 30,
    })
    .map((parts) => concatenate(...parts)),
  // Mostly good lines, some with a fragment too many.
  fc
    .array(
      fc.tuple(
        fc.oneof(fc.constantFrom(...fragments.slice(0, 3)), fc.constantFrom(...fragments)),
        fc.oneof({ weight: 4, arbitrary: fc.constant(utf8('')) }, fc.constantFrom(...fragments)),
        fc.constantFrom('\n', '\r\n').map(utf8),
      ),
      { maxLength: 12 },
    )
    .map((lines) => concatenate(...lines.flat())),
);
