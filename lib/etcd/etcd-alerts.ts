import { backupTooOld, stewardAlerts } from '../core/cluster-alerts';
import { type Alert, selecting } from '../core/monitoring';
import type { EtcdModel } from './etcd-model';
import type { EtcdBackup } from './etcd-props';
import { ALARMS_METRIC } from './steward/alarm-metrics';

/** What alerts depend on. */
export type EtcdWatched = Pick<EtcdModel, 'name' | 'namespace' | 'steward'> & {
  readonly members: readonly unknown[];
  readonly props: Pick<EtcdModel['props'], 'backup'>;
};

const WITHOUT_STEWARD = 'The cluster goes on as it is, and nothing that is applied takes effect';

/** Alerts on what members and steward tell. https://etcd.io/docs/v3.6/metrics/ */
export function etcdAlerts(model: EtcdWatched): Alert[] {
  return [
    ...memberAlerts(model),
    ...(model.members.length > 1 ? peerAlerts(model) : []),
    ...spaceAlerts(model),
    ...diskAlerts(model),
    ...(model.steward ? stewardAlerts({ ...model, system: 'etcd' }, WITHOUT_STEWARD) : []),
    ...(model.props.backup ? backupAlerts(model, model.props.backup) : []),
  ];
}

const titleOf = ({ name, namespace }: EtcdWatched): string => `etcd ${namespace}/${name}`;

/** Members that are away, or do not agree. */
function memberAlerts(model: EtcdWatched): Alert[] {
  const of = selecting(model);
  const etcd = titleOf(model);
  const count = model.members.length;
  const majority = Math.floor(count / 2) + 1;
  const up = `(count(${of('up', 'cdk8s_stateful_component="server"')} == 1) or vector(0))`;
  const alerts: Alert[] = [
    {
      alert: 'EtcdNoLeader',
      expr: `(max(${of('etcd_server_has_leader')}) or vector(0)) < 1`,
      for: '1m',
      severity: 'critical',
      summary: `${etcd} has no leader`,
      description: `Nothing can be written, nor read but what may be old. ${majority} of ${count} members must run and reach one another; the gate of a member that waits says why in its log, the ConfigMap ${model.name}-status what to do.`,
    },
    {
      alert: 'EtcdMemberDown',
      expr: `${up} < ${count}`,
      for: '10m',
      severity: 'warning',
      summary: `${etcd} has fewer than ${count} members`,
      description: `A member has not been scraped for 10 minutes: kubectl get pods, and the ConfigMap ${model.name}-status says what is done about it.`,
    },
    {
      alert: 'EtcdProposalsFailing',
      expr: `sum(rate(${of('etcd_server_proposals_failed_total')}[15m])) * 900 > 5`,
      for: '15m',
      severity: 'warning',
      summary: `Writes to ${etcd} fail`,
      description:
        'Proposals have failed for a quarter of an hour, as they do while no leader is there or a majority does not follow. Look at leadership, disks and network.',
    },
  ];
  if (count > 1) {
    alerts.push({
      alert: 'EtcdNoneToSpare',
      expr: `${up} < ${majority + 1}`,
      for: '30m',
      severity: 'critical',
      summary: `${etcd} can spare no more member`,
      description: `With one member less than now, fewer than ${majority} of ${count} are left, and nothing can be written. Bring back the members that are away.`,
    });
  }
  return alerts;
}

/** How members get on with one another. */
function peerAlerts(model: EtcdWatched): Alert[] {
  const of = selecting(model);
  const etcd = titleOf(model);
  return [
    {
      alert: 'EtcdLeaderChanges',
      expr: `max(increase(${of('etcd_server_leader_changes_seen_total')}[15m])) >= 4`,
      for: '5m',
      severity: 'warning',
      summary: `The leader of ${etcd} changes all the time`,
      description:
        'Four changes in a quarter of an hour. Members miss heartbeats: look for slow disks, too little CPU and a slow network, or raise electionTimeout.',
    },
    {
      alert: 'EtcdSlowPeers',
      expr: `max by (pod) (histogram_quantile(0.99, sum by (pod, To, le) (rate(${of('etcd_network_peer_round_trip_time_seconds_bucket')}[5m])))) > 0.15`,
      for: '10m',
      severity: 'warning',
      summary: `{{ $labels.pod }} of ${etcd} reaches another member slowly`,
      description:
        'One in a hundred messages takes more than 150 ms there and back. Members that are far from one another need a longer heartbeatInterval and electionTimeout.',
    },
  ];
}

