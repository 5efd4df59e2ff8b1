/** What the gates are told, as JSON in the ConfigMap of the deployment (`gate.json`); the same for all pods. */
export interface RedisGateSettings {
  /** Name of the deployment. */
  readonly cluster: string;
  readonly topology: 'standalone' | 'replication' | 'cluster';
  /** Every server that should exist. */
  readonly members: readonly RedisGateMember[];
  /** Pods of the servers that may form it. */
  readonly founders: readonly string[];
  /** Port of the servers, which talk TLS there if `tls`. */
  readonly port: number;
  readonly tls: boolean;
  /** Whether what a server writes is meant to outlive its pod: it persists, on a volume that is kept. */
  readonly keepsData: boolean;
  /** Who heals and grows it: the steward, or a person, whom the gate tells how. */
  readonly operations: 'steward' | 'none';
  /** Of replication. */
  readonly sentinel?: RedisSentinelSettings;
  /** Of Redis Cluster: `cluster-node-timeout` in milliseconds. */
  readonly nodeTimeout?: number;
  /** Name of the backup that founders start from. */
  readonly restore?: string;
}

/** A server, and the full name by which others reach it. */
export interface RedisGateMember {
  /** Name of its pod. */
  readonly pod: string;
  readonly host: string;
  /** Shard of a Redis Cluster that it is of; 0 elsewhere. */
  readonly shard: number;
}

/** What is to be known of the Sentinels. */
export interface RedisSentinelSettings {
  /** Full names of them all, in the order of their pods. */
  readonly members: readonly { readonly pod: string; readonly host: string }[];
  readonly port: number;
  /** Name under which they know the master. */
  readonly masterName: string;
  /** How many must miss the master before they elect who fails it over. */
  readonly quorum: number;
  /** `down-after-milliseconds`, which also says how soon a server that comes back may have been replaced. */
  readonly downAfter: number;
  /** `failover-timeout` in milliseconds. */
  readonly failoverTimeout: number;
}

/** Directories in the gate's container. */
export interface RedisGatePaths {
  /** `gate.json`, `redis.conf` (settings that take a restart), `live.conf` (those that do not), `sentinel.conf`. */
  readonly config: string;
  readonly secrets: string;
  readonly formed: string;
  /** Volume of the server, or of the Sentinel. */
  readonly data: string;
  /** Scratch that lives as long as the pod. */
  readonly run: string;
}

/** Where the pods mount them. */
export const REDIS_GATE_PATHS: RedisGatePaths = {
  config: '/config',
  secrets: '/secrets',
  formed: '/formed',
  data: '/data',
  run: '/run/redis',
};
