import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { libraryUsers, mergeAclFile } from '../../../lib/redis/gate/acl-file';
import type { WantedRedisUser } from '../../../lib/redis/steward/settings';
import { KeyedRedis } from '../../../lib/redis/steward/shared/keyed-redis';
import { RedisKeys } from '../../../lib/redis/steward/shared/keys';
import { Renewals } from '../../../lib/redis/steward/shared/renewals';
import { RedisServices, type ServiceSettings } from '../../../lib/redis/steward/shared/services';
import { connect } from '../../../lib/redis/wire/redis-client';
import { pairs, text } from '../../../lib/redis/wire/reply';
import { Certificates } from '../../../lib/steward/certificates';
import { Authority, opensslMissing } from '../../support/certificates';
import { eventually } from '../../support/eventually';
import {
  REDIS_RELEASES,
  RedisProcess,
  type RedisProcessOptions,
  type RedisSettings,
  redisMissing,
} from '../../support/redis-process';
import { temporary } from '../../support/temporary';
import { Secrets } from './secrets';

const NOW = { settled: 0, stale: 0 };

let stops: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  stops = [];
});

/** Servers as their gates have prepared them, and what the steward knows of them. */
class Deployment {
  readonly root = temporary();
  readonly secrets = new Secrets(path.join(this.root, 'secrets'));
  readonly keys: RedisKeys;
  readonly servers = new Map<string, KeyedRedis>();
  readonly processes = new Map<string, RedisProcess>();

  constructor(private readonly options: RedisProcessOptions = {}) {
    this.secrets.passwords('steward', 'steward-1');
    this.secrets.passwords('internal', 'internal-1');
    this.keys = new RedisKeys({ tls: options.tls !== undefined }, this.secrets.directory);
  }

  async start(pod: string, settings: RedisSettings = {}): Promise<RedisProcess> {
    const server = new RedisProcess(path.join(this.root, pod), this.options);
    stops.push(() => server.stop());
    const passwords = this.keys.passwords();
    const file = path.join(server.dir, 'users.acl');
    fs.writeFileSync(file, mergeAclFile('', libraryUsers(passwords)));
    server.configure({
      aclfile: file,
      masteruser: 'replication',
      masterauth: passwords.internal[0],
      ...settings,
    });
    await server.start();
    await server.serving();
    const redis = new KeyedRedis(server.address, this.keys, connect);
    stops.push(() => redis.close());
    this.servers.set(pod, redis);
    this.processes.set(pod, server);
    return server;
  }

  services(settings: Partial<ServiceSettings> = {}): RedisServices {
    return new RedisServices(
      { live: {}, users: [], ...settings },
      this.keys,
      new Renewals(new Certificates(NOW), 0),
    );
  }

  /** Looks and provisions until nothing is missing. */
  async settle(services: RedisServices): Promise<void> {
    for (let round = 0; round < 5; round++) {
      const { unprovisioned, provisionFailed } = await services.look(this.servers);
      if (provisionFailed) throw new Error(provisionFailed);
      if (!unprovisioned) return;
      await services.provision(this.servers);
    }
    throw new Error(`not settled: ${(await services.look(this.servers)).unprovisioned}`);
  }

  async config(pod: string, key: string): Promise<string | undefined> {
    return pairs(await (this.servers.get(pod) as KeyedRedis).command('CONFIG', 'GET', key)).get(key);
  }

  /** What a user gets for a command, or why it gets nothing. */
  async as(pod: string, username: string, password: string, ...words: string[]): Promise<string> {
    const redis = (this.processes.get(pod) as RedisProcess).client({ username, password });
    try {
      return text(await redis.command(...words));
    } catch (error) {
      return (error as Error).message.split(' ')[0];
    } finally {
      redis.close();
    }
  }
}

const APP: WantedRedisUser = {
  name: 'app',
  rules: '~app:* resetchannels -@all +@read +@write +ping +select',
};

