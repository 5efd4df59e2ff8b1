import { Duration, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { Credentials, type EnvironmentProps } from '../../../lib';
import { RedisCluster, RedisReplication, type RedisReplicationProps } from '../../../lib/redis';
import { Twemproxy } from '../../../lib/redis/twemproxy';
import type { TwemproxyProps } from '../../../lib/redis/twemproxy-props';
import type { ITwemproxyShard } from '../../../lib/redis/twemproxy-shard';
import { chartIn, reported } from '../../support/rendering';
import { redisIn, twemproxy } from './rendering';

type Case = [
  what: string,
  proxy: Parameters<typeof twemproxy>[0],
  problems: string[],
  redis?: Partial<RedisReplicationProps>,
  environment?: EnvironmentProps,
];

const cache = { use: 'cache', storage: undefined } as const;
const TLS = { tls: { secret: 'mine' } };

const CASES: Case[] = [
  [
    'one shard',
    (chart) => ({ shards: { a: redisIn(chart, 'redis-x') } }),
    [
      '[twemproxy/shards] shards: 1 given, and keys of one need no proxy; give at least two, or grant access to the Redis itself',
    ],
  ],
  [
    'a name that is none',
    (chart) => ({ shards: { 'a b': redisIn(chart, 'redis-x'), c: redisIn(chart, 'redis-y') } }),
    [
      '[twemproxy/shards] shard "a b": its name decides on which keys it has; use lower-case letters, digits and "-", at most 63',
    ],
  ],
  [
    'one Redis twice',
    (chart) => {
      const x = redisIn(chart, 'redis-x');
      return { shards: { x, y: x } };
    },
    [
      '[twemproxy/shards] shards: "x" and "y" are both the Redis "redis-x"; give each shard servers of its own',
    ],
  ],
  [
    'a shard that stays and leaves',
    (chart) => {
      const [x, y] = [redisIn(chart, 'redis-x'), redisIn(chart, 'redis-y')];
      return { shards: { x, y }, leaving: { x } };
    },
    ['[twemproxy/shards] leaving: "x" is one of shards, too; take it out of one of them'],
  ],
  [
    'the name of a shard',
    { name: 'redis-a' },
    [
      '[twemproxy/shards] name "redis-a" is that of the Redis of shard "a", whose Service would be the proxy\'s; choose another name',
    ],
  ],
  [
    'TLS',
    {},
    ['a', 'b'].map(
      (name) =>
        `[twemproxy/shards] shard "${name}": "redis-${name}" speaks TLS only, and twemproxy none; leave its tls out`,
    ),
    TLS,
  ],
  [
    'a store before caches',
    {},
    ['a', 'b'].flatMap((name) => [
      `[twemproxy/shards] shard "${name}": "redis-${name}" is a cache, which may lose keys; set use to "cache" here, or to "store" there`,
      `[twemproxy/shards] shard "${name}": "redis-${name}" evicts keys (allkeys-lru), among them those that say where keys are; set its maxmemoryPolicy to "noeviction"`,
      `[twemproxy/shards] shard "${name}": "redis-${name}" keeps nothing on disk; give it persistence and storage, or set use to "cache"`,
    ]),
    cache,
  ],
  [
    'a cache before stores',
    { use: 'cache' },
    ['a', 'b'].map(
      (name) =>
        `[twemproxy/shards] shard "${name}": "redis-${name}" refuses writes once it is full; set its use to "cache", or its maxmemoryPolicy to "allkeys-lru"`,
    ),
  ],
  [
    'keys of a cache that are to be moved',
    (chart) => ({ use: 'cache', leaving: { c: redisIn(chart, 'redis-c', cache) } }),
    [
      '[twemproxy/shards] leaving: keys of a cache are not moved, but made anew; leave it out, or set use to "store"',
    ],
    cache,
  ],
  [
    'ejection from a store',
    { ejection: {} },
    [
      '[twemproxy/ejection] ejection: keys of a shard that is away would be written to others, and never be found again; leave it out, or set use to "cache"',
    ],
  ],
  [
    'a hash tag of one character',
    { hashTag: '{' },
    ['[twemproxy/layout] hashTag "{" is not two characters; give such as "{}"'],
  ],
  [
    'a hash elsewhere than on amd64',
    { hash: 'fnv1a_64', placement: { nodeSelector: { 'kubernetes.io/arch': 'arm64' } } },
    [
      '[twemproxy/layout] hash "fnv1a_64" puts keys elsewhere on arm64, and placement.nodeSelector demands it; use hash "md5", or nodes of amd64',
    ],
  ],
  [
    'a single proxy in production',
    { replicas: 1 },
    ['[twemproxy/replicas] replicas: 1, and clients reach no shard while it is replaced; give at least 2'],
  ],
  [
    'numbers that are none',
    { replicas: 0, serverConnections: 1.5, timeout: Duration.millis(0), clientConnections: 0 },
    [
      '[twemproxy/numbers] timeout in milliseconds: 0; give a whole number from 1',
      '[twemproxy/numbers] serverConnections: 1.5; give a whole number from 1',
      '[twemproxy/numbers] replicas: 0; give a whole number from 1',
      '[twemproxy/numbers] clientConnections: 0; give a whole number from 1',
    ],
  ],
  [
    'numbers of an ejection that are none',
    { use: 'cache', ejection: { failures: 0, retryAfter: Duration.millis(0) } },
    [
      '[twemproxy/numbers] ejection.failures: 0; give a whole number from 1',
      '[twemproxy/numbers] ejection.retryAfter in milliseconds: 0; give a whole number from 1',
    ],
    cache,
  ],
  [
    'pieces that are too small',
    { mbufSize: Size.kibibytes(0.25) },
    ['[twemproxy/memory] mbufSize: 256 bytes; give 512 bytes to 16 MiB'],
  ],
  [
    'too little memory',
    { memory: Size.mebibytes(40), clientConnections: 1000 },
    [
      '[twemproxy/memory] memory 40Mi does not hold two pieces of mbufSize for each of 1000 clientConnections; give at least 48Mi, a smaller mbufSize, or fewer',
    ],
  ],
  [
    'a long name',
    { name: 'x'.repeat(41) },
    [
      `[core/name] name "${'x'.repeat(41)}" has 41 characters, at most 40 leave room for the suffixes of its pods, Services and claims; choose a shorter name`,
    ],
  ],
  [
    'nodes that are not there',
    { placement: { ssd: true } },
    [
      '[core/placement] placement.ssd: the environment "test" has no ssdNodeLabels; set them, or use nodeSelector',
    ],
  ],
  [
    'a store that is not there',
    { credentials: Credentials.external('x') },
    [
      '[core/credentials] credentials: Credentials.external needs a store and the environment "test" has no secretStore; set it, or use Credentials.existing or Credentials.generated',
    ],
  ],
];

describe('a proxy is refused', () => {
  it.each(CASES)('%s', (_, props, problems, redis, environment) => {
    const { problems: found } = twemproxy(props, environment, redis);
    expect(found()).toEqual(problems);
  });

  it('shards that nobody looks after', () => {
    const { problems } = twemproxy({}, {}, { operations: 'none' });
    expect(problems()).toContain(
      '[twemproxy/shards] shard "a": "redis-a" has operations: \'none\', and it is the steward who makes its Service follow the master and its users; leave operations out',
    );
  });

  it('a Redis Cluster, though the compiler knows', () => {
    const chart = chartIn();
    const nodes = new RedisCluster(chart, 'nodes', {
      memory: Size.gibibytes(1),
      storage: Size.gibibytes(10),
      allowPlainText: true,
    });
    // @ts-expect-error a Redis Cluster is no shard
    const shards: TwemproxyProps['shards'] = { a: nodes, b: redisIn(chart, 'redis-b') };
    new Twemproxy(chart, 'proxy', { shards });
    expect(reported(chart)).toContain(
      '[twemproxy/access] shard "a": "nodes" is a Redis Cluster, whose nodes send clients from one to another, which twemproxy does not know; ' +
        'have clients use the Redis Cluster itself, or give a RedisReplication',
    );
  });

  it('a Redis that exists elsewhere', () => {
    const chart = chartIn();
    const old = RedisReplication.fromEndpoints(chart, 'old', { master: 'old.example.com:6379' });
    const shards = { a: old as ITwemproxyShard, b: redisIn(chart, 'redis-b') };
    new Twemproxy(chart, 'proxy', { shards });
    expect(reported(chart)).toContain(
      '[twemproxy/access] shard "a": "old" is no master with replicas that is made here; give a RedisReplication',
    );
  });

  it('shards in another namespace', () => {
    const { shards } = twemproxy();
    const elsewhere = chartIn({}, 'other', 'other');
    new Twemproxy(elsewhere, 'late', { shards });
    expect(reported(elsewhere)).toEqual(
      ['a', 'b'].map(
        (name) =>
          `[twemproxy/shards] shard "${name}": "redis-${name}" is in the namespace "data", and the proxy in "other", where their password is; put both into one`,
      ),
    );
  });
});

describe('a proxy is taken', () => {
  it('alone in development', () => {
    const { problems, objects } = twemproxy({ replicas: 1 }, { durability: 'development' });
    expect(problems()).toEqual([]);
    expect(
      objects().some(({ kind, metadata }) => kind === 'PodDisruptionBudget' && metadata.name === 'proxy'),
    ).toBe(false);
  });
});
