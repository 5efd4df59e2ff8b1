import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisMissing } from '../support/redis-binaries';
import { type ClusterClient, Writer } from './gate/cluster/cluster-client';
import { LoopbackCluster } from './gate/cluster/loopback-cluster';

const ENOUGH = 300_000;

// One cluster and one client, which goes on writing through everything that happens.
describe.skipIf(redisMissing)('a Redis Cluster with a client that writes', () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'test-'));
  let cluster: LoopbackCluster;
  let client: ClusterClient;
  let writer: Writer;

  beforeAll(async () => {
    cluster = await LoopbackCluster.create(root);
    cluster.apply({ shards: 3, servers: 2 });
    await cluster.settle();
    client = cluster.client();
    writer = new Writer(client, 400);
    await delay(1_000);
  }, ENOUGH);
  afterAll(async () => {
    client?.close();
    await cluster?.close();
    fs.rmSync(root, { recursive: true, force: true });
  });

  /** Who is the master of a shard. */
  const masterOf = async (shard: number): Promise<string> => {
    const { nodes } = await cluster.look();
    const found = nodes.find(
      (node) => node.shard === shard && node.server.state === 'serving' && node.server.role === 'master',
    );
    return found?.pod ?? 'nobody';
  };
  const replicaOf = async (shard: number) =>
    (await masterOf(shard)).replace(/\d$/, (one) => (one === '0' ? '1' : '0'));
  /** Whether everybody knows everybody, and nobody who has gone. */
  const isWhole = async () => {
    await cluster.settle();
    const { nodes } = await cluster.look();
    return nodes.every(({ view }) => view?.nodes.length === 6);
  };
  /** Nothing that was acknowledged is missing, and everything is as it should be without more than these steps. */
  const heals = async (...steps: string[]) => {
    expect(await cluster.settle()).toEqual(steps);
    expect(await writer.missing()).toEqual([]);
  };
  /** What gates and scripts said of a pod since then. */
  const said = (pod: string, since: number) =>
    cluster.log
      .filter(({ server, at }) => server === pod && Number(at) >= since)
      .map(({ as, reason }) => as ?? reason);

  it(
    'finds itself again when all pods have new addresses, without anybody',
    async () => {
      const masters = await Promise.all([0, 1, 2].map(masterOf));
      await cluster.removeAll();
      await client.command('SET', 'afterwards', 'written');
      await heals();
      expect(await Promise.all([0, 1, 2].map(masterOf))).toEqual(masters);
    },
    ENOUGH,
  );

  it(
    'replaces a master that crashed before it starts again in its pod',
    async () => {
      const [master, replica] = [await masterOf(0), await replicaOf(0)];
      await cluster.crash(master);
      await cluster.until(async () => (await masterOf(0)) === replica);
      await heals();
      expect(cluster.output(master)).toContain(
        `this takes its place as a master first: ${replica}.redis-headless.test`,
      );
    },
    ENOUGH,
  );

  it(
    'replaces a master whose pod was killed as soon as the next one is there',
    async () => {
      const [master, replica] = [await masterOf(1), await replicaOf(1)];
      const since = Date.now();
      await cluster.remove(master, { force: true });
      await heals();
      expect(await masterOf(1)).toBe(replica);
      expect(said(master, since)).toEqual([
        expect.stringContaining(`${replica} can take its place as master of 5461 slots`),
        'a master that was replaced',
      ]);
    },
    ENOUGH,
  );

  it(
    'has a replica take over before a master ends',
    async () => {
      const [master, replica] = [await masterOf(2), await replicaOf(2)];
      writer.longest = 0;
      await cluster.remove(master);
      await heals();
      expect(await masterOf(2)).toBe(replica);
      // Far less than it takes to miss one that says nothing.
      expect(writer.longest).toBeLessThan(2_000);
    },
    ENOUGH,
  );

  it(
    'gives a replica that has lost its volume another one',
    async () => {
      const [master, replica] = [await masterOf(0), await replicaOf(0)];
      await cluster.remove(replica, { force: true, lose: true });
      await cluster.until(isWhole);
      expect(cluster.steps).toContain(`replicate ${replica} of ${master}`);
      await heals();
    },
    ENOUGH,
  );

  it(
    'makes a master that has lost its volume a replica',
    async () => {
      const [master, replica] = [await masterOf(1), await replicaOf(1)];
      await cluster.remove(master, { force: true, lose: true });
      await cluster.until(isWhole);
      expect(cluster.steps).toContain(`replicate ${master} of ${replica}`);
      await heals();
      expect(await masterOf(1)).toBe(replica);
    },
    ENOUGH,
  );

  it(
    'restarts into what was applied, replicas first',
    async () => {
      const masters = await Promise.all([0, 1, 2].map(masterOf));
      const replicas = await Promise.all([0, 1, 2].map(replicaOf));
      cluster.apply({ shards: 3, servers: 2, revision: 'b' });
      await heals(
        ...replicas.map((pod) => `restart ${pod}`),
        ...masters.flatMap((pod, shard) => [`failover ${replicas[shard]}`, `restart ${pod}`]),
      );
    },
    ENOUGH,
  );

  it('has lost nothing', async () => {
    expect(await writer.end()).toEqual([]);
    expect(writer.acknowledged.size).toBe(400);
  });
});
