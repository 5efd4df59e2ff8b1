import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf, fieldsOf, numbersOf } from './protobuf';
import { RecordType, recordsOf } from './wal-records';

/** Of an entry: https://pkg.go.dev/go.etcd.io/raft/v3/raftpb#EntryType */
const CONF_CHANGE = 1n;
const CONF_CHANGE_V2 = 2n;

/** Changes of who votes, by the number that they have in the log. */
const ADD_NODE = 0n;
const REMOVE_NODE = 1n;
const ADD_LEARNER = 3n;

interface Change {
  readonly index: bigint;
  readonly type: bigint;
  readonly node: bigint;
}

interface Snapshot {
  readonly index: bigint;
  readonly voters?: readonly bigint[];
}

/**
 * Who votes, as far as a write-ahead log knows it to be agreed on; undefined: it does not tell. All of the log is read.
 * @throws Error where it is damaged
 */
export function agreedVoters(directory: string): ReadonlySet<bigint> | undefined {
  const names = readdirSync(directory).filter((name) => name.endsWith('.wal'));
  let commit = 0n;
  let first: bigint | undefined;
  let changes: Change[] = [];
  const snapshots: Snapshot[] = [{ index: 0n, voters: [] }];
  for (const [at, name] of names.sort().entries()) {
    for (const { type, data } of recordsOf(join(directory, name), at === names.length - 1)) {
      if (type === RecordType.state) commit = numbersOf(data).get(3) ?? 0n;
      if (type === RecordType.snapshot) snapshots.push(snapshotOf(data));
      if (type !== RecordType.entry) continue;
      const entry = numbersOf(data);
      const index = entry.get(3) ?? 0n;
      first ??= index;
      // Whatever stood there and behind it was never agreed on.
      if (changes.at(-1) && (changes.at(-1) as Change).index >= index) {
        changes = changes.filter((change) => change.index < index);
      }
      if (entry.get(1) === CONF_CHANGE_V2) return undefined;
      if (entry.get(1) === CONF_CHANGE) changes.push(changeOf(index, bytesOf(data, 4)));
    }
  }
  const base = snapshots
    .filter(({ index }) => index <= commit)
    .reduce((one, other) => (other.index >= one.index ? other : one));
  // Files that are older than the newest snapshots are removed.
  if (!base.voters || (base.index === 0n && first !== 1n)) return undefined;
  const voters = new Set(base.voters);
  for (const { index, type, node } of changes) {
    if (index <= base.index || index > commit) continue;
    if (type === ADD_NODE) voters.add(node);
    if (type === REMOVE_NODE || type === ADD_LEARNER) voters.delete(node);
  }
  return voters;
}

function changeOf(index: bigint, message: Buffer = Buffer.alloc(0)): Change {
  const numbers = numbersOf(message);
  return { index, type: numbers.get(2) ?? ADD_NODE, node: numbers.get(3) ?? 0n };
}

/** Where a snapshot was made, and who voted then; etcd has only told that since 3.5. */
function snapshotOf(record: Buffer): Snapshot {
  const index = numbersOf(record).get(1) ?? 0n;
  const state = bytesOf(record, 3);
  return { index, voters: state ? votersOf(state) : index === 0n ? [] : undefined };
}

function votersOf(confState: Buffer): bigint[] | undefined {
  const voters: bigint[] = [];
  for (const { number, value } of fieldsOf(confState)) {
    if (number === 1 && typeof value === 'bigint') voters.push(value);
    // While two sets of voters have to agree, nobody is alone.
    if (number === 3) return undefined;
  }
  return voters;
}
