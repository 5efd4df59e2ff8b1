import { crc32c } from './crc32c';
import { FileReader } from './file-reader';
import { fieldsOf } from './protobuf';

const READ_AHEAD = 1024 * 1024;
const FRAME = 8;
const SECTOR = 512;

/** What a record is of. */
export const RecordType = { metadata: 1, entry: 2, state: 3, crc: 4, snapshot: 5 } as const;

/** A record of a write-ahead log. */
export interface WalRecord {
  readonly type: number;
  readonly data: Buffer;
  /** Checksum over all data of the log so far, or, of the type `crc`, over all files before. */
  readonly crc: number;
}

/**
 * Records of one file of a write-ahead log, in order. The file is as long as it may become, with zeros at its end; the newest
 * file may end with a record that was never written as a whole, which then does not count.
 * @throws Error where a record is damaged
 */
export function* recordsOf(file: string, newest: boolean): Generator<WalRecord> {
  const reader = new FileReader(file, READ_AHEAD);
  try {
    yield* records(reader, newest);
  } finally {
    reader.close();
  }
}

function* records(reader: FileReader, newest: boolean): Generator<WalRecord> {
  const { file, size } = reader;
  let crc = 0;
  for (let offset = 0; offset < size; ) {
    const header = reader.read(offset, FRAME);
    const cut = header.length < FRAME;
    if (!cut && header.readBigUInt64LE() === 0n) return;
    const { length, padding } = cut ? { length: size, padding: 0 } : frameOf(header);
    const body = length > size ? Buffer.alloc(0) : reader.read(offset + FRAME, length + padding);
    if (body.length < length + padding || length > size) {
      if (newest) return;
      throw new Error(`${file} ends within the record at ${offset}`);
    }
    const record = checked(body.subarray(0, length), crc);
    if (!record) {
      if (newest && isTorn(body, offset + FRAME)) return;
      throw new Error(`${file} is damaged in the record at ${offset}`);
    }
    crc = record.crc;
    yield record;
    offset += FRAME + length + padding;
  }
}

// Padding, if any, is told in the highest byte.
function frameOf(header: Buffer): { length: number; padding: number } {
  const high = header[7];
  return { length: header.readUIntLE(0, 6) + header[6] * 2 ** 48, padding: high & 0x80 ? high & 0x07 : 0 };
}

function checked(bytes: Buffer, before: number): WalRecord | undefined {
  const record = parsed(bytes);
  if (!record) return undefined;
  // The first of a file tells the checksum over those before.
  if (record.type === RecordType.crc && before === 0) return record;
  return crc32c(record.data, before) === record.crc ? record : undefined;
}

function parsed(bytes: Buffer): WalRecord | undefined {
  let [type, crc] = [0, 0];
  let data: Buffer = Buffer.alloc(0);
  try {
    for (const { number, value } of fieldsOf(bytes)) {
      if (number === 1) type = Number(value);
      else if (number === 2) crc = Number(value);
      else if (number === 3 && typeof value !== 'bigint') data = value;
    }
  } catch {
    return undefined;
  }
  return { type, crc, data };
}

// Disks write whole sectors: one that is all zeros was not written.
function isTorn(body: Buffer, offset: number): boolean {
  for (let at = 0; at < body.length; ) {
    const end = Math.min(body.length, at + SECTOR - ((offset + at) % SECTOR));
    if (body.subarray(at, end).every((byte) => byte === 0)) return true;
    at = end;
  }
  return false;
}
