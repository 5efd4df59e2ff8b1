import { Duration, Size } from 'cdk8s';
import { expect, test } from 'vitest';
import { Storage } from '../../../lib';
import { development, none, redisClusterPlan, redisPlan, standalonePlan, stoppedRedisPlan } from './planned';

const G = Size.gibibytes;
const M = Size.mebibytes;
const cache = { use: 'cache', storage: undefined } as const;
const save = [{ after: Duration.minutes(15), changes: 1 }];

test('less memory', () => {
  expect(redisPlan({ memory: G(2) }, {})).toEqual([
    'applied-live!: maxmemory of all servers 1331 MiB -> 665 MiB, as each of them restarts: servers that have more in use refuse all writes that need memory; client-output-buffer-limit and repl-backlog-size follow from it => look at what is in use (used_memory of INFO memory) before',
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: client-output-buffer-limit 250609664 125304832 -> 124780544 62390272, maxmemory 1395654656 -> 697303040, repl-backlog-size 20971520 -> 10485760, limits.memory 2Gi -> 1Gi and 2 more',
  ]);
});

test('a maxmemory that is chosen', () => {
  expect(redisPlan({}, { maxmemory: M(600) })).toEqual([
    'applied-live!: maxmemory of all servers 665 MiB -> 600 MiB, without a restart: servers that have more in use refuse all writes that need memory; client-output-buffer-limit and repl-backlog-size follow from it => look at what is in use (used_memory of INFO memory) before',
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: client-output-buffer-limit is set while servers run from now on, maxmemory is set while servers run from now on, repl-backlog-size is set while servers run from now on',
  ]);
});

test('a larger maxmemory', () => {
  expect(redisPlan({ maxmemory: M(500) }, { maxmemory: M(600) })).toEqual([
    'applied-live: maxmemory of all servers 500 MiB -> 600 MiB, without a restart; client-output-buffer-limit and repl-backlog-size follow from it',
  ]);
});

test('a smaller maxmemory', () => {
  expect(redisPlan({ maxmemory: M(600) }, { maxmemory: M(500) })).toEqual([
    'applied-live!: maxmemory of all servers 600 MiB -> 500 MiB, without a restart: servers that have more in use refuse all writes that need memory; client-output-buffer-limit and repl-backlog-size follow from it => look at what is in use (used_memory of INFO memory) before',
  ]);
});

test('a maxmemory that takes the memory of the same change', () => {
  expect(redisPlan({ maxmemory: M(500) }, { maxmemory: M(1200), memory: G(2) })[0]).toBe(
    'applied-live!: maxmemory of all servers 500 MiB -> 1200 MiB, without a restart: it is set before pods restart with more memory, and a server that fills it until then is killed; client-output-buffer-limit and repl-backlog-size follow from it => raise memory a commit earlier',
  );
});

test('a backlog that is chosen beside memory', () => {
  const configuration = (size: string) => ({ configuration: { 'repl-backlog-size': size } });
  expect(redisPlan(configuration('32mb'), { ...configuration('64mb'), memory: G(2) })[0]).toBe(
    'applied-live: repl-backlog-size of all servers 33554432 -> 67108864, without a restart',
  );
});

test('a smaller maxmemory of a cache', () => {
  expect(redisPlan({ ...cache, maxmemory: M(600) }, { ...cache, maxmemory: M(500) })).toEqual([
    'applied-live!: maxmemory of all servers 600 MiB -> 500 MiB, without a restart: servers that have more in use evict keys, which nobody hears of; client-output-buffer-limit and repl-backlog-size follow from it => look at what is in use (used_memory of INFO memory) before',
  ]);
});

test('a store that evicts', () => {
  expect(redisPlan({}, { maxmemoryPolicy: 'volatile-lru', allowEviction: true })).toEqual([
    'applied-live!: maxmemory-policy of all servers noeviction -> volatile-lru, without a restart: at maxmemory keys are evicted, which nobody hears of => keep noeviction where keys cannot be made anew',
  ]);
});

test('a cache that refuses writes', () => {
  expect(redisPlan(cache, { ...cache, maxmemoryPolicy: 'noeviction' })).toEqual([
    'applied-live!: maxmemory-policy of all servers allkeys-lru -> noeviction, without a restart: at maxmemory writes are refused, and no key makes room for others any more',
  ]);
});

test('keys that never expire', () => {
  expect(
    redisPlan({ ...cache, maxmemoryPolicy: 'volatile-ttl' }, { ...cache, maxmemoryPolicy: 'allkeys-lfu' }),
  ).toEqual([
    'applied-live!: maxmemory-policy of all servers volatile-ttl -> allkeys-lfu, without a restart: keys that never expire are evicted, too',
  ]);
});

test('no persistence any more', () => {
  expect(redisPlan({}, { persistence: 'none' }, development)).toEqual([
    'data-lost!: nothing is kept on disk instead of a log of all writes: when all servers that have a key end, it is gone, and what disks have is never looked at again => keep a persistence, unless all keys can be made anew; make a backup before',
  ]);
});

