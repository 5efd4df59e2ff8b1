/** A metric of the steward's. */
export interface MetricName {
  readonly help: string;
  /** Labels beside `cluster`. */
  readonly labels: readonly string[];
}

/** What the name of each metric of a cluster begins with. */
export const METRIC_PREFIX = 'cdk8s_stateful_kafka_';

/** What brokers are counted by. */
export const BROKER_STATES = ['serving', 'starting', 'gate', 'silent'] as const;

/** What the steward tells of a Kafka cluster, beside what every steward tells of itself. All are gauges. */
export const KAFKA_METRICS = {
  under_replicated_partitions: metric(
    'Partitions with a replica that is not in sync, unless a move is bringing it in.',
  ),
  under_min_isr_partitions: metric(
    'Partitions with fewer replicas in sync than min.insync.replicas, which refuse acks=all.',
  ),
  at_min_isr_partitions: metric(
    'Partitions with no more replicas in sync than min.insync.replicas, though they have more replicas.',
  ),
  offline_partitions: metric('Partitions without a leader.'),
  partitions: metric('Partitions of a topic.', 'topic'),
  brokers: metric('Brokers that should run, by state.', 'state'),
  broker_replicas: metric('Replicas that a broker holds.', 'broker'),
  broker_leaders: metric('Partitions that a broker leads.', 'broker'),
  log_bytes: metric('Bytes of all logs of a broker.', 'broker'),
  topic_log_bytes: metric('Bytes of all replicas of a topic.', 'topic'),
  log_dir_free_bytes: metric('Bytes that are free on the volume of a log directory.', 'broker', 'directory'),
  log_dir_total_bytes: metric('Size of the volume of a log directory in bytes.', 'broker', 'directory'),
  log_dir_failed: metric('1 for a log directory that its broker cannot use, else 0.', 'broker', 'directory'),
  quorum_leader: metric('1 for the active controller.', 'id'),
  quorum_has_leader: metric('Whether the metadata quorum has a leader.'),
  quorum_voters: metric('Voters of the metadata quorum.'),
  quorum_voter_lag: metric('Records of metadata that a voter is behind the leader.', 'id'),
  quorum_high_watermark: metric('Offset up to which metadata is committed.'),
  reassigning_partitions: metric('Partitions that are being moved.'),
  consumer_group_lag: metric(
    'Records that a group is behind in all partitions of a topic.',
    'group',
    'topic',
  ),
} as const satisfies Readonly<Record<string, MetricName>>;

/** Name of a metric without the prefix. */
export type KafkaMetric = keyof typeof KAFKA_METRICS;

/** Full name of a metric. */
export function metricName(metric: KafkaMetric): string {
  return `${METRIC_PREFIX}${metric}`;
}

function metric(help: string, ...labels: string[]): MetricName {
  return { help, labels };
}
