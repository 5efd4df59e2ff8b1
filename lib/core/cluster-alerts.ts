import type { Duration } from 'cdk8s';
import { alertAfter, type ScheduledBackup } from './backup-options';
import { type Alert, selecting } from './monitoring';

/** A cluster that alerts are about. */
export interface WatchedCluster {
  /** What people call its system; names of alerts begin with it. */
  readonly system: 'ZooKeeper' | 'Kafka' | 'etcd' | 'Redis';
  readonly name: string;
  readonly namespace: string;
}

const PATIENCE = { '30m': 'half an hour', '1h': 'an hour' } as const;

/**
 * Alerts on the steward of a cluster, and on what it cannot bring about.
 * @param without what becomes of the cluster until the steward runs again
 * @param patience how long it may be at work
 */
export function stewardAlerts(
  cluster: WatchedCluster,
  without: string,
  patience: keyof typeof PATIENCE = '30m',
): Alert[] {
  const of = selecting(cluster);
  const { name } = cluster;
  const { prefix, title } = wordsFor(cluster);
  return [
    {
      alert: `${prefix}NotSettled`,
      expr: `max(${of('cdk8s_stateful_steward_phase', 'phase="Settled"')}) < 1`,
      for: patience,
      severity: 'warning',
      summary: `${title} has not become what was applied`,
      description: `The steward has been at work or waiting for ${PATIENCE[patience]}. The ConfigMap ${name}-status says for what, and what to do.`,
    },
    {
      alert: `${prefix}StewardDown`,
      expr: `(count(${of('up', 'cdk8s_stateful_component="steward"')} == 1) or vector(0)) < 1`,
      for: '15m',
      severity: 'warning',
      summary: `Nobody looks after ${title}`,
      description: `${without} until the Deployment ${name}-steward runs again.`,
    },
  ];
}

/** The alert on backups that do not come. Their age is told by the steward, and where there is none by kube-state-metrics. */
export function backupTooOld(
  cluster: WatchedCluster & { readonly steward: boolean },
  cronJob: string,
  backup: Pick<ScheduledBackup, 'alertAfter' | 'schedule'>,
): Alert {
  const { namespace, steward } = cluster;
  const { prefix, title } = wordsFor(cluster);
  const after = alertAfter(backup);
  const job = `cronjob="${cronJob}"`;
  const age = steward
    ? `max(${selecting(cluster)('cdk8s_stateful_steward_backup_age_seconds', job)})`
    : `time() - max(kube_cronjob_status_last_successful_time{namespace="${namespace}",${job}} or kube_cronjob_created{namespace="${namespace}",${job}})`;
  return {
    alert: `${prefix}BackupTooOld`,
    expr: `${age} > ${after.toSeconds()}`,
    for: '5m',
    severity: 'critical',
    summary: `The newest backup of ${title} is older than ${inWords(after)}`,
    description: `Read the log of the newest Job of the CronJob ${cronJob}.`,
  };
}

function wordsFor({ system, name, namespace }: WatchedCluster): { prefix: string; title: string } {
  const prefix = system.charAt(0).toUpperCase() + system.slice(1);
  return { prefix, title: `${system} ${namespace}/${name}` };
}

/** cdk8s itself says "1 hour 60 minutes" of two hours. */
function inWords(duration: Duration): string {
  const minutes = Math.round(duration.toMinutes({ integral: false }));
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}
