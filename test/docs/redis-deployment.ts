import { type Chart, Size } from 'cdk8s';
import {
  type EnvironmentProps,
  RedisCluster,
  type RedisClusterProps,
  RedisReplication,
  type RedisReplicationProps,
} from '../../lib';
import type { ClusterFacts } from '../../lib/redis/steward/cluster/cluster-facts';
import type { ReplicationFacts } from '../../lib/redis/steward/replication/replication-facts';
import { type Manifest, podOf, rendered } from './rendered';

/** What the ten lines of each shape give. */
const GIVEN = { memory: Size.gibibytes(4), storage: Size.gibibytes(10), tls: {} };

/** Objects of the deployment `redis` that the guide speaks of, as in its ten lines. */
export function renderedReplication(
  props: Partial<RedisReplicationProps> = {},
  environment: EnvironmentProps = {},
): Manifest[] {
  return inShop(environment, (chart) => new RedisReplication(chart, 'redis', { ...GIVEN, ...props }));
}

/** Objects of the Redis Cluster `sessions`. */
export function renderedCluster(
  props: Partial<RedisClusterProps> = {},
  environment: EnvironmentProps = {},
): Manifest[] {
  return inShop(environment, (chart) => new RedisCluster(chart, 'sessions', { ...GIVEN, ...props }));
}

/** In the shop, with what its ten lines count on. */
function inShop(environment: EnvironmentProps, make: (chart: Chart) => unknown): Manifest[] {
  const certificates = { issuer: { name: 'internal' } };
  const zones = ['zone-a', 'zone-b', 'zone-c'];
  return rendered('shop', { certificates, zones, ...environment }, make);
}

const fullName = (pod: string, headless: string): string => `${pod}.${headless}.shop.svc.cluster.local`;
const provisioned = { staleCertificates: [] };

/** A master with two replicas, of which the master alone has yet to be restarted. */
export function rollingReplication(): ReplicationFacts {
  const hosts = [0, 1, 2].map((ordinal) => fullName(`redis-${ordinal}`, 'redis-headless'));
  const watching = [0, 1, 2].map((ordinal) =>
    fullName(`redis-sentinel-${ordinal}`, 'redis-sentinel-headless'),
  );
  const [master, ...replicas] = hosts;
  const offsets = [52_100, 52_100, 52_086];
  return {
    ...provisioned,
    formed: true,
    keepsData: true,
    servers: {
      set: 'redis',
      wanted: 3,
      replicas: 3,
      members: hosts.map((host, ordinal) => ({
        pod: `redis-${ordinal}`,
        host,
        ordinal,
        wanted: true,
        label: ordinal === 0 ? 'master' : 'replica',
        kube: podOf(`redis-${ordinal}`, 'redis', ordinal, ordinal === 0),
        server: {
          state: 'serving',
          role: ordinal === 0 ? 'master' : 'replica',
          runId: `run-${ordinal}`,
          follows: ordinal === 0 ? undefined : master,
          linked: true,
          offset: offsets[ordinal],
          replicas:
            ordinal === 0
              ? replicas.map((replica, index) => ({ host: replica, offset: offsets[index + 1], lag: 0 }))
              : [],
          keys: 310,
        },
      })),
    },
    sentinels: {
      set: 'redis-sentinel',
      wanted: 3,
      replicas: 3,
      members: watching.map((host, ordinal) => ({
        pod: `redis-sentinel-${ordinal}`,
        host,
        ordinal,
        wanted: true,
        kube: podOf(`redis-sentinel-${ordinal}`, 'redis-sentinel', ordinal),
        says: {
          state: 'knows',
          master,
          down: false,
          failingOver: false,
          replicas,
          sentinels: watching.filter((other) => other !== host),
        },
      })),
    },
  };
}

/** Slots of the masters of four shards, the last of which has begun to get its share. */
const SLOTS: readonly (readonly (readonly [number, number])[])[] = [
  [[0, 5396]],
  [[5461, 10_922]],
  [[10_923, 16_383]],
  [[5397, 5460]],
];

/** A Redis Cluster of three shards to which a fourth was added. */
export function growingCluster(): ClusterFacts {
  const all = SLOTS.flatMap((slots, shard) =>
    [0, 1].map((ordinal) => ({ shard, ordinal, slots, pod: `sessions-${shard}-${ordinal}` })),
  );
  const entries = all.map(({ shard, ordinal, slots, pod }) => ({
    id: pod,
    ip: `10.0.${shard}.${ordinal}`,
    hostname: fullName(pod, 'sessions-headless'),
    role: ordinal === 0 ? ('master' as const) : ('replica' as const),
    master: ordinal === 0 ? undefined : `sessions-${shard}-0`,
    failed: 'no' as const,
    handshake: false,
    linked: true,
    epoch: shard + 1,
    slots: ordinal === 0 ? slots : [],
  }));
  const keys = [1033, 1046, 1040, 12];
  return {
    ...provisioned,
    formed: true,
    keepsData: true,
    slotsAtATime: 64,
    shards: SLOTS.map((_, index) => ({
      index,
      set: `sessions-${index}`,
      servers: 2,
      replicas: 2,
      leaving: false,
    })),
    nodes: all.map(({ shard, ordinal, pod }) => ({
      pod,
      host: fullName(pod, 'sessions-headless'),
      ordinal,
      shard,
      wanted: true,
      ip: `10.0.${shard}.${ordinal}`,
      kube: podOf(pod, `sessions-${shard}`, (shard + ordinal) % 3),
      server: {
        state: 'serving',
        role: ordinal === 0 ? 'master' : 'replica',
        runId: pod,
        follows: ordinal === 0 ? undefined : fullName(`sessions-${shard}-0`, 'sessions-headless'),
        linked: true,
        offset: 90_000 + shard,
        replicas:
          ordinal === 0
            ? [{ host: fullName(`sessions-${shard}-1`, 'sessions-headless'), offset: 90_000 + shard, lag: 0 }]
            : [],
        keys: keys[shard],
      },
      view: {
        id: pod,
        currentEpoch: 5,
        ok: true,
        nodes: entries,
        migrating: [],
        importing: [],
        strays: [],
      },
    })),
  };
}
