import type { Duration, Size } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { CertificateSource } from '../core/certificates';
import type { Credentials } from '../core/credentials';
import type { DeepPartial } from '../core/merge';
import type { PlacementProps } from '../core/placement';
import type { StorageInput } from '../core/storage';
import type { RedisBackup, RedisRestore } from './redis-backup-props';
import type { RedisUser } from './redis-rights';
import type { RedisVersion } from './redis-version';

/**
 * What is kept on disk, and what a crash of a server loses of its own memory; replicas may have it still.
 * - `aof`: a log of all writes; loses the last second, or nothing with `appendfsync: 'always'`
 * - `rdb`: snapshots; loses everything since the last one, by default up to an hour of few writes and a minute of many
 * - `aof+rdb`: the log, and snapshots beside it; loses what `aof` does
 * - `none`: loses everything
 *
 * https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
 */
export type RedisPersistence = 'aof' | 'rdb' | 'aof+rdb' | 'none';

/** Which keys make room for others at `maxmemory`. https://redis.io/docs/latest/develop/reference/eviction/ */
export type RedisMaxmemoryPolicy =
  | 'noeviction'
  | 'allkeys-lru'
  | 'allkeys-lfu'
  | 'allkeys-random'
  | 'volatile-lru'
  | 'volatile-lfu'
  | 'volatile-random'
  | 'volatile-ttl';

/** A snapshot is taken this long after the one before, if there were at least so many writes. */
export interface RedisSavePoint {
  /** Whole seconds. */
  readonly after: Duration;
  readonly changes: number;
}

/** TLS of clients, replication, cluster bus and Sentinels alike. https://redis.io/docs/latest/operate/oss_and_stack/management/security/encryption/ */
export interface RedisTls extends CertificateSource {
  /** Whether clients must show a certificate of the same authority. Passwords are asked for all the same. @default 'none' */
  readonly clientAuthentication?: 'need' | 'none';
  /** Further names by which clients call the servers, for the certificate. @default - those of Services and pods */
  readonly dnsNames?: readonly string[];
}

/** The library's own users. While a Secret has `previous-password` beside `password`, both are valid. */
export interface RedisOwnCredentials {
  /** Password of the user `steward`, who may do everything. @default Credentials.generated() */
  readonly steward?: Credentials;
  /** Password of `replication`, `sentinel` and `backup`, who may do what their names say. @default Credentials.generated() */
  readonly internal?: Credentials;
}

/** A redis_exporter beside each server. https://github.com/oliver006/redis_exporter */
export interface RedisExporter {
  /** @default 'oliver006/redis_exporter:v1.88.0' */
  readonly image?: string;
  /** Memory request and limit. @default Size.mebibytes(64) */
  readonly memory?: Size;
}

/**
 * Further settings in the words of redis.conf; those that the library owns are refused, and so are those that the release
 * does not know. Settings that `CONFIG SET` takes are changed while servers run, the others by a restart in order.
 * One that is left out again keeps its value until the next restart; give its default where that is too late.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/config/
 */
export interface RedisConfiguration {
  /** Connections that a server takes. @default 10000 */
  readonly maxclients?: number;
  /** Seconds after which an idle client is disconnected. @default 0, never */
  readonly timeout?: number;
  /** Events that are published, such as `Ex` for keys that expire. @default '', none */
  readonly 'notify-keyspace-events'?: string;
  /** Microseconds from which on a command is logged as slow. @default 10000 */
  readonly 'slowlog-log-slower-than'?: number;
  /** Threads that read and write sockets; it takes as many CPUs. @default 1 */
  readonly 'io-threads'?: number;
  /** Databases for `SELECT`. @default 16 */
  readonly databases?: number;
  /** Paths of modules in the image. @default - none */
  readonly loadmodule?: readonly string[];
  /** Any other setting; sizes may have the units of redis.conf. */
  readonly [setting: string]: string | number | boolean | readonly string[] | undefined;
}

