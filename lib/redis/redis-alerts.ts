import type { Duration } from 'cdk8s';
import { alertAfter } from '../core/backup-options';
import type { Alert } from '../core/monitoring';
import type { RedisBackup } from './redis-backup-props';
import { backupName } from './redis-jobs';
import { diskAlerts, memoryAlerts, serverAlerts } from './redis-server-alerts';
import { type RedisWatched, selecting, statusOf, titleOf, told } from './redis-watched';

/** Alerts on what exporters and the steward tell. https://redis.io/docs/latest/operate/oss_and_stack/management/ */
export function redisAlerts(model: RedisWatched): Alert[] {
  return [
    ...(model.props.exporter === false
      ? []
      : [...serverAlerts(model), ...memoryAlerts(model), ...diskAlerts(model)]),
    ...(model.replicas > 0 ? replicationAlerts(model) : []),
    ...(model.topology === 'cluster' ? clusterAlerts(model) : []),
    ...(model.steward ? stewardAlerts(model) : []),
    ...(model.props.backup ? backupAlerts(model, model.props.backup) : []),
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

/** The steward itself, and what it cannot bring about. */
function stewardAlerts(model: RedisWatched): Alert[] {
  const of = selecting(model);
  const { name } = model;
  return [
    {
      alert: 'RedisNotSettled',
      expr: `max(${of('cdk8s_stateful_steward_phase', 'phase="Settled"')}) < 1`,
      for: '30m',
      severity: 'warning',
      summary: `${titleOf(model)} has not become what was applied`,
      description: `The steward has been at work or waiting for half an hour. The ConfigMap ${name}-status says for what, and what to do.`,
    },
    {
      alert: 'RedisStewardDown',
      expr: `(count(${of('up', 'cdk8s_stateful_component="steward"')} == 1) or vector(0)) < 1`,
      for: '15m',
      severity: 'warning',
      summary: `Nobody looks after ${titleOf(model)}`,
      description: `It goes on as it is, and nothing that is applied takes effect until the Deployment ${name}-steward runs again.`,
    },
  ];
}

/** Backups that do not come. */
function backupAlerts(model: RedisWatched, backup: RedisBackup): Alert[] {
  const { namespace, steward } = model;
  const cronJob = backupName(model);
  const after = alertAfter(backup);
  const age = steward
    ? `max(${selecting(model)('cdk8s_stateful_steward_backup_age_seconds', `cronjob="${cronJob}"`)})`
    : `time() - max(kube_cronjob_status_last_successful_time{namespace="${namespace}",cronjob="${cronJob}"} or kube_cronjob_created{namespace="${namespace}",cronjob="${cronJob}"})`;
  return [
    {
      alert: 'RedisBackupTooOld',
      expr: `${age} > ${after.toSeconds()}`,
      for: '5m',
      severity: 'critical',
      summary: `The newest backup of ${titleOf(model)} is older than ${inWords(after)}`,
      description: `Read the log of the newest Job of the CronJob ${cronJob}.`,
    },
  ];
}

/** cdk8s itself says "1 hour 60 minutes" of two hours. */
function inWords(duration: Duration): string {
  const minutes = Math.round(duration.toMinutes({ integral: false }));
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}