test('a log instead of nothing', () => {
  expect(redisPlan({ persistence: 'none' }, {}, development)).toEqual([
    'applied-live: a log of all writes is kept on disk instead of nothing, without a restart',
  ]);
});

test('snapshots instead of a log', () => {
  expect(redisPlan({}, { persistence: 'rdb' })).toEqual([
    'applied-live!: snapshots are kept on disk instead of a log of all writes, without a restart; a crash loses all that was written since the last snapshot',
  ]);
});

test('a log instead of snapshots', () => {
  expect(redisPlan({ persistence: 'rdb' }, {})).toEqual([
    'applied-live: a log of all writes is kept on disk instead of snapshots, without a restart',
  ]);
});

test('snapshots instead of a log without a steward', () => {
  expect(redisPlan(none, { ...none, persistence: 'rdb' })).toEqual([
    'nothing!: snapshots are kept on disk instead of a log of all writes once servers are told so while they run, which nobody does: until then each of them keeps what it kept => have every server write the new kind, by CONFIG SET appendonly and CONFIG REWRITE: docs/redis.md#persistence',
  ]);
});

test('snapshots beside the log', () => {
  expect(redisPlan({ storage: G(20) }, { storage: G(20), persistence: 'aof+rdb' })).toEqual([
    'applied-live: a log of all writes and snapshots is kept on disk instead of a log of all writes, without a restart',
  ]);
});

test('no snapshots beside the log any more', () => {
  expect(redisPlan({ storage: G(20), persistence: 'aof+rdb' }, { storage: G(20) })).toEqual([
    'applied-live!: a log of all writes is kept on disk instead of a log of all writes and snapshots, without a restart; there is no snapshot any more to go back to where a log is damaged',
  ]);
});

test('other snapshots', () => {
  expect(redisPlan({ persistence: 'rdb' }, { persistence: 'rdb', save })).toEqual([
    'applied-live: save of all servers 3600 1 300 100 60 10000 -> 900 1, without a restart',
  ]);
});

test('a log that is written through with every write', () => {
  expect(redisPlan({}, { appendfsync: 'always' })).toEqual([
    'applied-live: appendfsync of all servers everysec -> always, without a restart',
  ]);
});

test('a log that is not any more', () => {
  expect(redisPlan({ appendfsync: 'always' }, {})).toEqual([
    'applied-live!: appendfsync of all servers always -> everysec, without a restart: a crash of a machine loses up to a second',
  ]);
});

test('a log that is never written through', () => {
  expect(redisPlan({}, { appendfsync: 'no' })).toEqual([
    'applied-live!: appendfsync of all servers everysec -> no, without a restart: a crash of a machine loses what its kernel had not written',
  ]);
});

test('more replicas that have to be in step', () => {
  expect(redisPlan({}, { minReplicasToWrite: 2 })).toEqual([
    'applied-live!: min-replicas-to-write of all servers 1 -> 2, without a restart: writes are refused whenever one of 2 replicas restarts',
  ]);
});

test('no replica that has to be in step', () => {
  expect(redisPlan({}, { minReplicasToWrite: 0 })).toEqual([
    'applied-live!: min-replicas-to-write of all servers 1 -> 0, without a restart: a master that was cut off goes on taking writes, which are lost when it comes back',
  ]);
});

test('a setting that CONFIG SET takes', () => {
  expect(redisPlan({}, { configuration: { timeout: 300, 'notify-keyspace-events': 'Ex' } })).toEqual([
    'applied-live: notify-keyspace-events of all servers the default -> Ex, without a restart',
    'applied-live: timeout of all servers the default -> 300, without a restart',
  ]);
});

test('another value of it', () => {
  expect(redisPlan({ configuration: { timeout: 300 } }, { configuration: { timeout: 600 } })).toEqual([
    'applied-live: timeout of all servers 300 -> 600, without a restart',
  ]);
});

test('a setting that is left out again', () => {
  expect(redisPlan({ configuration: { timeout: 300 } }, {})).toEqual([
    'nothing: timeout is not declared any more: servers keep 300 until they start the next time',
  ]);
});

test('a setting that takes a restart', () => {
  expect(redisPlan({}, { configuration: { databases: 4, 'io-threads': 2 } })).toEqual([
    'rolling-restart: 3 servers restart one at a time, replicas first, the highest number first, the master last and after it has handed over: databases 4 is new, io-threads 2 is new',
  ]);
});

test('a live setting without a steward', () => {
  expect(redisPlan(none, { ...none, configuration: { timeout: 300 } })).toEqual([
    'nothing: timeout of all servers the default -> 300, which servers read when they start the next time, and nobody sets it before',
  ]);
});

test('a setting that is left out again without a steward', () => {
  expect(redisPlan({ ...none, configuration: { timeout: 300 } }, none)).toEqual([
    'nothing: timeout is not declared any more: servers that have it keep 300 until they start the next time',
  ]);
});

