import { Size } from 'cdk8s';
import { expect, test } from 'vitest';
import { development, issuer, none, redisClusterPlan } from './planned';

const G = Size.gibibytes;
const cache = { use: 'cache', storage: undefined } as const;

test('another name in the certificate of a Redis Cluster', () => {
  expect(redisClusterPlan({ tls: {} }, { tls: { dnsNames: ['redis.example.com'] } }, issuer)).toEqual([
    'applied-live: servers get another certificate (other names), and use it within two minutes without a restart',
  ]);
});

test('an unchanged Redis Cluster', () => {
  expect(redisClusterPlan({}, {})).toEqual([]);
});

test('more shards', () => {
  expect(redisClusterPlan({}, { shards: 5 })).toEqual([
    'applied-live: shards 3 and 4 come with servers and volumes of their own; then slots are moved to them until all shards have as many, 64 at a time, while the cluster serves; nobody restarts for that',
  ]);
});

test('more shards, and founders as they were', () => {
  expect(redisClusterPlan({}, { shards: 5, founders: [0, 1, 2] })).toEqual([
    'applied-live: shards 3 and 4 come with servers and volumes of their own; then slots are moved to them until all shards have as many, 64 at a time, while the cluster serves; nobody restarts for that',
  ]);
});

test('a shard of an id that may have existed', () => {
  expect(redisClusterPlan({ shards: { ids: [0, 1, 3] } }, { shards: 4 })).toEqual([
    'applied-live: shard 2 comes with servers and volumes of its own; then slots are moved to it until all shards have as many, 64 at a time, while the cluster serves; nobody restarts for that. Where shard 2 existed before, claims may still be there, with what they held then',
  ]);
});

test('a shard that leaves', () => {
  expect(redisClusterPlan({ shards: 5 }, { shards: { count: 5, leaving: [3, 4] } })).toEqual([
    'applied-live: the slots of shards 3 and 4 are moved to the shards that stay, 64 at a time; then their servers are forgotten and stopped, and they may be dropped from the list',
  ]);
});

test('a shard that stays after all', () => {
  expect(redisClusterPlan({ shards: { count: 4, leaving: [3] } }, { shards: 4 })).toEqual([
    'applied-live: shard 3 stays after all: it has servers, and slots are moved there again',
  ]);
});

test('a shard that has left', () => {
  expect(redisClusterPlan({ shards: { count: 5, leaving: [3, 4] } }, { shards: 3 })).toEqual([
    'applied-live!: shards 3 and 4, which were leaving, are dropped from the list; claims stay => see first that the status says that they have left: kubectl get configmap redis-status -n data -o yaml',
  ]);
});

test('a shard that is dropped', () => {
  expect(redisClusterPlan({ shards: 4 }, { shards: 3 })).toEqual([
    'data-lost!: shard 3 is dropped without having left: the keys of its slots are gone with it; its claims stay => keep it in the list as leaving (shards.leaving), and drop it when the status says that it has left: docs/redis.md#more-or-fewer-shards',
  ]);
});

test('a shard of a cache that is dropped', () => {
  expect(redisClusterPlan({ ...cache, shards: 4 }, { ...cache, shards: 3 })).toEqual([
    'data-lost!: shard 3 is dropped without having left: the keys of its slots are gone with it, which no volume keeps => keep it in the list as leaving (shards.leaving), and drop it when the status says that it has left: docs/redis.md#more-or-fewer-shards',
  ]);
});

test('more shards without a steward', () => {
  expect(redisClusterPlan(none, { ...none, shards: 4 })).toEqual([
    'applied-live!: shard 3 comes with servers and volumes of its own, and nobody brings it into the cluster or moves slots there, since there is no steward => do it by hand (redis-cli --cluster add-node, reshard): docs/steward.md#redis-by-hand',
  ]);
});

test('a shard that is dropped without a steward', () => {
  expect(redisClusterPlan({ ...none, shards: 4 }, none)).toEqual([
    'data-lost!: shard 3 is dropped without having left: the keys of its slots are gone with it; its claims stay => keep it in the list, move slots away by redis-cli --cluster reshard, and drop it then: docs/redis.md#more-or-fewer-shards',
  ]);
});

