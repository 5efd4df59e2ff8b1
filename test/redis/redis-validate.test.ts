import { App, Chart, Duration, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { Credentials, type EnvironmentProps, ObjectStore, PlatformApp, Storage } from '../../lib';
import {
  type RedisClusterProps,
  RedisReplication,
  type RedisReplicationProps,
  type RedisServerProps,
  RedisStandalone,
  RedisVersion,
} from '../../lib/redis';
import { everything } from '../support/every-prop';
import { reported } from '../support/rendering';
import { cluster, replication, standalone } from './rendering';

const [GI, MI] = [Size.gibibytes, Size.mebibytes];
const user = Credentials.existing('user');
const to = ObjectStore.s3({ bucket: 'b', credentials: user });
const DEVELOPMENT: EnvironmentProps = { durability: 'development' };
const backup = (props: Partial<NonNullable<RedisServerProps['backup']>>) => ({
  backup: { schedule: '0 3 * * *', to, ...props },
});
const restore = (props: Partial<NonNullable<RedisServerProps['restore']>>) => ({
  restore: { from: to, backup: '20260101T000000Z', ...props },
});
const owned = (key: string) =>
  `[redis/configuration] configuration: ${key} follows from other props or would endanger the data; leave it out`;
const name = 'a'.repeat(41);

type Bad<Props> = [given: string, props: Partial<Props>, messages: string[], environment?: EnvironmentProps];

const SERVERS: Bad<RedisServerProps>[] = [
  [
    'a name that is too long',
    { name },
    [
      `[core/name] name "${name}" has 41 characters, at most 40 leave room for the suffixes of its pods, Services and claims; choose a shorter name`,
    ],
  ],
  [
    'a release with its patch',
    { version: RedisVersion.redis('8.2.1', 'x') },
    ['[redis/version] version: "8.2.1" is not a line of releases of redis; write it as 7.0'],
  ],
  [
    'an old Redis',
    { version: RedisVersion.redis('6.2', 'x') },
    ['[redis/version] version: redis 6.2 is older than the library can run; use 7.0 or later'],
  ],
  [
    'an old Valkey',
    { version: RedisVersion.valkey('7.2', 'x') },
    ['[redis/version] version: valkey 7.2 is older than the library can run; use 8.0 or later'],
  ],
  [
    'a CPU in words',
    { cpu: '2 cores' },
    [
      '[redis/cpu] cpu: "2 cores" is not an amount of CPU; write cores ("2", "0.5") or thousandths of one ("250m")',
    ],
  ],
  [
    'hardly any memory',
    { memory: MI(32) },
    ['[redis/memory] memory: 32Mi; give at least 64Mi, as a server takes some before it holds anything'],
  ],
  [
    'maxmemory above the limit',
    { maxmemory: GI(2) },
    [
      '[redis/memory] maxmemory: 2Gi is not below memory, 1Gi, at which a server is killed with all that it holds; lower maxmemory to 921Mi or less, or raise memory to 2276Mi',
    ],
  ],
  [
    'maxmemory just below the limit',
    { maxmemory: MI(1000) },
    [
      '[redis/memory] maxmemory: 1000Mi leaves 24Mi of 1Gi for pages that a fork copies, for replicas that catch up and for fragmentation, and a tenth is the least; lower maxmemory to 921Mi or less, or raise memory to 1112Mi',
    ],
  ],
  [
    'no maxmemory to speak of',
    { maxmemory: Size.kibibytes(1) },
    ['[redis/memory] maxmemory: 1Ki holds nothing; give at least 1Mi, or leave it out'],
  ],
  [
    'a store that evicts what it persists',
    { maxmemoryPolicy: 'allkeys-lru' },
    [
      "[redis/eviction] maxmemoryPolicy: 'allkeys-lru' removes keys of a store without a word once maxmemory is reached, although persistence 'aof' keeps what is written; use 'noeviction', give use: 'cache', or say so by allowEviction: true",
    ],
  ],
  [
    'a store that evicts and persists nothing',
    { maxmemoryPolicy: 'volatile-lru', persistence: 'none' },
    [
      "[redis/eviction] maxmemoryPolicy: 'volatile-lru' removes keys of a store without a word once maxmemory is reached; use 'noeviction', give use: 'cache', or say so by allowEviction: true",
    ],
    DEVELOPMENT,
  ],
  [
    'a store that keeps nothing in production',
    { persistence: 'none' },
    [
      "[redis/persistence] persistence: 'none' in production loses all of a store when its servers restart together; use 'aof', or give use: 'cache'",
    ],
  ],
  [
    'save points and a log alone',
    { save: [{ after: Duration.minutes(1), changes: 1 }] },
    [
      "[redis/persistence] save: snapshots are taken with persistence 'rdb' or 'aof+rdb', and it is 'aof'; leave one of them out",
    ],
  ],
  [
    'a log that there is none of',
    { persistence: 'rdb', appendfsync: 'always' },
    [
      "[redis/persistence] appendfsync: a log is kept with persistence 'aof' or 'aof+rdb', and it is 'rdb'; leave one of them out",
    ],
  ],
  [
    'snapshots that are never taken',
    { persistence: 'rdb', save: [] },
    ["[redis/persistence] save: no snapshot is ever taken; give a point, or persistence 'none' or 'aof'"],
  ],
  [
    'parts of a second and of a change',
    {
      persistence: 'rdb',
      save: [
        { after: Duration.millis(1500), changes: 1 },
        { after: Duration.seconds(1), changes: 0 },
      ],
    },
    [
      '[redis/persistence] save: 1 changes after 1 second 500 millis; give a whole number of changes and whole seconds, each from 1',
      '[redis/persistence] save: 0 changes after 1 second; give a whole number of changes and whole seconds, each from 1',
    ],
  ],
  [
    'a log and no volume',
    { storage: undefined },
    [
      "[redis/storage] storage: persistence 'aof' writes to a volume, and there is none; give a size of at least 1995Mi, or persistence: 'none'",
    ],
  ],
  [
    'a volume that is too small for a rewrite of a log',
    { storage: GI(1) },
    [
      '[redis/storage] storage: 1024Mi is less than 1995Mi, 3 times maxmemory: the log, what is written meanwhile, and the rewrite that takes its place; raise storage, or lower maxmemory to 341Mi',
    ],
  ],
  [
    'a volume that is too small for two snapshots',
    { storage: GI(1), persistence: 'rdb' },
    [
      '[redis/storage] storage: 1024Mi is less than 1330Mi, 2 times maxmemory: a snapshot and the one that takes its place; raise storage, or lower maxmemory to 512Mi',
    ],
  ],
  [
    'a volume that is too small for both',
    { storage: GI(2), persistence: 'aof+rdb' },
    [
      '[redis/storage] storage: 2048Mi is less than 2660Mi, 4 times maxmemory: the log, its rewrite, a snapshot and the one that takes its place; raise storage, or lower maxmemory to 512Mi',
    ],
  ],
  [
    'a scratch directory that is too small for a copy',
    { storage: Storage.emptyDir({ sizeLimit: MI(512) }), use: 'cache' },
    [
      '[redis/storage] storage: 512Mi is less than 819Mi, maxmemory: a copy that a replica is sent; raise storage, or lower maxmemory to 512Mi',
    ],
  ],
  [
    'a scratch directory for a store in production',
    { storage: Storage.emptyDir() },
    [
      "[core/storage] volume data: an emptyDir loses its data with the pod; claim a volume (a size, or { size, role }), or give the environment durability: 'development'",
    ],
  ],
  [
    'a volume that shrinks',
    { storage: { size: GI(10), initialSize: GI(20) } },
    [
      '[core/storage] volume data: size 10Gi is smaller than the 20Gi that its founders were created with, and a volume cannot shrink; set size to at least 20Gi',
    ],
  ],
  [
    'plain text in production',
    { allowPlainText: false },
    [
      '[redis/tls] servers and clients talk plain text in production, where whoever is on the way reads passwords and data; give tls, or say so by allowPlainText: true',
    ],
  ],
  [
    'TLS without issuer or Secret',
    { tls: {} },
    [
      '[redis/tls] tls is on, but there is no certificate: the environment "test" has no certificates.issuer; set it, or give tls.issuer or tls.secret',
    ],
  ],
  [
    'a DNS name that is an address with a scheme',
    { tls: { issuer: { name: 'i' }, dnsNames: ['rediss://x', '*.example.com'] } },
    [
      '[redis/tls] tls.dnsNames: "rediss://x" is not a DNS name; give lower-case names such as redis.example.com',
    ],
  ],
  [
    'names for a certificate that is there already',
    { tls: { secret: 's', dnsNames: ['redis.example.com'] } },
    [
      '[redis/tls] tls.dnsNames: names are for a certificate that is made here, and tls.secret is one of yours; leave one of them out',
    ],
  ],
  [
    'one password for everybody',
    { credentials: { steward: user, internal: user } },
    [
      '[redis/credentials] credentials: steward may do everything, and internal is what servers and Sentinels hold; give each a Secret of its own',
    ],
  ],
  [
    'passwords from a store that is not there',
    { credentials: { steward: Credentials.external('a'), internal: Credentials.external('b') } },
    ['steward', 'internal'].map(
      (who) =>
        `[core/credentials] credentials.${who}: Credentials.external needs a store and the environment "test" has no secretStore; set it, or use Credentials.existing or Credentials.generated`,
    ),
  ],
  [
    'users with names and rights that are none',
    { users: { default: { keys: ['*'] }, 'a b': { keys: ['*'] }, idle: {} } },
    [
      '[redis/users] user "default" is whoever does not log in, and is off; choose another name, and log in with it',
      '[redis/users] user "a b" is not a name; begin with a letter or a digit, go on with these or ".", "_", "-" and "@", and stop at 64',
      '[redis/users] user "idle": it may do nothing; give keys, channels or rules',
    ],
  ],
  [
    'a password in the rules of a user',
    { users: { orders: { keys: ['*'], rules: ['>secret'] } } },
    [
      '[redis/users] user "orders": rules: passwords have no place in them, where everybody reads them; give credentials, and leave this rule out',
    ],
  ],
  [
    'users from a store that is not there',
    { users: { orders: { keys: ['*'], credentials: Credentials.external('a') } } },
    [
      '[core/credentials] user "orders": Credentials.external needs a store and the environment "test" has no secretStore; set it, or use Credentials.existing or Credentials.generated',
    ],
  ],
  [
    'users that nobody makes',
    { users: { orders: { keys: ['*'] } }, operations: 'none' },
    ["[redis/users] users: with operations: 'none' nobody makes them; leave one of them out"],
  ],
  [
    'settings that follow from others',
    { configuration: { port: 6380, requirepass: 'x', 'rename-command': 'KEYS ""', 'cluster-enabled': true } },
    ['port', 'requirepass', 'rename-command', 'cluster-enabled'].map(owned),
  ],
  [
    'settings that the release does not know',
    { configuration: { 'commandlog-execution-slower-than': 1, unset: undefined } },
    [
      '[redis/configuration] configuration: commandlog-execution-slower-than is not a setting that the library knows of redis 8.2; look it up in its documentation',
    ],
  ],
  [
    'settings with values that are none',
    { configuration: { hz: 'fast', activedefrag: 'yes' } },
    [
      '[redis/configuration] configuration: hz is "fast"; give a whole number',
      '[redis/configuration] configuration: activedefrag is "yes"; give true or false',
    ],
  ],
  [
    'SSD where there is none',
    { placement: { ssd: true } },
    [
      '[core/placement] placement.ssd: the environment "test" has no ssdNodeLabels; set them, or use nodeSelector',
    ],
  ],
  [
    'a backup to a directory that goes with its pod',
    backup({ to: Storage.emptyDir() }),
    [
      '[core/backup-place] backup.to: an emptyDir is gone with the pod that wrote to it; use ObjectStore.s3, Storage.existingClaim or Storage.nfs',
    ],
  ],
  [
    'a backup with numbers that are none',
    backup({
      schedule: 'daily',
      maxBackups: 0,
      maxAge: Duration.minutes(5),
      timeout: Duration.seconds(5),
      alertAfter: Duration.seconds(5),
    }),
    [
      '[redis/backup] backup.schedule: "daily" is not a cron expression; give minute, hour, day, month and weekday, such as "0 3 * * *"',
      '[redis/backup] backup.maxBackups: 0; give a whole number from 1',
      '[redis/backup] backup.maxAge: 5 minutes; give at least an hour, or leave it out',
      '[redis/backup] backup.timeout: 5 seconds; give at least a minute',
      '[redis/backup] backup.alertAfter: 5 seconds; give at least a minute',
    ],
  ],
  [
    'a backup that is a file',
    restore({ backup: 'prod/data/redis/dump.rdb' }),
    [
      `[redis/restore] restore.backup: "prod/data/redis/dump.rdb" is not the name of a backup; give its time, such as 20261121T180000Z, with its directory in the store unless it is the deployment's own`,
    ],
  ],
  [
    'a backup that is restored to nowhere',
    { ...restore({ from: Storage.emptyDir() }), use: 'cache' },
    [
      '[core/backup-place] restore.from: an emptyDir is gone with the pod that wrote to it; use ObjectStore.s3, Storage.existingClaim or Storage.nfs',
      "[redis/restore] restore: persistence is 'none', and what is restored would be gone with the first restart; give another, or leave restore out",
    ],
  ],
];

const sentinels = (given: RedisReplicationProps['sentinels']) => ({ sentinels: given });
const count = (given: number, why = '') =>
  `[redis/sentinels] sentinels.count: ${given}; there are 3 or 5${why}; choose one of these`;
const FEW = ' (with fewer, none can be missed for a majority to decide)';

const REPLICATIONS: Bad<RedisReplicationProps>[] = [
  ['no Sentinels', sentinels({ count: 0 }), [count(0, FEW)]],
  ['two Sentinels', sentinels({ count: 2 }), [count(2, FEW)]],
  ['four Sentinels', sentinels({ count: 4 }), [count(4, ' (an even number misses no more than one less)')]],
  ['seven Sentinels', sentinels({ count: 7 }), [count(7)]],
  [
    'one Sentinel that decides alone',
    sentinels({ quorum: 1 }),
    [
      '[redis/sentinels] sentinels.quorum: 1; so many of 3 must miss the master, where one alone may be the one that is cut off; give 2 to 3, best 2',
    ],
  ],
  [
    'more Sentinels than there are',
    sentinels({ count: 5, quorum: 6 }),
    [
      '[redis/sentinels] sentinels.quorum: 6; so many of 5 must miss the master, where one alone may be the one that is cut off; give 2 to 5, best 3',
    ],
  ],
  [
    'hardly any patience',
    sentinels({ downAfter: Duration.millis(100), failoverTimeout: Duration.millis(0.5) }),
    [
      '[redis/sentinels] sentinels.downAfter: 100 ms; give whole milliseconds, at least a second',
      '[redis/sentinels] sentinels.failoverTimeout: 0.5 ms; give whole milliseconds, at least a second',
      '[redis/sentinels] sentinels.failoverTimeout: 0.5 ms is less than twice downAfter, 100 ms, and an attempt would be given up before the new master is known to live; give at least 200 ms',
    ],
  ],
  [
    'an attempt that ends too soon',
    sentinels({ downAfter: Duration.seconds(10), failoverTimeout: Duration.seconds(15) }),
    [
      '[redis/sentinels] sentinels.failoverTimeout: 15000 ms is less than twice downAfter, 10000 ms, and an attempt would be given up before the new master is known to live; give at least 20000 ms',
    ],
  ],
  [
    'Sentinels that forget in production',
    sentinels({ storage: Storage.emptyDir() }),
    [
      "[core/storage] volume sentinels: an emptyDir loses its data with the pod; claim a volume (a size, or { size, role }), or give the environment durability: 'development'",
    ],
  ],
  [
    'Sentinels, and servers, without a zone each',
    {},
    [
      '[redis/replicas] replicas: 2 and their master cannot each have a zone, the environment "test" has 2 (h, i); add a zone, lower replicas to 1, or set placement.spread to \'host\'',
      '[core/zones] 3 voters need 3 zones for one to be lost safely, the environment "test" has 2 (h, i); add a zone or set placement.spread to \'host\'',
    ],
    { zones: ['h', 'i'] },
  ],
  [
    'no replica',
    { replicas: 0 },
    ['[redis/replicas] replicas: 0; give a whole number from 1 to 20, or use RedisStandalone'],
  ],
  ['half a replica', { replicas: 1.5 }, ['[redis/replicas] replicas: 1.5; give a whole number from 1 to 20']],
  [
    'too many replicas',
    { replicas: 21 },
    ['[redis/replicas] replicas: 21; give a whole number from 1 to 20'],
  ],
  [
    'nobody who formed it',
    { founders: 0 },
    [
      '[redis/founders] founders: 0; give the number of servers that it was formed with, the master among them',
    ],
  ],
  [
    'more replicas in step than there are',
    { minReplicasToWrite: 3 },
    [
      '[redis/replicas] minReplicasToWrite: 3; a master has 2 replicas, and with more than there are it takes no write; give a whole number from 0 to 2',
    ],
  ],
  [
    'replicas that tell too seldom',
    { minReplicasMaxLag: Duration.seconds(1) },
    [
      '[redis/replicas] minReplicasMaxLag: 1 s; replicas tell once a second how far they are, so give whole seconds from 2',
    ],
  ],
];

const shards = (given: RedisClusterProps['shards']) => ({ shards: given });
const number = (given: number) =>
  `[redis/shards] shards: ${given}; give a whole number from 3 to 200, as a majority of masters decides that one of them is gone`;

const CLUSTERS: Bad<RedisClusterProps>[] = [
  ['no shards', shards(0), [number(0)]],
  ['two shards', shards(2), [number(2)]],
  ['half a shard', shards(3.5), [number(3.5)]],
  ['too many shards', shards({ count: 201 }), [number(201)]],
  [
    'shards in two ways',
    shards({ count: 3, ids: [0, 1, 2] }),
    ['[redis/shards] shards: count and ids say the same in two ways; give one of them'],
  ],
  [
    'ids that are none',
    shards({ ids: [0, 1, 2, -1, 1000, 1.5, 2] }),
    [
      ...[-1, 1000, 1.5].map(
        (id) => `[redis/shards] shards.ids: ${id} is not the id of a shard; give whole numbers from 0 to 999`,
      ),
      '[redis/shards] shards.ids: 2 is there twice; name each shard once',
    ],
  ],
  [
    'two shards by their ids',
    shards({ ids: [4, 5] }),
    [
      '[redis/shards] shards: 2 stay; at least 3 masters are needed to decide that one of them is gone: add a shard',
    ],
  ],
  [
    'shards that leave too few behind',
    shards({ count: 4, leaving: [2, 3] }),
    [
      '[redis/shards] shards: 2 stay (4 shards, 2 leaving); at least 3 masters are needed to decide that one of them is gone: add a shard, or keep one',
    ],
  ],
  [
    'more that leave than the others can take in',
    shards({ count: 8, leaving: [3, 4, 5, 6, 7] }),
    [
      '[redis/shards] shards.leaving: 5 shards may hold 3325Mi, and the 3 that stay have room for 1995Mi in all; let at most 4 leave at once',
    ],
  ],
  [
    'a shard that leaves and is not there',
    shards({ count: 3, leaving: [3, 3] }),
    [
      '[redis/shards] shards.leaving: 3 is there twice; name each shard once',
      '[redis/shards] shards.leaving: there is no shard 3 (there are 0, 1, 2); name one of these, or leave it out',
    ],
  ],
  [
    'a shard that leaves and that nobody empties',
    { ...shards({ count: 4, leaving: [3] }), operations: 'none' },
    [
      "[redis/shards] shards.leaving: with operations: 'none' nobody moves their slots away; leave one of them out",
    ],
  ],
  [
    'nobody who formed it',
    { founders: [] },
    ['[redis/shards] founders: none given; name the shards that it was formed with, or leave it out'],
  ],
  [
    'founders that are none',
    { founders: [0, 0, -1] },
    [
      '[redis/shards] founders: -1 is not the id of a shard; give whole numbers from 0 to 999',
      '[redis/shards] founders: 0 is there twice; name each shard once',
    ],
  ],
  [
    'shards without replicas in production',
    { replicas: 0 },
    [
      '[redis/replicas] replicas: 0 in production: a shard that loses its master loses its slots, and with them their keys; give at least 1',
    ],
  ],
  [
    'fewer than no replicas',
    { replicas: -1 },
    ['[redis/replicas] replicas: -1; give a whole number from 0 to 20'],
  ],
  [
    'shards in one zone',
    {},
    [
      '[redis/replicas] replicas: 1 and their master cannot each have a zone, the environment "test" has 1 (h); add a zone or set placement.spread to \'host\'',
      '[core/zones] 3 voters need 3 zones for one to be lost safely, the environment "test" has 1 (h); add a zone or set placement.spread to \'host\'',
    ],
    { zones: ['h'] },
  ],
  [
    'hardly any patience',
    { nodeTimeout: Duration.millis(500) },
    ['[redis/nodes] nodeTimeout: 500 ms; give whole milliseconds, at least a second'],
  ],
  [
    'more slots than there are',
    { slotsAtATime: 20_000 },
    ['[redis/nodes] slotsAtATime: 20000; give a whole number from 1 to 16384'],
  ],
];

describe('bad input', () => {
  it.each(SERVERS)('is refused in every topology: %s', (_, props, messages, environment) => {
    expect(replication(props, environment).problems).toEqual(messages);
    expect(cluster(props, environment).problems).toEqual(messages);
    expect(standalone(props, environment).problems).toEqual(messages);
  });

  it.each(REPLICATIONS)('is refused in a replication: %s', (_, props, messages, environment) => {
    expect(replication(props, environment).problems).toEqual(messages);
  });

  it.each(CLUSTERS)('is refused in a Redis Cluster: %s', (_, props, messages, environment) => {
    expect(cluster(props, environment).problems).toEqual(messages);
  });

  it('is a single server in production that nobody has asked for', () => {
    expect(standalone({ allowSingleServer: false }).problems).toEqual([
      '[redis/standalone] a single server in production: nothing takes its place when it fails or moves; use RedisReplication, say so by allowSingleServer: true, or give the environment "test" durability: \'development\'',
    ]);
    expect(standalone({ allowSingleServer: false }, DEVELOPMENT).problems).toEqual([]);
  });

  it('is a chart without a namespace', () => {
    const app = new App();
    const chart = new Chart(app, 'stack');
    new RedisStandalone(chart, 'redis', {
      memory: GI(1),
      storage: GI(10),
      allowPlainText: true,
      allowSingleServer: true,
    });
    expect(reported(chart)).toEqual([
      "[core/namespace] the chart has no namespace, and members call one another by names that hold it; give the Chart a namespace: new Chart(app, id, { namespace: '…' })",
    ]);
  });

  it('is told all at once, by the construct', () => {
    const app = new PlatformApp({ environment: { name: 'prod', zones: ['h', 'i', 'j'] } });
    const chart = new Chart(app, 'shop', { namespace: 'shop' });
    new RedisReplication(chart, 'sessions', { memory: GI(1), storage: GI(1), sentinels: { count: 2 } });
    expect(() => app.synth()).toThrow(
      [
        'prod/shop/sessions: 3 problems',
        `  ${count(2, FEW)}`,
        '  [redis/storage] storage: 1024Mi is less than 1995Mi, 3 times maxmemory: the log, what is written meanwhile, and the rewrite that takes its place; raise storage, or lower maxmemory to 341Mi',
        '  [redis/tls] servers and clients talk plain text in production, where whoever is on the way reads passwords and data; give tls, or say so by allowPlainText: true',
      ].join('\n'),
    );
  });
});

describe('good input', () => {
  it.each<[string, Partial<RedisReplicationProps>, EnvironmentProps?]>([
    ['nothing but memory and storage', {}],
    ['five Sentinels of which any two decide', { sentinels: { count: 5, quorum: 2 } }],
    ['a store that may evict', { maxmemoryPolicy: 'allkeys-lfu', allowEviction: true }],
    ['a cache without a volume', { use: 'cache', storage: undefined }],
    ['a cache that persists, and evicts', { use: 'cache', persistence: 'rdb' }],
    ['a cache in a scratch directory', { use: 'cache', storage: Storage.emptyDir() }],
    ['a scratch directory in development', { storage: Storage.emptyDir() }, DEVELOPMENT],
    ['a store that keeps nothing in development', { persistence: 'none' }, DEVELOPMENT],
    ['more replicas than zones, evenly', { replicas: 4 }, { zones: ['h', 'i', 'j'] }],
    [
      'one replica in two zones, and Sentinels anywhere',
      { replicas: 1, sentinels: { placement: { spread: 'host' } } },
      { zones: ['h', 'i'] },
    ],
    ['two zones for hosts that are told apart', { placement: { spread: 'host' } }, { zones: ['h', 'i'] }],
    ['a master that waits for every replica', { replicas: 1, minReplicasToWrite: 1 }],
    ['maxmemory as high as may be', { maxmemory: MI(921) }],
    ['a volume just large enough', { storage: MI(1995) }],
    ['TLS', { tls: {}, allowPlainText: false }, everything],
    ['Valkey', { version: RedisVersion.valkey('8.0', 'x'), configuration: { 'tcp-backlog': 256 } }],
  ])('is %s', (_, props, environment) => {
    expect(replication(props, environment).problems).toEqual([]);
  });

  it.each<[string, Partial<RedisClusterProps>, EnvironmentProps?]>([
    ['four shards', shards(4)],
    ['shards by their ids', shards({ ids: [7, 8, 9] })],
    ['half of the shards leaving', shards({ count: 6, leaving: [3, 4, 5] })],
    ['founders that are gone', { ...shards({ ids: [3, 4, 5] }), founders: [0, 1, 2] }],
    ['no replicas in development', { replicas: 0 }, DEVELOPMENT],
  ])('is %s', (_, props, environment) => {
    expect(cluster(props, environment).problems).toEqual([]);
  });
});
