import { Duration } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../lib/core/monitoring';
import { redisAlerts } from '../../lib/redis/redis-alerts';
import type { RedisWatched } from '../../lib/redis/redis-watched';
import { METRIC_PREFIX, metricName, REDIS_METRICS } from '../../lib/redis/steward/shared/metric-names';
import { labelsNotKept, promtool, selected } from '../support/prometheus';
import { BACKUP, CLUSTER, expressions, shard, watched } from './redis-watched';

const DEPLOYMENTS: [string, Partial<RedisWatched>][] = [
  ['a master with replicas', {}],
  ['a single server', { topology: 'standalone', replicas: 0, shards: [shard(1)] }],
  ['a Redis Cluster', CLUSTER],
  ['a store that evicts', { maxmemoryPolicy: 'allkeys-lru' }],
  [
    'a cache',
    { use: 'cache', maxmemoryPolicy: 'allkeys-lru', persistence: 'none', data: { kind: 'emptyDir' } },
  ],
  ['snapshots only', { persistence: 'rdb' }],
  ['no steward', { steward: false }],
  ['no exporter', { ...CLUSTER, props: { backup: BACKUP, exporter: false } }],
  ['no backups', { props: {} }],
];

describe.each(DEPLOYMENTS)('alerts of %s', (_, more) => {
  const alerts = redisAlerts(watched(more));

  it('are each there once, and say what is wrong and what to do', () => {
    const names = alerts.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    for (const each of alerts) {
      const { alert, summary, description, severity } = each;
      expect(alert).toMatch(/^Redis[A-Z][A-Za-z]+$/);
      expect(summary).toMatch(/data\/redis/);
      expect(description).toMatch(/^[A-Z].*\.$/);
      expect(['warning', 'critical']).toContain(severity);
      expect(labelsNotKept(each), alert).toEqual([]);
    }
  });

  it('are about this deployment alone', () => {
    for (const { expr } of alerts) {
      for (const { name, labels } of selected(expr)) {
        if (name === 'kubelet_volume_stats_capacity_bytes') continue;
        expect(labels, expr).toContain('namespace');
        const which = ['cdk8s_stateful_cluster', 'cronjob', 'persistentvolumeclaim'];
        expect(
          labels.some((label) => which.includes(label)),
          expr,
        ).toBe(true);
      }
    }
  });

  it('please promtool', ({ skip }) => {
    const said = promtool(alerts.map(({ alert, expr, for: time }) => ({ alert, expr, for: time })));
    if (said === undefined) return skip('there is no promtool on the PATH');
    expect(said).toMatch(/^0 /);
    expect(said).toContain(`SUCCESS: ${alerts.length} rules found`);
  });
});

