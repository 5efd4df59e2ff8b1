import { Duration, Size } from 'cdk8s';
import { ObjectStore } from '../../lib';
import { Credentials } from '../../lib/core/credentials';
import { redisAlerts } from '../../lib/redis/redis-alerts';
import type { RedisBackup } from '../../lib/redis/redis-backup-props';
import { redisDashboard } from '../../lib/redis/redis-dashboard';
import type { RedisWatched } from '../../lib/redis/redis-watched';
import { type Dashboard, queriesOf } from '../support/dashboard';

const to = ObjectStore.s3({ bucket: 'b', credentials: Credentials.existing('s3') });

/** Backups every six hours. */
export const BACKUP: RedisBackup = { schedule: Duration.hours(6), to };

/** A shard with so many servers. */
export function shard(servers: number, leaving = false): RedisWatched['shards'][number] {
  return { members: Array.from({ length: servers }), leaving };
}

/** A master with two replicas, and everything else that is watched. */
export function watched(more: Partial<RedisWatched> = {}): RedisWatched {
  return {
    name: 'redis',
    namespace: 'data',
    topology: 'replication',
    steward: true,
    use: 'store',
    persistence: 'aof+rdb',
    maxmemoryPolicy: 'noeviction',
    maxmemory: Size.gibibytes(1),
    replicas: 2,
    shards: [shard(3)],
    data: { kind: 'claim' },
    props: { backup: BACKUP },
    ...more,
  };
}

/** A Redis Cluster of three shards. */
export const CLUSTER: Partial<RedisWatched> = {
  topology: 'cluster',
  replicas: 1,
  shards: [shard(2), shard(2), shard(2)],
};

/** The dashboard, as it is rendered. */
export const dashboard = redisDashboard() as Dashboard;

/** Every expression of alerts and dashboard. */
export const expressions = (): string[] => [
  ...[{}, CLUSTER, { maxmemoryPolicy: 'allkeys-lru' } as const].flatMap((more) =>
    redisAlerts(watched(more)).map(({ expr }) => expr),
  ),
  ...queriesOf(dashboard),
];