test('a user who may write keys that it read', () => {
  expect(
    redisPlan(
      { users: { app: { keys: ['a:*'], rules: ['%R~b:*'] } } },
      { users: { app: { keys: ['a:*', 'b:*'] } } },
    ),
  ).toEqual(['applied-live: user app may from now on: ~b:*; nobody is disconnected']);
});

test('users', () => {
  expect(
    redisPlan(
      { users: { old: { keys: ['*'] }, app: { keys: ['a:*', 'b:*'] } } },
      { users: { app: { keys: ['a:*', 'c:*'] }, fresh: { keys: ['x:*'], commands: 'read' } } },
    ),
  ).toEqual([
    'applied-live: user fresh is made on every server: %R~x:*, +@read, +@connection, +@pubsub and 6 more',
    'outage!: user old is removed from every server: clients that log in as it are refused => see that nobody logs in as it any more',
    'outage!: user app may no longer: ~b:*, and may from now on: ~c:*; whoever still does it as app is refused => see that no client needs these rights any more',
    'applied-live: the Secret redis-user-fresh is generated, unless it is there',
    'nothing: the generated Secret redis-user-old is not needed any more, and stays',
  ]);
});

test('a user with more rights', () => {
  expect(
    redisPlan(
      { users: { app: { keys: ['a:*'] } } },
      { users: { app: { keys: ['a:*'], channels: ['news'] } } },
    ),
  ).toEqual(['applied-live: user app may from now on: &news; nobody is disconnected']);
});

test('a user that may not read any more', () => {
  expect(
    redisPlan({ users: { app: { keys: ['a:*'] } } }, { users: { app: { keys: ['a:*'], rules: ['-get'] } } }),
  ).toEqual([
    'outage!: user app may no longer: get; whoever still does it as app is refused => see that no client needs these rights any more',
  ]);
});

test('rules in another order', () => {
  expect(
    redisPlan(
      { users: { app: { keys: ['a:*'], rules: ['-get', '+@read'] } } },
      { users: { app: { keys: ['a:*'], rules: ['+@read', '-get'] } } },
    ),
  ).toEqual([
    'outage!: the rules of user app are in another order, in which they may allow less => see that no client needs these rights any more',
  ]);
});

test('what Sentinels decide by', () => {
  expect(
    redisPlan(
      {},
      { sentinels: { quorum: 3, downAfter: Duration.seconds(5), failoverTimeout: Duration.seconds(30) } },
    ),
  ).toEqual([
    'applied-live: quorum of the Sentinels 2 -> 3, without a restart',
    'applied-live: down-after-milliseconds of the Sentinels 10 seconds -> 5 seconds, without a restart',
    'applied-live: failover-timeout of the Sentinels 1 minute -> 30 seconds, without a restart',
  ]);
});

test('the same without a steward', () => {
  expect(redisPlan(none, { ...none, sentinels: { downAfter: Duration.seconds(5) } })).toEqual([
    'nothing: down-after-milliseconds of the Sentinels 10 seconds -> 5 seconds, which each of them reads when it starts the next time',
  ]);
});

test('a single server that is set live', () => {
  expect(standalonePlan({}, { configuration: { timeout: 300 } })).toEqual([
    'applied-live: timeout of all servers the default -> 300, without a restart',
  ]);
});

test('nodes that are missed later', () => {
  expect(redisClusterPlan({}, { nodeTimeout: Duration.seconds(20), requireFullCoverage: false })).toEqual([
    'applied-live: cluster-node-timeout of all servers 10 seconds -> 20 seconds, without a restart',
    'applied-live: cluster-require-full-coverage of all servers yes -> no, without a restart',
  ]);
});

test('slots at a time', () => {
  expect(redisClusterPlan({}, { slotsAtATime: 16 })).toEqual([
    'applied-live: 16 slots are moved at a time instead of 64',
  ]);
});

test('another persistence while the steward is stopped', () => {
  expect(stoppedRedisPlan({ persistence: 'rdb' }, {})).toEqual([
    'nothing!: a log of all writes is kept on disk instead of snapshots once servers are told so while they run, which nobody does: until then each of them keeps what it kept => have every server write the new kind, by CONFIG SET appendonly and CONFIG REWRITE: docs/redis.md#persistence',
  ]);
});

test('no persistence any more on a scratch volume', () => {
  expect(
    redisPlan(
      { storage: Storage.emptyDir() },
      { storage: Storage.emptyDir(), persistence: 'none' },
      development,
    ),
  ).toEqual([
    'applied-live!: nothing is kept on disk instead of a log of all writes: when all servers that have a key end, it is gone, and what disks have is never looked at again => keep a persistence, unless all keys can be made anew; make a backup before',
  ]);
});

test('a master with one replica that has to be in step', () => {
  expect(redisPlan({ replicas: 1 }, { replicas: 1, minReplicasToWrite: 1 })).toEqual([
    'applied-live!: min-replicas-to-write of all servers 0 -> 1, without a restart: writes are refused whenever the only replica restarts',
  ]);
});
