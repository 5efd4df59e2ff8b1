import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ServerFiles } from '../../../lib/redis/gate/disk';
import type { RedisGateSettings } from '../../../lib/redis/gate/settings';
import type { RedisBackupSettings } from '../../../lib/redis/tasks/settings';
import { parseClusterNodes } from '../../../lib/redis/wire/cluster-nodes';
import { list, text } from '../../../lib/redis/wire/reply';
import type { Redis } from '../../../lib/redis/wire/types';
import { Authority, opensslMissing } from '../../support/certificates';
import { eventually } from '../../support/eventually';
import { rcloneMissing } from '../../support/rclone';
import {
  REDIS_RELEASE,
  REDIS_RELEASES,
  type RedisProcess,
  type RedisRelease,
  type RedisSettings,
  redisMissing,
} from '../../support/redis-process';
import { temporary } from '../../support/temporary';
import { startWithUsers, stewardOf } from '../server-with-users';
import { Secrets } from '../shared/secrets';
import { type BackupRun, backUp, podPaths, restore, upload } from './run-tasks';

const following = ({ address: { host, port } }: RedisProcess) => ({ replicaof: `${host} ${port}` });

const inStep = (redis: Redis) =>
  eventually(
    async () => text(await redis.command('INFO', 'replication')),
    (info) => info.includes('master_link_status:up'),
  );

/** Everything in a server. */
async function contents(redis: Redis): Promise<Map<string, string>> {
  const keys = list(await redis.command('KEYS', '*')).map(text);
  const values = await redis.pipeline(keys.map((key) => ['GET', key]));
  return new Map(keys.map((key, at) => [key, String(values[at])] as const).sort());
}

function fill(redis: Redis, count: number, prefix = 'key') {
  return redis.pipeline(
    Array.from({ length: count }, (_, at) => ['SET', `${prefix}-${at}`, `value ${at}`.repeat(20)]),
  );
}

/** A place for a backup, and what its Job is told of these servers. */
function jobOf(
  servers: readonly (readonly [pod: string, server: RedisProcess, shard?: number])[],
  topology: RedisBackupSettings['topology'],
  release: RedisRelease = REDIS_RELEASE,
): BackupRun & { store: string } {
  const root = temporary();
  const secrets = new Secrets(path.join(root, 'secrets'));
  // The newest is not known to servers yet.
  secrets.passwords('internal', 'internal-2', 'internal-1');
  const settings: RedisBackupSettings = {
    topology,
    servers: servers.map(([pod, { address }, shard = 0]) => ({ pod, shard, ...address })),
    tls: false,
    directory: path.join(root, 'backup'),
  };
  return { settings, release, secrets: secrets.directory, store: path.join(root, 'store') };
}

function gateOf(
  more: Partial<RedisGateSettings> & Pick<RedisGateSettings, 'restore' | 'members'>,
): RedisGateSettings {
  return {
    cluster: 'redis',
    topology: 'replication',
    founders: more.members.map(({ pod }) => pod),
    port: 6379,
    tls: false,
    keepsData: true,
    operations: 'steward',
    ...more,
  };
}

const memberOf = (pod: string, shard = 0) => ({ pod, host: `${pod}.redis-headless`, shard });

/** Lets a server start on what was restored, as its gate does. */
function throughGate(pod: string, paths: ReturnType<typeof podPaths>, settings: RedisSettings): void {
  const conf = Object.entries(settings)
    .map(([key, value]) => `${key} ${value}\n`)
    .join('');
  const files = new ServerFiles({ cluster: 'redis' }, paths, pod, conf);
  expect(files.read().state).toBe('data');
  files.prepare(conf, (existing) => existing);
}