describe.skipIf(redisMissing).each(REDIS_RELEASES)('services of %s', (release) => {
  it('find nothing to do on servers that their gates have prepared', async () => {
    const deployment = new Deployment({ release });
    await deployment.start('redis-0');
    expect(await deployment.services().look(deployment.servers)).toEqual({ staleCertificates: [] });
  });

  it('make users on every server for good, and remove those that nobody wants', async () => {
    const deployment = new Deployment({ release });
    for (const pod of ['redis-0', 'redis-1']) await deployment.start(pod);
    deployment.secrets.passwords('users/app', 'app-1');
    const all: WantedRedisUser = {
      name: 'all',
      rules: 'allkeys &events:* +@all -@dangerous -@admin +config|get (~extra:* +get)',
    };
    deployment.secrets.passwords('users/all', 'all-1');
    const services = deployment.services({ users: [APP, all] });
    expect((await services.look(deployment.servers)).unprovisioned).toBe(
      'user "app" on redis-0; user "all" on redis-0; user "app" on redis-1; user "all" on redis-1',
    );
    await services.provision(deployment.servers);
    expect(await services.look(deployment.servers)).toEqual({ staleCertificates: [] });
    for (const pod of ['redis-0', 'redis-1']) {
      expect(await deployment.as(pod, 'app', 'app-1', 'SET', 'app:1', 'x')).toBe('OK');
      expect(await deployment.as(pod, 'app', 'app-1', 'SET', 'other', 'x')).toBe('NOPERM');
      expect(await deployment.as(pod, 'app', 'app-1', 'CONFIG', 'GET', 'save')).toBe('NOPERM');
      expect(await deployment.as(pod, 'all', 'all-1', 'SET', 'other', 'x')).toBe('OK');
      expect(await deployment.as(pod, 'all', 'all-1', 'FLUSHALL')).toBe('NOPERM');
    }
    await deployment.processes.get('redis-0')?.restart();
    expect(await deployment.as('redis-0', 'app', 'app-1', 'PING')).toBe('PONG');
    // Another steward that never set a thing knows them by what servers say.
    const later = deployment.services({ users: [APP] });
    expect((await later.look(deployment.servers)).unprovisioned).toBe(
      'user "all", which is to go on redis-0; user "all", which is to go on redis-1',
    );
    await deployment.settle(later);
    expect(await deployment.as('redis-1', 'all', 'all-1', 'PING')).toBe('WRONGPASS');
    expect(await deployment.as('redis-1', 'app', 'app-1', 'PING')).toBe('PONG');
  });

  it('change a password while a client stays connected', async () => {
    const deployment = new Deployment({ release });
    const server = await deployment.start('redis-0');
    deployment.secrets.passwords('users/app', 'first');
    const services = deployment.services({ users: [APP] });
    await deployment.settle(services);
    const client = server.client({ username: 'app', password: 'first' });
    stops.push(() => client.close());
    const id = await client.command('CLIENT', 'ID').catch(() => undefined);
    expect(id).toBeUndefined();
    await client.command('SET', 'app:1', 'x');
    const { connected } = await clients(deployment);
    const ping = () => deployment.as('redis-0', 'app', 'first', 'PING');

    deployment.secrets.passwords('users/app', 'second', 'first');
    await deployment.settle(services);
    expect(await client.command('GET', 'app:1')).toBe('x');
    expect([await ping(), await deployment.as('redis-0', 'app', 'second', 'PING')]).toEqual(['PONG', 'PONG']);

    deployment.secrets.passwords('users/app', 'second');
    await deployment.settle(services);
    expect(await client.command('GET', 'app:1')).toBe('x');
    expect((await clients(deployment)).connected).toEqual(connected);
    expect([await ping(), await deployment.as('redis-0', 'app', 'second', 'PING')]).toEqual([
      'WRONGPASS',
      'PONG',
    ]);
  });

  it('change their own passwords, and those of replication, without breaking a link', async () => {
    const deployment = new Deployment({ release });
    const master = await deployment.start('redis-0');
    await deployment.start('redis-1', { replicaof: `${master.address.host} ${master.address.port}` });
    const services = deployment.services();
    const link = async () =>
      text(await (deployment.servers.get('redis-1') as KeyedRedis).command('INFO', 'replication'));
    const up = (info: string) => info.includes('master_link_status:up');
    await eventually(link, up);

    deployment.secrets.passwords('steward', 'steward-2', 'steward-1');
    deployment.secrets.passwords('internal', 'internal-2', 'internal-1');
    expect((await services.look(deployment.servers)).unprovisioned).toContain('masterauth on redis-0');
    await deployment.settle(services);
    expect(await deployment.config('redis-1', 'masterauth')).toBe('internal-2');
    expect(up(await link())).toBe(true);

    deployment.secrets.passwords('steward', 'steward-2');
    deployment.secrets.passwords('internal', 'internal-2');
    await deployment.settle(services);
    expect(await deployment.as('redis-0', 'steward', 'steward-1', 'PING')).toBe('WRONGPASS');
    expect(await deployment.as('redis-0', 'backup', 'internal-1', 'PING')).toBe('WRONGPASS');
    await deployment.servers.get('redis-0')?.command('CLIENT', 'KILL', 'TYPE', 'replica');
    await eventually(link, up);
    // And once it is started again, by what was written down.
    await deployment.processes.get('redis-1')?.restart();
    await eventually(link, up);
  });

  it('change settings that are live, tell what is refused, and do the rest', async () => {
    const deployment = new Deployment({ release });
    await deployment.start('redis-0');
    const live = {
      maxmemory: '100mb',
      'maxmemory-policy': 'allkeys-lru',
      save: '3600 1 300 100',
      'client-output-buffer-limit': 'replica 64mb 16mb 60',
      'notify-keyspace-events': 'KEA',
      appendonly: 'yes',
    };
    const services = deployment.services({ live });
    await deployment.settle(services);
    expect(await deployment.config('redis-0', 'maxmemory')).toBe('104857600');
    expect(await deployment.config('redis-0', 'client-output-buffer-limit')).toMatch(
      /(slave|replica) 67108864 16777216 60/,
    );
    expect(await deployment.config('redis-0', 'appendonly')).toBe('yes');

    const refused = deployment.services({ live: { ...live, databases: '3', hz: '25', save: '' } });
    const error = await refused.provision(deployment.servers).catch((reason: Error) => reason.message);
    expect(error).toMatch(/^databases 3 on redis-0: ERR CONFIG SET failed/);
    const told = await refused.look(deployment.servers);
    expect(told.unprovisioned).toBe('databases 3 on redis-0');
    expect(told.provisionFailed).toMatch(/^databases 3 on redis-0: ERR CONFIG SET failed/);
    expect([await deployment.config('redis-0', 'hz'), await deployment.config('redis-0', 'save')]).toEqual([
      '25',
      '',
    ]);
    await deployment.processes.get('redis-0')?.restart();
    expect(await deployment.config('redis-0', 'hz')).toBe('25');
  });

  it('wait for a Secret, leave the user as it is meanwhile, and what cannot be asked aside', async () => {
    const deployment = new Deployment({ release });
    await deployment.start('redis-0');
    const gone = await deployment.start('redis-1');
    deployment.secrets.passwords('users/app', 'app-1');
    const services = deployment.services({ users: [APP] });
    await deployment.settle(services);
    await gone.stop();
    deployment.secrets.passwords('users/app');
    expect(await services.look(deployment.servers)).toEqual({
      unprovisioned: 'user "app": its Secret has no password, or is not there',
      provisionFailed: 'user "app": its Secret has no password, or is not there',
      staleCertificates: [],
    });
    await services.provision(deployment.servers);
    expect(await deployment.as('redis-0', 'app', 'app-1', 'PING')).toBe('PONG');
  });

  it.skipIf(opensslMissing).each([
    ['', undefined],
    [', also where its old one has run out', new Date(Date.now() - 60_000)],
  ])('have a server show its new certificate%s', async (_, until) => {
    const authority = new Authority(path.join(temporary(), 'authority'));
    const mounted = path.join(temporary(), 'mounted');
    const tls = authority.issue(mounted, 'localhost', [], until);
    const deployment = new Deployment({ release, tls });
    fs.cpSync(mounted, path.join(deployment.secrets.directory, 'tls'), { recursive: true });
    await deployment.start('redis-0');
    const services = deployment.services();
    const redis = deployment.servers.get('redis-0') as KeyedRedis;
    expect(await services.look(deployment.servers)).toEqual({ staleCertificates: [] });
    // The steward has it first, and the server's node is late.
    authority.issue(path.join(deployment.secrets.directory, 'tls'));
    expect((await services.look(deployment.servers)).staleCertificates).toEqual(['redis-0']);
    await expect(services.reloadCertificate('redis-0', redis, redis.address)).rejects.toThrow(
      'redis-0 shows the older certificate still: its files may be older than those of the steward',
    );
    fs.cpSync(path.join(deployment.secrets.directory, 'tls'), mounted, { recursive: true });
    await services.reloadCertificate('redis-0', redis, redis.address);
    expect(await services.look(deployment.servers)).toEqual({ staleCertificates: [] });
  });
});

/** Ids of connections of the user app. */
async function clients(deployment: Deployment): Promise<{ connected: string[] }> {
  const list = text(await (deployment.servers.get('redis-0') as KeyedRedis).command('CLIENT', 'LIST'));
  const own = list.split('\n').filter((line) => line.includes(' user=app '));
  return { connected: own.map((line) => /^id=(\d+)/.exec(line)?.[1] ?? '') };
}
