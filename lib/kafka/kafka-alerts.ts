import { stewardAlerts } from '../core/cluster-alerts';
import { type Alert, selecting } from '../core/monitoring';
import type { KafkaModel } from './kafka-model';
import { type KafkaMetric, metricName } from './steward/metric-names';

const WITHOUT_STEWARD =
  'The cluster goes on as it is, nothing that is applied takes effect, and no other alert on it can fire,';

/** Alerts on what the steward tells of the cluster; without one, on volumes alone. */
export function kafkaAlerts(model: KafkaModel): Alert[] {
  return [
    ...(model.steward
      ? [
          ...recordAlerts(model),
          ...serverAlerts(model),
          ...stewardAlerts({ ...model, system: 'Kafka' }, WITHOUT_STEWARD, '1h'),
        ]
      : []),
    volumeAlert(model),
  ];
}

type Place = Pick<KafkaModel, 'name' | 'namespace'>;

/** Selects a metric of the steward's. */
function told(place: Place): (metric: KafkaMetric, matcher?: string) => string {
  const of = selecting(place);
  return (metric, matcher) => of(metricName(metric), matcher);
}

/** What endangers records, or keeps them from being written. */
function recordAlerts(model: KafkaModel): Alert[] {
  const metric = told(model);
  const cluster = `Kafka ${model.namespace}/${model.name}`;
  return [
    {
      alert: 'KafkaOfflinePartitions',
      expr: `max(${metric('offline_partitions')}) > 0`,
      for: '2m',
      severity: 'critical',
      summary: `${cluster} has partitions without a leader`,
      description: `All brokers that have their records are away, so they can be neither read nor written. Bring these brokers back; the ConfigMap ${model.name}-status names those that are missing, and the gate of one that waits says why in its log.`,
    },
    {
      alert: 'KafkaUnderMinInSync',
      expr: `max(${metric('under_min_isr_partitions')}) > 0`,
      for: '5m',
      severity: 'critical',
      summary: `${cluster} refuses writes to some partitions`,
      description:
        'Fewer replicas are in sync than min.insync.replicas, so writes with acks=all fail. Bring back the brokers that are away, or find out why they fall behind: a slow disk, a full network, long pauses.',
    },
    {
      alert: 'KafkaUnderReplicated',
      expr: `max(${metric('under_replicated_partitions')}) > 0`,
      for: '30m',
      severity: 'warning',
      summary: `${cluster} has replicas that are not in sync`,
      description:
        'A broker has been away or behind for half an hour. Look for the broker that most of these replicas are on.',
    },
    {
      alert: 'KafkaLogDirectoryFailed',
      expr: `max by (broker, directory) (${metric('log_dir_failed')}) > 0`,
      for: '2m',
      severity: 'critical',
      summary: `Broker {{ $labels.broker }} of ${cluster} cannot use {{ $labels.directory }}`,
      description:
        'Its volume failed, or is full. The broker goes on with its other directories, if there are any. Mend or grow the volume; then restart the broker.',
    },
    {
      alert: 'KafkaLogDirectoryFilling',
      expr: `min by (broker, directory) (${metric('log_dir_free_bytes')} / (${metric('log_dir_total_bytes')} > 0)) < 0.15`,
      for: '15m',
      severity: 'warning',
      summary: `{{ $labels.directory }} of broker {{ $labels.broker }} of ${cluster} has less than 15 % left`,
      description:
        'A broker whose volume is full stops. Raise storage.size, keeping the old one as initialSize; keep records for a shorter time; or add brokers.',
    },
    {
      alert: 'KafkaLogDirectoryAlmostFull',
      expr: `min by (broker, directory) (${metric('log_dir_free_bytes')} / (${metric('log_dir_total_bytes')} > 0)) < 0.05`,
      for: '2m',
      severity: 'critical',
      summary: `{{ $labels.directory }} of broker {{ $labels.broker }} of ${cluster} has less than 5 % left`,
      description:
        'The broker is about to stop. At once: shorten the retention of the largest topic, which takes effect within minutes; then raise storage.size.',
    },
  ];
}

/** Servers that do not do their part. */
function serverAlerts(model: KafkaModel): Alert[] {
  const metric = told(model);
  const cluster = `Kafka ${model.namespace}/${model.name}`;
  const voters = model.quorum.length;
  const alerts: Alert[] = [
    {
      alert: 'KafkaBrokerNotServing',
      expr: `sum(${metric('brokers', 'state!="serving"')}) > 0`,
      for: '15m',
      severity: 'warning',
      summary: `${cluster} has brokers that do not serve`,
      description: `The ConfigMap ${model.name}-status names them and says why. A broker that recovers its logs after an unclean stop needs time: do not break it off.`,
    },
    {
      alert: 'KafkaReassignmentStuck',
      expr: `min_over_time(${metric('reassigning_partitions')}[6h]) > 0`,
      for: '1h',
      severity: 'warning',
      summary: `${cluster} has been moving partitions for more than six hours`,
      description:
        'The throttle may be lower than what is written meanwhile. Raise reassignment.throttle, or wait where much has to be moved.',
    },
  ];
  if (voters === 0) return alerts;
  alerts.push({
    alert: 'KafkaNoActiveController',
    expr: `max(${metric('quorum_has_leader')}) < 1`,
    for: '2m',
    severity: 'critical',
    summary: `${cluster} has no active controller`,
    description: `No leader can be elected, no topic changed, no broker started. ${Math.floor(voters / 2) + 1} of ${voters} controllers must run and reach one another; the gate of one that waits says why in its log.`,
  });
  if (voters > 1) {
    alerts.push({
      alert: 'KafkaControllerBehind',
      expr: `max by (id) (${metric('quorum_voter_lag')}) > 1000 or max(${metric('quorum_voters')}) < ${voters}`,
      for: '15m',
      severity: 'warning',
      summary: `${cluster} has controllers that are missing or far behind`,
      description: `One more failure may stop the quorum of ${voters}. The ConfigMap ${model.name}-status says what the steward does about it.`,
    });
  }
  return alerts;
}

/** Volumes that no broker tells of: those of the controllers and, without a steward, all. */
function volumeAlert({ name, namespace, steward }: KafkaModel): Alert {
  const pods = `${name}-controller-[0-9]+${steward ? '' : `|${name}-broker-[0-9]+-0`}`;
  return {
    alert: 'KafkaVolumeFilling',
    expr: `min by (persistentvolumeclaim) (kubelet_volume_stats_available_bytes{namespace="${namespace}",persistentvolumeclaim=~"data-[0-9]+-(${pods})"} / kubelet_volume_stats_capacity_bytes) < 0.15`,
    for: '15m',
    severity: 'warning',
    summary: `The volume {{ $labels.persistentvolumeclaim }} of Kafka ${namespace}/${name} has less than 15 % left`,
    description:
      'A server whose volume is full stops. Raise storage.size, keeping the old one as initialSize.',
  };
}
