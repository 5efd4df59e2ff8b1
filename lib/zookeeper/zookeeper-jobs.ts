import type { k8s } from 'cdk8s-plus-27';
import { contentHash } from '../core/content-hash';
import type { CredentialsReference } from '../core/credentials';
import { cronJob } from '../core/cron-job';
import type { EnvironmentVariable } from '../core/object-store';
import {
  helperResources,
  programMount,
  programVolume,
  runProgram,
  tlsMount,
  tlsVolume,
} from '../core/programs';
import { containerSecurity, HELPER_USER, podBasics, podSecurity } from '../core/security';
import type { Backup } from './tasks/backup';
import type { Provision } from './tasks/provision';
import { PROGRAM, programMap } from './zookeeper-files';
import { PORTS, type ZooKeeperModel } from './zookeeper-model';

/** What Jobs need beside the model. */
export interface JobContext {
  readonly labels: Record<string, string>;
  readonly nodeImage: string;
  readonly pullSecrets?: k8s.LocalObjectReference[];
  readonly superUser?: CredentialsReference;
  /** A user to log in as, where nobody may do without. */
  readonly client?: CredentialsReference;
  readonly tlsSecret?: string;
}

/** Variables that hold a user, from its Secret. */
export function userEnv(
  prefix: 'SUPER' | 'CLIENT' | 'BACKUP',
  user: CredentialsReference | undefined,
): k8s.EnvVar[] {
  if (!user) return [];
  const from = (key: string) => ({ secretKeyRef: { name: user.secretName, key } });
  return [
    { name: `${prefix}_USERNAME`, valueFrom: from(user.usernameKey) },
    { name: `${prefix}_PASSWORD`, valueFrom: from(user.passwordKey) },
  ];
}

/** A Job that creates znodes and sets the ACL of the configuration. A Job cannot change, so its name holds a hash. */
export function provisionJob(
  model: ZooKeeperModel,
  wanted: Provision,
  context: JobContext,
): k8s.KubeJobProps {
  const tls = wanted.tls && context.tlsSecret;
  const spec: k8s.PodSpec = {
    ...podBasics,
    restartPolicy: 'OnFailure',
    imagePullSecrets: context.pullSecrets,
    securityContext: podSecurity(HELPER_USER),
    containers: [
      {
        name: 'provision',
        image: context.nodeImage,
        command: runProgram(PROGRAM, 'provision'),
        env: [
          { name: 'PROVISION', value: JSON.stringify(wanted) },
          ...userEnv('SUPER', context.superUser),
          ...userEnv('CLIENT', context.client),
        ],
        resources: helperResources(),
        securityContext: containerSecurity,
        volumeMounts: [programMount, ...(tls ? [tlsMount] : [])],
      },
    ],
    volumes: [programVolume(programMap(model)), ...(tls ? [tlsVolume(tls)] : [])],
  };
  return {
    metadata: { name: `${model.name}-provision-${contentHash(spec)}`, labels: context.labels },
    // The ensemble may take long to form.
    spec: { backoffLimit: 50, template: { metadata: { labels: context.labels }, spec } },
  };
}

/** A CronJob that takes a snapshot, verifies it and then uploads it. */
export function backupCronJob(
  model: ZooKeeperModel,
  options: { target: string; store: EnvironmentVariable[]; user?: CredentialsReference; rcloneImage: string },
  context: JobContext,
): k8s.KubeCronJobProps {
  const { backup } = model.props;
  const wanted: Backup = {
    hosts: model.members.map((member) => member.host),
    port: PORTS.admin,
    directory: '/backup',
  };
  const shared = [{ name: 'backup', mountPath: '/backup' }];
  const pod: k8s.PodSpec = {
    restartPolicy: 'OnFailure',
    imagePullSecrets: context.pullSecrets,
    initContainers: [
      {
        name: 'snapshot',
        image: context.nodeImage,
        command: runProgram(PROGRAM, 'backup'),
        env: [{ name: 'BACKUP', value: JSON.stringify(wanted) }, ...userEnv('BACKUP', options.user)],
        resources: helperResources(),
        securityContext: containerSecurity,
        volumeMounts: [...shared, programMount],
      },
    ],
    containers: [
      {
        name: 'upload',
        image: options.rcloneImage,
        command: ['/scripts/upload.sh'],
        env: [
          ...options.store,
          { name: 'TARGET', value: options.target },
          { name: 'KEEP', value: String(backup?.keep ?? 28) },
        ],
        resources: helperResources('256Mi'),
        securityContext: containerSecurity,
        volumeMounts: [
          ...shared,
          { name: 'scripts', mountPath: '/scripts', readOnly: true },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      { name: 'backup', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
      programVolume(programMap(model)),
      { name: 'scripts', configMap: { name: `${model.name}-scripts`, defaultMode: 0o555 } },
    ],
  };
  return cronJob({
    name: `${model.name}-backup`,
    labels: context.labels,
    schedule: backup?.schedule ?? '0 0 * * *',
    pod,
  });
}
