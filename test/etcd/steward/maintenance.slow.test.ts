import { afterEach, describe, expect, it } from 'vitest';
import { Gateway } from '../../../lib/etcd/api/gateway';
import { prefixRange } from '../../../lib/etcd/api/ranges';
import type { Objection } from '../../../lib/steward/facts';
import { ETCD_VERSIONS, type EtcdCluster, etcdMissing, startEtcd } from '../../support/etcd-cluster';
import { MaintainedCluster } from './maintained-cluster';
import { MIB } from './maintenance-facts';

const QUOTA = 16 * MIB;
const VALUE = Buffer.alloc(500_000, 'x');

let cluster: EtcdCluster;
afterEach(() => cluster?.stop());

const started = async (version: string, members = 3) => {
  const settings = { 'quota-backend-bytes': QUOTA };
  cluster = await startEtcd({ version, members, settings });
};

/** Writes until etcd refuses that, and gives how many writes it took. */
async function fill(keyOf: (at: number) => string): Promise<number> {
  for (let at = 0; at < 200; at++) {
    try {
      await cluster.client(at % cluster.servers.length).put(keyOf(at), VALUE);
    } catch (error) {
      expect((error as Error).message).toContain('database space exceeded');
      return at;
    }
  }
  throw new Error('it takes all of it');
}

describe.skipIf(etcdMissing).each(ETCD_VERSIONS)('etcd %s', (version) => {
  it('of three members, full of old revisions, comes back by itself', async () => {
    await started(version);
    const maintained = new MaintainedCluster(cluster, { quota: QUOTA });
    expect(await maintained.settle()).toBeUndefined();
    expect(maintained.done).toEqual([]);
    const led = await maintained.leader();
    expect(await fill(() => 'key')).toBeGreaterThan(20);
    await expect(cluster.client(0).put('more', 'x')).rejects.toThrow('database space exceeded');

    expect(await maintained.settle()).toBeUndefined();

    expect(await cluster.client(0).alarms()).toEqual([]);
    for (const size of await maintained.sizes()) expect(size).toBeLessThan(2 * MIB);
    await cluster.client(1).put('more', 'x');
    expect(await cluster.client(2).get('key')).toEqual(VALUE);
    const followers = [0, 1, 2].filter((id) => id !== led);
    // Each member that was written to may have raised an alarm.
    expect([...new Set(maintained.done)]).toEqual([
      'compact',
      ...followers.map((id) => `defragment etcd-${id}`),
      `etcd-${led} hands over`,
      `defragment etcd-${led}`,
      'disarm',
    ]);
    expect(maintained.mostAtOnce).toBeLessThanOrEqual(1);
    expect(await maintained.leader()).not.toBe(led);
  });

  it('full of keys is told of, and comes back once some were deleted', async () => {
    await started(version);
    const maintained = new MaintainedCluster(cluster, { quota: QUOTA });
    let trouble: Objection | undefined;
    let rounds = 0;
    // At first there is some room to be had, in pages that are half full.
    do {
      await fill((at) => `key-${rounds}-${at}`);
      trouble = await maintained.settle();
      maintained.forward(120_000);
    } while (!trouble && ++rounds < 20);
    expect(trouble?.why).toMatch(
      /^no space is left in etcd-\d.* \(alarm NOSPACE\), so etcd refuses writes: 1\d MiB of 16 MiB are in use, /,
    );
    expect(await cluster.client(0).alarms()).not.toEqual([]);
    const quiet = maintained.done.length;
    maintained.forward(120_000);
    await maintained.settle();
    expect(maintained.done.length).toBe(quiet);

    const { key, rangeEnd } = prefixRange('key-0-1');
    const request = { key: key.toString('base64'), range_end: rangeEnd.toString('base64') };
    await new Gateway(cluster.servers[0].client, cluster.transport()).call('kv/deleterange', request);
    maintained.forward(120_000);
    expect(await maintained.settle()).toBeUndefined();
    await cluster.client(0).put('more', 'x');
  });

  it('of one member has its file made smaller once much of it is free', async () => {
    await started(version, 1);
    const defragmentation = { fragmentation: 0.5, minimum: MIB };
    const maintained = new MaintainedCluster(cluster, { quota: QUOTA, defragmentation });
    const client = cluster.client();
    for (let at = 0; at < 20; at++) await client.put('key', VALUE);
    expect(await maintained.settle()).toBeUndefined();
    expect(maintained.done).toEqual([]);
    await client.compact((await client.status()).revision);
    expect(await maintained.settle()).toBeUndefined();
    expect(maintained.done).toEqual(['defragment etcd-0, the leader']);
    expect((await maintained.sizes())[0]).toBeLessThan(2 * MIB);
  });
});
