import { k8s } from 'cdk8s-plus-27';
import { scratchVolume } from '../core/ephemeral-storage';
import { programMount, programVolume, runProgram } from '../core/programs';
import { mebibytesOf, quantityOf } from '../core/quantity';
import { containerSecurity } from '../core/security';
import { PROGRAM, programMap } from './etcd-files';
import { etcdCronJob, type Job, secretsOf } from './etcd-job';
import { PORTS } from './etcd-names';
import type { EtcdRehearsal } from './etcd-props';
import { restoreCommand } from './etcd-restore';
import { restoredBytes, snapshotBytes, snapshotResources, transferResources } from './etcd-room';
import { runScript, scriptsMount, scriptsVolume } from './etcd-scripts';
import { readOnly } from './etcd-workload';
import { RESTORE_DIRECTORY } from './gate/settings';
import type { EtcdRehearsalSettings } from './tasks/settings';

const { Quantity } = k8s;

const LOOPBACK = 'http://127.0.0.1';

/** The member that is thrown away, and the Job in which it lives. */
export const REHEARSAL = 'rehearsal';

/** Restores the newest backup into a member that nobody else can reach, and counts its keys. */
export function rehearsalCronJob(
  job: Job,
  { schedule, memory = job.model.memory }: EtcdRehearsal,
): k8s.KubeCronJobProps {
  const { model, context, target } = job;
  const bytes = snapshotBytes(model) + restoredBytes(model);
  const work = { name: 'work', mountPath: RESTORE_DIRECTORY };
  const secrets = secretsOf(context, 'root');
  const peerUrl = `${LOOPBACK}:${PORTS.peer}`;
  const clientUrl = `${LOOPBACK}:${PORTS.client}`;
  const settings: EtcdRehearsalSettings = {
    member: { host: '127.0.0.1', port: PORTS.client },
    authentication: context.credentials.root !== undefined,
    directory: RESTORE_DIRECTORY,
  };
  const quantity = Quantity.fromString(quantityOf(memory));
  return etcdCronJob(job, REHEARSAL, schedule, {
    // What a container has left behind must not help the next try.
    restartPolicy: 'Never',
    initContainers: [
      {
        name: 'download',
        image: context.images.backup,
        command: runScript('download.sh'),
        env: [
          ...target.env,
          { name: 'SOURCE', value: target.path },
          { name: 'DIRECTORY', value: RESTORE_DIRECTORY },
        ],
        resources: transferResources(bytes),
        securityContext: containerSecurity,
        volumeMounts: [
          work,
          ...target.mounts.map((mount) => ({ ...mount, readOnly: true })),
          scriptsMount,
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
      {
        name: 'restore',
        image: context.images.server,
        command: restoreCommand({
          snapshot: `${RESTORE_DIRECTORY}/snapshot.db`,
          name: REHEARSAL,
          initialCluster: `${REHEARSAL}=${peerUrl}`,
          token: REHEARSAL,
          peerUrl,
          dataDir: `${RESTORE_DIRECTORY}/restored`,
        }),
        resources: snapshotResources(model),
        securityContext: containerSecurity,
        volumeMounts: [work],
      },
      {
        name: 'etcd',
        image: context.images.server,
        command: [
          '/usr/local/bin/etcd',
          `--name=${REHEARSAL}`,
          `--data-dir=${RESTORE_DIRECTORY}/restored`,
          `--listen-client-urls=${clientUrl}`,
          `--advertise-client-urls=${clientUrl}`,
          `--listen-peer-urls=${peerUrl}`,
          `--initial-advertise-peer-urls=${peerUrl}`,
          `--initial-cluster=${REHEARSAL}=${peerUrl}`,
        ],
        env: [{ name: 'GOMEMLIMIT', value: `${Math.floor(mebibytesOf(memory) * 0.9)}MiB` }],
        resources: {
          requests: { cpu: Quantity.fromString('100m'), memory: quantity },
          limits: { memory: quantity },
        },
        securityContext: containerSecurity,
        volumeMounts: [work],
      },
    ],
    containers: [
      {
        name: 'check',
        image: context.images.node,
        command: runProgram(PROGRAM, 'check-restore'),
        env: [{ name: 'REHEARSAL', value: JSON.stringify(settings) }],
        resources: snapshotResources(model, bytes),
        securityContext: containerSecurity,
        volumeMounts: [readOnly('work', RESTORE_DIRECTORY), programMount, ...secrets.mounts],
      },
    ],
    volumes: [
      scratchVolume('work', bytes),
      { name: 'tmp', emptyDir: {} },
      programVolume(programMap(model)),
      scriptsVolume(model),
      ...secrets.volumes,
      ...target.volumes,
    ],
  });
}
