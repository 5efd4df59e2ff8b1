import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdClient } from '../../../lib/etcd/api/etcd-client';
import { BboltFile } from '../../../lib/etcd/disk/bbolt';
import { crc32c } from '../../../lib/etcd/disk/crc32c';
import { emptySnapshot } from '../../../lib/etcd/disk/empty-snapshot';
import { type SnapshotFacts, verifySnapshot } from '../../../lib/etcd/disk/snapshot-file';
import { readWal } from '../../../lib/etcd/disk/wal';
import {
  ETCD_VERSIONS,
  type EtcdCluster,
  EtcdProcess,
  etcdBinaries,
  etcdMissing,
  runEtcdTool,
  startEtcd,
} from '../../support/etcd-cluster';
import { type Change, change, randomChanges } from './changes';

const skipped = etcdMissing ? ` (skipped: ${etcdMissing})` : '';

describe.skipIf(etcdMissing).each(ETCD_VERSIONS)(`what etcd %s has on its disk${skipped}`, (version) => {
  let cluster: EtcdCluster;
  let snapshots = 0;

  beforeAll(async () => {
    await etcdBinaries(version);
    cluster = await startEtcd({ version });
  }, 300_000);
  afterAll(() => cluster?.stop());

  const apply = (changes: readonly Change[]) => change(cluster.servers[0].client, changes);

  /** Takes a snapshot; gives its file and what is read from it. */
  async function snapshot(): Promise<SnapshotFacts & { file: string }> {
    const file = path.join(cluster.dir, `${snapshots++}.db`);
    const pieces: Buffer[] = [];
    for await (const piece of cluster.client().snapshot()) pieces.push(piece);
    fs.writeFileSync(file, Buffer.concat(pieces));
    return { ...(await verifySnapshot(file)), file };
  }

  /** Compares a snapshot with the member, which has not changed since except by compactions. */
  async function compare(facts: SnapshotFacts): Promise<void> {
    const now = await cluster.client().hashKv();
    expect(now.hashRevision).toBe(facts.revision);
    expect(facts.hashKv(now.compactRevision)).toBe(now.hash);
    expect(await cluster.client().countKeys()).toBe(BigInt(facts.keys));
  }

  it('has no changes at first', async () => {
    const facts = await snapshot();
    expect(facts).toMatchObject({ revision: 1n, compactRevision: -1n, changes: 0, keys: 0 });
    await compare(facts);
  });

  it('has changes that were made at once, and large ones', async () => {
    await apply(['a', 'b', 'c'].map((key) => ({ key, value: `value of ${key}` })));
    await apply([{ key: 'large', value: 'x'.repeat(1_000_000) }]);
    await apply([{ key: 'a' }, { key: 'b', value: 'another' }]);
    const facts = await snapshot();
    expect(facts).toMatchObject({ revision: 4n, changes: 6, keys: 3 });
    await compare(facts);
  });

  it('has what etcdutl says, and what the member hashes', async () => {
    for (let round = 0; round < 20; round++) await apply(randomChanges(round, 100));
    const facts = await snapshot();
    expect(facts.changes).toBeGreaterThan(1_000);
    await compare(facts);
    const status = JSON.parse(
      await runEtcdTool('etcdutl', ['snapshot', 'status', facts.file, '-w', 'json'], version),
    );
    // All that is in the file, by the names of its buckets.
    const db = new BboltFile(facts.file, facts.bytes - 32);
    let [hash, pairs] = [0, 0];
    for (const bucket of db.buckets()) {
      hash = crc32c(Buffer.from(bucket), hash);
      for (const { key, value } of db.pairs(bucket)) {
        hash = crc32c(value, crc32c(key, hash));
        pairs++;
      }
    }
    db.close();
    expect(status).toMatchObject({ hash, revision: Number(facts.revision), totalSize: facts.bytes - 32 });
    // 3.5 takes whatever is in the file for keys.
    expect(status.totalKey).toBe(version.startsWith('3.5.') ? pairs : facts.keys);
  });

  it('has what compactions leave', async () => {
    for (let round = 0; round < 30; round++) {
      const { revision } = await cluster.client().status();
      for (let count = 0; count < 5; count++) await apply(randomChanges(round * 10 + count, 20));
      const before = await snapshot();
      await compare(before);
      // The newest revision, too, with or without a tombstone there.
      const newest = (await cluster.client().status()).revision;
      if (round % 3 === 2)
        await apply([{ key: `key-${round % 40}` }, { key: `key-${(round + 1) % 40}`, value: '1' }]);
      const between = await snapshot();
      const upTo = [revision + 2n, newest, between.revision][round % 3];
      await cluster.client().compact(upTo);
      const after = await snapshot();
      expect(after.compactRevision).toBe(upTo);
      await compare(after);
      // Taken before, and yet told what the member has compacted since.
      if (between.revision === after.revision) await compare(between);
      expect(after.hashKv(upTo - 1n)).toBeUndefined();
    }
  });

  it('is hashed alike when there are newer changes, whatever was compacted of them', async () => {
    const client = cluster.client();
    for (let round = 0; round < 10; round++) {
      for (let count = 0; count < 3; count++) await apply(randomChanges(800 + round * 5 + count, 20));
      const facts = await snapshot();
      const compareThen = async () => {
        const then = await client.hashKv(facts.revision);
        expect(facts.hashKv(then.compactRevision)).toBe(then.hash);
        expect(await client.countKeys(facts.revision)).toBe(BigInt(facts.keys));
      };
      for (let count = 0; count < 4; count++) await apply(randomChanges(1_000 + round * 10 + count, 20));
      await compareThen();
      await client.compact(facts.revision - BigInt(round % 2) - 1n);
      await compareThen();
    }
  });

  it('is hashed alike at a revision that was compacted up to, as long as it is the newest', async () => {
    const client = cluster.client();
    await client.compact((await client.status()).revision);
    const facts = await snapshot();
    const now = await client.hashKv(facts.revision);
    expect(now).toMatchObject({ hashRevision: facts.revision, compactRevision: facts.revision });
    expect(facts.hashKv(now.compactRevision)).toBe(now.hash);
    await apply(randomChanges(3, 5));
    // What the member remembers is of before the compaction.
    const then = await client.hashKv(facts.revision);
    expect(then.compactRevision).toBeLessThan(facts.compactRevision);
    expect(facts.hashKv(then.compactRevision)).toBeUndefined();
  });

  it('has nothing left when all was deleted', async () => {
    await apply([{ key: 'kept', value: 'until later' }]);
    await cluster.client().compact((await cluster.client().status()).revision);
    await apply([{ key: '', to: '\0' }]);
    const deleted = await snapshot();
    expect(deleted.keys).toBe(0);
    expect(deleted.changes).toBeGreaterThan(1);
    await compare(deleted);
    await cluster.client().compact(deleted.revision);
    const compacted = await snapshot();
    await compare(deleted);
    await compare(compacted);
    await cluster.servers[0].restart();
    await compare(compacted);
    await compare(await snapshot());
  });

  it('is hashed alike by a member that has restarted', async () => {
    await apply(randomChanges(7, 100));
    const facts = await snapshot();
    await compare(facts);
    await cluster.servers[0].restart();
    await compare(facts);
  });

  it('is read by pages, from leaves and branches', async () => {
    const { file, bytes, changes } = await snapshot();
    const db = new BboltFile(file, bytes - 32);
    expect(db.buckets()).toEqual(
      expect.arrayContaining(['auth', 'cluster', 'key', 'lease', 'members', 'meta']),
    );
    expect([...db.pairs('key')]).toHaveLength(changes);
    expect([...db.pairs('members')]).toHaveLength(1);
    expect([...db.pairs('meta')].map(({ key }) => `${key}`)).toContain('consistent_index');
    db.close();
  });

  it('is refused where it is damaged', async () => {
    const { file, bytes } = await snapshot();
    const whole = fs.readFileSync(file);
    for (let at = 5; at < bytes; at += Math.floor(bytes / 20)) {
      const damaged = Buffer.from(whole);
      damaged[at] ^= 4;
      fs.writeFileSync(file, damaged);
      await expect(verifySnapshot(file)).rejects.toThrow('is damaged');
      fs.writeFileSync(file, whole.subarray(0, at));
      await expect(verifySnapshot(file)).rejects.toThrow();
    }
  });

  it('is restored, with the revision that it is raised to', async () => {
    await apply(randomChanges(8, 100));
    const facts = await snapshot();
    const server = await restored(facts.file);
    const one = new EtcdClient(server.client, { timeoutMs: 10_000 });
    try {
      await server.start();
      await server.serving();
      expect(await one.countKeys()).toBe(BigInt(facts.keys));
      const pieces: Buffer[] = [];
      for await (const piece of one.snapshot()) pieces.push(piece);
      const file = path.join(cluster.dir, 'restored.db');
      fs.writeFileSync(file, Buffer.concat(pieces));
      const again = await verifySnapshot(file);
      const now = await one.hashKv();
      expect(again.revision).toBe(facts.revision + 1_000_000_000n);
      expect(now.hashRevision).toBe(again.revision);
      expect(again.hashKv(now.compactRevision)).toBe(now.hash);
      expect(await one.countKeys()).toBe(BigInt(again.keys));
    } finally {
      await server.stop();
    }
  });

  it('may be restored from nothing', async () => {
    const file = path.join(cluster.dir, 'empty.db');
    fs.writeFileSync(file, emptySnapshot());
    const status = JSON.parse(
      await runEtcdTool('etcdutl', ['snapshot', 'status', file, '-w', 'json'], version),
    );
    expect(status).toMatchObject({ totalKey: 0, revision: 0 });
    const server = await restored(file);
    try {
      await server.start();
      await server.serving();
    } finally {
      await server.stop();
    }
  });

  /** A server whose data was restored from a snapshot. */
  async function restored(file: string): Promise<EtcdProcess> {
    const server = await EtcdProcess.create(fs.mkdtempSync(path.join(cluster.dir, 'restored-')), version);
    server.configure();
    const settings = JSON.parse(fs.readFileSync(server.configFile, 'utf8'));
    const flags = [
      'name',
      'data-dir',
      'initial-cluster',
      'initial-cluster-token',
      'initial-advertise-peer-urls',
    ];
    const named = flags.map((flag) => `--${flag}=${settings[flag]}`);
    const raise = ['--bump-revision=1000000000', '--mark-compacted'];
    await runEtcdTool('etcdutl', ['snapshot', 'restore', file, ...named, ...raise], version);
    return server;
  }

  it('tells of its member in the log', async () => {
    const [server] = cluster.servers;
    const { memberId, clusterId, raftTerm, raftIndex } = await cluster.client().status();
    await server.stop('SIGTERM');
    const wal = readWal(path.join(server.data, 'member', 'wal'));
    expect(wal).toMatchObject({ memberId, clusterId, hardState: { term: raftTerm, vote: memberId } });
    expect(wal.newest).toEqual({ term: raftTerm, index: raftIndex });
    await server.start();
    await server.serving();
    const again = await cluster.client().status();
    expect(again.raftTerm).toBe(raftTerm + 1n);
  });

  it('has all in the log that was written before it was killed', async () => {
    const [server] = cluster.servers;
    for (let round = 0; round < 3; round++) {
      let written = 0n;
      const writing = (async () => {
        for (;;) {
          await apply(randomChanges(round, 5));
          written = (await cluster.client().status()).raftIndex;
        }
      })().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await server.stop();
      await writing;
      const { newest } = readWal(path.join(server.data, 'member', 'wal'));
      expect(newest.index).toBeGreaterThanOrEqual(written);
      await server.start();
      await server.serving();
      expect((await cluster.client().status()).raftIndex).toBeGreaterThan(newest.index);
    }
  });

  it('has a log that ends where etcd takes it to end when it was cut', async () => {
    const [server] = cluster.servers;
    const directory = path.join(server.data, 'member', 'wal');
    for (const cut of [3, 11, 40]) {
      await server.stop();
      const [name] = fs
        .readdirSync(directory)
        .filter((each) => each.endsWith('.wal'))
        .sort()
        .reverse();
      const file = path.join(directory, name);
      const bytes = fs.readFileSync(file);
      let end = bytes.length;
      while (bytes[end - 1] === 0) end--;
      fs.writeFileSync(file, bytes.subarray(0, end - cut));
      const { newest, memberId } = readWal(directory);
      await server.start();
      await server.serving();
      expect(server.logSinceStart).toContain('repair');
      const status = await cluster.client().status();
      expect(status.memberId).toBe(memberId);
      expect(status.raftIndex).toBeGreaterThan(newest.index);
    }
  });
});
