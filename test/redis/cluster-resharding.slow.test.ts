import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { ClusterNode } from '../../lib/redis/steward/cluster/cluster-facts';
import { opensslMissing } from '../support/certificates';
import { redisMissing } from '../support/redis-binaries';
import { temporary } from '../support/temporary';
import { slotOf, Writer } from './gate/cluster/cluster-client';
import { LoopbackCluster, type LoopbackOptions } from './gate/cluster/loopback-cluster';

const ENOUGH = 300_000;

describe.skipIf(redisMissing)('slots of a Redis Cluster', () => {
  let cluster: LoopbackCluster;
  afterEach(() => cluster?.close());

  const formed = async (shards: number, servers: number, options: LoopbackOptions = {}) => {
    cluster = await LoopbackCluster.create(temporary(), options);
    cluster.apply({ shards, servers });
    await cluster.settle();
  };
  /** How many slots the master of each shard has, by its own word. */
  const slots = async () => {
    const { nodes } = await cluster.look();
    const own = nodes.flatMap(({ view }) => view?.nodes.find(({ id }) => id === view.id)?.slots ?? []);
    const counts = nodes
      .map(({ view }) => view?.nodes.find(({ id }) => id === view.id)?.slots ?? [])
      .filter((ranges) => ranges.length > 0)
      .map((ranges) => ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0));
    expect(own.reduce((sum, [first, last]) => sum + last - first + 1, 0)).toBe(16_384);
    return counts;
  };

  /**
   * Waits until it has settled. Where a key has two values, since the source has lost that it was moving the slot and a client has
   * written there before the steward came, it does what the status says: here the higher value is the newer one.
   */
  const settled = async () => {
    const twoValues =
      /values of the key "([^"]+)".*? delete the one on ([\d.]+):\d+, or after ASKING the one on ([\d.]+):/;
    for (;;) {
      await cluster.settle((steward) => steward.settled || twoValues.test(steward.doing));
      const [, key, ...hosts] = twoValues.exec(cluster.doing) ?? [];
      if (!key) return;
      const [source, target] = hosts.map((host) => cluster.redisAt(host));
      const replies = await target.pipeline([['ASKING'], ['GET', key]]);
      const isNewer = Number(await source.command('GET', key)) > Number(replies[1]);
      if (isNewer) await target.pipeline([['ASKING'], ['DEL', key]]);
      else await source.command('DEL', key);
    }
  };

  it(
    'move while a client writes, to more shards and back again, and nothing is lost',
    async () => {
      await formed(3, 2);
      const client = cluster.client();
      const writer = new Writer(client, 1_000);
      cluster.apply({ shards: 5, servers: 2 });
      await cluster.settle();
      expect((await slots()).sort()).toEqual([3276, 3277, 3277, 3277, 3277]);
      expect(await writer.missing()).toEqual([]);

      cluster.apply({ shards: 5, servers: 2, leaving: [3, 4] });
      await cluster.settle();
      expect((await slots()).sort()).toEqual([5461, 5461, 5462]);
      expect(cluster.podNames()).toHaveLength(6);
      cluster.apply({ shards: 3, servers: 2 });
      expect(await cluster.settle()).toEqual([]);
      expect(await writer.end()).toEqual([]);
      expect(writer.acknowledged.size).toBe(1_000);
      client.close();
    },
    ENOUGH,
  );

  it(
    'that were half moved when the steward and the source ended are moved to the end',
    async () => {
      await formed(3, 2);
      const client = cluster.client();
      const writer = new Writer(client, 1_000);
      await delay(1_000);
      cluster.apply({ shards: 4, servers: 2 });
      // Amidst of some slots, and not between them.
      let half: ClusterNode | undefined;
      for (let most = 5; !half; most++) {
        let calls = 0;
        cluster.mayGoOn = () => {
          if (++calls === most) throw new Error('the lease has run out meanwhile');
        };
        await cluster.settle(({ doing }) => doing.includes('the lease has run out'));
        cluster.forgetSteward();
        half = (await cluster.look()).nodes.find(({ view }) => view && view.migrating.length > 0);
      }
      cluster.mayGoOn = () => undefined;
      expect(half.view?.migrating.length).toBeGreaterThan(0);
      await cluster.crash(half.pod);
      await settled();
      await settled();
      expect(await slots()).toEqual([4096, 4096, 4096, 4096]);
      for (const { view } of (await cluster.look()).nodes) {
        expect(view).toMatchObject({ migrating: [], importing: [], strays: [] });
      }
      expect(await writer.end()).toEqual([]);
      client.close();
    },
    ENOUGH,
  );

  it.skipIf(opensslMissing)(
    'have keys of any kind, and move by TLS',
    async () => {
      await formed(3, 1, { tls: true });
      const client = cluster.client();
      const keys = ['\u00fcml\u00e4ut', 'with space', 'line\r\nfeed', '*1\r\n', ''];
      const key = keys.find((each) => slotOf(each) > 0) ?? '';
      for (const each of keys) await client.command('SET', each, `of ${each}`);
      const large = 'x'.repeat(6 * 2 ** 20);
      for (let at = 0; at < 3; at++) await client.command('SET', `large-${at}`, large);
      await client.command('HSET', 'hash', 'field', 'value');
      await client.command('SET', 'short', 'lived', 'PX', '600000');
      // No text at all.
      const { nodes } = await cluster.look();
      const binary = Buffer.from([0xff, 0xfe, 0x00, 0x0d, 0x0a, 0x80]);
      for (const { pod } of nodes) {
        await cluster
          .redis(pod)
          .raw('SET', binary, Buffer.from([0xc3, 0x28]))
          .catch(() => undefined);
      }
      cluster.apply({ shards: 4, servers: 1 });
      await cluster.settle();
      expect(await slots()).toEqual([4096, 4096, 4096, 4096]);
      cluster.apply({ shards: 4, servers: 1, leaving: [0] });
      await cluster.settle();
      expect((await slots()).sort()).toEqual([5461, 5461, 5462]);
      for (const each of keys) expect(await client.command('GET', each)).toBe(`of ${each}`);
      for (let at = 0; at < 3; at++) expect(await client.command('GET', `large-${at}`)).toBe(large);
      expect(await client.command('HGET', 'hash', 'field')).toBe('value');
      expect(Number(await client.command('PTTL', 'short'))).toBeGreaterThan(0);
      const values = await Promise.all(
        (await cluster.look()).nodes.map(({ pod }) =>
          cluster
            .redis(pod)
            .raw('GET', binary)
            .catch(() => null),
        ),
      );
      expect(values.filter((value) => value !== null)).toEqual([Buffer.from([0xc3, 0x28])]);
      expect(key).toBe(keys[0]);
      client.close();
    },
    ENOUGH,
  );

  it(
    'of a master that keeps nothing stay with its replica when it crashes',
    async () => {
      await formed(3, 2, { keepsData: false });
      const client = cluster.client();
      for (let key = 0; key < 300; key++) await client.command('SET', `key-${key}`, `${key}`);
      await delay(1_000);
      await cluster.crash('redis-0-0');
      await cluster.settle();
      await cluster.until(
        async () => ((await cluster.redis('redis-0-1').command('ROLE')) as string[])[0] === 'master',
      );
      await cluster.settle();
      for (let key = 0; key < 300; key++) expect(await client.command('GET', `key-${key}`)).toBe(`${key}`);
      client.close();
    },
    ENOUGH,
  );
});
