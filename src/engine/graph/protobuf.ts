/**
 * The few pieces of the protocol-buffer wire format that an ONNX file needs (https://protobuf.dev/programming-guides/encoding/).
 * Writing only. Bytes are collected as parts and joined once, so a 90 MB weight is copied a single time.
 */
export class ProtobufWriter {
  private readonly parts: Uint8Array[] = [];
  private length = 0;

  /** A field of wire type 0. Negative values take ten bytes, as two's complement of 64 bits. */
  int(field: number, value: number | bigint): this {
    this.key(field, 0);
    this.varint(BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  /** A field of wire type 5, a 32-bit IEEE float. */
  float(field: number, value: number): this {
    this.key(field, 5);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.push(bytes);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** A field of wire type 2. The bytes are kept by reference until {@link finish}. */
  bytes(field: number, value: Uint8Array): this {
    this.key(field, 2);
    this.varint(BigInt(value.length));
    this.push(value);
    return this;
  }

  /** A nested message. */
  message(field: number, value: ProtobufWriter): this {
    this.key(field, 2);
    this.varint(BigInt(value.length));
    for (const part of value.parts) this.push(part);
    return this;
  }

  /** Repeated integers in packed form. */
  packedInts(field: number, values: readonly (number | bigint)[]): this {
    const packed = new ProtobufWriter();
    for (const value of values) packed.varint(BigInt.asUintN(64, BigInt(value)));
    return this.message(field, packed);
  }

  /** All that was written, in one array. */
  finish(): Uint8Array {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  private key(field: number, wireType: number): void {
    this.varint(BigInt((field << 3) | wireType));
  }

  private varint(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.push(Uint8Array.from(bytes));
  }

  private push(part: Uint8Array): void {
    this.parts.push(part);
    this.length += part.length;
  }
}
