import { Ring } from '../../../../lib/redis/twemproxy/layout';

/** How a record is written: with WAIT until a replica has it, or with the master's OK alone. */
export type Lane = 'waited' | 'plain';

const SLOTS = 16384;

/** Slot of a key without a hash tag: CRC16 of XMODEM. https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ */
export function slotOf(key: string): number {
  let crc = 0;
  for (const byte of Buffer.from(key)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc % SLOTS;
}

/** Parts to which records go in turn, so that a server that stands still is noticed whatever others do. */
export interface Parts {
  readonly count: number;
  /** Part of a key. */
  of(key: string): number;
}

/** Equal parts of the slots. */
export function slotParts(count: number): Parts {
  return { count, of: (key) => Math.floor((slotOf(key) * count) / SLOTS) };
}

/** Shards behind a proxy. */
export function shardParts(shards: readonly string[]): Parts {
  const ring = new Ring({ shards, hash: 'md5' });
  return { count: shards.length, of: (key) => shards.indexOf(ring.shardOf(Buffer.from(key))) };
}

/** Part that a record goes to. */
export const partOf = (record: number, { count }: Parts): number => record % count;

/** Key of a record, in its part; which slot it is differs from record to record. */
export function keyOf(lane: Lane, record: number, parts: Parts): string {
  for (let attempt = 0; ; attempt++) {
    const key = `witness:${lane}:${record}:${attempt}`;
    if (parts.of(key) === partOf(record, parts)) return key;
  }
}

/** What is written of a record. */
export const contentOf = (record: number): string => `record ${record} `.padEnd(100, '.');
