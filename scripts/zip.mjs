// Reads zip archives (wheels, VSIX files) that are held in memory. No encryption, no Zip64: archives of this size have neither.
// Layout: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
import { crc32, inflateRawSync } from 'node:zlib';

/**
 * The directory of an archive.
 * @param {Buffer} archive
 * @returns {Map<string, { size: number, read: () => Buffer }>} By path; `size` unpacked, in bytes; `read` unpacks and checks.
 */
export function openZip(archive) {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error('this is not a zip archive');
  const entries = new Map();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== 0x02014b50) throw new Error('the directory of the zip archive is damaged');
    const method = archive.readUInt16LE(at + 10);
    const checksum = archive.readUInt32LE(at + 16);
    const packedSize = archive.readUInt32LE(at + 20);
    const size = archive.readUInt32LE(at + 24);
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const local = archive.readUInt32LE(at + 42);
    const name = archive.toString('utf8', at + 46, at + 46 + nameSize);
    const read = () => {
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const packed = archive.subarray(start, start + packedSize);
      if (method !== 0 && method !== 8) throw new Error(`${name} is packed in a way that is not read (${method})`);
      const content = method === 8 ? inflateRawSync(packed) : packed;
      if (crc32(content) !== checksum) throw new Error(`${name} in the zip archive is damaged`);
      return content;
    };
    entries.set(name, { size, read });
    at += 46 + nameSize + extraSize + commentSize;
  }
  return entries;
}