test('more replicas of each shard', () => {
  expect(redisClusterPlan({}, { replicas: 2 })).toEqual([
    'applied-live: servers redis-0-2, redis-1-2 and redis-2-2 come: each gets a pod, copies the data from its master as a replica, and counts once it is in step; nobody restarts for that',
    'applied-live: min-replicas-to-write of all servers 0 -> 1, without a restart',
  ]);
});

test('more replicas of each shard without a steward', () => {
  expect(redisClusterPlan(none, { ...none, replicas: 2 })).toEqual([
    'applied-live!: servers redis-0-2, redis-1-2 and redis-2-2 come, and nobody brings them into the cluster, since there is no steward => add each by hand (redis-cli --cluster add-node): docs/steward.md#redis-by-hand',
    'nothing: min-replicas-to-write of all servers 0 -> 1, which servers read when they start the next time, and nobody sets it before',
  ]);
});

test('more memory of a Redis Cluster', () => {
  expect(redisClusterPlan({}, { memory: G(2) })).toEqual([
    'rolling-restart: 6 servers of shards 0, 1 and 2 restart one at a time, the replicas of all shards first, then the masters, each after its replica has taken its place: client-output-buffer-limit 124780544 62390272 -> 250609664 125304832, maxmemory 697303040 -> 1395654656, repl-backlog-size 10485760 -> 20971520, limits.memory 1Gi -> 2Gi and 2 more',
  ]);
});

test('no replicas any more', () => {
  expect(redisClusterPlan({}, { replicas: 0 }, development)).toEqual([
    'applied-live!: servers redis-0-1, redis-1-1 and redis-2-1 leave: a master among them hands over first, then the pods end, and the others forget them; claims stay. With 1 server left in a shard, nobody takes its place when it ends => keep a replica',
    'nothing: min-replicas-max-lag is not declared any more: servers keep 10 until they start the next time',
    'nothing: min-replicas-to-write is not declared any more: servers keep 0 until they start the next time',
    'rolling-restart: 3 servers of shards 0, 1 and 2 restart one at a time, the replicas of all shards first, then the masters, each after its replica has taken its place: client-output-buffer-limit is gone, repl-backlog-size is gone',
  ]);
});

test('the first replicas', () => {
  expect(redisClusterPlan({ replicas: 0 }, {}, development)).toEqual([
    'applied-live: servers redis-0-1, redis-1-1 and redis-2-1 come: each gets a pod, copies the data from its master as a replica, and counts once it is in step; nobody restarts for that',
    'applied-live: min-replicas-max-lag of all servers the default -> 10, without a restart',
    'applied-live: min-replicas-to-write of all servers the default -> 0, without a restart',
    'rolling-restart: 3 servers of shards 0, 1 and 2 restart one at a time, the replicas of all shards first, then the masters, each after its replica has taken its place: client-output-buffer-limit normal 0 0 0 slave 124780544 62390272 60 pubsub 33554432 83… is new, repl-backlog-size 10485760 is new',
  ]);
});

test('more memory of shards without replicas', () => {
  expect(redisClusterPlan({ replicas: 0 }, { replicas: 0, memory: G(2) }, development)).toEqual([
    'outage!: shards 0, 1 and 2 have no replica, so that nobody reads or writes their slots while the one server of each restarts: maxmemory 697303040 -> 1395654656, limits.memory 1Gi -> 2Gi, requests.memory 1Gi -> 2Gi, terminationGracePeriodSeconds 105 -> 120 => give shards a replica a commit earlier',
  ]);
});

test('more memory of a cache without replicas', () => {
  expect(
    redisClusterPlan({ ...cache, replicas: 0 }, { ...cache, replicas: 0, memory: G(2) }, development),
  ).toEqual([
    'outage!: shards 0, 1 and 2 have no replica, so that nobody reads or writes their slots while the one server of each restarts; the steward leaves it to a person, since it would come back without its keys: maxmemory 858783744 -> 1717567488, limits.memory 1Gi -> 2Gi, requests.memory 1Gi -> 2Gi, terminationGracePeriodSeconds 105 -> 120 => give shards a replica a commit earlier',
  ]);
});

