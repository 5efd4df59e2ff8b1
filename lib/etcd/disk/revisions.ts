import type { BboltFile } from './bbolt';
import { crc32c } from './crc32c';
import { KeyTable } from './key-table';
import { bytesOf } from './protobuf';

/** Bucket of all changes, and of what etcd notes for itself. */
const KEY = 'key';
const META = 'meta';
// `<main>_<sub>`, and a `t` where a key was deleted.
const REVISION = 17;
const TOMBSTONE = 't'.charCodeAt(0);

/** A change of a key as the database has it. https://etcd.io/docs/latest/learning/data_model/ */
export interface Change {
  readonly revision: bigint;
  readonly deleted: boolean;
  /** What names it in the database, and what it holds there. */
  readonly name: Buffer;
  readonly record: Buffer;
  /** Its number, counted from 1. */
  readonly number: number;
}

/** Newest revisions, and up to which older ones were compacted away; -1n: never. */
export interface Revisions {
  readonly revision: bigint;
  readonly compactRevision: bigint;
  /** Changes that the database has. */
  readonly changes: number;
  /** Keys that there are at the newest revision. */
  readonly keys: number;
}

/** Changes in the order in which they were made, up to a revision. */
export function* changesOf(db: BboltFile, upTo?: bigint): Generator<Change> {
  let number = 0;
  for (const { key: name, value: record } of db.pairs(KEY)) {
    const deleted = name.length === REVISION + 1 && name[REVISION] === TOMBSTONE;
    if ((name.length !== REVISION && !deleted) || name[8] !== '_'.charCodeAt(0))
      throw new Error(`the database has a change of the name ${name.toString('hex')}, which is no revision`);
    const revision = name.readBigInt64BE(0);
    if (revision < 0n) throw new Error(`the database has a change of the revision ${revision}`);
    if (upTo !== undefined && revision > upTo) return;
    yield { revision, deleted, name, record, number: ++number };
  }
}

/** Reads all changes. */
export function revisionsOf(db: BboltFile): Revisions {
  let revision = 1n;
  let changes = 0;
  const table = new KeyTable();
  for (const change of changesOf(db)) {
    revision = change.revision;
    changes = change.number;
    const key = keyOf(change);
    if (key.length > 0) table.set(key, change.number, change.deleted);
  }
  const compacted = compactRevisionOf(db);
  // The newest changes may be gone, if all that they did was to delete.
  if (compacted > revision) revision = compacted;
  return { revision, compactRevision: compacted, changes, keys: table.live };
}

/**
 * What a member of etcd answers as HashKV at a revision once it has compacted up to `compactRevision`: the checksum over all
 * changes up to the revision, but of those that were compacted only the ones that were still the newest of their key then.
 * Nothing newer than `compactRevision` may be missing in the database.
 */
export function hashKvOf(db: BboltFile, revision: bigint, compactRevision: bigint): number {
  let hash = crc32c(Buffer.from(KEY));
  let kept: KeyTable | undefined;
  for (const change of changesOf(db, revision)) {
    if (change.revision <= compactRevision) {
      kept ??= keptAt(db, revision, compactRevision);
      if (!kept.isLive(keyOf(change), change.number)) continue;
    }
    hash = crc32c(change.record, crc32c(change.name, hash));
  }
  return hash;
}

// Where no key is left at the revision, etcd leaves out nothing of what a compaction has left.
function keptAt(db: BboltFile, revision: bigint, compactRevision: bigint): KeyTable {
  const at = tableOf(db, revision);
  return at.live > 0 ? at : tableOf(db, compactRevision);
}

function tableOf(db: BboltFile, upTo: bigint): KeyTable {
  const table = new KeyTable();
  for (const change of changesOf(db, upTo)) table.set(keyOf(change), change.number, change.deleted);
  return table;
}

// The first field of a record is the key. That by which a restore raises the revision is empty, and is no key to clients.
function keyOf({ record }: Change): Buffer {
  return bytesOf(record, 1) ?? Buffer.alloc(0);
}

// It is scheduled first, and finished once all that it removes is gone.
function compactRevisionOf(db: BboltFile): bigint {
  let newest = -1n;
  for (const { key, value } of db.pairs(META)) {
    if (!['scheduledCompactRev', 'finishedCompactRev'].includes(key.toString())) continue;
    const revision = value.readBigInt64BE(0);
    if (revision > newest) newest = revision;
  }
  return newest;
}
