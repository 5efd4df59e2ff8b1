import * as path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { list, text } from '../../lib/redis/wire/reply';
import type { Redis } from '../../lib/redis/wire/types';
import { Authority, opensslMissing } from '../support/certificates';
import { debianPrograms, whatDebianMisses } from '../support/debian-programs';
import { eventually } from '../support/eventually';
import { freePort } from '../support/ports';
import { LOOPBACK, ServerProcess } from '../support/process';
import { selected } from '../support/prometheus';
import { REDIS_RELEASES, type RedisProcess, redisMissing } from '../support/redis-process';
import { podOf } from '../support/rendering';
import { temporary } from '../support/temporary';
import { expressions } from './redis-watched';
import { replication } from './rendering';
import { startWithUsers, stewardOf } from './server-with-users';

/** Labels that Prometheus adds to what it scrapes. */
const TARGET = ['namespace', 'cdk8s_stateful_cluster', 'cdk8s_stateful_component'];
const FOREIGN = /^(up|kube_.*|kubelet_.*|cdk8s_stateful_.*)$/;
/** What only newer servers tell. */
const SINCE_7_2 = /^redis_acl_access_denied_/;

const exporterMissing = whatDebianMisses(['redis-exporter']);

async function exporterBinary(): Promise<string> {
  const directory = await debianPrograms({
    name: 'redis-exporter',
    suite: 'sid',
    packages: ['prometheus-redis-exporter'],
    programs: { 'redis-exporter': 'usr/bin/prometheus-redis-exporter' },
    version: ['redis-exporter', 'Redis Metrics Exporter 1.'],
  });
  return path.join(directory, 'redis-exporter');
}

/** Runs an exporter as its container is rendered, beside this server, and gives all that it tells. */
async function metricsOf(
  server: RedisProcess,
  props: Parameters<typeof replication>[0] = {},
  secrets = '',
): Promise<string> {
  const { find } = replication(props, { monitoring: 'prometheus-operator' });
  const containers: { name: string; env: { name: string; value?: string }[] }[] = podOf(
    find('StatefulSet', 'redis'),
  ).spec.containers;
  const { env } = containers.find(({ name }) => name === 'exporter') ?? { env: [] };
  const port = freePort();
  const { host } = server.address;
  const variables = env.flatMap(({ name, value }) =>
    value === undefined
      ? []
      : [
          [
            name,
            value
              .replace('127.0.0.1:6379', `${host}:${server.address.port}`)
              .replace('$(POD_NAME)', 'redis-0')
              .replace('/secrets', secrets),
          ] as const,
        ],
  );
  const exporter = new ServerProcess(temporary());
  onTestFinished(() => exporter.stop());
  exporter.spawn(await exporterBinary(), [], {
    ...Object.fromEntries(variables),
    REDIS_EXPORTER_WEB_LISTEN_ADDRESS: `${LOOPBACK}:${port}`,
  });
  const get = async (path: string) =>
    fetch(`http://${LOOPBACK}:${port}${path}`).then(
      (answer) => answer.text(),
      () => '',
    );
  await exporter.until('redis_exporter', async () => (await get('/health')) === 'ok', {
    everyMs: 50,
    timeoutMs: 20_000,
  });
  return get('/metrics');
}

/** Metrics with the labels of each of their samples. */
function samplesOf(metrics: string): Map<string, Set<string>[]> {
  const told = new Map<string, Set<string>[]>();
  for (const line of metrics.split('\n').filter((each) => each && !each.startsWith('#'))) {
    const [, name, labels = ''] = /^([a-zA-Z_:0-9]+)(?:\{(.*)\})? /.exec(line) ?? [];
    const names = new Set([...labels.matchAll(/([a-zA-Z_0-9]+)="/g)].map(([, label]) => label));
    told.set(name, [...(told.get(name) ?? []), names]);
  }
  return told;
}

/** Commands that the exporter was refused. */
async function refused(redis: Redis): Promise<string[]> {
  const entries = list(await redis.command('ACL', 'LOG')).map((entry) => list(entry).map(String));
  return [...new Set(entries.map((entry) => entry[entry.indexOf('object') + 1]))].sort();
}

describe.skipIf(redisMissing || exporterMissing).each(REDIS_RELEASES)('an exporter of %s', (release) => {
  it('tells all that alerts and the dashboard ask for', async () => {
    const persisting = { appendonly: 'yes', save: '3600 1' };
    const master = await startWithUsers(temporary(), { release }, persisting);
    const { host, port } = master.address;
    const replica = await startWithUsers(
      temporary(),
      { release },
      { ...persisting, replicaof: `${host} ${port}` },
    );
    const node = await startWithUsers(temporary(), { release }, { 'cluster-enabled': 'yes' });
    const [redis, follower, clustered] = [master, replica, node].map(stewardOf);
    await redis.command('CONFIG', 'SET', 'maxmemory', '100mb');
    await redis.command('SET', 'key', 'value');
    await eventually(
      async () => text(await follower.command('INFO', 'replication')),
      (info) => info.includes('master_link_status:up'),
    );
    const told = (await Promise.all([master, replica, node].map((server) => metricsOf(server)))).join('\n');
    const samples = samplesOf(told);
    expect(samples.size).toBeGreaterThan(100);
    let checked = 0;
    for (const expr of expressions()) {
      for (const { name, labels } of selected(expr)) {
        if (FOREIGN.test(name) || (release === 'redis-7.0' && SINCE_7_2.test(name))) continue;
        const found = samples.get(name);
        expect(found, `${name} in ${expr}`).toBeDefined();
        const own = labels.filter((label) => !TARGET.includes(label));
        expect(
          found?.some((has) => own.every((label) => has.has(label))),
          `${own} of ${name}`,
        ).toBe(true);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(40);
    for (const line of [
      'redis_up 1',
      'redis_memory_max_bytes 1.048576e+08',
      'redis_aof_last_write_status 1',
      'redis_aof_last_bgrewrite_status 1',
      'redis_rdb_last_bgsave_status 1',
      'redis_cluster_state 0',
      'redis_cluster_slots_ok 0',
      'redis_max_clients 10000',
    ])
      expect(told.split('\n'), line).toContain(line);
    expect(told).toMatch(/^redis_master_link_up\{.*\} 1$/m);
    expect(told).toMatch(/^redis_instance_info\{.*role="master".*\} 1$/m);
    expect(told).toMatch(/^redis_commands_total\{cmd="set"\} 1$/m);
    // Of a log of commands it would get values, of the settings passwords.
    const known = ['commandlog|len', 'memory|stats', 'slowlog|get'];
    for (const each of [redis, follower, clustered])
      expect((await refused(each)).filter((command) => !known.includes(command))).toEqual([]);
  });

  it.skipIf(opensslMissing)('asks by TLS, with a certificate where one is wanted', async () => {
    const secrets = temporary();
    const name = 'redis-0.redis-headless.data.svc.cluster.local';
    const tls = new Authority(path.join(secrets, 'authority')).issue(path.join(secrets, 'tls'), 'redis', [
      name,
    ]);
    const server = await startWithUsers(temporary(), { release, tls }, { 'tls-auth-clients': 'yes' });
    const props = { tls: { secret: 'keys', clientAuthentication: 'need' } } as const;
    expect(await metricsOf(server, props, secrets)).toMatch(/^redis_up 1$/m);
    const without = await metricsOf(server, { tls: { secret: 'keys' } }, secrets);
    expect(without).toMatch(/^redis_up 0$/m);
  });
});
