import { stewardAlerts } from '../core/cluster-alerts';
import { type Alert, selecting } from '../core/monitoring';
import type { ZooKeeperModel } from './zookeeper-model';

const WITHOUT_STEWARD = 'The ensemble goes on as it is, and nothing that is applied takes effect';

/** Alerts on what the servers' own metrics tell. https://zookeeper.apache.org/doc/r3.9.4/zookeeperMonitor.html */
export function zooKeeperAlerts(model: ZooKeeperModel): Alert[] {
  const { name, namespace, voters, members } = model;
  const of = selecting(model);
  const majority = Math.floor(voters / 2) + 1;
  const alerts: Alert[] = [
    {
      alert: 'ZooKeeperNoLeader',
      expr: `(count(${of('leader_uptime')} > 0) or vector(0)) < 1`,
      for: '2m',
      severity: 'critical',
      summary: `ZooKeeper ${namespace}/${name} has no leader`,
      description: `No member leads, so nothing can be written. ${majority} of ${voters} voters must run and reach one another; the gate of a member that waits says why in its log.`,
    },
    {
      alert: 'ZooKeeperMemberDown',
      expr: `(count(${of('up', 'cdk8s_stateful_component="server"')} == 1) or vector(0)) < ${members.length}`,
      for: '10m',
      severity: 'warning',
      summary: `ZooKeeper ${namespace}/${name} has fewer than ${members.length} members`,
      description: 'A member has not been scraped for 10 minutes. One more failure may stop the ensemble.',
    },
    {
      alert: 'ZooKeeperOutstandingRequests',
      expr: `max(${of('outstanding_requests')}) > 100`,
      for: '10m',
      severity: 'warning',
      summary: `ZooKeeper ${namespace}/${name} is falling behind`,
      description:
        'More than 100 requests wait: the disk of the transaction log is slow, or there is more load than the ensemble carries.',
    },
    {
      alert: 'ZooKeeperVolumeFilling',
      expr: `min(kubelet_volume_stats_available_bytes{namespace="${namespace}",persistentvolumeclaim=~"data(log)?-${name}-[0-9]+"} / kubelet_volume_stats_capacity_bytes) < 0.15`,
      for: '15m',
      severity: 'warning',
      summary: `A volume of ZooKeeper ${namespace}/${name} has less than 15 % left`,
      description:
        'A server whose volume is full stops. Raise storage.size, keeping the old one as initialSize.',
    },
  ];
  if (voters > 1) {
    alerts.push({
      alert: 'ZooKeeperFollowersNotSynced',
      expr: `max(${of('synced_followers')}) < ${voters - 1}`,
      for: '10m',
      severity: 'warning',
      summary: `ZooKeeper ${namespace}/${name} has voters that are not in sync`,
      description: `The leader counts fewer than ${voters - 1} synced followers.`,
    });
  }
  if (model.steward) alerts.push(...stewardAlerts({ ...model, system: 'ZooKeeper' }, WITHOUT_STEWARD));
  if (model.props.backup) {
    const job = `namespace="${namespace}",cronjob="${name}-backup"`;
    alerts.push({
      alert: 'ZooKeeperBackupFailing',
      // A run that succeeds ends after the time it was scheduled for, whatever the schedule is.
      expr: `max(kube_cronjob_status_last_schedule_time{${job}}) > (max(kube_cronjob_status_last_successful_time{${job}}) or vector(0))`,
      for: '2h',
      severity: 'critical',
      summary: `The newest backup of ZooKeeper ${namespace}/${name} has failed`,
      description: `Read the log of the newest Job of the CronJob ${name}-backup.`,
    });
  }
  return alerts;
}
