import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

// A sealed stream ends with the Adler-32 of all that was written, as a long, and the string "/".
const SEAL = Buffer.from([0, 0, 0, 1, 0x2f]);
const TAIL = 8 + SEAL.length;
const MOD = 65521;

/** Running Adler-32, the checksum of ZooKeeper's snapshots. */
export class Adler32 {
  private a = 1;
  private b = 0;

  update(bytes: Buffer): this {
    for (let at = 0; at < bytes.length; ) {
      // The most additions after which b cannot have left the safe integers.
      const end = Math.min(at + 3800, bytes.length);
      for (; at < end; at++) {
        this.a += bytes[at];
        this.b += this.a;
      }
      this.a %= MOD;
      this.b %= MOD;
    }
    return this;
  }

  get value(): bigint {
    return (BigInt(this.b) << 16n) | BigInt(this.a);
  }
}

/**
 * Reads a snapshot file and throws unless it is whole: it starts with ZooKeeper's magic and its last seal holds the
 * checksum of everything before.
 */
export async function verifySnapshot(file: string): Promise<{ bytes: number }> {
  const { size } = await stat(file);
  if (size < 4 + TAIL) throw new Error(`the snapshot is cut short: ${size} bytes`);
  const checksum = new Adler32();
  let kept = Buffer.alloc(0);
  let first = true;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const bytes = Buffer.concat([kept, chunk as Buffer]);
    if (first && bytes.subarray(0, 4).toString('latin1') !== 'ZKSN')
      throw new Error('not a snapshot: it does not start with ZKSN');
    first = false;
    const upTo = Math.max(0, bytes.length - TAIL);
    checksum.update(bytes.subarray(0, upTo));
    kept = bytes.subarray(upTo);
  }
  if (!kept.subarray(8).equals(SEAL))
    throw new Error('the snapshot is cut short: it does not end with a seal');
  const wanted = kept.readBigUInt64BE(0);
  if (wanted !== checksum.value)
    throw new Error(`the snapshot is damaged: checksum ${checksum.value}, its seal says ${wanted}`);
  return { bytes: size };
}
