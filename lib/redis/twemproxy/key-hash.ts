import { createHash } from 'node:crypto';

/** Functions of a key, by their names in twemproxy. */
export type KeyHash = 'md5' | 'fnv1a_64';

/** The 32 bits that decide on which shard a key is. https://github.com/twitter/twemproxy/tree/master/src/hashkit */
export function keyHash(hash: KeyHash, key: Buffer): number {
  return hash === 'md5' ? createHash('md5').update(key).digest().readUInt32LE(0) : fnv1a(key);
}

/**
 * The part of a key that is hashed: what stands between the two characters of a hash tag where both are there with something
 * between them, else all of it.
 */
export function hashedPart(key: Buffer, tag: string | undefined): Buffer {
  if (!tag) return key;
  const start = key.indexOf(tag[0]);
  const end = start < 0 ? -1 : key.indexOf(tag[1], start + 1);
  return end > start + 1 ? key.subarray(start + 1, end) : key;
}

/** Of the 64 bits that its name promises, twemproxy has 32 from the start. */
function fnv1a(key: Buffer): number {
  let hash = 0x84222325;
  // A byte is a `char`, whose sign goes on into the higher bits on amd64, and which has none on arm64.
  for (const byte of key) hash = Math.imul(hash ^ ((byte << 24) >> 24), 0x1b3);
  return hash >>> 0;
}
