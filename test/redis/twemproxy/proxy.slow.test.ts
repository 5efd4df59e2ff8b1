import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { twemproxyMetrics } from '../../../lib/redis/twemproxy/metrics';
import { NOTE, writeNote } from '../../../lib/redis/twemproxy/note';
import { eventually } from '../../support/eventually';
import { redisMissing, twemproxyMissing } from '../../support/redis-binaries';
import { REDIS_RELEASES } from '../../support/redis-process';
import {
  AGENT,
  administrator,
  admit,
  layoutOf,
  PASSWORD,
  ProxyPod,
  type Shards,
  settingsOf,
  startShard,
} from './store';

async function settle(shards: Shards): Promise<void> {
  for (const [shard, process] of Object.entries(shards)) {
    const agent = process.client(AGENT);
    await agent.command(...writeNote({ shard, state: 'settled', layout: layoutOf(shards) }));
    agent.close();
  }
}

async function store(count = 2) {
  const names = Array.from({ length: count }, (_, i) => `shard-${i}`);
  const shards = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await startShard()] as const)),
  );
  await settle(shards);
  return { shards, pod: ProxyPod.create(settingsOf(shards)) };
}

const keys = Array.from({ length: 60 }, (_, i) => `key:${i}`);

describe.skipIf(redisMissing ?? twemproxyMissing)('a proxy', () => {
  it('demands the password that it has for its shards, and no name', async () => {
    const { pod } = await store();
    await pod.start();
    const client = pod.proxy.client();
    expect(await client.ask('GET', 'a')).toBe('-NOAUTH Authentication required');
    expect(await client.ask('AUTH', 'wrong')).toBe('-ERR invalid password');
    expect(await client.ask('AUTH', PASSWORD)).toBe('OK');
    expect(await client.ask('SET', 'a', '1')).toBe('OK');
    expect(await client.ask('MGET', 'a', 'b', 'c')).toBe('1,,');
    await expect(pod.proxy.client().ask('AUTH', 'default', PASSWORD)).rejects.toThrow(
      /closed the connection/,
    );
    for (const word of ['HELLO', 'INFO', 'SELECT', 'CLIENT', 'MULTI', 'SUBSCRIBE', 'KEYS', 'SCAN', 'BLPOP'])
      await expect(pod.proxy.client().ask(word, '0'), word).rejects.toThrow(/closed the connection/);
  });

  it('has ioredis as a client that asks for nothing before its work', async () => {
    const { pod } = await store();
    await pod.start();
    const client = new Redis({
      host: '127.0.0.1',
      port: pod.proxy.clients,
      password: PASSWORD,
      enableReadyCheck: false,
      disableClientInfo: true,
      protocol: 2,
      retryStrategy: () => null,
    });
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    expect(await client.set('a', '1')).toBe('OK');
    expect(await client.mget('a', 'b')).toEqual(['1', null]);
    client.disconnect();
    expect(errors).toEqual([]);
  });

  it.each(REDIS_RELEASES)('has shards of %s that take its users', async (release) => {
    const shard = await startShard(release);
    const steward = administrator(shard);
    const clients = shard.client({ username: 'default', password: PASSWORD });
    expect(await clients.command('SET', 'a', '1')).toBe('OK');
    await expect(clients.command('FLUSHALL')).rejects.toThrow(/NOPERM/);
    await expect(clients.command('CLIENT', 'LIST')).rejects.toThrow(/NOPERM/);
    const agent = shard.client(AGENT);
    expect(await agent.command('GET', NOTE)).toBeNull();
    await expect(agent.command('CONFIG', 'GET', '*')).rejects.toThrow(/NOPERM/);
    for (const client of [steward, clients, agent]) client.close();
  });

  it('ends at SIGINT and at SIGTERM, unless it is process 1', async () => {
    const { pod } = await store();
    await pod.start();
    expect(await pod.proxy.signal('SIGTERM')).toBe('SIGTERM');
    await pod.proxy.start(`${pod.run.paths.run}/nutcracker.yml`);
    expect(await pod.proxy.signal('SIGINT')).toBe(1);
  });

  it('finds keys under the name of a shard, wherever that is', async () => {
    const { shards, pod } = await store(3);
    await pod.start();
    const client = await pod.client();
    for (const key of keys) expect(await client.ask('SET', key, key)).toBe('OK');
    await pod.stop();
    // Another server in the place of shard-1, with its data.
    const moved = await startShard();
    const steward = administrator(moved);
    const { host, port } = shards['shard-1'].address;
    await steward.command('CONFIG', 'SET', 'masteruser', 'steward', 'masterauth', 'x');
    await steward.command('REPLICAOF', host, port);
    await eventually(
      async () => String(await steward.command('INFO', 'replication')),
      (info) => info.includes('master_link_status:up'),
    );
    await steward.command('REPLICAOF', 'NO', 'ONE');
    steward.close();
    await shards['shard-1'].stop();
    const after = ProxyPod.create(settingsOf({ ...shards, 'shard-1': moved }));
    await after.start();
    const again = await after.client();
    for (const key of keys) expect(await again.ask('GET', key)).toBe(key);
  });

  it('writes nothing elsewhere while a shard is away', async () => {
    const { shards, pod } = await store();
    await pod.start();
    const client = await pod.client();
    for (const key of keys) await client.ask('SET', key, 'before');
    await shards['shard-1'].stop();
    const replies = new Map<string, string>();
    for (const key of keys) replies.set(key, await client.ask('SET', key, 'during'));
    const failed = keys.filter((key) => replies.get(key) !== 'OK');
    expect(failed.length).toBeGreaterThan(10);
    expect(failed.length).toBeLessThan(50);
    for (const key of failed) expect(replies.get(key)).toMatch(/^-ERR (Connection|Broken|Operation)/);
    const left = administrator(shards['shard-0']);
    expect(await left.command('EXISTS', ...failed)).toBe(0);
    left.close();
    await pod.agent?.look();
    expect(pod.agent?.view.shards).toEqual(
      new Map([
        ['shard-0', true],
        ['shard-1', false],
      ]),
    );
    expect(pod.agent?.ready).toBe(true);
  });
});