test('more memory, and the first replicas', () => {
  expect(redisClusterPlan({ replicas: 0 }, { memory: G(2) }, development)).toEqual([
    'applied-live: servers redis-0-1, redis-1-1 and redis-2-1 come: each gets a pod, copies the data from its master as a replica, and counts once it is in step; nobody restarts for that',
    'applied-live: min-replicas-max-lag of all servers the default -> 10, without a restart',
    'applied-live: min-replicas-to-write of all servers the default -> 0, without a restart',
    'rolling-restart: 3 servers of shards 0, 1 and 2 restart one at a time, the replicas of all shards first, then the masters, each after its replica has taken its place: client-output-buffer-limit normal 0 0 0 slave 250609664 125304832 60 pubsub 33554432 8… is new, maxmemory 697303040 -> 1395654656, repl-backlog-size 20971520 is new, limits.memory 1Gi -> 2Gi and 2 more',
  ]);
});

test('more memory of a Redis Cluster without a steward', () => {
  expect(redisClusterPlan(none, { ...none, memory: G(2) })).toEqual([
    'rolling-restart: 6 servers of shards 0, 1 and 2 restart one of each shard at a time, by the StatefulSets, the highest number first; masters hand over when they end: client-output-buffer-limit 124780544 62390272 -> 250609664 125304832, maxmemory 697303040 -> 1395654656, repl-backlog-size 10485760 -> 20971520, limits.memory 1Gi -> 2Gi and 2 more',
  ]);
});

test('no operations of a Redis Cluster any more', () => {
  expect(redisClusterPlan({}, none)).toEqual([
    'applied-live!: nobody looks after the deployment any more: the StatefulSets restart servers, the highest number first, and nobody moves slots, brings in servers with an empty disk, makes users or changes settings => see docs/steward.md#redis-by-hand for what is then to be done by hand',
    'rest: NetworkPolicy redis: spec.ingress',
  ]);
});

test('a steward of a Redis Cluster', () => {
  expect(redisClusterPlan(none, {})).toEqual([
    'applied-live: a steward looks after the deployment from now on: it restarts servers, and brings members where the manifests want them',
    'outage!: replicas: 2 is left out, and Kubernetes puts 1 in its place unless the field was handed over: all but one server of redis-0 end, until the steward puts the number back, some seconds to a minute later; disks keep what they have => hand the field over before this is applied: docs/steward.md#turning-it-on-for-a-running-ensemble',
    'outage!: replicas: 2 is left out, and Kubernetes puts 1 in its place unless the field was handed over: all but one server of redis-1 end, until the steward puts the number back, some seconds to a minute later; disks keep what they have => hand the field over before this is applied: docs/steward.md#turning-it-on-for-a-running-ensemble',
    'outage!: replicas: 2 is left out, and Kubernetes puts 1 in its place unless the field was handed over: all but one server of redis-2 end, until the steward puts the number back, some seconds to a minute later; disks keep what they have => hand the field over before this is applied: docs/steward.md#turning-it-on-for-a-running-ensemble',
    'rest: NetworkPolicy redis: spec.ingress',
  ]);
});

test('TLS of a Redis Cluster', () => {
  expect(redisClusterPlan({}, { tls: {} }, issuer)).toEqual([
    'outage!: servers are to talk TLS with clients and with one another, and those with and without TLS cannot talk: the steward asks in the new way alone and waits, until all servers were restarted at once => keep tls as it was, or delete all pods together with the change of the clients: docs/redis.md#tls',
    'nothing: no roll gets through before that is settled; changed in pods: port 6379 -> 0, tls-auth-clients no is new, tls-ca-cert-file /secrets/tls/ca.crt is new, tls-cert-file /secrets/tls/tls.crt is new and 8 more',
    'applied-live: a certificate for servers is made, in the Secret redis-tls',
  ]);
});
