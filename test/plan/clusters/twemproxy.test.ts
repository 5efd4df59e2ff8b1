import { type Chart, Size } from 'cdk8s';
import { expect, test } from 'vitest';
import type { RedisReplication, RedisReplicationProps, TwemproxyProps } from '../../../lib';
import { plan } from '../../../lib/plan/plan';
import { redisIn, twemproxy } from '../../redis/twemproxy/rendering';
import { renderingOf } from './planned';

type Props = Partial<TwemproxyProps> | ((chart: Chart) => Partial<TwemproxyProps>);

/** What a change of proxies does, by the rules of Kubernetes alone, and to the deployments behind them. */
function proxyPlan(before: Props, after: Props, redis: Partial<RedisReplicationProps> = {}): string[] {
  const [was, is] = [before, after].map((props) => {
    const { objects, problems } = twemproxy(props, {}, redis);
    const manifests = objects();
    expect(problems()).toEqual([]);
    return renderingOf(manifests);
  });
  const { subjects, unknown } = plan(was, is);
  return [
    ...subjects.flatMap(({ name, effects }) =>
      effects.map(({ verdict, needsYes, what }) => `${name}: ${verdict}${needsYes ? '!' : ''}: ${what}`),
    ),
    ...unknown,
  ];
}

const EVICTING: Partial<RedisReplicationProps> = { maxmemoryPolicy: 'allkeys-lru', allowEviction: true };

/** Shards before the proxies by the deployments that they are, of `redis-a`, `redis-b` and `redis-c`. */
const shards =
  (
    shards: Record<string, string>,
    leaving: Record<string, string> = {},
    more: Partial<TwemproxyProps> = {},
  ) =>
  (chart: Chart): Partial<TwemproxyProps> => {
    redisIn(chart, 'redis-c', more.use === 'cache' ? EVICTING : {});
    const found = (names: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(names).map(([name, redis]) => [name, chart.node.findChild(redis) as RedisReplication]),
      );
    return { shards: found(shards), leaving: found(leaving), ...more };
  };

const [a, b, c] = ['redis-a', 'redis-b', 'redis-c'];
const two = shards({ a, b });
const three = shards({ a, b, c });

/** Effects on the proxies, but for who may connect to whom. */
const ofProxies = (before: Props, after: Props): string[] =>
  proxyPlan(before, after).filter((line) => line.startsWith('proxy: ') && !line.includes('NetworkPolicy'));

test('unchanged proxies', () => {
  expect(proxyPlan({}, {})).toEqual([]);
});

test('more proxies', () => {
  expect(proxyPlan({}, { replicas: 3 })).toEqual([
    'proxy: applied-live: 1 pod of Deployment data/proxy is added: spec.replicas 2 -> 3',
  ]);
});

test('more memory of proxies', () => {
  expect(proxyPlan({}, { memory: Size.mebibytes(256) })).toEqual([
    'proxy: rolling-restart: 2 pods of Deployment data/proxy are replaced, at most 0 missing and 1 more than wanted at a time: containers[proxy].resources.limits.memory 95Mi -> 256Mi and containers[proxy].resources.requests.memory 95Mi -> 256Mi',
  ]);
});

test('another shard', () => {
  expect(proxyPlan(two, three)).toEqual([
    'proxy: outage!: about 33 % of the keys change their shard (a, b by md5 -> a, b, c by md5): a Job copies them while clients go on, then deletes all proxies, and clients are refused for some seconds until new ones may start',
    'proxy: applied-live: NetworkPolicy data/proxy allows other connections at once, also of pods that run: spec.egress',
    'proxy: applied-live: NetworkPolicy data/proxy-reshard allows other connections at once, also of pods that run: spec.egress',
    expect.stringMatching(/^redis-c: applied-live: user default is made on every server: /),
    expect.stringMatching(/^redis-c: applied-live: user proxy-agent is made on every server: /),
    'redis-c: applied-live: Deployment data/proxy may connect to redis redis-c on 6379',
    expect.stringMatching(/^redis-c: applied-live: Job data\/proxy-reshard-\w+ may connect to redis redis-c/),
  ]);
});

