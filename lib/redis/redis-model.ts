import type { Size } from 'cdk8s';
import type { Environment } from '../core/environment';
import type { Finding } from '../core/problem';
import { keepsData, resolveStorage, Storage, type VolumeModel } from '../core/storage';
import type { RedisGateMember } from './gate/settings';
import { defaultMaxmemory } from './redis-memory';
import { type Place, serverHost, shardSetName } from './redis-names';
import type {
  RedisClusterProps,
  RedisMaxmemoryPolicy,
  RedisPersistence,
  RedisReplicationProps,
  RedisServerProps,
  RedisShards,
  RedisStandaloneProps,
  RedisTls,
  RedisWriteSafety,
} from './redis-props';
import { completeSentinels, type RedisSentinelModel } from './redis-sentinel-model';
import { RedisVersion } from './redis-version';

/** How the servers are to one another. */
export type RedisTopology = 'standalone' | 'replication' | 'cluster';

/** A StatefulSet of servers of which one is the master: a shard. */
export interface RedisShardModel {
  /** Id of the shard of a Redis Cluster; 0 elsewhere. */
  readonly index: number;
  /** Name of the StatefulSet. */
  readonly set: string;
  readonly members: readonly RedisGateMember[];
  /** Whether it is to be emptied. */
  readonly leaving: boolean;
}

/** A deployment with every default filled in. */
export interface RedisModel extends Place {
  readonly topology: RedisTopology;
  readonly version: RedisVersion;
  readonly memory: Size;
  readonly cpu: string;
  readonly use: 'store' | 'cache';
  readonly maxmemory: Size;
  readonly maxmemoryPolicy: RedisMaxmemoryPolicy;
  readonly persistence: RedisPersistence;
  readonly data: VolumeModel;
  /** Whether what is written is meant to outlive the pod. */
  readonly keepsData: boolean;
  /** Shards of a Redis Cluster; elsewhere the one set of servers. */
  readonly shards: readonly RedisShardModel[];
  /** Replicas of each shard. */
  readonly replicas: number;
  /** Pods of the servers that may form it. */
  readonly founders: readonly string[];
  readonly sentinel?: RedisSentinelModel;
  readonly minReplicasToWrite: number;
  /** Seconds. */
  readonly minReplicasMaxLag: number;
  readonly cluster?: RedisClusterModel;
  readonly tls?: RedisTls;
  readonly clientAuthentication: boolean;
  /** Whether a steward looks after it. */
  readonly steward: boolean;
  readonly props: RedisServerProps;
}

/** What only a Redis Cluster has. */
export interface RedisClusterModel {
  /** Milliseconds. */
  readonly nodeTimeout: number;
  readonly requireFullCoverage: boolean;
  readonly slotsAtATime: number;
}

/** A model, and what is wrong with what it was made of beside what `checkRedis` finds. */
export interface Completed {
  readonly model: RedisModel;
  readonly findings: Finding[];
}

/** The largest number of anything that bad input makes us render. */
const MOST = 200;

/** Completes props. Bad input is completed too, as far as it goes: what is wrong with it is told by `checkRedis`. */
export function completeStandalone(
  place: Place,
  props: RedisStandaloneProps,
  environment: Environment,
): Completed {
  const shard = shardOf(place, place.name, 0, 1, false);
  return complete('standalone', place, props, environment, {
    shards: [shard],
    replicas: 0,
    founders: podsOf([shard]),
  });
}

/** Completes props of a master with replicas and Sentinels. */
export function completeReplication(
  place: Place,
  props: RedisReplicationProps,
  environment: Environment,
): Completed {
  const replicas = upTo(props.replicas ?? 2).length;
  const shard = shardOf(place, place.name, 0, replicas + 1, false);
  const founders = upTo(props.founders ?? replicas + 1).map((ordinal) => `${shard.set}-${ordinal}`);
  const sentinels = completeSentinels(place, props, environment);
  const { model, findings } = complete('replication', place, props, environment, {
    shards: [shard],
    replicas,
    founders,
    sentinel: sentinels.sentinel,
  });
  return { model, findings: [...findings, ...sentinels.findings] };
}

