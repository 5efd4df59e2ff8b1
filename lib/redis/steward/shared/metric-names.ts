/** What the name of each metric of a deployment begins with. */
export const METRIC_PREFIX = 'cdk8s_stateful_redis_';

/** What servers are counted by. */
export const SERVER_STATES = ['master', 'replica', 'loading', 'gate', 'silent'] as const;

/** What the steward tells of a deployment of Redis, beside what every steward tells of itself. All are gauges. */
export const REDIS_METRICS = {
  servers: 'Servers that should run, by what they say: master, replica, loading, gate or silent.',
  servers_wanted: 'Servers that should run.',
  servers_outdated: 'Servers that have yet to be restarted.',
  replicas_in_step: 'Replicas of a shard that are connected to its master and get what is written.',
  behind_bytes:
    'Bytes of the stream of replication that a replica has yet to get; without its master it is not known.',
  shard_masters: 'Servers of a shard that say that they are its master.',
  shard_keys: 'Keys of a shard, by the word of its master.',
  slots: 'Slots that a shard of a Redis Cluster has.',
  slots_uncovered: 'Slots of a Redis Cluster that no server has which is there.',
} as const;

/** Name of a metric without the prefix. */
export type RedisMetric = keyof typeof REDIS_METRICS;

/** Full name of a metric. */
export function metricName(metric: RedisMetric): string {
  return `${METRIC_PREFIX}${metric}`;
}
