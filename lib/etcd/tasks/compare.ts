import { setTimeout as delay } from 'node:timers/promises';
import type { SnapshotFacts } from '../disk/snapshot-file';
import { type Candidate, problemOf } from './members';

/** How often a member that is behind is asked again, and after which pause. */
export interface Patience {
  readonly tries: number;
  readonly pauseMs: number;
}

/** Data that ought to be the same is not. Another snapshot would not change that. */
export class DataDiffers extends Error {}

/** What was found to be the same, or why it could not be told. */
export type Compared =
  | { readonly hashKv: number; readonly with: string }
  | { readonly hashKv: number; readonly unknown: string };

const FUTURE = /required revision is a future revision/;
const COMPACTED = /required revision has been compacted/;

/**
 * Compares all keys of a snapshot, up to its revision, with what other members have, the first that can tell. A member that
 * was asked may have compacted further meanwhile, or not as far yet: it tells, and the snapshot's hash is made likewise.
 * https://etcd.io/docs/v3.6/op-guide/data_corruption/
 * @throws DataDiffers
 */
export async function compareWith(
  others: readonly Candidate[],
  snapshot: SnapshotFacts,
  from: string,
  patience: Patience,
): Promise<Compared> {
  const unknown: string[] = [];
  for (const other of others) {
    const found = await compare(other, snapshot, from, patience);
    if (typeof found === 'number') return { hashKv: found, with: other.name };
    unknown.push(problemOf(other.name, new Error(found)));
  }
  return { hashKv: snapshot.hashKv() as number, unknown: unknown.join('; ') || 'there is no other member' };
}

/** The hash, or why there is none. */
async function compare(
  { name, member }: Candidate,
  snapshot: SnapshotFacts,
  from: string,
  { tries, pauseMs }: Patience,
): Promise<number | string> {
  const { revision } = snapshot;
  let why = '';
  for (let left = tries; left > 0; left--) {
    try {
      const { hash, compactRevision } = await member.hashKv(revision);
      const own = snapshot.hashKv(compactRevision);
      if (own === hash) return hash;
      if (own !== undefined) {
        throw new DataDiffers(
          `${from} and ${name} do not have the same data up to revision ${revision} (HashKV ${own} and ${hash}); ` +
            'find out which one is wrong (etcdctl check, alarm CORRUPT) and replace it; there is no backup until then',
        );
      }
      why = `it has not compacted up to ${snapshot.compactRevision} yet`;
    } catch (error) {
      if (error instanceof DataDiffers) throw error;
      why = (error as Error).message;
      if (COMPACTED.test(why)) return 'it has compacted further meanwhile';
      if (!FUTURE.test(why)) return why;
    }
    await delay(pauseMs);
  }
  return why;
}

/**
 * How many keys there are at the revision of a snapshot, by the word of the cluster.
 * @returns undefined: that revision was compacted meanwhile
 * @throws DataDiffers when the snapshot has another number of them
 */
export async function countKeys(
  { name, member }: Candidate,
  snapshot: SnapshotFacts,
): Promise<number | undefined> {
  let keys: number;
  try {
    keys = Number(await member.countKeys(snapshot.revision));
  } catch (error) {
    if (COMPACTED.test((error as Error).message)) return undefined;
    throw error;
  }
  if (keys === snapshot.keys) return keys;
  throw new DataDiffers(
    `${name} has ${keys} keys at revision ${snapshot.revision}, and its snapshot has ${snapshot.keys}; there is no backup until ` +
      'it is known why',
  );
}