/** Completes props of a Redis Cluster. */
export function completeCluster(place: Place, props: RedisClusterProps, environment: Environment): Completed {
  const replicas = upTo(props.replicas ?? 1).length;
  const { leaving = [], ...given } = shardsProps(props);
  const ids = [...new Set(given.ids ?? upTo(given.count ?? 3))].sort((a, b) => a - b);
  const shard = (id: number) =>
    shardOf(place, shardSetName(place, id), id, replicas + 1, leaving.includes(id));
  const shards = ids.map(shard);
  const founding = props.founders
    ? [...new Set(props.founders)].map(shard)
    : shards.filter((one) => !one.leaving);
  return complete('cluster', place, props, environment, {
    shards,
    replicas,
    founders: podsOf(founding),
    cluster: {
      nodeTimeout: props.nodeTimeout?.toMilliseconds({ integral: false }) ?? 10_000,
      requireFullCoverage: props.requireFullCoverage ?? (props.use ?? 'store') === 'store',
      slotsAtATime: props.slotsAtATime ?? 64,
    },
  });
}

/** Shards as the prop has them, one way or the other. */
export function shardsProps({ shards = 3 }: RedisClusterProps): RedisShards {
  return typeof shards === 'number' ? { count: shards } : shards;
}

/** All servers. */
export function membersOf({ shards }: Pick<RedisModel, 'shards'>): RedisGateMember[] {
  return shards.flatMap(({ members }) => members);
}

function complete(
  topology: RedisTopology,
  place: Place,
  props: RedisServerProps & RedisWriteSafety,
  environment: Environment,
  shape: Pick<RedisModel, 'shards' | 'replicas' | 'founders' | 'sentinel' | 'cluster'>,
): Completed {
  const use = props.use ?? 'store';
  const persistence = props.persistence ?? (use === 'store' ? 'aof' : 'none');
  const storage = props.storage ?? Storage.emptyDir();
  // Whoever keeps nothing on disk has chosen so.
  const mayLoseData = persistence === 'none' || props.storage === undefined;
  const data = resolveStorage('data', storage, environment, { mayLoseData });
  return {
    findings: data.findings,
    model: {
      ...place,
      ...shape,
      topology,
      version: props.version ?? RedisVersion.REDIS_8_2,
      memory: props.memory,
      cpu: props.cpu ?? '250m',
      use,
      maxmemory: props.maxmemory ?? defaultMaxmemory(props.memory, { use, persistence }),
      maxmemoryPolicy: props.maxmemoryPolicy ?? (use === 'store' ? 'noeviction' : 'allkeys-lru'),
      persistence,
      data: data.volume,
      keepsData: persistence !== 'none' && keepsData([data.volume]),
      minReplicasToWrite: props.minReplicasToWrite ?? (use === 'store' && shape.replicas >= 2 ? 1 : 0),
      minReplicasMaxLag: props.minReplicasMaxLag?.toSeconds({ integral: false }) ?? 10,
      tls: props.tls,
      clientAuthentication: props.tls?.clientAuthentication === 'need',
      steward: (props.operations ?? 'steward') === 'steward',
      props,
    },
  };
}

function shardOf(
  place: Place,
  set: string,
  index: number,
  servers: number,
  leaving: boolean,
): RedisShardModel {
  const members = upTo(servers).map((ordinal) => {
    const pod = `${set}-${ordinal}`;
    return { pod, host: serverHost(place, pod), shard: index };
  });
  return { index, set, members, leaving };
}

function podsOf(shards: readonly RedisShardModel[]): string[] {
  return membersOf({ shards }).map(({ pod }) => pod);
}

function upTo(count: number): number[] {
  return Array.from({ length: Math.min(Math.max(0, Math.floor(count) || 0), MOST) }, (_, index) => index);
}