test.each<[string, Props, Props, string]>([
  [
    'a shard that is to be emptied',
    three,
    shards({ a, b }, { c }),
    'outage!: about 33 % of the keys change their shard (a, b, c by md5 -> a, b by md5): a Job copies them',
  ],
  [
    'another tag',
    two,
    shards({ a, b }, {}, { hashTag: '{}' }),
    'outage!: keys change their shard (a, b by md5 -> a, b by md5 within {}): a Job copies them',
  ],
  [
    'a shard that is dropped with its keys',
    three,
    two,
    'refused!: shard c is dropped with the keys that it has: nothing is moved, new proxies do not start, and the old ones go on',
  ],
  [
    'two shards that are dropped while a third comes',
    two,
    shards({ c, d: a }),
    'refused!: shards a and b are dropped with the keys that they have: nothing is moved, new proxies do not start, and the old ones go on',
  ],
  [
    'a shard that has been renamed',
    two,
    shards({ a, z: b }),
    'refused!: shard b is dropped with the keys that it has: nothing is moved, new proxies do not start, and the old ones go on',
  ],
  [
    'shards that are swapped',
    two,
    shards({ a: b, b: a }),
    'refused!: shards a and b are where another shard was: new proxies do not start, as keys would be looked for where they are not, and the old ones go on',
  ],
  [
    'another deployment under the name of a shard',
    two,
    shards({ a, b: c }),
    'data-lost!: shard b is redis-c.data.svc.cluster.local:6379 instead of redis-b.data.svc.cluster.local:6379, which has its keys: they are found no more',
  ],
])('%s', (_, before, after, what) => {
  expect(ofProxies(before, after)).toEqual([expect.stringContaining(`proxy: ${what}`)]);
});

test('another hash, which needs other nodes', () => {
  expect(ofProxies(two, shards({ a, b }, {}, { hash: 'fnv1a_64' }))).toEqual([
    expect.stringMatching(/^proxy: outage!: about \d+ % of the keys .*a, b by md5 -> a, b by fnv1a_64/),
    expect.stringMatching(/^proxy: rolling-restart: .* nodeSelector\[kubernetes.io\/arch\]/),
  ]);
});

test('another shard of a cache', () => {
  const cache: Partial<TwemproxyProps> = { use: 'cache' };
  const lines = proxyPlan(shards({ a, b }, {}, cache), shards({ a, b, c }, {}, cache), EVICTING);
  expect(lines[0]).toBe(
    'proxy: rolling-restart: proxies are replaced one after the other, and about 33 % of the keys change their shard (a, b by md5 -> a, b, c by md5): what is there is missed and made anew, and while both kinds of proxies run each sees only what it wrote itself',
  );
  expect(lines.filter((line) => line.startsWith('proxy: '))).toHaveLength(2);
});

test('a shard that has left is dropped', () => {
  expect(ofProxies(shards({ a, b }, { c }), two)).toEqual([
    'proxy: applied-live!: shard c, which was leaving, is dropped',
    expect.stringMatching(/^proxy: applied-live: Job data\/proxy-reshard-\w+ is (created|deleted)/),
    expect.stringMatching(/^proxy: applied-live: Job data\/proxy-reshard-\w+ is (created|deleted)/),
  ]);
});

test('another shard and more memory', () => {
  expect(ofProxies(two, shards({ a, b, c }, {}, { memory: Size.mebibytes(256) }))).toEqual([
    expect.stringContaining('proxy: outage!: about 33 % of the keys'),
    expect.stringMatching(
      /^proxy: rolling-restart: .* containers\[proxy\]\.resources\.limits\.memory 95Mi -> 256Mi/,
    ),
  ]);
});
