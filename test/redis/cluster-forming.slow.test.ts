import { afterEach, describe, expect, it } from 'vitest';
import { REDIS_RELEASES, redisMissing } from '../support/redis-binaries';
import { temporary } from '../support/temporary';
import { LoopbackCluster } from './gate/cluster/loopback-cluster';

const ENOUGH = 300_000;
const MASTERS = ['redis-0-0', 'redis-1-0', 'redis-2-0'];

describe.skipIf(redisMissing).each(REDIS_RELEASES)('a Redis Cluster of %s', (release) => {
  let cluster: LoopbackCluster;
  afterEach(() => cluster.close());

  it(
    'forms once, although its steward dies before and after every step',
    async () => {
      cluster = await LoopbackCluster.create(temporary(), { release });
      const begun = new Set<string>();
      cluster.before = (step) => {
        if (begun.has(step.step)) return;
        begun.add(step.step);
        cluster.forgetSteward();
        throw new Error('the steward died');
      };
      cluster.after = () => cluster.forgetSteward();
      cluster.apply({ shards: 3, servers: 2 });
      const steps = await cluster.settle();

      expect(steps.filter((step) => step.startsWith('assign'))).toEqual(
        MASTERS.map((pod) => `assign ${pod}`),
      );
      expect(steps.at(-1)).toBe('mark-formed');
      expect(cluster.formedTimes).toBe(1);
      const { nodes } = await cluster.look();
      for (const { pod, shard, server, view } of nodes) {
        const first = pod.endsWith('-0');
        expect(server, pod).toMatchObject({
          state: 'serving',
          role: first ? 'master' : 'replica',
          linked: true,
        });
        // Names in place of addresses, as clients are told them.
        if (server.state === 'serving' && !first)
          expect(server.follows).toBe(`redis-${shard}-0.redis-headless.test`);
        if (server.state === 'serving' && first) {
          expect(server.replicas).toMatchObject([{ host: `redis-${shard}-1.redis-headless.test` }]);
        }
        expect(view?.nodes.filter(({ handshake }) => !handshake)).toHaveLength(6);
      }
      const client = cluster.client();
      for (let key = 0; key < 100; key++) await client.command('SET', `key-${key}`, `${key}`);
      for (let key = 0; key < 100; key++) expect(await client.command('GET', `key-${key}`)).toBe(`${key}`);
      client.close();
    },
    ENOUGH,
  );
});
