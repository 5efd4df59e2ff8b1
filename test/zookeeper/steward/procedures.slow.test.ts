import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ZooKeeperClient } from '../../../lib/zookeeper/wire/client';
import { zookeeperClassPath, zookeeperMissing } from '../../support/zookeeper-server';
import { loopbackSettings } from '../gate/gated-member';
import { type Deadly, LoopbackCluster } from './loopback-cluster';

const ENOUGH = 240_000;
const title = zookeeperMissing
  ? `a steward of real members (skipped: ${zookeeperMissing})`
  : 'a steward of real members';

/** Writes one node after the other, with whoever takes it. */
class Writer {
  readonly acknowledged: string[] = [];
  private stopped = false;
  private readonly over: Promise<void>;

  constructor(private readonly servers: readonly { readonly host: string; readonly port: number }[]) {
    this.over = this.write();
  }

  /** Stops, and gives what is missing of all that was acknowledged. */
  async missing(): Promise<string[]> {
    this.stopped = true;
    await this.over;
    const client = await this.connect();
    await client.sync('/');
    const found = new Set(await client.getChildren('/'));
    await client.close();
    return this.acknowledged.filter((name) => !found.has(name));
  }

  private connect(): Promise<ZooKeeperClient> {
    return ZooKeeperClient.connect({
      servers: this.servers,
      sessionTimeoutMs: 4_000,
      connectTimeoutMs: 2_000,
    });
  }

  private async write(): Promise<void> {
    for (let at = 0; !this.stopped; ) {
      const client = await this.connect().catch(() => undefined);
      try {
        while (client && !this.stopped) {
          const name = `kept-${at++}`;
          await client.create(`/${name}`);
          this.acknowledged.push(name);
          await delay(20);
        }
      } catch {
        // Whether the last one was written is unknown.
      }
      await client?.close();
      await delay(50);
    }
  }
}

describe.skipIf(zookeeperMissing)(title, () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'procedures-'));
  const clusters: LoopbackCluster[] = [];

  beforeAll(async () => {
    await zookeeperClassPath();
    vi.stubEnv('SUPER_USERNAME', 'super');
    vi.stubEnv('SUPER_PASSWORD', 'secret');
  }, 300_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await Promise.all(clusters.map((cluster) => cluster.close()));
    fs.rmSync(root, { recursive: true, force: true });
  });

  it.each<[string, Deadly]>([
    ['goes on', undefined],
    ['dies after each action', 'after'],
    ['dies before each action, the first time', 'before'],
  ])(
    'that %s forms, grows, shrinks and mends a cluster, which loses nothing',
    async (name, deadly) => {
      const settings = loopbackSettings(1);
      const cluster = new LoopbackCluster(path.join(root, name.replaceAll(' ', '-')), settings, deadly);
      clusters.push(cluster);
      cluster.apply(1, 'zk-a');
      expect(await cluster.settle()).toEqual(['provision', 'mark-formed']);
      const hosts = [1, 2, 3].map((id) => ({ host: `127.0.0.${id}`, port: settings.port }));
      const writer = new Writer(hosts);

      cluster.apply(3, 'zk-b');
      const growth = ['scale 2', 'scale 3', 'admit 2 voter', 'admit 3 voter'];
      expect(await cluster.settle()).toEqual([...growth, 'restart 1']);

      cluster.apply(1, 'zk-b');
      // Who leads leaves last, and that is not always the same one.
      expect((await cluster.settle()).sort()).toEqual(['dismiss 2', 'dismiss 3', 'scale 1', 'scale 2']);

      // Over the disks that they had.
      cluster.apply(3, 'zk-b');
      expect(await cluster.settle()).toEqual(growth);

      cluster.apply(3, 'zk-c');
      expect((await cluster.settle()).sort()).toEqual(['restart 1', 'restart 2', 'restart 3']);

      const follower = async () => {
        for (const id of [3, 2, 1]) if ((await cluster.member(id).serving()) !== 'leader') return id;
        throw new Error('nobody follows');
      };
      await cluster.lose(await follower());
      expect(await cluster.settle()).toEqual([]);

      const unlisted = await follower();
      await cluster
        .member(unlisted)
        .insist((client) => client.reconfig({ leaving: [unlisted], timeoutMs: 30_000 }));
      expect(await cluster.settle()).toEqual([`admit ${unlisted} voter`]);

      expect(await writer.missing()).toEqual([]);
      expect(writer.acknowledged.length).toBeGreaterThan(100);
      expect(cluster.wrong).toEqual([]);
      expect(cluster.deaths).toBe(deadly ? cluster.steps.length : 0);
      await cluster.close();
    },
    ENOUGH,
  );
});
