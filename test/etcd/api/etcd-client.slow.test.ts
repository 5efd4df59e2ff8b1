import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdClient } from '../../../lib/etcd/api/etcd-client';
import { Session } from '../../../lib/etcd/api/gateway';
import { health } from '../../../lib/etcd/api/health';
import { peerMembership } from '../../../lib/etcd/api/peer';
import { ALL_KEYS, prefixRange } from '../../../lib/etcd/api/ranges';
import type { Login } from '../../../lib/etcd/api/types';
import {
  ETCD_VERSIONS,
  type EtcdCluster,
  etcdBinaries,
  etcdMissing,
  eventually,
  opensslMissing,
  ROOT,
  startEtcd,
} from '../../support/etcd-cluster';
import { freePort } from '../../support/ports';

const skipped = etcdMissing ? ` (skipped: ${etcdMissing})` : '';

describe.skipIf(etcdMissing).each(ETCD_VERSIONS)(`etcd %s${skipped}`, (version) => {
  let cluster: EtcdCluster;
  let client: EtcdClient;

  beforeAll(async () => {
    await etcdBinaries(version);
    cluster = await startEtcd({ version });
    client = cluster.client();
  }, 300_000);
  afterAll(() => cluster?.stop());

  it('tells of itself', async () => {
    const { revision } = await client.status();
    await client.put('one', '1');
    const status = await client.status();
    expect(status).toMatchObject({ version, learner: false, errors: [], revision: revision + 1n });
    expect(status.leader).toBe(status.memberId);
    expect(status.memberId).toBeGreaterThan(0n);
    expect(status.clusterId).toBeGreaterThan(0n);
    expect(status.raftTerm).toBeGreaterThan(1n);
    expect(status.raftIndex).toBeGreaterThan(1n);
    expect(status.raftAppliedIndex).toBeLessThanOrEqual(status.raftIndex);
    expect(status.dbSize).toBeGreaterThan(status.dbSizeInUse - 1);
    expect(status.dbSizeInUse).toBeGreaterThan(4_096);
  });

  it('has itself as its only member, by its peer port, too', async () => {
    const { memberId: id, clusterId } = await client.status();
    const members = [{ id, name: 'etcd-0', peerUrls: [cluster.peerUrl(0)], learner: false }];
    expect(await client.memberList()).toEqual(members);
    expect(await peerMembership(cluster.servers[0].peer, cluster.transport())).toEqual({
      clusterId,
      members,
    });
  });

  it('is healthy by its metrics port', async () => {
    expect(await health(cluster.servers[0].metrics, 5_000)).toEqual({ live: true, linearizable: true });
    await expect(health({ host: '127.0.0.1', port: freePort() }, 1_000)).rejects.toThrow('ECONNREFUSED');
  });

  it('keeps values of any bytes', async () => {
    const value = Buffer.from([0, 255, 10, 13, 34, 128]);
    await client.put('schlüssel\n', value);
    expect(await client.get('schlüssel\n')).toEqual(value);
    await client.put('empty', '');
    expect(await client.get('empty')).toEqual(Buffer.alloc(0));
    expect(await client.get('missing')).toBeUndefined();
  });

  it('counts keys at a revision', async () => {
    const before = await client.countKeys();
    const { revision } = await client.status();
    await client.put('counted', '1');
    await client.put('counted', '2');
    expect(await client.countKeys()).toBe(before + 1n);
    expect(await client.countKeys(revision)).toBe(before);
  });

  it('hashes, compacts and defragments', async () => {
    await client.put('hashed', '1');
    const { revision } = await client.status();
    const hash = await client.hashKv(revision);
    expect(hash).toEqual({ hash: expect.any(Number), hashRevision: revision, compactRevision: -1n });
    expect(await client.hashKv()).toEqual(hash);
    await client.put('hashed', '2');
    expect(await client.hashKv()).toMatchObject({ hashRevision: revision + 1n });
    expect((await client.hashKv()).hash).not.toBe(hash.hash);
    await client.compact(revision);
    expect(await client.hashKv()).toMatchObject({ compactRevision: revision });
    await expect(client.hashKv(revision - 1n)).rejects.toThrow('required revision has been compacted');
    await client.defragment();
    expect(await client.get('hashed')).toEqual(Buffer.from('2'));
  });

  it('raises alarms that can be disarmed', async () => {
    expect(await client.alarms()).toEqual([]);
    const { memberId } = await client.status();
    await fetch(`http://127.0.0.1:${cluster.servers[0].ports.client}/v3/maintenance/alarm`, {
      method: 'POST',
      body: JSON.stringify({ action: 'ACTIVATE', memberID: String(memberId), alarm: 'NOSPACE' }),
    });
    expect(await client.alarms()).toEqual([{ memberId, alarm: 'NOSPACE' }]);
    expect((await client.status()).errors).toEqual([expect.stringContaining('alarm:NOSPACE')]);
    await expect(client.put('more', '1')).rejects.toMatchObject({
      name: 'EtcdError',
      message: 'etcdserver: mvcc: database space exceeded',
      code: 8,
    });
    await client.disarm({ memberId, alarm: 'NOSPACE' });
    expect(await client.alarms()).toEqual([]);
    await client.put('more', '1');
  });

  it('refuses in its own words', async () => {
    await expect(client.moveLeader(5n)).rejects.toMatchObject({
      name: 'EtcdError',
      message: 'etcdserver: bad leader transferee',
      code: 9,
    });
    await expect(client.memberRemove(5n)).rejects.toThrow('etcdserver: member not found');
    await expect(client.canLogin(ROOT)).rejects.toThrow('authentication is not enabled');
  });

  it('sends its database with the SHA-256 of it', async () => {
    for (let index = 0; index < 20; index++) await client.put(`large/${index}`, Buffer.alloc(20_000, index));
    const pieces: Buffer[] = [];
    for await (const piece of client.snapshot()) pieces.push(piece);
    const all = Buffer.concat(pieces);
    expect(all.length % 512).toBe(32);
    expect(all.length).toBeGreaterThan(400_000);
    const sha256 = createHash('sha256').update(all.subarray(0, -32)).digest();
    expect(all.subarray(-32)).toEqual(sha256);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(100_000);
  });

  it('stops sending when it is told to', async () => {
    const end = new AbortController();
    const read = async () => {
      for await (const _ of client.snapshot(end.signal)) end.abort(new Error('enough'));
    };
    await expect(read()).rejects.toThrow('enough');
    await expect(client.defragment(AbortSignal.abort(new Error('never mind')))).rejects.toThrow('never mind');
    // Leaves the rest where it is, without an error.
    for await (const _ of client.snapshot()) break;
  });

  it('has no users at first, and adds them', async () => {
    expect(await client.authStatus()).toEqual({ enabled: false });
    expect(await client.users()).toEqual([]);
    expect(await client.roles()).toEqual([]);
    await client.roleAdd('reader');
    await client.roleGrantPermission('reader', { permType: 'READ', ...ALL_KEYS });
    await client.roleGrantPermission('reader', { permType: 'READWRITE', ...prefixRange('own/') });
    await client.roleGrantPermission('reader', { permType: 'WRITE', key: Buffer.from('one') });
    expect(await client.rolePermissions('reader')).toEqual([
      { permType: 'READ', ...ALL_KEYS },
      { permType: 'WRITE', key: Buffer.from('one') },
      { permType: 'READWRITE', ...prefixRange('own/') },
    ]);
    await client.roleRevokePermission('reader', prefixRange('own/'));
    await client.roleRevokePermission('reader', { key: Buffer.from('one') });
    expect(await client.rolePermissions('reader')).toEqual([{ permType: 'READ', ...ALL_KEYS }]);
    await client.userAdd('ann', 'first');
    await client.userAdd('by-certificate');
    await client.userGrantRole('ann', 'reader');
    expect(await client.userRoles('ann')).toEqual(['reader']);
    expect(await client.users()).toEqual(['ann', 'by-certificate']);
    await client.userRevokeRole('ann', 'reader');
    expect(await client.userRoles('ann')).toEqual([]);
    await client.userGrantRole('ann', 'reader');
    await client.userDelete('by-certificate');
    expect(await client.users()).toEqual(['ann']);
    await client.roleAdd('useless');
    await client.roleDelete('useless');
    expect(await client.roles()).toEqual(['reader']);
  });

  describe('with authentication', () => {
    beforeAll(() => cluster.enableAuthentication());

    it('logs in by itself', async () => {
      expect(await cluster.client().authStatus()).toEqual({ enabled: true });
      expect((await cluster.client().status()).version).toBe(version);
      expect(await cluster.client().memberList()).toHaveLength(1);
      const pieces: Buffer[] = [];
      for await (const piece of cluster.client().snapshot()) pieces.push(piece);
      expect(pieces.at(-1)).toHaveLength(32);
    });

    it('refuses who has no login, or a wrong one', async () => {
      const nobody = cluster.client(0, () => undefined);
      await expect(nobody.status()).rejects.toThrow('user name is empty');
      expect(await nobody.authStatus()).toEqual({ enabled: true });
      await expect(nobody.snapshot()[Symbol.asyncIterator]().next()).rejects.toThrow('user name is empty');
      const wrong = cluster.client(0, () => ({ ...ROOT, password: 'wrong' }));
      await expect(wrong.status()).rejects.toThrow('invalid user ID or password');
    });

    it('lets a user do what its roles allow', async () => {
      const ann = cluster.client(0, () => ({ username: 'ann', password: 'first' }));
      expect(await ann.get('one')).toEqual(Buffer.from('1'));
      await expect(ann.put('one', '2')).rejects.toThrow('permission denied');
      await expect(ann.users()).rejects.toThrow('permission denied');
    });

    it('knows whether a login is right', async () => {
      const right: Login = { username: 'ann', password: 'first' };
      expect(await client.canLogin(right)).toBe(true);
      expect(await client.canLogin({ ...right, password: 'second' })).toBe(false);
      expect(await client.canLogin({ username: 'nobody', password: 'x' })).toBe(false);
      await client.userAdd('by-certificate');
      expect(await client.canLogin({ username: 'by-certificate', password: 'x' })).toBe(false);
    });

    it('takes a new login when the old token is refused', async () => {
      let password = 'first';
      const ann = cluster.client(0, () => ({ username: 'ann', password }));
      await ann.get('one');
      // The token tells the revision of the users that it was made at.
      await client.userChangePassword('ann', 'second');
      password = 'second';
      expect(await ann.get('one')).toEqual(Buffer.from('1'));
      await client.userAdd('another', 'x');
      await Promise.all([ann.get('one'), ann.get('one'), ann.get('one')]);
      await client.userChangePassword('ann', 'third');
      await expect(ann.get('one')).rejects.toThrow('invalid user ID or password');
    });

    it('tells its membership and its health to anybody', async () => {
      const { memberId } = await client.status();
      const { members } = await peerMembership(cluster.servers[0].peer, cluster.transport());
      expect(members.map(({ id }) => id)).toEqual([memberId]);
      expect(await health(cluster.servers[0].metrics, 5_000)).toEqual({ live: true, linearizable: true });
    });
  });

  it('says so when it does not answer in time', async () => {
    const [server] = cluster.servers;
    const hasty = new EtcdClient(server.client, { timeoutMs: 300 });
    await server.pause();
    try {
      const at = `127.0.0.1:${server.ports.client}`;
      await expect(hasty.status()).rejects.toThrow(`${at} did not answer within 300 ms`);
      await expect(health(server.metrics, 300)).rejects.toThrow('did not answer within 300 ms');
      const end = AbortSignal.timeout(600);
      await expect(hasty.defragment(end)).rejects.toThrow('timeout');
    } finally {
      server.resume();
    }
    await server.stop();
    await expect(hasty.status()).rejects.toThrow('ECONNREFUSED');
  });
});

