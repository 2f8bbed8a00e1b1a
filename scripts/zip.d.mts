export interface ZipEntry {
  /** Bytes, unpacked. */
  readonly size: number;
  /** Unpacks and checks. */
  readonly read: () => Buffer;
}
export function openZip(archive: Buffer): Map<string, ZipEntry>;