describe('alerts', () => {
  const namesOf = (more: Partial<RedisWatched>) => redisAlerts(watched(more)).map(({ alert }) => alert);
  const exprOf = (alert: string, more: Partial<RedisWatched> = {}) =>
    (redisAlerts(watched(more)).find((each) => each.alert === alert) as Alert).expr;

  it('are on all that can go wrong', () => {
    expect(namesOf(CLUSTER)).toEqual([
      'RedisDown',
      'RedisNoMaster',
      'RedisRejectedConnections',
      'RedisManyConnections',
      'RedisMemoryFilling',
      'RedisMemoryAlmostFull',
      'RedisMemoryFragmented',
      'RedisNotPersisting',
      'RedisVolumeFilling',
      'RedisReplicationBroken',
      'RedisReplicaBehind',
      'RedisNoReplicaInStep',
      'RedisClusterDown',
      'RedisSlotsNotCovered',
      'RedisNotSettled',
      'RedisStewardDown',
      'RedisBackupTooOld',
    ]);
  });

  it('say nothing of what is not there', () => {
    expect(namesOf({ replicas: 0 }).join()).not.toMatch(/Replica/);
    expect(namesOf({}).join()).not.toMatch(/Cluster|Slots|Evictions/);
    expect(namesOf({ steward: false }).join()).not.toMatch(/Settled|Steward|Behind|InStep/);
    expect(namesOf({ props: {} }).join()).not.toMatch(/Backup/);
    expect(namesOf({ persistence: 'none' }).join()).not.toMatch(/Persisting|Volume/);
    expect(namesOf({ data: { kind: 'nfs' } as RedisWatched['data'] }).join()).not.toMatch(/Volume/);
    const none = namesOf({ props: { exporter: false } });
    expect(none).toEqual([
      'RedisReplicaBehind',
      'RedisNoReplicaInStep',
      'RedisNotSettled',
      'RedisStewardDown',
    ]);
  });

  it('take a cache that is full for what it is, and evictions of a store for a loss', () => {
    expect(namesOf({ use: 'cache', maxmemoryPolicy: 'allkeys-lru' }).join()).not.toMatch(
      /MemoryFilling|AlmostFull|Evictions/,
    );
    expect(namesOf({ maxmemoryPolicy: 'allkeys-lru' })).toContain('RedisEvictions');
  });

  it('count servers and masters that do not leave', () => {
    expect(exprOf('RedisDown')).toMatch(/ < 3$/);
    expect(exprOf('RedisNoMaster')).toMatch(/ < 1$/);
    const leaving = { ...CLUSTER, shards: [shard(2), shard(2), shard(2), shard(2, true)] };
    expect(exprOf('RedisDown', leaving)).toMatch(/ < 6$/);
    expect(exprOf('RedisNoMaster', leaving)).toMatch(/ < 3$/);
  });

  it('look at what is written to disk only', () => {
    const aof = exprOf('RedisNotPersisting', { persistence: 'aof' });
    expect(aof).toContain('redis_aof_last_write_status');
    expect(aof).not.toContain('rdb');
    expect(exprOf('RedisNotPersisting', { persistence: 'rdb' })).not.toContain('aof');
  });

  it('take a backup for too old after the time that is given, twice its interval, or 26 hours', () => {
    const limit = (more: object) =>
      Number(
        /> (\d+)$/.exec(exprOf('RedisBackupTooOld', { props: { backup: { ...BACKUP, ...more } } }))?.[1],
      );
    expect(limit({})).toBe(12 * 3_600);
    expect(limit({ schedule: '0 3 * * *' })).toBe(26 * 3_600);
    expect(limit({ schedule: '0 3 * * *', alertAfter: Duration.days(3) })).toBe(72 * 3_600);
  });

  it('ask the steward for the age of backups, and Kubernetes where there is none', () => {
    expect(exprOf('RedisBackupTooOld')).toBe(
      'max(cdk8s_stateful_steward_backup_age_seconds{namespace="data",cdk8s_stateful_cluster="redis",cronjob="redis-backup"}) > 43200',
    );
    expect(exprOf('RedisBackupTooOld', { steward: false })).toContain(
      'kube_cronjob_status_last_successful_time',
    );
  });

  it('know the volumes of servers by name', () => {
    const claims = (more: Partial<RedisWatched>) =>
      new RegExp(`^(?:${/claim=~"([^"]*)"/.exec(exprOf('RedisVolumeFilling', more))?.[1]})$`);
    expect('data-redis-0').toMatch(claims({}));
    expect('data-redis-1-0').not.toMatch(claims({}));
    expect('data-redis-sentinel-0').not.toMatch(claims({}));
    expect('data-redis-12-0').toMatch(claims(CLUSTER));
    expect('data-redis-0').not.toMatch(claims(CLUSTER));
  });

  it('ask the steward for nothing that it does not tell', () => {
    const asked = expressions().flatMap((expr) => selected(expr).map(({ name }) => name));
    const known = Object.keys(REDIS_METRICS).map((metric) =>
      metricName(metric as keyof typeof REDIS_METRICS),
    );
    const own = asked.filter((name) => name.startsWith(METRIC_PREFIX));
    expect(own.length).toBeGreaterThan(5);
    for (const name of own) expect(known).toContain(name);
  });
});
