import * as fs from 'node:fs';
import * as zlib from 'node:zlib';

const END = 0x06054b50;
const ENTRY = 0x02014b50;

/** Reads the files of a jar whose names match. */
export function readJar(file: string, names: RegExp): Map<string, string> {
  const jar = fs.readFileSync(file);
  const end = jar.lastIndexOf(le32(END));
  const found = new Map<string, string>();
  let at = jar.readUInt32LE(end + 16);
  for (let left = jar.readUInt16LE(end + 10); left > 0; left--) {
    if (jar.readUInt32LE(at) !== ENTRY) throw new Error(`${file}: no entry at ${at}`);
    const [name, extra, comment] = [28, 30, 32].map((offset) => jar.readUInt16LE(at + offset));
    const path = jar.toString('utf8', at + 46, at + 46 + name);
    if (names.test(path))
      found.set(path, contentAt(jar, jar.readUInt32LE(at + 42), jar.readUInt32LE(at + 20)));
    at += 46 + name + extra + comment;
  }
  return found;
}

function contentAt(jar: Buffer, header: number, size: number): string {
  const start = header + 30 + jar.readUInt16LE(header + 26) + jar.readUInt16LE(header + 28);
  const stored = jar.subarray(start, start + size);
  const deflated = jar.readUInt16LE(header + 8) === 8;
  return (deflated ? zlib.inflateRawSync(stored) : stored).toString();
}

function le32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
