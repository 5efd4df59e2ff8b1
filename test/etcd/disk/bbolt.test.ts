import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BboltFile } from '../../../lib/etcd/disk/bbolt';
import { crc32c } from '../../../lib/etcd/disk/crc32c';
import { emptySnapshot } from '../../../lib/etcd/disk/empty-snapshot';
import { verifySnapshot } from '../../../lib/etcd/disk/snapshot-file';

let directory: string;
let file: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'bbolt-'));
  file = path.join(directory, 'snapshot.db');
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

const PAGE = 4_096;

/** A snapshot with the right checksum over whatever is in it. */
function sealed(database: Buffer): Buffer {
  return Buffer.concat([database, createHash('sha256').update(database).digest()]);
}

async function verified(snapshot: Buffer) {
  fs.writeFileSync(file, snapshot);
  const { hashKv, ...facts } = await verifySnapshot(file);
  return { ...facts, hash: hashKv() };
}

describe('an empty snapshot', () => {
  it('is a database with the buckets that etcd looks into', () => {
    fs.writeFileSync(file, emptySnapshot());
    const db = new BboltFile(file, 4 * PAGE);
    expect(db.buckets()).toEqual(['key', 'meta']);
    expect([...db.pairs('key'), ...db.pairs('meta'), ...db.pairs('other')]).toEqual([]);
    db.close();
  });

  it('is whole, and has nothing in it', async () => {
    const snapshot = emptySnapshot();
    expect(await verified(snapshot)).toEqual({
      bytes: 4 * PAGE + 32,
      sha256: createHash('sha256').update(snapshot.subarray(0, -32)).digest('hex'),
      revision: 1n,
      compactRevision: -1n,
      changes: 0,
      keys: 0,
      hash: crc32c(Buffer.from('key')),
    });
  });
});

describe('a snapshot', () => {
  it('is refused where any byte is another', async () => {
    const snapshot = emptySnapshot();
    await fc.assert(
      fc.asyncProperty(fc.nat(snapshot.length - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        const damaged = Buffer.from(snapshot);
        damaged[at] ^= bits;
        await expect(verified(damaged)).rejects.toThrow('is damaged: its SHA-256 is another');
      }),
      { numRuns: 50 },
    );
  });

  it('is refused where it was cut, or goes on', async () => {
    const snapshot = emptySnapshot();
    for (const bytes of [0, 1, 31, PAGE, snapshot.length - 32, snapshot.length - 1])
      await expect(verified(snapshot.subarray(0, bytes))).rejects.toThrow('it is not whole, or no snapshot');
    for (const bytes of [32, 512 + 32, 2 * PAGE + 32])
      await expect(verified(snapshot.subarray(0, bytes))).rejects.toThrow('is damaged');
    await expect(verified(Buffer.concat([snapshot, Buffer.of(0)]))).rejects.toThrow('it is not whole');
    await expect(verified(Buffer.alloc(512 + 32))).rejects.toThrow('is damaged');
  });

  it('is refused where the database was damaged before, or is none', async () => {
    const database = emptySnapshot().subarray(0, -32);
    await expect(verified(sealed(Buffer.alloc(0)))).rejects.toThrow('is no database of etcd');
    await expect(verified(sealed(Buffer.alloc(4 * PAGE, 7)))).rejects.toThrow('is no database of etcd');
    await expect(verified(sealed(database.subarray(0, 3 * PAGE)))).rejects.toThrow(
      'should have 4 pages of 4096',
    );
    const root = (change: (page: Buffer) => void) => {
      const damaged = Buffer.from(database);
      change(damaged.subarray(3 * PAGE));
      return verified(sealed(damaged));
    };
    await expect(root((page) => page.fill(0))).rejects.toThrow('page 3 calls itself 0');
    await expect(root((page) => page.writeUInt16LE(0x10, 8))).rejects.toThrow('page 3 is of the kind 16');
    await expect(root((page) => page.writeUInt16LE(0xffff, 10))).rejects.toThrow('more keys than room');
    await expect(root((page) => page.writeUInt32LE(9, 12))).rejects.toThrow('page 3 is too long');
    await expect(root((page) => page.writeUInt32LE(PAGE, 20))).rejects.toThrow('a key out of its bounds');
    await expect(root((page) => page.writeUInt32LE(8, 28))).rejects.toThrow('a bucket is cut off');
    // The name of a bucket: `key` becomes one behind `meta`.
    await expect(root((page) => page.write('zey', 48))).rejects.toThrow('keys are out of order');
    // Where a bucket begins: 3 pages further than the file goes, and at itself.
    await expect(root((page) => page.writeUInt32LE(7, 51))).rejects.toThrow('it leads to page 7');
  });

  it('needs one of its two beginnings only', async () => {
    const database = emptySnapshot().subarray(0, -32);
    const right = await verified(sealed(database));
    for (const page of [0, 1]) {
      const damaged = Buffer.from(database);
      damaged.fill(0xaa, page * PAGE, (page + 1) * PAGE);
      expect(await verified(sealed(damaged))).toEqual({ ...right, sha256: expect.any(String) });
    }
    const damaged = Buffer.from(database);
    for (const page of [0, 1]) damaged[page * PAGE + 16 + 40] ^= 1;
    await expect(verified(sealed(damaged))).rejects.toThrow('is no database of etcd');
  });

  it('whatever is in its database, is read to its end or refused', async () => {
    const database = emptySnapshot().subarray(0, -32);
    await fc.assert(
      fc.asyncProperty(fc.nat(200), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        const damaged = Buffer.from(database);
        damaged[3 * PAGE + at] ^= bits;
        const facts = await verified(sealed(damaged)).catch((error) => error);
        if (!(facts instanceof Error)) expect(facts).toMatchObject({ changes: 0, keys: 0 });
      }),
      { numRuns: 100 },
    );
  });
});
