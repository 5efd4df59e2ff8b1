import { Duration } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { BackupTarget } from '../core/backup-target';
import { scheduleOf } from '../core/cron';
import { pullSecrets } from '../core/images';
import { objectLabels } from '../core/names';
import { HELPER_USER, podBasics, podSecurity } from '../core/security';
import type { EtcdModel } from './etcd-model';
import { SECRETS } from './etcd-names';
import type { EtcdBackup } from './etcd-props';
import { type EtcdContext, loginItems, readOnly, secretVolume } from './etcd-workload';

/** What the Jobs of backups are made of. */
export interface Job {
  readonly model: EtcdModel;
  readonly context: EtcdContext;
  readonly backup: EtcdBackup;
  readonly target: BackupTarget;
}

/** A CronJob of a cluster; `component` is what its pods are to the others. */
export function cronJob(
  { model, context, backup }: Job,
  component: string,
  schedule: string | Duration,
  pod: k8s.PodSpec,
): k8s.KubeCronJobProps {
  const labels = objectLabels('etcd', model.name, component);
  const spec: k8s.PodSpec = {
    ...podBasics,
    imagePullSecrets: pullSecrets(context.environment),
    securityContext: podSecurity(HELPER_USER),
    ...pod,
  };
  return {
    metadata: { name: `${model.name}-${component}`, labels },
    spec: {
      schedule: scheduleOf(schedule) ?? '0 0 * * *',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 3600,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        metadata: { labels },
        spec: {
          backoffLimit: 3,
          activeDeadlineSeconds: secondsOf(backup.timeout ?? Duration.hours(1)),
          template: { metadata: { labels }, spec },
        },
      },
    },
  };
}

/** Keys and login for containers that ask members. */
export function secretsOf({ tlsSecret, credentials }: EtcdContext, ...wanted: readonly ('tls' | 'root')[]) {
  const { root } = credentials;
  const volumes = [
    ...(wanted.includes('tls') && tlsSecret ? [secretVolume('tls', tlsSecret)] : []),
    ...(wanted.includes('root') && root ? [secretVolume('root', root.secretName, loginItems(root))] : []),
  ];
  const mounts = volumes.map(({ name }) => readOnly(name, SECRETS[name as 'tls' | 'root']));
  return { volumes, mounts };
}

export function secondsOf(duration: Duration): number {
  return Math.ceil(duration.toSeconds({ integral: false }));
}
