import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Duration, Size } from 'cdk8s';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Environment } from '../../lib';
import {
  type RedisClusterProps,
  type RedisReplicationProps,
  type RedisServerProps,
  RedisVersion,
} from '../../lib/redis';
import { liveConf, liveSettings, redisConf, sentinelConf } from '../../lib/redis/redis-config';
import { isLive, settingsOf } from '../../lib/redis/redis-config-keys';
import {
  completeCluster,
  completeReplication,
  completeStandalone,
  type RedisModel,
} from '../../lib/redis/redis-model';
import { pairs } from '../../lib/redis/wire/reply';
import { Authority, opensslMissing } from '../support/certificates';
import { REDIS_RELEASES, RedisProcess, type RedisRelease, redisMissing } from '../support/redis-process';
import { temporary } from '../support/temporary';

const PLACE = { name: 'redis', namespace: 'data', clusterDomain: 'cluster.local' };
const BASE = { memory: Size.gibibytes(1), storage: Size.gibibytes(10) };
const TLS = { tls: { secret: 'keys' } } as const;
/** Something of every kind. */
const FURTHER: Partial<RedisServerProps> = {
  persistence: 'aof+rdb',
  appendfsync: 'always',
  save: [
    { after: Duration.minutes(1), changes: 5 },
    { after: Duration.hours(1), changes: 1 },
  ],
  maxmemoryPolicy: 'volatile-lfu',
  configuration: {
    'io-threads': 2,
    databases: 4,
    'tcp-backlog': 128,
    hz: 20,
    activerehashing: false,
    loglevel: 'verbose',
    'client-query-buffer-limit': '64mb',
    'client-output-buffer-limit': 'normal 1gb 512mb 10',
    'latency-tracking-info-percentiles': '50 99.9',
    'notify-keyspace-events': '',
  },
};

const environment = Environment.attach(new App(), {});
const standalone = (props: Partial<RedisServerProps>) =>
  completeStandalone(PLACE, { ...BASE, ...props }, environment).model;
const replication = (props: Partial<RedisReplicationProps>) =>
  completeReplication(PLACE, { ...BASE, ...props }, environment).model;
const cluster = (props: Partial<RedisClusterProps>) =>
  completeCluster(PLACE, { ...BASE, ...props }, environment).model;

/** Deployments that together have every setting that is rendered. */
const SHAPES: Readonly<Record<string, (props: Pick<RedisServerProps, 'version'>) => RedisModel>> = {
  'a single server': standalone,
  'a replication': replication,
  'a replication with keys': (props) => replication({ ...props, ...TLS }),
  'a replication with further settings': (props) => replication({ ...props, ...FURTHER }),
  'a cache': (props) => replication({ ...props, use: 'cache', storage: undefined }),
  'a Redis Cluster': cluster,
  'a Redis Cluster with keys of everybody': (props) =>
    cluster({ ...props, tls: { secret: 'keys', clientAuthentication: 'need' } }),
};

const missing = redisMissing ?? opensslMissing;
const title = missing ? `(skipped: ${missing})` : '';

function versionOf(release: RedisRelease): RedisVersion {
  const [flavor, line] = release.split('-');
  return flavor === 'redis' ? RedisVersion.redis(line, 'x') : RedisVersion.valkey(line, 'x');
}

const secrets = fs.mkdtempSync(path.join(os.tmpdir(), 'redis-config-'));
beforeAll(() => {
  if (!missing) new Authority(path.join(secrets, 'authority')).issue(path.join(secrets, 'tls'));
});
afterAll(() => fs.rmSync(secrets, { recursive: true, force: true }));

/** What follows from the memory. */
const memoryIn = (conf: string) =>
  Object.fromEntries(
    [...conf.matchAll(/^(maxmemory|repl-backlog-size|client-output-buffer-limit) (.*)$/gm)].map(
      ([, key, value]) => [key, value],
    ),
  );

let servers: RedisProcess[] = [];
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
});

describe.skipIf(missing).each(REDIS_RELEASES)(`%s ${title}`, (release) => {
  /** Starts a server, or a Sentinel, on what is rendered, moved to loopback and to directories that are there. */
  async function started(text: string, ...args: string[]): Promise<RedisProcess> {
    const tls = text.includes('tls-port');
    const at = (file: string) => path.join(secrets, 'tls', file);
    const keys = {
      ca: at('ca.crt'),
      cert: at('tls.crt'),
      key: at('tls.key'),
      combined: at('tls-combined.pem'),
    };
    const server = new RedisProcess(path.join(temporary(), 'server'), {
      release,
      tls: tls ? keys : undefined,
    });
    servers.push(server);
    const moved = text
      .replace('bind * -::*', 'bind 127.0.0.1')
      .replace(/^((tls-)?port) (6379|26379)$/m, `$1 ${server.address.port}`)
      .replaceAll('/secrets/', `${secrets}/`);
    fs.writeFileSync(server.configFile, `${moved}\ndir ${server.dir}\n`);
    await server.start(...args);
    await server.serving();
    return server;
  }

  async function settingsIn(server: RedisProcess): Promise<ReadonlyMap<string, string>> {
    // With its certificate, which some ask for.
    const args = ['--cert', path.join(secrets, 'tls/tls.crt'), '--key', path.join(secrets, 'tls/tls.key')];
    const text = await server.cli(...args, '--json', 'CONFIG', 'GET', '*');
    return new Map(Object.entries(JSON.parse(text)));
  }

  it.each(Object.entries(SHAPES))(
    'starts as %s, and tells of live settings as they are wanted',
    async (_, make) => {
      const model = make({ version: versionOf(release) });
      const server = await started(`${redisConf(model)}\n${liveConf(model)}`);
      const found = await settingsIn(server);
      const wanted = { ...liveSettings(model), ...memoryIn(redisConf(model)) };
      expect(Object.fromEntries(Object.keys(wanted).map((key) => [key, found.get(key)]))).toEqual(wanted);
      expect(server.log).not.toMatch(/warning.*config|unknown|deprecated/i);
    },
  );

  it('takes every live setting while it runs, and knows all others', async () => {
    const model = standalone({ version: versionOf(release) });
    const server = await started(`${redisConf(model)}\n${liveConf(model)}`);
    const redis = server.client();
    const found = pairs(await redis.command('CONFIG', 'GET', '*'));
    // A list of lines, which CONFIG GET does not tell.
    const keys = Object.keys(settingsOf(model.version.line)).filter((key) => key !== 'loadmodule');
    expect(keys.filter((key) => !found.has(key))).toEqual([]);
    const live = keys.filter(isLive);
    const replies = await redis.pipeline(live.map((key) => ['CONFIG', 'SET', key, found.get(key) ?? '']));
    expect(live.filter((_, index) => replies[index] !== 'OK')).toEqual([]);
    redis.close();
  });

  it('runs as a Sentinel', async () => {
    for (const props of [{}, TLS]) {
      const sentinel = await started(sentinelConf(replication(props)), '--sentinel');
      expect(await sentinel.cli('PING')).toBe('PONG');
    }
  });
});
