import { family, type Sample } from '../../steward/exposition';
import type { GroupLag, LogDir, QuorumState } from '../wire/types';
import type { Broker, BrokerFacts, Partition } from './facts';
import { BROKER_STATES, KAFKA_METRICS, type KafkaMetric, metricName } from './metric-names';

/** What metrics are made from. What is not known is left out, and never told as 0. */
export interface MetricFacts {
  readonly brokers: Pick<BrokerFacts, 'known' | 'brokers' | 'partitions'>;
  /** The metadata quorum; 'unknown': nobody who leads it answers. undefined: metadata is in ZooKeeper. */
  readonly quorum?: QuorumState | 'unknown';
  /** By broker. */
  readonly logDirs: ReadonlyMap<number, readonly LogDir[]>;
  readonly lags: readonly GroupLag[];
}

/** What Prometheus is told of a Kafka cluster. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function kafkaMetrics(cluster: string, facts: MetricFacts): string {
  const samples: Partial<Record<KafkaMetric, readonly Sample[]>> = {
    ...(facts.brokers.known && partitionSamples(facts.brokers)),
    ...brokerSamples(facts.brokers.brokers),
    ...logSamples(facts.logDirs),
    ...(facts.quorum && quorumSamples(facts.quorum)),
    consumer_group_lag: lagSamples(facts.lags),
  };
  return (Object.keys(KAFKA_METRICS) as KafkaMetric[])
    .map((metric) =>
      family(metricName(metric), 'gauge', KAFKA_METRICS[metric].help, { cluster }, samples[metric] ?? []),
    )
    .join('');
}

type Samples = Partial<Record<KafkaMetric, readonly Sample[]>>;

function partitionSamples({ brokers, partitions }: Pick<BrokerFacts, 'brokers' | 'partitions'>): Samples {
  const number = (which: (partition: Partition) => boolean): Sample[] => [
    [{}, partitions.filter(which).length],
  ];
  const ofBroker = (which: (partition: Partition, id: number) => boolean) =>
    brokers.map(
      ({ id }): Sample => [
        { broker: String(id) },
        partitions.filter((partition) => which(partition, id)).length,
      ],
    );
  return {
    // A replica that a move is bringing in cannot be in sync yet.
    under_replicated_partitions: number(({ replicas, isr, adding }) =>
      replicas.some((id) => !isr.includes(id) && !adding.includes(id)),
    ),
    // Kafka never asks for more than there are copies.
    under_min_isr_partitions: number(
      ({ isr, minInSync, replicas }) => isr.length < Math.min(minInSync, replicas.length),
    ),
    at_min_isr_partitions: number(
      ({ isr, minInSync, replicas }) => isr.length === minInSync && replicas.length > minInSync,
    ),
    offline_partitions: number(({ leader }) => leader === -1),
    reassigning_partitions: number(({ adding, removing }) => adding.length + removing.length > 0),
    partitions: sums(
      partitions,
      ({ topic }) => ({ topic }),
      () => 1,
    ),
    broker_replicas: ofBroker(({ replicas }, id) => replicas.includes(id)),
    broker_leaders: ofBroker(({ leader }, id) => leader === id),
  };
}

function brokerSamples(brokers: readonly Broker[]): Samples {
  // One that is drained has been stopped, and stays in the manifests until people take it out.
  const running = brokers.filter(
    ({ wanted, set }) => wanted === 'staying' || (wanted && set?.replicas !== 0),
  );
  return {
    brokers: BROKER_STATES.map((state) => [
      { state },
      running.filter(({ server }) => server.state === state).length,
    ]),
  };
}

function logSamples(logDirs: MetricFacts['logDirs']): Samples {
  const directories = [...logDirs].flatMap(([broker, dirs]) =>
    dirs.map((dir) => ({ dir, labels: { broker: String(broker), directory: dir.path } })),
  );
  const replicas = directories.flatMap(({ dir, labels: { broker } }) =>
    dir.replicas.map(({ topic, sizeBytes }) => ({ topic, broker, sizeBytes })),
  );
  // Brokers before 3.3 do not tell the size of a volume, and none tells that of a directory that failed.
  const known = directories.filter(({ dir }) => !dir.error && dir.totalBytes >= 0);
  return {
    log_bytes: [...logDirs].map(([broker, dirs]) => [
      { broker: String(broker) },
      dirs.flatMap((dir) => dir.replicas).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    ]),
    topic_log_bytes: sums(
      replicas,
      ({ topic }) => ({ topic }),
      ({ sizeBytes }) => sizeBytes,
    ),
    log_dir_free_bytes: known.map(({ dir, labels }) => [labels, dir.usableBytes]),
    log_dir_total_bytes: known.map(({ dir, labels }) => [labels, dir.totalBytes]),
    log_dir_failed: directories.map(({ dir, labels }) => [labels, dir.error ? 1 : 0]),
  };
}

function quorumSamples(quorum: QuorumState | 'unknown'): Samples {
  if (quorum === 'unknown') return { quorum_has_leader: [[{}, 0]] };
  const { leaderId, voters, highWatermark } = quorum;
  const end = voters.find(({ id }) => id === leaderId)?.logEndOffset ?? highWatermark;
  return {
    quorum_has_leader: [[{}, leaderId >= 0 ? 1 : 0]],
    quorum_leader: voters.map(({ id }) => [{ id: String(id) }, id === leaderId ? 1 : 0]),
    quorum_voters: [[{}, voters.length]],
    // -1: a voter that has not fetched anything from this leader yet.
    quorum_voter_lag: voters.map(({ id, logEndOffset }) => [
      { id: String(id) },
      Math.max(0, end - Math.max(0, logEndOffset)),
    ]),
    quorum_high_watermark: [[{}, highWatermark]],
  };
}

function lagSamples(lags: readonly GroupLag[]): Sample[] {
  return sums(
    lags,
    ({ group, topic }) => ({ group, topic }),
    ({ lag }) => Math.max(0, lag),
  );
}

/** Sums by labels, in the order in which they are met. */
function sums<T>(
  items: readonly T[],
  labelsOf: (item: T) => Record<string, string>,
  amountOf: (item: T) => number,
): Sample[] {
  const found = new Map<string, Sample>();
  for (const item of items) {
    const labels = labelsOf(item);
    const key = JSON.stringify(labels);
    found.set(key, [labels, (found.get(key)?.[1] ?? 0) + amountOf(item)]);
  }
  return [...found.values()];
}
