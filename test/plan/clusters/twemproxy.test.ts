import { type Chart, Size } from 'cdk8s';
import { expect, test } from 'vitest';
import type { TwemproxyProps } from '../../../lib';
import { plan } from '../../../lib/plan/plan';
import { redisIn, twemproxy } from '../../redis/twemproxy/rendering';
import { renderingOf } from './planned';

type Props = Partial<TwemproxyProps> | ((chart: Chart) => Partial<TwemproxyProps>);

/** What a change of proxies does, by the rules of Kubernetes alone, and to the deployments behind them. */
function proxyPlan(before: Props, after: Props): string[] {
  const [was, is] = [before, after].map((props) => {
    const { objects, problems } = twemproxy(props);
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

/** A third shard, which is there, and before the proxies if they know it. */
const third =
  (known: boolean) =>
  (chart: Chart): Partial<TwemproxyProps> => {
    const c = redisIn(chart, 'redis-c');
    const [a, b] = ['redis-a', 'redis-b'].map((name) => chart.node.findChild(name) as typeof c);
    return { shards: { a, b, ...(known && { c }) } };
  };

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
  expect(proxyPlan(third(false), third(true))).toEqual([
    'proxy: rolling-restart: 2 pods of Deployment data/proxy are replaced, at most 0 missing and 1 more than wanted at a time: variable SETTINGS of agent, variable POOL of configure, variable SETTINGS of configure and 1 more',
    expect.stringMatching(/^proxy: applied-live: Job data\/proxy-reshard-\w+ is deleted/),
    expect.stringMatching(/^proxy: applied-live: Job data\/proxy-reshard-\w+ is created and runs$/),
    'proxy: applied-live: NetworkPolicy data/proxy allows other connections at once, also of pods that run: spec.egress',
    'proxy: applied-live: NetworkPolicy data/proxy-reshard allows other connections at once, also of pods that run: spec.egress',
    expect.stringMatching(/^redis-c: applied-live: user default is made on every server: /),
    expect.stringMatching(/^redis-c: applied-live: user proxy-agent is made on every server: /),
    'redis-c: applied-live: Deployment data/proxy may connect to redis redis-c on 6379',
    expect.stringMatching(/^redis-c: applied-live: Job data\/proxy-reshard-\w+ may connect to redis redis-c/),
  ]);
});
