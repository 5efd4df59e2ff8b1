import * as fs from 'node:fs';
import * as path from 'node:path';
import type { DiskPlaces } from '../../../lib/etcd/gate/places';
import { message } from '../disk/protobuf-writer';
import { entry, metadata, state, type Written, walFile } from '../disk/wal-writer';
import { put } from './volumes';

const WAL = '0000000000000000-0000000000000000.wal';

/** A place in the log with which a snapshot was made, and who voted then. */
export const snapshotOf = (term: bigint, index: bigint, voters: readonly bigint[] = []): Written => ({
  type: 5,
  data: message([
    { number: 1, value: index },
    { number: 2, value: term },
    ...(voters.length > 0
      ? [{ number: 3, value: message(voters.map((value) => ({ number: 1, value }))) }]
      : []),
  ]),
});

/** An entry of the log by which who votes is changed: 0 adds, 1 removes, 3 adds a learner. */
export const confChange = (term: bigint, index: bigint, type: bigint, node: bigint): Written => ({
  type: 2,
  data: message([
    { number: 1, value: 1n },
    { number: 2, value: term },
    { number: 3, value: index },
    {
      number: 4,
      value: message([
        { number: 1, value: 0n },
        { number: 2, value: type },
        { number: 3, value: node },
      ]),
    },
  ]),
});

/** Writes a log of one file. */
export function putLog(directory: string, records: readonly Written[]): void {
  put(walFile(records, { bytes: 4_096 }).file, directory, WAL);
}

/** What a server leaves behind once it has been part of a cluster. */
export function serve(places: DiskPlaces, memberId = 0xf1n, clusterId = 0xabcn): void {
  put('database', places.database);
  putLog(places.log, [metadata(memberId, clusterId), snapshotOf(0n, 0n), state(3n, 0n, 70n), entry(3n, 70n)]);
}

/** What a server leaves that ends before it has a log. */
export function beginToServe(places: DiskPlaces): void {
  put('database', places.database);
  put('', `${places.log}.tmp`, WAL);
}

/** What etcdutl makes of a backup. */
export function restore(places: DiskPlaces, memberId: bigint, clusterId: bigint): void {
  put('restored', places.restored, 'member', 'snap', 'db');
  putLog(places.restoredLog, [
    metadata(memberId, clusterId),
    snapshotOf(0n, 0n),
    state(1n, 0n, 3n),
    entry(1n, 3n),
  ]);
}

/** Gives a member a new, empty volume. */
export function emptyVolume(directory: string): void {
  fs.rmSync(directory, { recursive: true });
  fs.mkdirSync(path.resolve(directory));
}
