import { isRedisError } from '../../wire/errors';
import type { RawReply, Redis } from '../../wire/types';
import { NOTE } from '../note';
import { allOf } from './all-of';

/** Keys that are asked for at a time. */
const SCAN = 200;

/** All keys of a server but its note, in pieces; one that is there all the time is given at least once. */
export async function* keysOf(redis: Redis): AsyncGenerator<Buffer[]> {
  let cursor = '0';
  do {
    const [next, keys] = (await redis.raw('SCAN', cursor, 'COUNT', SCAN)) as readonly RawReply[];
    cursor = String(next);
    yield (keys as readonly Buffer[]).filter((key) => !key.equals(NOTE_BYTES));
  } while (cursor !== '0');
}

const NOTE_BYTES = Buffer.from(NOTE);

/** Whether a key is the note of a shard. */
export function isNote(key: Buffer): boolean {
  return key.equals(NOTE_BYTES);
}

/**
 * Has keys on another server as they are on one: with their values and the moments at which they expire, or not at all.
 * @throws Error where the other one does not take them, as for want of memory
 */
export async function copyKeys(from: Redis, to: Redis, keys: readonly Buffer[]): Promise<void> {
  if (keys.length === 0) return;
  // Both go out at once, and what is written between them is heard of.
  const values = await allOf(keys.map((key) => allOf([from.raw('DUMP', key), from.raw('PEXPIRETIME', key)])));
  const writes = values.map(([value, expires], i) =>
    Buffer.isBuffer(value)
      ? to.raw('RESTORE', keys[i], Math.max(0, Number(expires)), value, 'REPLACE', 'ABSTTL')
      : to.raw('DEL', keys[i]),
  );
  const results = await Promise.allSettled(writes);
  const failed = results.flatMap((result, i) =>
    result.status === 'rejected' ? [{ result, key: keys[i] }] : [],
  );
  if (failed.length === 0) return;
  const [{ result, key }] = failed;
  const refused = isRedisError(result.reason) ? 'refuses' : 'has not acknowledged';
  throw new Error(`${to.address.host} ${refused} the key "${key}": ${result.reason.message}`);
}