describe.skipIf(redisMissing || rcloneMissing).each(REDIS_RELEASES)('a backup of %s', (release) => {
  it.each(['yes', 'no'])(
    'is taken of a replica under writes, and restored into a server with appendonly %s',
    async (appendonly) => {
      const root = temporary();
      const master = await startWithUsers(path.join(root, 'redis-0'), { release });
      const replica = await startWithUsers(path.join(root, 'redis-1'), { release }, following(master));
      const [redis, other] = [stewardOf(master), stewardOf(replica)];
      await inStep(other);
      await fill(redis, 3_000);
      await redis.command('SET', 'gone', 'soon', 'PX', 1);
      let writing = true;
      const writes = (async () => {
        for (let at = 0; writing; at++) {
          await redis.command('SET', `churn-${at % 50}`, `${at}`);
          await delay(1);
        }
      })();
      const job = jobOf(
        [
          ['redis-0', master],
          ['redis-1', replica],
        ],
        'replication',
        release,
      );
      const { facts, lines } = await backUp(job);
      writing = false;
      await writes;
      expect(facts).toMatchObject({
        name: expect.stringMatching(/^\d{8}T\d{6}Z$/),
        topology: 'replication',
        parts: [{ file: `${facts.name}-0.rdb`, shard: 0, from: 'redis-1', role: 'replica' }],
      });
      expect(facts.parts[0].version).toMatch(new RegExp(`^${release.split('-')[1].split('.')[0]}\\.`));
      expect(facts.parts[0].keys).toBeGreaterThanOrEqual(3_000);
      expect(lines.map(({ backup }) => backup)).toEqual(['chosen', 'taken', 'verified']);
      expect(await upload(job.settings.directory, job.store)).toEqual([
        { backup: 'uploaded', name: facts.name },
      ]);
      expect(fs.readdirSync(job.store).sort()).toEqual([`${facts.name}-0.rdb`, `${facts.name}.json`]);

      const settings = gateOf({ restore: facts.name, members: [memberOf('redis-0'), memberOf('redis-1')] });
      const [first, second] = ['redis-0', 'redis-1'].map((pod) => podPaths(path.join(root, 'new', pod)));
      expect((await restore('redis-1', second, settings, job.store)).plan).toBe('nothing');
      expect(fs.readdirSync(second.data)).toEqual([]);
      const { plan, lines: done } = await restore('redis-0', first, settings, job.store);
      expect(plan).toBe('restore 0');
      expect(done.at(-1)).toMatchObject({
        restore: 'restored',
        backup: facts.name,
        keys: facts.parts[0].keys,
      });
      // Its container is run again, as after a node was lost: what is there is left alone.
      expect((await restore('redis-0', first, settings, job.store)).plan).toBe('nothing');
      throughGate('redis-0', first, { appendonly });
      const restored = await startWithUsers(first.data, { release }, { appendonly });
      const found = await contents(stewardOf(restored));
      const [was] = [await contents(redis)];
      for (const key of [...found.keys(), ...was.keys()]) {
        if (!key.startsWith('churn-')) expect(found.get(key), key).toBe(was.get(key));
      }
      expect([...found.keys()].filter((key) => key.startsWith('churn-')).length).toBeGreaterThan(0);
      await restored.restart();
      expect((await contents(stewardOf(restored))).size).toBe(found.size);
    },
  );

  it('of a Redis Cluster is one of all shards, and restores each slot with its keys', async () => {
    const root = temporary();
    const settings = { 'cluster-enabled': 'yes', 'cluster-config-file': 'nodes.conf' };
    const pods = ['redis-0-0', 'redis-3-0', 'redis-4-0'];
    const nodes = await Promise.all(
      pods.map((pod) => startWithUsers(path.join(root, pod), { release }, settings)),
    );
    // By no means even.
    const ranges = [
      [0, 99, 12_000, 16_383],
      [100, 9_000],
      [9_001, 11_999],
    ];
    const clients = nodes.map(stewardOf);
    await form(clients, ranges);
    await fillCluster(clients, 600);
    const was = await Promise.all(clients.map(contents));
    expect(was.every(({ size }) => size > 50)).toBe(true);
    const job = jobOf(
      pods.map((pod, at) => [pod, nodes[at], Number(pod.split('-')[1])] as const),
      'cluster',
      release,
    );
    const { facts } = await backUp(job);
    expect(facts.parts.map(({ shard, slots, keys }) => ({ shard, slots, keys }))).toEqual([
      {
        shard: 0,
        slots: [
          [0, 99],
          [12_000, 16_383],
        ],
        keys: was[0].size,
      },
      { shard: 3, slots: [[100, 9_000]], keys: was[1].size },
      { shard: 4, slots: [[9_001, 11_999]], keys: was[2].size },
    ]);
    await upload(job.settings.directory, job.store);

    const gate = gateOf({
      topology: 'cluster',
      restore: facts.name,
      members: [0, 1, 2].flatMap((shard) => [0, 1].map((at) => memberOf(`new-${shard}-${at}`, shard))),
    });
    const restored: Redis[] = [];
    for (const shard of [0, 1, 2]) {
      const pod = `new-${shard}-0`;
      const paths = podPaths(path.join(root, pod));
      expect((await restore(pod, paths, gate, job.store)).plan).toBe(`restore ${shard}`);
      throughGate(pod, paths, { appendonly: shard === 1 ? 'yes' : 'no' });
      const server = await startWithUsers(
        paths.data,
        { release },
        { ...settings, appendonly: shard === 1 ? 'yes' : 'no' },
      );
      restored.push(stewardOf(server));
    }
    const replica = podPaths(path.join(root, 'new-0-1'));
    expect((await restore('new-0-1', replica, gate, job.store)).plan).toBe('nothing');
    for (const [at, redis] of restored.entries()) {
      const { myself } = parseClusterNodes(text(await redis.command('CLUSTER', 'NODES')));
      const own = myself.slots.flatMap(([first, last]) =>
        Array.from({ length: last - first + 1 }, (_, by) => first + by),
      );
      const has = (slot: number) =>
        facts.parts[at].slots?.some(([first, last]) => first <= slot && slot <= last);
      expect(own.length).toBeGreaterThan(50);
      expect(own.every(has)).toBe(true);
    }
    // The steward gives slots without keys to whom it likes.
    await form(restored, [await freeSlots(restored), [], []]);
    expect(await Promise.all(restored.map(contents))).toEqual(was);
    const fewer = gateOf({
      topology: 'cluster',
      restore: facts.name,
      members: [0, 1].map((at) => memberOf(`few-${at}-0`, at)),
    });
    await expect(restore('few-0-0', podPaths(path.join(root, 'few')), fewer, job.store)).rejects.toThrow(
      `${facts.name} has the data of 3 shards, and 2 shards are formed here: form as many as the backup has, and change their number afterwards`,
    );
  });
});

