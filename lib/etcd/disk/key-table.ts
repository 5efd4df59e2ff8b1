import { createHash } from 'node:crypto';

const EMPTY = 0;

/**
 * Which change of a key is the newest, for very many keys: some twenty bytes for each. Keys are told apart by 64 bits of their
 * SHA-256. Changes are numbered from 1 up, below 2^31.
 */
export class KeyTable {
  private hashes = new BigUint64Array(1024);
  private changes = new Int32Array(1024);
  private used = 0;
  private living = 0;

  /** How many keys were there after the newest changes. */
  get live(): number {
    return this.living;
  }

  /** Notes a change, which must be newer than all before. */
  set(key: Buffer, change: number, deleted: boolean): void {
    if (this.used * 4 > this.hashes.length * 3) this.grow();
    const hash = hashOf(key);
    const slot = this.slotOf(hash);
    const before = this.changes[slot];
    if (before === EMPTY) this.used++;
    this.living += (deleted ? 0 : 1) - (before > 0 ? 1 : 0);
    this.hashes[slot] = hash;
    this.changes[slot] = deleted ? -change : change;
  }

  /** Whether this change is the newest of its key, and did not delete it. */
  isLive(key: Buffer, change: number): boolean {
    return this.changes[this.slotOf(hashOf(key))] === change;
  }

  private slotOf(hash: bigint): number {
    const mask = this.hashes.length - 1;
    let slot = Number(hash & 0x7fffffffn) & mask;
    while (this.changes[slot] !== EMPTY && this.hashes[slot] !== hash) slot = (slot + 1) & mask;
    return slot;
  }

  private grow(): void {
    const { hashes, changes } = this;
    this.hashes = new BigUint64Array(hashes.length * 2);
    this.changes = new Int32Array(hashes.length * 2);
    for (const [index, change] of changes.entries()) {
      if (change === EMPTY) continue;
      const slot = this.slotOf(hashes[index]);
      this.hashes[slot] = hashes[index];
      this.changes[slot] = change;
    }
  }
}

function hashOf(key: Buffer): bigint {
  return createHash('sha256').update(key).digest().readBigUInt64LE();
}
