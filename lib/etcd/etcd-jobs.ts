import type { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { uploadVariables } from '../core/backup-options';
import { backupDirectory, backupTarget } from '../core/backup-target';
import { scratchVolume } from '../core/ephemeral-storage';
import { objectLabels, selectorLabels } from '../core/names';
import { closed, dnsEgress, pods, tcp } from '../core/network';
import { programMount, programVolume, runProgram } from '../core/programs';
import { containerSecurity } from '../core/security';
import { withSidecars } from '../core/sidecar';
import { PROGRAM, programMap } from './etcd-files';
import { etcdCronJob, type Job, secretsOf } from './etcd-job';
import { clientAddresses, type EtcdModel } from './etcd-model';
import { PORTS } from './etcd-names';
import { REHEARSAL, rehearsalCronJob } from './etcd-rehearsal';
import { snapshotBytes, snapshotResources, transferResources } from './etcd-room';
import { runScript, scriptsMount, scriptsVolume } from './etcd-scripts';
import type { EtcdContext } from './etcd-workload';
import type { EtcdBackupSettings } from './tasks/settings';

type Manifest = ConstructorParameters<typeof ApiObject>[2];

const BACKUP = '/backup';

/** The Jobs that a cluster with backups has, and what they may reach. */
export function jobObjects(model: EtcdModel, context: EtcdContext): { id: string; manifest: Manifest }[] {
  const { backup } = model.props;
  if (!backup) return [];
  const target = backupTarget(
    backup.to,
    backupDirectory(model, context.environment),
    context.credentials.backup,
  );
  const job = { model, context, backup, target };
  const objects = [
    { id: 'backup', manifest: k8s.KubeCronJob.manifest(backupCronJob(job)) },
    { id: 'backup-network', manifest: policy(job, 'backup', [PORTS.client]) },
  ];
  if (!backup.rehearsal) return objects;
  const rehearsal = k8s.KubeCronJob.manifest(rehearsalCronJob(job, backup.rehearsal));
  return [
    ...objects,
    { id: REHEARSAL, manifest: withSidecars(rehearsal, ['etcd']) },
    { id: `${REHEARSAL}-network`, manifest: policy(job, REHEARSAL, []) },
  ];
}

/** Takes a snapshot, has etcd's own tool look at it, and uploads it. */
function backupCronJob(job: Job): k8s.KubeCronJobProps {
  const { model, context, backup, target } = job;
  const settings: EtcdBackupSettings = {
    members: clientAddresses(model),
    tls: model.tls.clients !== undefined,
    authentication: model.authentication !== undefined,
    directory: BACKUP,
  };
  const bytes = snapshotBytes(model);
  const shared = { name: 'backup', mountPath: BACKUP };
  const secrets = secretsOf(context, 'tls', 'root');
  return etcdCronJob(job, 'backup', backup.schedule, {
    restartPolicy: 'OnFailure',
    initContainers: [
      {
        name: 'snapshot',
        image: context.images.node,
        command: runProgram(PROGRAM, 'backup'),
        env: [{ name: 'BACKUP', value: JSON.stringify(settings) }],
        resources: snapshotResources(model, bytes),
        securityContext: containerSecurity,
        volumeMounts: [shared, programMount, ...secrets.mounts],
      },
      {
        name: 'verify',
        image: context.images.server,
        command: [
          '/usr/local/bin/etcdutl',
          'snapshot',
          'status',
          `${BACKUP}/snapshot.db`,
          '--write-out=table',
        ],
        resources: snapshotResources(model),
        securityContext: containerSecurity,
        volumeMounts: [shared],
      },
    ],
    containers: [
      {
        name: 'upload',
        image: context.images.backup,
        command: runScript('upload.sh'),
        env: uploadVariables(target, backup),
        resources: transferResources(bytes),
        securityContext: containerSecurity,
        volumeMounts: [shared, ...target.mounts, scriptsMount, { name: 'tmp', mountPath: '/tmp' }],
      },
    ],
    volumes: [
      scratchVolume('backup', bytes),
      { name: 'tmp', emptyDir: {} },
      programVolume(programMap(model)),
      scriptsVolume(model),
      ...secrets.volumes,
      ...target.volumes,
    ],
  });
}

/** What a Job may reach: members at these ports, and the store. Nobody reaches it. */
function policy({ model, target }: Job, component: string, ports: number[]): Manifest {
  const labels = objectLabels('etcd', model.name, component);
  const members = [pods(selectorLabels(model.name, 'server'))];
  return k8s.KubeNetworkPolicy.manifest(
    closed({ name: `${model.name}-${component}`, labels }, selectorLabels(model.name, component), {
      egress: [
        ...(ports.length > 0 ? [{ to: members, ports: tcp(...ports) }] : []),
        dnsEgress,
        ...(target.ports.length > 0 ? [{ ports: tcp(...target.ports) }] : []),
      ],
    }),
  );
}