/** Slots that none of these nodes has. */
async function freeSlots(clients: readonly Redis[]): Promise<number[]> {
  const owned = new Set<number>();
  for (const redis of clients) {
    const { myself } = parseClusterNodes(text(await redis.command('CLUSTER', 'NODES')));
    for (const [first, last] of myself.slots) for (let slot = first; slot <= last; slot++) owned.add(slot);
  }
  const free = Array.from({ length: 16_384 }, (_, slot) => slot).filter((slot) => !owned.has(slot));
  return free.flatMap((slot) => [slot, slot]);
}

/** Makes a Redis Cluster of nodes, each with these ranges of slots. */
async function form(clients: readonly Redis[], ranges: readonly (readonly number[])[]): Promise<void> {
  for (const [at, redis] of clients.entries()) {
    if (ranges[at].length > 0) await redis.command('CLUSTER', 'ADDSLOTSRANGE', ...ranges[at]);
  }
  for (const { address } of clients.slice(1))
    await clients[0].command('CLUSTER', 'MEET', address.host, address.port, address.port + 10_000);
  for (const redis of clients) {
    await eventually(
      async () => text(await redis.command('CLUSTER', 'INFO')),
      (info) => info.includes('cluster_state:ok') && info.includes('cluster_slots_ok:16384'),
    );
  }
}

async function fillCluster(clients: readonly Redis[], count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const words = ['SET', `key-${at}`, `value ${at}`];
    const replies = await Promise.all(clients.map((redis) => redis.command(...words).catch(() => 'MOVED')));
    expect(replies.filter((reply) => reply === 'OK')).toHaveLength(1);
  }
}

