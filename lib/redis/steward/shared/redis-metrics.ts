import { family, type Sample } from '../../../steward/exposition';
import type { ServerFacts, Serving } from '../facts';
import { metricName, REDIS_METRICS, type RedisMetric, SERVER_STATES } from './metric-names';

/** A server with the shard that it is of. */
export interface MetricServer extends Pick<ServerFacts, 'pod' | 'host' | 'wanted' | 'kube' | 'server'> {
  readonly shard: number;
}

/** What metrics are made from. What is not known is left out, and never told as 0. */
export interface MetricFacts {
  readonly servers: readonly MetricServer[];
  /** Slots of a Redis Cluster by shard, where somebody tells of them; elsewhere undefined. */
  readonly slots?: ReadonlyMap<number, number>;
}

const ALL_SLOTS = 16_384;

type Samples = Partial<Record<RedisMetric, readonly Sample[]>>;

/** What Prometheus is told of a deployment. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function redisMetrics(cluster: string, facts: MetricFacts): string {
  const samples: Samples = {
    ...serverSamples(facts.servers),
    ...shardSamples(facts.servers),
    ...(facts.slots && slotSamples(facts.slots)),
  };
  return (Object.keys(REDIS_METRICS) as RedisMetric[])
    .map((metric) =>
      family(metricName(metric), 'gauge', REDIS_METRICS[metric], { cluster }, samples[metric] ?? []),
    )
    .join('');
}

function serverSamples(servers: readonly MetricServer[]): Samples {
  const wanted = servers.filter((server) => server.wanted);
  const state = ({ server }: MetricServer) => (server.state === 'serving' ? server.role : server.state);
  return {
    servers: SERVER_STATES.map((each) => [
      { state: each },
      wanted.filter((server) => state(server) === each).length,
    ]),
    servers_wanted: [[{}, wanted.length]],
    servers_outdated: [[{}, wanted.filter(({ kube }) => kube?.outdated).length]],
  };
}

function shardSamples(servers: readonly MetricServer[]): Samples {
  const serving = servers.flatMap(({ pod, host, shard, server }) =>
    server.state === 'serving' ? [{ pod, host, shard, says: server }] : [],
  );
  const masters = serving.filter(({ says }) => says.role === 'master');
  const behind = serving.flatMap(({ pod, shard, says }): Sample[] => {
    const master = says.role === 'replica' && masterOf(says, masters);
    return master ? [[{ shard: String(shard), pod }, Math.max(0, master.says.offset - says.offset)]] : [];
  });
  const shards = [...new Set(servers.map(({ shard }) => shard))];
  const byShard = (amount: (own: typeof masters) => number | undefined) =>
    shards.flatMap((shard): Sample[] => {
      const found = amount(masters.filter((master) => master.shard === shard));
      return found === undefined ? [] : [[{ shard: String(shard) }, found]];
    });
  return {
    behind_bytes: behind,
    shard_masters: byShard((own) => own.length),
    replicas_in_step: byShard(([master]) => master?.says.replicas.length),
    shard_keys: byShard(([master]) => master?.says.keys),
  };
}

/** The master that a replica follows, where it serves. */
function masterOf<T extends { readonly host: string }>(
  { follows }: Serving,
  masters: readonly T[],
): T | undefined {
  return masters.find(({ host }) => host === follows);
}

function slotSamples(slots: ReadonlyMap<number, number>): Samples {
  const covered = [...slots.values()].reduce((sum, count) => sum + count, 0);
  return {
    slots: [...slots].map(([shard, count]) => [{ shard: String(shard) }, count]),
    slots_uncovered: [[{}, ALL_SLOTS - covered]],
  };
}