/** What all servers have, whatever they are to one another. */
export interface RedisServerProps {
  /** Name of the deployment and prefix of its objects; it can never change. @default - the construct's id */
  readonly name?: string;
  /** Release to run. @default RedisVersion.REDIS_8_2 */
  readonly version?: RedisVersion;
  /** Memory request and limit of each server, of which `maxmemory` is a part. */
  readonly memory: Size;
  /** CPU request, as Kubernetes writes it. There is no limit: one thread does all the work. @default '250m' */
  readonly cpu?: string;
  /** Whether the data may be lost or made anew (`cache`), or not (`store`). @default 'store' */
  readonly use?: 'store' | 'cache';
  /**
   * Memory for data and clients (`maxmemory`). What is left is for pages that a fork has to copy, replicas that catch up and
   * fragmentation. One that is given is changed while servers run, so raise `memory` a commit earlier. @default - 65 % of
   * memory; of a cache without persistence 80 %
   */
  readonly maxmemory?: Size;
  /** Which keys make room for others. @default - 'noeviction' of a store, 'allkeys-lru' of a cache */
  readonly maxmemoryPolicy?: RedisMaxmemoryPolicy;
  /** Permits a store to evict keys, which nobody hears of. @default false */
  readonly allowEviction?: boolean;
  /** What is kept on disk. @default - 'aof' of a store, 'none' of a cache */
  readonly persistence?: RedisPersistence;
  /** When snapshots are taken. @default - as Redis has it: after an hour 1 write, 5 minutes 100, a minute 10000 */
  readonly save?: readonly RedisSavePoint[];
  /** When the log is written through to the disk. @default 'everysec' */
  readonly appendfsync?: 'always' | 'everysec' | 'no';
  /**
   * Volume of each server: a size, options, or a kind of `Storage`. For a rewrite it takes three times maxmemory with `aof`,
   * twice with `rdb`, four times with both. @default - an emptyDir without persistence; with it, one has to be given
   */
  readonly storage?: StorageInput;
  /** TLS. @default - off */
  readonly tls?: RedisTls;
  /** Permits servers and clients to talk plain text in production. @default false */
  readonly allowPlainText?: boolean;
  /** Passwords of the library's own users. @default - generated in the cluster */
  readonly credentials?: RedisOwnCredentials;
  /** Users by name, beside those of `grantAccess`. @default - none */
  readonly users?: Readonly<Record<string, RedisUser>>;
  /** Further settings of redis.conf. @default - as their own defaults say */
  readonly configuration?: RedisConfiguration;
  /** Where servers run. @default - spread over zones, one host each in production */
  readonly placement?: PlacementProps;
  /** Backups to object storage or to a volume. @default - no backups */
  readonly backup?: RedisBackup;
  /** A backup to start from. @default - starts empty */
  readonly restore?: RedisRestore;
  /** Exporter of metrics; `false` leaves it out. @default - where the environment has monitoring */
  readonly exporter?: RedisExporter | false;
  /** Image of the servers instead of the version's. @default - the version's */
  readonly image?: string;
  /**
   * Who makes, heals, grows and shrinks the deployment, restarts servers in order, and makes its users: a `steward` in the
   * cluster, or nobody (`none`), see docs/steward.md. @default 'steward'
   */
  readonly operations?: 'steward' | 'none';
  /** Official Node.js image, 22 or later, that runs the gate, the steward and the Jobs. @default 'node:22-bookworm-slim' */
  readonly nodeImage?: string;
  /** Laid upon the servers' pod template: lists of named things are merged by name, `null` removes. @default - nothing */
  readonly podOverrides?: DeepPartial<k8s.PodTemplateSpec>;
}

/** How a master holds back while it has too few replicas. https://redis.io/docs/latest/operate/oss_and_stack/management/replication/ */
export interface RedisWriteSafety {
  /**
   * Replicas that must be in step for a master to take writes (`min-replicas-to-write`), so that one that was cut off stops
   * before another has taken its place for long. @default - 1 of a store with at least 2 replicas, else 0
   */
  readonly minReplicasToWrite?: number;
  /** How far behind such a replica may be, in whole seconds (`min-replicas-max-lag`). @default Duration.seconds(10) */
  readonly minReplicasMaxLag?: Duration;
}

/** The Sentinels, who find the master and replace it. https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ */
export interface RedisSentinels {
  /** 3 or 5. @default 3 */
  readonly count?: number;
  /** How many must miss the master before one is elected to replace it. @default - a majority */
  readonly quorum?: number;
  /**
   * How long the master must be silent to be missed (`down-after-milliseconds`). With less than 5 s a replica may be chosen that has
   * not got what another one has.
   * @default Duration.seconds(10)
   */
  readonly downAfter?: Duration;
  /** Time for one attempt to replace it (`failover-timeout`). @default Duration.minutes(1) */
  readonly failoverTimeout?: Duration;
  /** Memory request and limit. @default Size.mebibytes(64) */
  readonly memory?: Size;
  /** Volume of each, on which it remembers whom it has voted for. @default Size.gibibytes(1) */
  readonly storage?: StorageInput;
  /** Where they run. @default - as the servers' `placement` */
  readonly placement?: PlacementProps;
  /** Laid upon the Sentinels' pod template. @default - nothing */
  readonly podOverrides?: DeepPartial<k8s.PodTemplateSpec>;
}

/** Props of `RedisStandalone`. */
export interface RedisStandaloneProps extends RedisServerProps {
  /** Permits a single server in production, where nothing takes its place. @default false */
  readonly allowSingleServer?: boolean;
}

/** Props of `RedisReplication`. */
export interface RedisReplicationProps extends RedisServerProps, RedisWriteSafety {
  /** Replicas beside the master. @default 2 */
  readonly replicas?: number;
  /** How many servers it was formed with, once `replicas` has changed. @default - the master and `replicas` */
  readonly founders?: number;
  /** The Sentinels. @default - three */
  readonly sentinels?: RedisSentinels;
}

/** The shards of a Redis Cluster. */
export interface RedisShards {
  /** Shards 0 to count - 1. Give either this or `ids`. @default 3, unless `ids` are given */
  readonly count?: number;
  /** Ids of the shards, any below 1000. @default - by `count` */
  readonly ids?: readonly number[];
  /**
   * Shards to be emptied: the steward moves their slots away and stops them. Only then may they be dropped from the list.
   * @default - none
   */
  readonly leaving?: readonly number[];
}

/** Props of `RedisCluster`. */
export interface RedisClusterProps extends RedisServerProps, RedisWriteSafety {
  /** Shards, each a master with its replicas; at least 3 that stay. @default 3 */
  readonly shards?: number | RedisShards;
  /** Replicas of each shard beside its master. @default 1 */
  readonly replicas?: number;
  /** Ids of the shards that it was formed with, once `shards` has changed. @default - all that do not leave */
  readonly founders?: readonly number[];
  /** How long a node must be silent to be missed (`cluster-node-timeout`). @default Duration.seconds(10) */
  readonly nodeTimeout?: Duration;
  /** Whether all of it stops where a slot has no master (`cluster-require-full-coverage`). @default - true of a store */
  readonly requireFullCoverage?: boolean;
  /** Slots that the steward moves before it looks at everything again. @default 64 */
  readonly slotsAtATime?: number;
}
