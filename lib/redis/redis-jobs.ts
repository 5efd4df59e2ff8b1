import type { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import { uploadVariables } from '../core/backup-options';
import { type BackupTarget, backupDirectory, backupTarget } from '../core/backup-target';
import { cronJob } from '../core/cron-job';
import { scratchVolume, withScratch } from '../core/ephemeral-storage';
import { pullSecrets } from '../core/images';
import { objectLabels, selectorLabels } from '../core/names';
import { closed, dnsEgress, pods, tcp } from '../core/network';
import { helperResources, programMount, programVolume, runProgram } from '../core/programs';
import { bytesOf } from '../core/quantity';
import { containerSecurity } from '../core/security';
import type { RedisBackup } from './redis-backup-props';
import { PROGRAM, programMap } from './redis-files';
import { membersOf, type RedisModel } from './redis-model';
import { PORTS } from './redis-names';
import { type RedisContext, readOnly, scriptsVolume, secretMounts, secretVolumes } from './redis-pod';
import type { RedisBackupSettings } from './tasks/settings';

type Manifest = ConstructorParameters<typeof ApiObject>[2];

const BACKUP = '/backup';
const MIB = 1024 ** 2;

/** A backup that is asked for, with where it goes. */
interface Job {
  readonly model: RedisModel;
  readonly context: RedisContext;
  readonly backup: RedisBackup;
  readonly target: BackupTarget;
}

/** The CronJob that a deployment with backups has, and what it may reach. */
export function jobObjects(model: RedisModel, context: RedisContext): { id: string; manifest: Manifest }[] {
  const { backup } = model.props;
  if (!backup) return [];
  const own = backupDirectory(model, context.environment);
  const job = { model, context, backup, target: backupTarget(backup.to, own, context.credentials.backup) };
  return [
    { id: 'backup', manifest: k8s.KubeCronJob.manifest(backupCronJob(job)) },
    { id: 'backup-network', manifest: policy(job) },
  ];
}

/** Name of the CronJob. */
export const backupName = ({ name }: Pick<RedisModel, 'name'>): string => `${name}-backup`;

function backupCronJob(job: Job): k8s.KubeCronJobProps {
  const { model, context, backup } = job;
  return cronJob({
    name: backupName(model),
    labels: objectLabels('redis', model.name, 'backup'),
    schedule: backup.schedule,
    timeout: backup.timeout,
    pod: {
      // A backup that fails is begun anew: servers may have changed their roles.
      restartPolicy: 'Never',
      imagePullSecrets: pullSecrets(context.environment),
      ...backupPod(job),
    },
  });
}

/** Chooses the servers, takes their RDB files and has Redis' own tool read them, compares, and uploads. */
function backupPod({
  model,
  context,
  backup,
  target,
}: Job): Pick<k8s.PodSpec, 'initContainers' | 'containers' | 'volumes'> {
  const { version, tls } = model;
  const { flavor } = version.line;
  const settings: RedisBackupSettings = {
    topology: model.topology,
    servers: membersOf(model).map(({ pod, shard, host }) => ({ pod, shard, host, port: PORTS.server })),
    tls: tls !== undefined,
    directory: BACKUP,
  };
  const bytes = backupBytes(model);
  const secrets = secretVolumes(context, 'tls', 'internal');
  const shared = { name: 'backup', mountPath: BACKUP };
  const scripts = readOnly('scripts', '/scripts');
  const program = (name: string, role: string): k8s.Container => ({
    name,
    image: context.images.node,
    command: runProgram(PROGRAM, role),
    env: [{ name: 'BACKUP', value: JSON.stringify(settings) }],
    resources: helperResources(),
    securityContext: containerSecurity,
    volumeMounts: [shared, programMount, ...secretMounts(secrets)],
  });
  return {
    initContainers: [
      program('choose', 'choose-sources'),
      {
        name: 'take',
        image: context.images.server,
        command: ['/scripts/take.sh'],
        env: [
          { name: 'CLI', value: `${flavor}-cli` },
          { name: 'CHECK', value: `${flavor}-check-rdb` },
          ...(tls ? [{ name: 'TLS', value: 'true' }] : []),
        ],
        resources: withScratch(helperResources('256Mi'), bytes),
        securityContext: containerSecurity,
        volumeMounts: [shared, scripts, ...secretMounts(secrets)],
      },
      program('verify', 'verify-backup'),
    ],
    containers: [
      {
        name: 'upload',
        image: context.images.backup,
        command: ['/scripts/upload.sh'],
        env: uploadVariables(target, backup),
        resources: helperResources('256Mi'),
        securityContext: containerSecurity,
        volumeMounts: [shared, ...target.mounts, scripts, { name: 'tmp', mountPath: '/tmp' }],
      },
    ],
    volumes: [
      scratchVolume('backup', bytes),
      { name: 'tmp', emptyDir: {} },
      programVolume(programMap(model)),
      scriptsVolume(model),
      ...secrets,
      ...target.volumes,
    ],
  };
}

/** Bytes of all RDB files of a backup: each is smaller than what is in memory. */
function backupBytes({ maxmemory, shards }: Pick<RedisModel, 'maxmemory' | 'shards'>): number {
  return shards.length * bytesOf(maxmemory) * 1.1 + 64 * MIB;
}

/** What the Job may reach: servers, and the store. Nobody reaches it. */
function policy({ model, target }: Job): Manifest {
  const metadata = { name: backupName(model), labels: objectLabels('redis', model.name, 'backup') };
  const servers = [pods(selectorLabels(model.name, 'server'))];
  return k8s.KubeNetworkPolicy.manifest(
    closed(metadata, selectorLabels(model.name, 'backup'), {
      egress: [
        { to: servers, ports: tcp(PORTS.server) },
        dnsEgress,
        ...(target.ports.length > 0 ? [{ ports: tcp(...target.ports) }] : []),
      ],
    }),
  );
}