describe.skipIf(redisMissing || rcloneMissing)('a backup', () => {
  async function pair() {
    const root = temporary();
    const master = await startWithUsers(path.join(root, 'redis-0'), {});
    const replica = await startWithUsers(path.join(root, 'redis-1'), {}, following(master));
    await inStep(stewardOf(replica));
    await fill(stewardOf(master), 100);
    return {
      master,
      replica,
      job: jobOf(
        [
          ['redis-0', master],
          ['redis-1', replica],
        ],
        'replication',
      ),
    };
  }

  it('is taken of the master where no replica gives one', async () => {
    const { replica, job } = await pair();
    const { facts, lines } = await backUp({
      ...job,
      before: async (container) => (container === 'take' ? replica.stop() : undefined),
    });
    expect(facts.parts).toMatchObject([{ from: 'redis-0', role: 'master', keys: 100 }]);
    expect(lines.map(({ backup }) => backup)).toEqual(['chosen', 'failed', 'taken', 'verified']);
  });

  it('fails where nobody can be asked, and where nobody gives one', async () => {
    const { master, replica, job } = await pair();
    const stop = async () => {
      await Promise.all([master.stop(), replica.stop()]);
    };
    await expect(backUp({ ...job, before: stop })).rejects.toThrow(/"part":0,"reason":"no server gave it"/);
    await expect(backUp(job)).rejects.toThrow(/^no server can be backed up: redis-0: .*; redis-1: /);
  });

  it('fails where what was taken is not whole, or not what the server has', async () => {
    const { master, job } = await pair();
    const rdb = path.join(job.settings.directory, '0.rdb');
    const checked = path.join(job.settings.directory, '0.check');
    const change = (container: 'take' | 'verify', text: (check: string) => string) => async (now: string) => {
      if (now !== container) return;
      fs.writeFileSync(checked, text(fs.readFileSync(checked, 'utf8')));
    };
    const spoil = change('verify', (check) => check.replace('RDB looks OK!', 'unexpected EOF'));
    await expect(backUp({ ...job, before: spoil })).rejects.toThrow(
      /^the RDB file of redis-1 was looked at: it does not say that the file is whole/,
    );
    const fewer = change('verify', (check) => check.replace('100 keys read', '99 keys read'));
    await expect(backUp({ ...job, before: fewer })).rejects.toThrow(
      'the RDB file of redis-1 has 99 keys, where the server had 100',
    );
    const older = change('verify', (check) => check.replace(/repl-offset = '\d+'/, "repl-offset = '1'"));
    await expect(backUp({ ...job, before: older })).rejects.toThrow(
      /^the RDB file of redis-1 ends at offset 1, before \d+ where the stream was when the backup began$/,
    );
    expect(fs.existsSync(path.join(job.settings.directory, 'name'))).toBe(false);
    // What has come and gone meanwhile is no reason to doubt it.
    const { facts } = await backUp({
      ...job,
      before: async () => void (await fill(stewardOf(master), 50, 'more')),
    });
    expect(facts.parts[0].keys).toBeGreaterThanOrEqual(100);
    expect(fs.statSync(rdb).size).toBe(facts.parts[0].bytes);
  });

  it('is not made while slots move, nor where they have moved', async () => {
    const root = temporary();
    const settings = { 'cluster-enabled': 'yes', 'cluster-config-file': 'nodes.conf' };
    const nodes = await Promise.all(
      [0, 1, 2].map((at) => startWithUsers(path.join(root, `redis-${at}-0`), {}, settings)),
    );
    const clients = nodes.map(stewardOf);
    await form(clients, [
      [0, 5_000],
      [5_001, 10_000],
      [10_001, 16_383],
    ]);
    const job = jobOf(
      nodes.map((node, at) => [`redis-${at}-0`, node, at] as const),
      'cluster',
    );
    const ids = await Promise.all(clients.map(async (redis) => text(await redis.command('CLUSTER', 'MYID'))));
    const move = async () => {
      for (const at of [1, 0, 2]) await clients[at].command('CLUSTER', 'SETSLOT', 5_000, 'NODE', ids[1]);
    };
    await expect(
      backUp({ ...job, before: async (now) => (now === 'verify' ? move() : undefined) }),
    ).rejects.toThrow(
      'slots have moved while the backup was taken, and keys with them: "0: 0-5000; 1: 5001-10000; 2: 10001-16383" has become "0: 0-4999; 1: 5000-10000; 2: 10001-16383"',
    );
    await clients[1].command('CLUSTER', 'SETSLOT', 4_999, 'IMPORTING', ids[0]);
    await expect(backUp(job)).rejects.toThrow(/^redis-1-0 is handing slots over or taking some/);
    await clients[1].command('CLUSTER', 'SETSLOT', 4_999, 'STABLE');
    await nodes[2].stop();
    await expect(backUp(job)).rejects.toThrow(/^6383 slots have no master that can be asked: redis-2-0: /);
  });

  it.skipIf(opensslMissing)('is taken by TLS', async () => {
    const root = temporary();
    const job = { ...jobOf([], 'standalone'), store: '' };
    const tls = new Authority(path.join(root, 'authority')).issue(path.join(job.secrets, 'tls'));
    const server = await startWithUsers(path.join(root, 'redis-0'), { tls }, { 'tls-auth-clients': 'yes' });
    const login = { username: 'backup', password: 'internal-1' };
    expect(
      await server
        .client(login)
        .command('PING')
        .catch(() => 'refused'),
    ).toBe('refused');
    const settings = {
      ...job.settings,
      tls: true,
      servers: [{ pod: 'redis-0', shard: 0, ...server.address }],
    };
    const { facts } = await backUp({ ...job, settings });
    expect(facts.parts).toMatchObject([{ from: 'redis-0', role: 'master', keys: 0 }]);
  });

  it('is refused where it is not what was backed up', async () => {
    const { job } = await pair();
    const { facts } = await backUp(job);
    await upload(job.settings.directory, job.store);
    fs.appendFileSync(path.join(job.store, `${facts.name}-0.rdb`), 'x');
    const paths = podPaths(path.join(temporary(), 'redis-0'));
    const settings = gateOf({ restore: facts.name, members: [memberOf('redis-0')] });
    await expect(restore('redis-0', paths, settings, job.store)).rejects.toThrow(
      new RegExp(
        `^the SHA-256 of ${facts.name}-0.rdb is [0-9a-f]{64}, not ${facts.parts[0].sha256} as it was when the backup was made$`,
      ),
    );
    expect(fs.existsSync(path.join(paths.data, 'dump.rdb'))).toBe(false);
    const missing = { ...settings, restore: '20200101T000000Z' };
    await expect(restore('redis-0', paths, missing, job.store)).rejects.toThrow(
      /20200101T000000Z\.json cannot be had/,
    );
  });
});
