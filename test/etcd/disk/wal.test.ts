import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWal } from '../../../lib/etcd/disk/wal';
import { entry, metadata, snapshot, state, type Written, walFile } from './wal-writer';

const MEMBER = 0xfedcba9876543210n;
const CLUSTER = 0x8000000000000001n;

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wal-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

const nameOf = (number: number) => `${number.toString(16).padStart(16, '0')}-${'0'.repeat(16)}.wal`;
const put = (number: number, file: Buffer) => fs.writeFileSync(path.join(directory, nameOf(number)), file);

/** Writes files that belong together, each of which begins as etcd begins it. */
function write(...files: readonly (readonly Written[])[]): Buffer {
  let crc = 0;
  let file: Buffer = Buffer.alloc(0);
  for (const [number, records] of files.entries()) {
    ({ file, crc } = walFile([metadata(MEMBER, CLUSTER), ...records], { crc, bytes: 4_096 }));
    put(number, file);
  }
  return file;
}

describe('a write-ahead log', () => {
  it('tells who it is of, its newest entry and its state', () => {
    write([
      snapshot(0n, 0n),
      entry(1n, 1n),
      state(1n, MEMBER, 0n),
      entry(1n, 2n),
      state(2n, 7n, 1n),
      entry(2n, 3n),
    ]);
    expect(readWal(directory)).toEqual({
      memberId: MEMBER,
      clusterId: CLUSTER,
      newest: { term: 2n, index: 3n },
      hardState: { term: 2n, vote: 7n, commit: 1n },
    });
  });

  it('ends with the entry that was written last, even if it replaces others', () => {
    write([entry(1n, 1n), entry(1n, 2n), entry(1n, 3n), entry(2n, 2n)]);
    expect(readWal(directory).newest).toEqual({ term: 2n, index: 2n });
  });

  it('has no entry before its server has done anything', () => {
    write([snapshot(0n, 0n)]);
    expect(readWal(directory)).toMatchObject({
      newest: { term: 0n, index: 0n },
      hardState: { term: 0n, vote: 0n, commit: 0n },
    });
  });

  it('begins with a snapshot that it was sent, once that is agreed on', () => {
    write([entry(1n, 1n), snapshot(3n, 50n), state(3n, 0n, 50n), snapshot(4n, 90n)]);
    expect(readWal(directory).newest).toEqual({ term: 3n, index: 50n });
  });

  it('goes on in several files', () => {
    write([entry(1n, 1n), state(1n, 1n, 1n)], [entry(1n, 2n), state(2n, 2n, 2n)], [state(3n, 3n, 2n)]);
    expect(readWal(directory)).toMatchObject({
      memberId: MEMBER,
      newest: { term: 1n, index: 2n },
      hardState: { term: 3n, vote: 3n, commit: 2n },
    });
  });

  it('may lack the files that it no longer needs, and have others beside it', () => {
    write([entry(1n, 1n)], [entry(1n, 2n)], [entry(1n, 3n)]);
    fs.rmSync(path.join(directory, nameOf(0)));
    fs.writeFileSync(path.join(directory, '0.tmp'), 'later');
    fs.writeFileSync(path.join(directory, `${nameOf(0)}.broken`), 'earlier');
    expect(readWal(directory).newest).toEqual({ term: 1n, index: 3n });
  });

  it('ends where its newest file was cut, at any byte', () => {
    const records = [entry(1n, 1n), entry(1n, 2n), entry(1n, 3n, Buffer.alloc(700, 1)), entry(1n, 4n)];
    const whole = write([entry(0n, 0n), state(9n, 9n, 9n)], records);
    const first = fs.readFileSync(path.join(directory, nameOf(0)));
    const seen: bigint[] = [];
    for (let cut = 0; cut <= whole.length; cut++) {
      fs.writeFileSync(path.join(directory, nameOf(0)), first);
      put(1, whole.subarray(0, cut));
      const { memberId, newest, hardState } = readWal(directory);
      expect([memberId, hardState.term]).toEqual([MEMBER, 9n]);
      if (newest.index !== seen.at(-1)) seen.push(newest.index);
    }
    expect(seen).toEqual([0n, 1n, 2n, 3n, 4n]);
  });

  it('ends where a sector of its newest file was not written', () => {
    const whole = write([entry(1n, 1n), entry(1n, 2n, Buffer.alloc(2_000, 1)), entry(1n, 3n)]);
    whole.fill(0, 1_024, 1_536);
    put(0, whole);
    expect(readWal(directory).newest).toEqual({ term: 1n, index: 1n });
  });

  it('is refused where a byte is another', () => {
    const records = [entry(1n, 1n), state(1n, 1n, 1n), entry(1n, 2n)];
    // A length that is too large looks as if the rest had not been written: what is before counts, as in etcd.
    const prefixes = records.map((_, count) => {
      write(records.slice(0, count));
      return readWal(directory);
    });
    const whole = write(records);
    const right = readWal(directory);
    let end = whole.length - 1;
    while (whole[end] === 0) end--;
    let refused = 0;
    for (let at = 0; at <= end; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] ^= 0x10;
      put(0, damaged);
      try {
        expect([...prefixes, right]).toContainEqual(readWal(directory));
      } catch (error) {
        if ((error as Error).name === 'AssertionError') throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(end / 2);
  });

  it('is refused where a file but the newest is damaged', () => {
    write([entry(1n, 1n)], [state(2n, 2n, 2n)]);
    const first = fs.readFileSync(path.join(directory, nameOf(0)));
    put(0, first.subarray(0, 60));
    expect(() => readWal(directory)).toThrow('ends within the record at');
    const damaged = Buffer.from(first);
    damaged[50] ^= 1;
    put(0, damaged);
    expect(() => readWal(directory)).toThrow('is damaged in the record at');
  });

  it('is refused where files do not belong together', () => {
    write([entry(1n, 1n)], [state(2n, 2n, 2n)]);
    put(0, walFile([metadata(MEMBER, CLUSTER), entry(2n, 1n)]).file);
    expect(() => readWal(directory)).toThrow('is not what the next was begun on');
    const { file, crc } = walFile([metadata(1n, CLUSTER), entry(2n, 1n)]);
    put(0, file);
    put(1, walFile([metadata(MEMBER, CLUSTER)], { crc }).file);
    expect(() => readWal(directory)).toThrow('different members');
    fs.renameSync(path.join(directory, nameOf(1)), path.join(directory, nameOf(2)));
    expect(() => readWal(directory)).toThrow(`no file between ${nameOf(0)} and ${nameOf(2)}`);
  });

  it('is none without files, or with others', () => {
    expect(() => readWal(path.join(directory, 'missing'))).toThrow('no write-ahead log in');
    expect(() => readWal(directory)).toThrow('no write-ahead log in');
    put(0, Buffer.alloc(0));
    expect(() => readWal(directory)).toThrow('nothing is in them');
    put(0, Buffer.alloc(4_096));
    expect(() => readWal(directory)).toThrow('nothing is in them');
    put(0, Buffer.from('Something else, which is longer than a few bytes.'));
    expect(() => readWal(directory)).toThrow('nothing is in them');
    const { file } = walFile([{ type: 9 }]);
    put(0, file);
    expect(() => readWal(directory)).toThrow('unknown type 9');
    put(0, file.subarray(16));
    expect(() => readWal(directory)).toThrow();
  });
});