/** Files that become large, and alarms. */
function spaceAlerts(model: EtcdWatched): Alert[] {
  const of = selecting(model);
  const etcd = titleOf(model);
  const size = of('etcd_mvcc_db_total_size_in_bytes');
  const used = of('etcd_mvcc_db_total_size_in_use_in_bytes');
  const quota = of('etcd_server_quota_backend_bytes');
  // Members tell of alarms since 3.6, the steward always does.
  const alarm = (kind: string, otherwise: string) =>
    `max(${of('etcd_debugging_server_alarms', `alarm_type="${kind}"`)} or ${of(ALARMS_METRIC, `alarm="${kind}"`)} or ${otherwise}) > 0`;
  const filling = (share: number): Pick<Alert, 'expr' | 'summary'> => ({
    expr: `max by (pod) (${size} / ${quota}) > ${share / 100}`,
    summary: `The database of {{ $labels.pod }} of ${etcd} is above ${share} % of its quota`,
  });
  return [
    {
      alert: 'EtcdNoSpace',
      expr: alarm('NOSPACE', `(${size} >= bool ${quota})`),
      for: '1m',
      severity: 'critical',
      summary: `${etcd} is full and refuses writes`,
      description: model.steward
        ? `The steward compacts, defragments and takes the alarm back by itself, where that helps; the ConfigMap ${model.name}-status says what to do where it does not: delete keys, or raise quota.`
        : 'By hand: etcdctl compact, etcdctl defrag of one member at a time, etcdctl alarm disarm. Where that does not help, delete keys, or raise quota.',
    },
    {
      alert: 'EtcdCorrupt',
      expr: alarm(
        'CORRUPT',
        `(1 - ${of('etcd_server_healthcheck', 'type="readyz",name="data_corruption"')})`,
      ),
      for: '1m',
      severity: 'critical',
      summary: `Members of ${etcd} have different data`,
      description:
        'Nothing can be read or written until somebody has found out whose data is right: etcdctl alarm list, etcdctl endpoint hashkv --cluster. Then replace the others, and take the alarm back.',
    },
    {
      alert: 'EtcdDatabaseFilling',
      ...filling(80),
      for: '15m',
      severity: 'warning',
      description:
        'Beyond the quota writes are refused. Keep fewer revisions (compaction), delete keys, or raise quota, and the memory with it.',
    },
    {
      alert: 'EtcdDatabaseAlmostFull',
      ...filling(95),
      for: '5m',
      severity: 'critical',
      description:
        'Writes will soon be refused. Delete keys, or raise quota now; the steward frees what can be freed.',
    },
    {
      alert: 'EtcdFragmented',
      expr: `max by (pod) ((1 - ${used} / ${size}) * (${size} > bool 0.1 * ${quota})) > 0.6`,
      for: '6h',
      severity: 'warning',
      summary: `More than 60 % of the database of {{ $labels.pod }} of ${etcd} is free space`,
      description: model.steward
        ? `It should have been defragmented hours ago, unless defragmentation is off. The ConfigMap ${model.name}-status says what keeps the steward from it.`
        : 'Give the space back with etcdctl defrag, one member at a time and the leader last; a member answers nothing meanwhile.',
    },
    {
      alert: 'EtcdVolumeFilling',
      expr: `min by (persistentvolumeclaim) (kubelet_volume_stats_available_bytes{namespace="${model.namespace}",persistentvolumeclaim=~"(data|wal)-${model.name}-[0-9]+"} / kubelet_volume_stats_capacity_bytes) < 0.15`,
      for: '15m',
      severity: 'warning',
      summary: `The volume {{ $labels.persistentvolumeclaim }} of ${etcd} has less than 15 % left`,
      description:
        'A member whose volume is full stops. Raise storage.size, keeping the old one as initialSize.',
    },
  ];
}

/** Disks that every write waits for. */
function diskAlerts(model: EtcdWatched): Alert[] {
  const of = selecting(model);
  const etcd = titleOf(model);
  const p99 = (histogram: string) =>
    `histogram_quantile(0.99, sum by (pod, le) (rate(${of(`${histogram}_bucket`)}[5m])))`;
  return [
    {
      alert: 'EtcdSlowLog',
      expr: `${p99('etcd_disk_wal_fsync_duration_seconds')} > 0.5`,
      for: '10m',
      severity: 'warning',
      summary: `The write-ahead log of {{ $labels.pod }} of ${etcd} is slow`,
      description:
        'One in a hundred writes to it takes more than half a second; etcd wants 10 ms. Give it a faster disk, or one of its own (storage.wal).',
    },
    {
      alert: 'EtcdSlowCommits',
      expr: `${p99('etcd_disk_backend_commit_duration_seconds')} > 0.25`,
      for: '10m',
      severity: 'warning',
      summary: `The database of {{ $labels.pod }} of ${etcd} is slow`,
      description:
        'One in a hundred commits to disk takes more than a quarter of a second; etcd wants 25 ms. Give it a faster disk, or less to do.',
    },
  ];
}

/** Backups that do not come, and those that cannot be restored. */
function backupAlerts(model: EtcdWatched, backup: EtcdBackup): Alert[] {
  const { name, namespace } = model;
  const alerts = [backupTooOld({ ...model, system: 'etcd' }, `${name}-backup`, backup)];
  if (backup.rehearsal) {
    const job = `namespace="${namespace}",cronjob="${name}-rehearsal"`;
    alerts.push({
      alert: 'EtcdRehearsalFailing',
      // A run that succeeds ends after the time it was scheduled for, whatever the schedule is.
      expr: `max(kube_cronjob_status_last_schedule_time{${job}}) > (max(kube_cronjob_status_last_successful_time{${job}}) or vector(0))`,
      for: '2h',
      severity: 'critical',
      summary: `The newest backup of ${titleOf(model)} cannot be restored`,
      description: `The last rehearsal of a restore has failed, or has not ended. Read the log of the newest Job of the CronJob ${name}-rehearsal.`,
    });
  }
  return alerts;
}
