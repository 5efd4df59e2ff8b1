import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ETCD_VERSIONS, etcdBinaries, etcdMissing } from '../../support/etcd-cluster';
import { type Deadly, GatedCluster } from './gated-cluster';
import { Writer } from './writer';

const ENOUGH = 300_000;
const [OLD, NEW] = ETCD_VERSIONS;
const title = etcdMissing
  ? `a steward of real members (skipped: ${etcdMissing})`
  : 'a steward of real members';

describe.skipIf(etcdMissing)(title, () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'etcd-procedures-'));
  const clusters: GatedCluster[] = [];
  const begin = (name: string, deadly?: Deadly) => {
    const cluster = GatedCluster.create(path.join(root, name), deadly);
    clusters.push(cluster);
    return cluster;
  };
  const clientsOf = (cluster: GatedCluster) => [0, 1, 2, 3, 4].map((id) => cluster.client(id));

  beforeAll(async () => {
    for (const version of ETCD_VERSIONS) await etcdBinaries(version);
  }, 300_000);
  afterAll(async () => {
    await Promise.all(clusters.map((cluster) => cluster.close()));
    fs.rmSync(root, { recursive: true, force: true });
  });

  it.each<[string, Deadly]>([
    ['goes on', undefined],
    ['dies after each action', 'after'],
    ['dies before each action, the first time', 'before'],
  ])(
    'that %s forms, grows, shrinks, upgrades and mends a cluster, which loses nothing',
    async (name, deadly) => {
      const cluster = begin(name.replaceAll(' ', '-'), deadly);
      cluster.apply({ count: 1, version: OLD, revision: 'a' });
      expect(await cluster.settle()).toEqual(['mark-formed']);
      const writer = new Writer(clientsOf(cluster));

      cluster.apply({ count: 3, version: OLD, revision: 'a' });
      expect((await cluster.settle()).sort()).toEqual([
        'admit 1 observer',
        'admit 1 voter',
        'admit 2 observer',
        'admit 2 voter',
        'scale 2',
        'scale 3',
      ]);

      cluster.apply({ count: 3, version: NEW, revision: 'b' });
      expect((await cluster.settle()).sort()).toEqual(['restart 0', 'restart 1', 'restart 2']);
      expect((await cluster.client(0).status()).version).toBe(NEW);

      cluster.apply({ count: 1, version: NEW, revision: 'b' });
      // Who leads leaves last, and that is not always the same one.
      expect((await cluster.settle()).sort()).toEqual(['dismiss 1', 'dismiss 2', 'scale 1', 'scale 2']);

      // Over the disks that they had.
      cluster.apply({ count: 3, version: NEW, revision: 'b' });
      expect(await cluster.settle()).toContain('admit 2 voter');

      const leader = await cluster.leader();
      const follower = leader === 2 ? 1 : 2;
      await cluster.lose(follower);
      expect(await cluster.settle()).toEqual([
        `dismiss ${-1 - follower}`,
        `admit ${follower} observer`,
        `admit ${follower} voter`,
      ]);

      const led = await cluster.leader();
      await cluster.lose(led);
      expect(await cluster.settle()).toEqual([
        `dismiss ${-1 - led}`,
        `admit ${led} observer`,
        `admit ${led} voter`,
      ]);

      expect(await writer.missing()).toEqual([]);
      expect(writer.acknowledged.length).toBeGreaterThan(50);
      expect(cluster.wrong).toEqual([]);
      expect(cluster.deaths).toBe(deadly ? cluster.steps.length : 0);
      await cluster.close();
    },
    ENOUGH,
  );

  it(
    'grows from one to five and back to one, while leaders are killed',
    async () => {
      const cluster = begin('five');
      cluster.apply({ count: 1, version: NEW, revision: 'a' });
      await cluster.settle();
      const writer = new Writer(clientsOf(cluster));
      // Right after each change of the membership its leader dies.
      cluster.afterEach = async (step) => {
        if (!/^(admit|dismiss) /.test(step)) return;
        await cluster.crash(await cluster.leader());
      };
      for (const count of [3, 5, 3, 1]) {
        cluster.apply({ count, version: NEW, revision: 'a' });
        await cluster.settle();
        const list = await cluster.client(0).memberList();
        expect(list.map((entry) => [entry.name, entry.learner]).sort()).toEqual(
          Array.from({ length: count }, (_, id) => [`etcd-${id}`, false]),
        );
      }
      expect(await writer.missing()).toEqual([]);
      expect(writer.acknowledged.length).toBeGreaterThan(50);
      expect(cluster.wrong).toEqual([]);
      await cluster.close();
    },
    ENOUGH,
  );

  it(
    'leaves everybody alone where a release is out of reach, until the cluster was told to go back',
    async () => {
      const cluster = begin('refused');
      cluster.apply({ count: 3, founders: 3, version: NEW, revision: 'a' });
      await cluster.settle();
      await cluster.client(0).put('kept', 'yes');
      cluster.apply({ count: 3, founders: 3, version: OLD, revision: 'b' });
      const refused = ({ doing }: { doing: string }) =>
        doing.includes('does not go back to 3.5 by a restart');
      expect(await cluster.settle(refused)).toEqual([]);
      await cluster.etcdctl(NEW, 'downgrade', 'enable', '3.5');
      expect((await cluster.settle()).sort()).toEqual(['restart 0', 'restart 1', 'restart 2']);
      expect((await cluster.client(0).status()).version).toBe(OLD);
      expect((await cluster.client(0).get('kept'))?.toString()).toBe('yes');
      expect(cluster.wrong).toEqual([]);
      await cluster.close();
    },
    ENOUGH,
  );

  it(
    'makes a cluster anew of one member when the others are lost for good, as it is told to',
    async () => {
      const cluster = begin('forced');
      cluster.apply({ count: 3, founders: 3, version: NEW, revision: 'a' });
      await cluster.settle();
      const list = await cluster.client(0).memberList();
      const { clusterId } = await cluster.client(0).status();
      await cluster.client(0).put('kept', 'yes');
      for (const id of [0, 2]) await cluster.lose(id);

      const forceNewCluster = { member: 1, confirm: clusterId.toString(16) };
      cluster.apply({ count: 3, founders: 3, version: NEW, revision: 'b', forceNewCluster });
      // Its pod is not ready, and would be replaced once it has been so for long enough.
      await cluster.replace(1);
      const held = ({ doing }: { doing: string }) => doing.includes('made anew by forceNewCluster');
      expect(await cluster.settle(held)).toEqual([]);
      expect((await cluster.client(1).memberList()).map(({ name }) => name)).toEqual(['etcd-1']);

      cluster.apply({ count: 3, founders: 3, version: NEW, revision: 'c' });
      await cluster.settle();
      const now = await cluster.client(0).memberList();
      expect(now.map(({ name }) => name).sort()).toEqual(['etcd-0', 'etcd-1', 'etcd-2']);
      expect(now.filter(({ id }) => list.some((entry) => entry.id === id)).map(({ name }) => name)).toEqual([
        'etcd-1',
      ]);
      expect((await cluster.client(2).get('kept'))?.toString()).toBe('yes');
      expect(cluster.wrong).toEqual([]);
      await cluster.close();
    },
    ENOUGH,
  );
});
