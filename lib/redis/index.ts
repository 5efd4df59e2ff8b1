export type { RedisBackup, RedisRestore } from './redis-backup-props';
export { RedisCluster } from './redis-cluster';
export type {
  IRedis,
  RedisConnection,
  RedisGrantOptions,
  RedisMode,
} from './redis-connection';
export { RedisDeployment } from './redis-deployment';
export type {
  RedisClusterEndpointsProps,
  RedisEndpointsProps,
  RedisReplicationEndpointsProps,
  RedisStandaloneEndpointsProps,
} from './redis-imported';
export type { RedisTopology } from './redis-model';
export type {
  RedisClusterProps,
  RedisConfiguration,
  RedisExporter,
  RedisMaxmemoryPolicy,
  RedisOwnCredentials,
  RedisPersistence,
  RedisReplicationProps,
  RedisSavePoint,
  RedisSentinels,
  RedisServerProps,
  RedisShards,
  RedisStandaloneProps,
  RedisTls,
  RedisWriteSafety,
} from './redis-props';
export { RedisReplication } from './redis-replication';
export type { RedisRights, RedisUser } from './redis-rights';
export { RedisStandalone } from './redis-standalone';
export { RedisVersion } from './redis-version';
export { Twemproxy } from './twemproxy';
export type { ITwemproxy, TwemproxyConnection } from './twemproxy-connection';
export type { TwemproxyEjection, TwemproxyProps } from './twemproxy-props';
export type { ITwemproxyShard } from './twemproxy-shard';
