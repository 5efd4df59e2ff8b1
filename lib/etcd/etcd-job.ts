import type { Duration } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { BackupTarget } from '../core/backup-target';
import { cronJob } from '../core/cron-job';
import { pullSecrets } from '../core/images';
import { objectLabels } from '../core/names';
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
export function etcdCronJob(
  { model, context, backup }: Job,
  component: string,
  schedule: string | Duration,
  pod: k8s.PodSpec,
): k8s.KubeCronJobProps {
  return cronJob({
    name: `${model.name}-${component}`,
    labels: objectLabels('etcd', model.name, component),
    schedule,
    timeout: backup.timeout,
    pod: { imagePullSecrets: pullSecrets(context.environment), ...pod },
  });
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