describe.skipIf(etcdMissing || opensslMissing).each(ETCD_VERSIONS)(
  `a cluster of etcd %s with TLS${skipped}`,
  (version) => {
    let cluster: EtcdCluster;

    beforeAll(async () => {
      await etcdBinaries(version);
      cluster = await startEtcd({ version, members: 2, tls: true, authentication: true });
    }, 300_000);
    afterAll(() => cluster?.stop());

    it('is asked with a certificate only', async () => {
      const { client: address, peer } = cluster.servers[0];
      expect((await cluster.client().status()).version).toBe(version);
      expect((await peerMembership(peer, cluster.transport())).members).toHaveLength(2);
      const ca = cluster.tls?.ca;
      await expect(new EtcdClient(address, { tls: { ca }, timeoutMs: 5_000 }).status()).rejects.toThrow();
      await expect(peerMembership(peer, { tls: { ca }, timeoutMs: 5_000 })).rejects.toThrow();
      await expect(new EtcdClient(address, { timeoutMs: 5_000 }).status()).rejects.toThrow();
      await expect(new EtcdClient(address, { tls: {}, timeoutMs: 5_000 }).status()).rejects.toThrow(
        /certificate/,
      );
    });

    it('takes a learner, promotes it, moves its leader and removes it', async () => {
      const joined = await cluster.join();
      const client = cluster.client();
      const entry = (await client.memberList()).find(({ name }) => name === 'etcd-2');
      expect(entry).toMatchObject({ learner: true, peerUrls: [cluster.peerUrl(2)] });
      const { id } = entry!;
      // Once it has learned of authentication it asks for a login, too, and gives none.
      await eventually(() =>
        expect(cluster.client(2).status()).rejects.toThrow('rpc not supported for learner'),
      );
      const session = new Session();
      const [first, learner] = [0, 2].map((each) => cluster.client(each, () => ROOT, session));
      expect(await learner.status()).toMatchObject({ memberId: id, learner: true });
      expect((await first.status()).learner).toBe(false);
      const { members } = await peerMembership(joined.peer, cluster.transport());
      expect(members.find((member) => member.id === id)).toEqual(entry);

      await eventually(() => client.memberPromote(id));
      await joined.serving();
      await eventually(async () => {
        expect((await client.memberList()).find((member) => member.id === id)?.learner).toBe(false);
      });

      const { leader } = await client.status();
      const statuses = await Promise.all([0, 1, 2].map((each) => cluster.client(each).status()));
      const at = statuses.findIndex(({ memberId }) => memberId === leader);
      const { memberId: target } = statuses[(at + 1) % 3];
      await expect(cluster.client((at + 1) % 3).moveLeader(target)).rejects.toThrow('not leader');
      await cluster.client(at).moveLeader(target);
      await eventually(async () => expect((await client.status()).leader).toBe(target));

      await eventually(() => client.memberRemove(id));
      // It may have led.
      await eventually(async () => expect(await client.memberList()).toHaveLength(2));
      await eventually(async () => expect(cluster.servers[2].ended).toBe(0));
    });

    it('answers for its health, but does not work, without a quorum', async () => {
      await cluster.servers[1].stop();
      expect(await health(cluster.servers[0].metrics, 2_000)).toEqual({ live: true, linearizable: false });
      const { members } = await peerMembership(cluster.servers[0].peer, cluster.transport());
      expect(members).toHaveLength(2);
      await expect(
        new EtcdClient(cluster.servers[0].client, cluster.transport(2_000), () => ROOT).memberList(),
      ).rejects.toThrow();
    });
  },
);
