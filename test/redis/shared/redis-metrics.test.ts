import { describe, expect, it } from 'vitest';
import type { Serving } from '../../../lib/redis/steward/facts';
import { metricName, REDIS_METRICS } from '../../../lib/redis/steward/shared/metric-names';
import { type MetricServer, redisMetrics } from '../../../lib/redis/steward/shared/redis-metrics';

function serving(more: Partial<Serving>): Serving {
  return {
    state: 'serving',
    role: 'master',
    runId: 'x',
    linked: true,
    offset: 0,
    replicas: [],
    keys: 0,
    ...more,
  };
}

function server(
  pod: string,
  shard: number,
  says: MetricServer['server'],
  more: Partial<MetricServer> = {},
): MetricServer {
  return { pod, host: `${pod}.headless`, shard, wanted: true, server: says, ...more };
}

const replica = { host: 'redis-1.headless', offset: 900, lag: 0 };
const servers = [
  server('redis-0', 0, serving({ offset: 1_000, keys: 7, replicas: [replica] })),
  server('redis-1', 0, serving({ role: 'replica', offset: 900, follows: 'redis-0.headless' })),
  server('redis-2', 0, serving({ role: 'replica', offset: 5, follows: 'gone.headless' }), {
    kube: { outdated: 'it runs another revision' } as MetricServer['kube'],
  }),
  server('redis-3', 0, { state: 'loading' }, { wanted: false }),
  server('redis-1-0', 1, { state: 'silent', reason: 'gone' }),
];

function samples(facts: Parameters<typeof redisMetrics>[1]): string[] {
  return redisMetrics('redis', facts)
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line) =>
      line
        .replace('cdk8s_stateful_redis_', '')
        .replace('cluster="redis",', '')
        .replace('cluster="redis"', ''),
    );
}

describe('metrics', () => {
  it('tell of servers, shards and slots', () => {
    const slots = new Map([
      [0, 16_000],
      [1, 84],
    ]);
    expect(samples({ servers, slots })).toEqual([
      'servers{state="master"} 1',
      'servers{state="replica"} 2',
      'servers{state="loading"} 0',
      'servers{state="gate"} 0',
      'servers{state="silent"} 1',
      'servers_wanted{} 4',
      'servers_outdated{} 1',
      'replicas_in_step{shard="0"} 1',
      'behind_bytes{shard="0",pod="redis-1"} 100',
      'shard_masters{shard="0"} 1',
      'shard_masters{shard="1"} 0',
      'shard_keys{shard="0"} 7',
      'slots{shard="0"} 16000',
      'slots{shard="1"} 84',
      'slots_uncovered{} 300',
    ]);
  });

  it('leave out what is not known', () => {
    const told = samples({ servers: servers.slice(-1) }).join('\n');
    expect(told).toContain('shard_masters{shard="1"} 0');
    expect(told).not.toMatch(/slots|keys|behind|in_step/);
  });

  it('all have help, and are gauges', () => {
    const text = redisMetrics('redis', { servers, slots: new Map([[0, 1]]) });
    for (const metric of Object.keys(REDIS_METRICS) as (keyof typeof REDIS_METRICS)[])
      expect(text).toContain(
        `# HELP ${metricName(metric)} ${REDIS_METRICS[metric]}\n# TYPE ${metricName(metric)} gauge\n`,
      );
  });
});
