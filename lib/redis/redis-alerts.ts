import { backupTooOld, stewardAlerts } from '../core/cluster-alerts';
import { type Alert, selecting } from '../core/monitoring';
import { backupName } from './redis-jobs';
import { diskAlerts, memoryAlerts, serverAlerts } from './redis-server-alerts';
import { type RedisWatched, statusOf, titleOf, told } from './redis-watched';

const WITHOUT_STEWARD = 'It goes on as it is, and nothing that is applied takes effect';

/** Alerts on what exporters and the steward tell. https://redis.io/docs/latest/operate/oss_and_stack/management/ */
export function redisAlerts(model: RedisWatched): Alert[] {
  const { backup } = model.props;
  return [
    ...(model.props.exporter === false
      ? []
      : [...serverAlerts(model), ...memoryAlerts(model), ...diskAlerts(model)]),
    ...(model.replicas > 0 ? replicationAlerts(model) : []),
    ...(model.topology === 'cluster' ? clusterAlerts(model) : []),
    ...(model.steward ? stewardAlerts({ ...model, system: 'Redis' }, WITHOUT_STEWARD) : []),
    ...(backup ? [backupTooOld({ ...model, system: 'Redis' }, backupName(model), backup)] : []),
  ];
}

/** Replicas that do not follow. */
function replicationAlerts(model: RedisWatched): Alert[] {
  const of = selecting(model);
  const redis = titleOf(model);
  const steward = told(model);
  const alerts: Alert[] = [];
  if (model.props.exporter !== false) {
    alerts.push({
      alert: 'RedisReplicationBroken',
      expr: `min by (pod) (${of('redis_master_link_up')}) < 1`,
      for: '5m',
      severity: 'warning',
      summary: `{{ $labels.pod }} of ${redis} has lost its master`,
      description:
        'It gets nothing of what is written, and cannot take the place of its master without loss. Its log says why: a password, a network policy, or a buffer that was too small (client-output-buffer-limit).',
    });
  }
  if (!model.steward) return alerts;
  return [
    ...alerts,
    {
      alert: 'RedisReplicaBehind',
      expr: `max by (pod) (${steward('behind_bytes')}) > ${32 * 1024 ** 2}`,
      for: '10m',
      severity: 'warning',
      summary: `{{ $labels.pod }} of ${redis} is more than 32 MiB behind its master`,
      description:
        'What it has not got would be lost if it had to take the place of its master. Look for a slow network, too little CPU, or commands that keep it busy (SLOWLOG GET).',
    },
    {
      alert: 'RedisNoReplicaInStep',
      expr: `min by (shard) (${steward('replicas_in_step')}) < 1`,
      for: '10m',
      severity: 'critical',
      summary: `${model.topology === 'cluster' ? 'Shard {{ $labels.shard }} of ' : ''}${redis} has no replica in step`,
      description: `Nobody could take the place of its master, and what is written now is there once. Bring a replica back: ${statusOf(model)}.`,
    },
  ];
}

/** Slots of a Redis Cluster. */
function clusterAlerts(model: RedisWatched): Alert[] {
  const of = selecting(model);
  const redis = titleOf(model);
  if (model.props.exporter === false) return [];
  return [
    {
      alert: 'RedisClusterDown',
      expr: `min(${of('redis_cluster_state')}) < 1`,
      for: '2m',
      severity: 'critical',
      summary: `A server of ${redis} says that the cluster is down`,
      description: `It refuses commands (CLUSTERDOWN): it does not reach a majority of masters, or slots have none. Look at redis_cluster_state by pod; ${statusOf(model)}.`,
    },
    {
      alert: 'RedisSlotsNotCovered',
      expr: `16384 - max(${of('redis_cluster_slots_ok')}) > 0`,
      for: '2m',
      severity: 'critical',
      summary: `${redis} has slots without a master that is there`,
      description: `Keys of these slots can be neither read nor written. A failover should have been over by now: ${statusOf(model)}.`,
    },
  ];
}
