import type { StewardSettings } from '../../steward/settings';

/**
 * What the steward of a deployment of Redis is told. `members` and `founders` are empty, as nobody votes: servers are those
 * of `shards`. `sets` has the sets of all shards in their order, and that of the Sentinels last.
 */
export interface RedisStewardSettings extends StewardSettings {
  readonly topology: 'standalone' | 'replication' | 'cluster';
  /** Shards of a Redis Cluster; elsewhere the one set of servers. */
  readonly shards: readonly StewardShard[];
  readonly sentinel?: StewardSentinel;
  /** Full name of a server, with `{pod}` for its pod. */
  readonly host: string;
  readonly port: number;
  /** Whether servers, and Sentinels, talk TLS; the keys are in /secrets/tls. */
  readonly tls: boolean;
  /** Settings that are changed while servers run (`CONFIG SET`), by the keys of redis.conf. */
  readonly live: Readonly<Record<string, string>>;
  /** Users beside those of the library. */
  readonly users: readonly WantedRedisUser[];
  /** Whether what servers write is meant to outlive their pods. */
  readonly keepsData: boolean;
  /** `cluster-node-timeout` of a Redis Cluster, in milliseconds. */
  readonly nodeTimeout?: number;
  /** Most slots that are moved before everything is looked at again. */
  readonly slotsAtATime?: number;
  /** Whether the founders start from a backup, so that they have keys before the cluster is formed. */
  readonly restores?: boolean;
}

/** A StatefulSet of servers of which one is the master: a shard. */
export interface StewardShard {
  readonly index: number;
  /** Name of the StatefulSet; its pods are this and `-0`, `-1`, ... */
  readonly set: string;
  /** Pods that it should have. */
  readonly servers: number;
  /** Whether its slots are to be moved away, and its pods stopped. */
  readonly leaving: boolean;
  /** Annotation of the StatefulSet that was rendered together with these settings. */
  readonly rendered: string;
}

/** The Sentinels. */
export interface StewardSentinel {
  readonly set: string;
  readonly count: number;
  readonly rendered: string;
  /** Full name of a Sentinel, with `{pod}` for its pod. */
  readonly host: string;
  readonly port: number;
  readonly masterName: string;
  readonly quorum: number;
  /** `down-after-milliseconds` and `failover-timeout`, which are changed while Sentinels run. */
  readonly downAfter: number;
  readonly failoverTimeout: number;
}

/** A user of the servers. Its password is in /secrets/users/<name>/password, one that is still valid in previous-password. */
export interface WantedRedisUser {
  readonly name: string;
  /** What it may do, as ACL SETUSER takes it: `~orders:* &* +@all -@dangerous`. */
  readonly rules: string;
}

/** Label of a server's pod that says what it is now: `master` or `replica`. The Service of the master selects by it. */
export const ROLE_LABEL = 'cdk8s-stateful/role';
