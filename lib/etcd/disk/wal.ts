import * as fs from 'node:fs';
import * as path from 'node:path';
import { numbersOf } from './protobuf';
import { RecordType, recordsOf, type WalRecord } from './wal-records';

const NAME = /^([0-9a-f]{16})-[0-9a-f]{16}\.wal$/;

/** A place in the log. */
export interface LogPosition {
  readonly term: bigint;
  readonly index: bigint;
}

/** What a member has written down. */
export interface Wal {
  readonly memberId: bigint;
  readonly clusterId: bigint;
  /** Newest entry, or the snapshot that it was sent instead; both 0n where there is none. */
  readonly newest: LogPosition;
  /** Term that it is in, whom it voted for in it (0n: nobody), and what it knows to be agreed on. */
  readonly hardState: { readonly term: bigint; readonly vote: bigint; readonly commit: bigint };
}

/**
 * Reads what a member wrote down, as far as it needs to: the newest files.
 * @throws Error where there is no write-ahead log, or a damaged one
 */
export function readWal(directory: string): Wal {
  const names = namesOf(directory);
  if (names.length === 0) throw new Error(`no write-ahead log in ${directory}`);
  const found: Found = { snapshots: [] };
  let begins: number | undefined;
  for (let index = names.length - 1; index >= 0 && !isWhole(found); index--) {
    const file = path.join(directory, names[index]);
    const read = readFile(file, index === names.length - 1);
    if (begins !== undefined && read.ends !== begins)
      throw new Error(`${file} is not what the next was begun on`);
    begins = read.begins ?? begins;
    add(found, read, directory);
  }
  if (!found.metadata)
    throw new Error(`${directory} holds files of a write-ahead log, but nothing is in them`);
  return walOf(found);
}

interface Found {
  metadata?: Buffer;
  state?: Buffer;
  entry?: LogPosition;
  snapshots: LogPosition[];
}

// A file begins with what its member was in when it was begun, so older ones are rarely asked for.
function isWhole({ metadata, state, entry }: Found): boolean {
  return metadata !== undefined && state !== undefined && entry !== undefined;
}

interface ReadFile extends Found {
  /** Checksum that it begins and ends with. */
  begins?: number;
  ends?: number;
}

function namesOf(directory: string): readonly string[] {
  const names = listed(directory).filter((name) => NAME.test(name));
  const numbers = names.sort().map((name) => Number.parseInt(name.slice(0, 16), 16));
  const gap = numbers.findIndex((number, index) => index > 0 && number !== numbers[index - 1] + 1);
  if (gap > 0) throw new Error(`${directory} has no file between ${names[gap - 1]} and ${names[gap]}`);
  return names;
}

function listed(directory: string): string[] {
  try {
    return fs.readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function readFile(file: string, newest: boolean): ReadFile {
  const read: ReadFile = { snapshots: [] };
  for (const record of recordsOf(file, newest)) {
    if (read.begins === undefined && record.type !== RecordType.crc)
      throw new Error(`${file} does not begin as a write-ahead log does`);
    read.begins ??= record.crc;
    read.ends = record.crc;
    take(read, record, file);
  }
  return read;
}

function take(read: ReadFile, { type, data }: WalRecord, file: string): void {
  switch (type) {
    case RecordType.metadata:
      add(read, { metadata: data, snapshots: [] }, file);
      break;
    case RecordType.entry:
      // Of those with the same index the last one counts, and it ends the log.
      read.entry = positionOf(data, 2, 3);
      break;
    case RecordType.state:
      read.state = data;
      break;
    case RecordType.snapshot:
      read.snapshots.push(positionOf(data, 2, 1));
      break;
    case RecordType.crc:
      break;
    default:
      throw new Error(`${file} has a record of the unknown type ${type}`);
  }
}

// Files are read from the newest on, so what is known already is newer.
function add(found: Found, older: Found, where: string): void {
  if (found.metadata && older.metadata && !found.metadata.equals(older.metadata))
    throw new Error(`${where} is of different members`);
  found.metadata ??= older.metadata;
  found.state ??= older.state;
  found.entry ??= older.entry;
  found.snapshots.push(...older.snapshots);
}

function positionOf(message: Buffer, term: number, index: number): LogPosition {
  const numbers = numbersOf(message);
  return { term: numbers.get(term) ?? 0n, index: numbers.get(index) ?? 0n };
}

function walOf({ metadata, state, entry, snapshots }: Found): Wal {
  const ids = numbersOf(metadata!);
  const numbers = numbersOf(state ?? Buffer.alloc(0));
  const [term, vote, commit] = [1, 2, 3].map((number) => numbers.get(number) ?? 0n);
  // One that was sent is only taken once what it holds is known to be agreed on.
  const newest = snapshots
    .filter(({ index }) => index <= commit)
    .reduce((one, other) => (other.index > one.index ? other : one), entry ?? { term: 0n, index: 0n });
  const [memberId, clusterId] = [1, 2].map((number) => ids.get(number) ?? 0n);
  return { memberId, clusterId, newest, hardState: { term, vote, commit } };
}