describe.skipIf(redisMissing ?? twemproxyMissing)('an agent', () => {
  it('has the proxy leave a master that has become a replica', async () => {
    const { shards, pod } = await store();
    await pod.start();
    const client = await pod.client();
    for (const key of keys) await client.ask('SET', key, 'before');
    const steward = administrator(shards['shard-0']);
    await steward.command('REPLICAOF', '127.0.0.1', '1');
    const refused = [];
    for (const key of keys) refused.push(await client.ask('SET', key, 'during'));
    expect(refused.filter((reply) => reply.startsWith('-READONLY')).length).toBeGreaterThan(10);
    const connections = async () =>
      String(await steward.command('CLIENT', 'LIST')).match(/id=\d+.*user=default/g);
    const before = await connections();
    await pod.agent?.look();
    expect(pod.agent?.view.shards.get('shard-0')).toBe(false);
    await eventually(connections, (found) => found?.join() !== before?.join());
    expect(pod.lines).toContainEqual({ reconnected: 'shard-0', connections: 1 });
    await steward.command('REPLICAOF', 'NO', 'ONE');
    await pod.agent?.look();
    expect(pod.agent?.view.shards.get('shard-0')).toBe(true);
    for (const key of keys) expect(await client.ask('SET', key, 'after')).toBe('OK');
    steward.close();
  });

  it('has the proxy log in again where it was refused once', async () => {
    const { shards, pod } = await store();
    const steward = administrator(shards['shard-0']);
    await steward.command('ACL', 'SETUSER', 'default', 'off', 'resetpass');
    await pod.force();
    const client = await pod.client();
    for (const key of keys) await client.ask('SET', key, 'x');
    await admit(shards['shard-0']);
    const replies = async () => {
      const all = [];
      for (const key of keys) all.push(await client.ask('SET', key, 'x'));
      return new Set(all);
    };
    // By itself it would not, ever.
    expect(await replies()).toEqual(new Set(['OK', '-NOAUTH Authentication required.']));
    await pod.agent?.look();
    await pod.agent?.look();
    expect(await replies()).toEqual(new Set(['OK']));
    steward.close();
  });

  it('tells what the proxy tells', async () => {
    const { pod } = await store();
    await pod.start();
    const client = await pod.client();
    for (const key of keys) await client.ask('SET', key, 'x');
    const { agent } = pod;
    await eventually(
      async () => {
        await agent?.look();
        return twemproxyMetrics('proxy', agent!.view);
      },
      (text) => {
        const requests = [...text.matchAll(/twemproxy_shard_requests_total\{.*\} (\d+)/g)].map(([, n]) =>
          Number(n),
        );
        return requests.length === 2 && requests[0] + requests[1] >= keys.length;
      },
    );
    const text = twemproxyMetrics('proxy', agent!.view);
    expect(text).toContain('twemproxy_up{proxy="proxy"} 1\n');
    expect(text).toContain('twemproxy_shard_up{proxy="proxy",shard="shard-1"} 1\n');
    expect(text).toContain('twemproxy_password_outdated{proxy="proxy"} 0\n');
    expect(text).toMatch(/twemproxy_client_connections\{proxy="proxy"\} \d+\n/);
    expect(text).toMatch(/twemproxy_shard_connections\{proxy="proxy",shard="shard-0"\} 1\n/);
  });
});
