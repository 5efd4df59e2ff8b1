import type { Address } from '../../../steward/reach';
import { isRedisError } from '../../wire/errors';
import type { Login, RawReply, Redis } from '../../wire/types';

/** Two masters, one of which hands keys to the other. */
export interface Handing {
  readonly source: Redis;
  readonly target: Redis;
  /** Where the source finds the target. */
  readonly at: Address;
  /** As whom, by passwords that the target may know; the newest first. */
  readonly logins: readonly Login[];
}

/** A slot on its way. */
export interface SlotOnItsWay {
  readonly slot: number;
  /** Whether the target had no key of it when this began: what both have since then is newer where it is written, at the source. */
  readonly fresh: boolean;
}

/** Keys that are looked at together. */
const KEYS = 100;
/** About how many bytes are handed over together: nobody is served meanwhile, on both sides. */
const BYTES = 4 * 2 ** 20;
/** How long the target may take for each part of what it is sent, in milliseconds; a large key gets more. */
const USUAL_MS = 5_000;
const PATIENT_MS = 60_000;

/** A key of which two masters have values that nobody but a person can choose between. */
export class TwoValues extends Error {}

/** Hands over some keys of a slot; gives whether there were any. @throws where a key cannot be handed over, or must not be */
export async function handSomeKeys(on: SlotOnItsWay, handing: Handing): Promise<boolean> {
  const keys = (await handing.source.raw('CLUSTER', 'GETKEYSINSLOT', on.slot, KEYS)) as readonly Buffer[];
  if (keys.length === 0) return false;
  for (const batch of await batchesOf(keys, handing.source)) await handBatch(on, batch, handing);
  return true;
}

/** Divides keys into such as fit together, and large ones that are alone. */
async function batchesOf(keys: readonly Buffer[], source: Redis): Promise<Buffer[][]> {
  const sizes = await source.pipeline(keys.map((key) => ['MEMORY', 'USAGE', key]));
  const batches: Buffer[][] = [];
  let room = 0;
  for (const [at, key] of keys.entries()) {
    // One that has gone meanwhile has no size, and does no harm.
    const size = Number(sizes[at] instanceof Error ? BYTES : sizes[at]);
    if (size > room) {
      batches.push([]);
      room = BYTES;
    }
    batches[batches.length - 1].push(key);
    room -= size;
  }
  return batches;
}

async function handBatch(on: SlotOnItsWay, keys: readonly Buffer[], handing: Handing): Promise<void> {
  try {
    await migrate(keys, handing, []);
  } catch (error) {
    // Some may have arrived without the source knowing.
    if (!isRedisError(error, 'IOERR') && !isBusy(error)) throw error;
    for (const key of keys) {
      if (on.fresh) await migrate([key], handing, ['REPLACE'], PATIENT_MS);
      else await handTwin(key, handing);
    }
  }
}

/** Hands over a key that the target may have already: only where that is the same, as after a break-down amidst. */
async function handTwin(key: Buffer, handing: Handing): Promise<void> {
  const { source, target } = handing;
  try {
    await migrate([key], handing, [], PATIENT_MS);
    return;
  } catch (error) {
    if (!isBusy(error)) throw error;
  }
  const mine = await source.raw('DUMP', key);
  await target.raw('ASKING');
  const theirs = await target.raw('DUMP', key);
  if (!isSame(mine, theirs)) {
    throw new TwoValues(
      `two masters have different values of the key ${JSON.stringify(key.toString())}, and none of them is known to be older:` +
        ` delete the one on ${nameOf(source)}, or after ASKING the one on ${nameOf(target)}`,
    );
  }
  await migrate([key], handing, ['REPLACE'], PATIENT_MS);
}

/** https://redis.io/docs/latest/commands/migrate/ */
async function migrate(
  keys: readonly Buffer[],
  { source, at, logins }: Handing,
  options: readonly string[],
  timeoutMs = USUAL_MS,
): Promise<void> {
  for (const [attempt, { username, password }] of logins.entries()) {
    const login = ['AUTH2', username, password] as const;
    try {
      await source.raw(
        'MIGRATE',
        ...[at.host, at.port, '', 0, timeoutMs],
        ...[...options, ...login, 'KEYS', ...keys],
      );
      return;
    } catch (error) {
      const refused = isRedisError(error) && /WRONGPASS/.test(error.message);
      if (!refused || attempt === logins.length - 1) throw error;
    }
  }
}

const isBusy = (error: unknown): boolean => isRedisError(error) && /BUSYKEY/.test(error.message);

function isSame(mine: RawReply, theirs: RawReply): boolean {
  // Gone on one side: then there is nothing to decide.
  if (mine === null || theirs === null) return true;
  return Buffer.isBuffer(mine) && Buffer.isBuffer(theirs) && mine.equals(theirs);
}

const nameOf = ({ address }: Redis): string => `${address.host}:${address.port}`;
