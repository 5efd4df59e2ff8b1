import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { BboltFile } from './bbolt';
import { hashKvOf, type Revisions, revisionsOf } from './revisions';

const SHA256 = 32;
/** Pages are multiples of this, so what is over is the checksum. */
const SECTOR = 512;

/** What a snapshot holds, all of which was read. */
export interface SnapshotFacts extends Revisions {
  /** Bytes of the file. */
  readonly bytes: number;
  /** That it ends with, in hexadecimal: of all bytes before. */
  readonly sha256: string;
  /**
   * What a member answers as HashKV at the snapshot's revision, when it has compacted up to `compactRevision` (which it tells
   * with its answer). undefined: the snapshot was compacted further than that, so it cannot tell.
   * @default - compacted as far as the snapshot
   */
  hashKv(compactRevision?: bigint): number | undefined;
}

/**
 * Reads a snapshot from its first to its last byte.
 * @throws Error where it is none, or is not whole
 */
export async function verifySnapshot(file: string): Promise<SnapshotFacts> {
  const { size: bytes } = await fs.promises.stat(file);
  if (bytes % SECTOR !== SHA256)
    throw new Error(
      `${file} has ${bytes} bytes, and so no checksum at its end: it is not whole, or no snapshot`,
    );
  const length = bytes - SHA256;
  const sha256 = await checked(file, length);
  const revisions = reading(file, length, revisionsOf);
  const { revision, compactRevision } = revisions;
  const hashKv = (compacted = compactRevision) =>
    compacted < compactRevision
      ? undefined
      : reading(file, length, (db) => hashKvOf(db, revision, compacted));
  return { ...revisions, bytes, sha256, hashKv };
}

async function checked(file: string, length: number): Promise<string> {
  const hash = createHash('sha256');
  const end = Buffer.alloc(SHA256);
  let at = 0;
  for await (const chunk of fs.createReadStream(file, {
    highWaterMark: 1024 * 1024,
  }) as AsyncIterable<Buffer>) {
    hash.update(chunk.subarray(0, Math.max(0, length - at)));
    if (at + chunk.length > length) chunk.copy(end, Math.max(0, at - length), Math.max(0, length - at));
    at += chunk.length;
  }
  const digest = hash.digest();
  if (!digest.equals(end))
    throw new Error(`${file} is damaged: its SHA-256 is another than the one at its end`);
  return digest.toString('hex');
}

function reading<T>(file: string, length: number, read: (db: BboltFile) => T): T {
  const db = new BboltFile(file, length);
  try {
    return read(db);
  } finally {
    db.close();
  }
}
