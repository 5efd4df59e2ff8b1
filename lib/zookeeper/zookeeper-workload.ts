import { k8s } from 'cdk8s-plus-27';
import { backupDirectory } from '../core/backup-target';
import { contentHash } from '../core/content-hash';
import type { CredentialsReference } from '../core/credentials';
import type { Environment } from '../core/environment';
import { pullSecrets } from '../core/images';
import { merge } from '../core/merge';
import { renderPlacement } from '../core/placement';
import {
  helperResources,
  programMount,
  programVolume,
  runProgram,
  tlsMount,
  tlsVolume,
} from '../core/programs';
import { quantityOf } from '../core/quantity';
import { containerSecurity, podBasics, podSecurity } from '../core/security';
import { type RenderedVolume, renderStorage } from '../core/storage';
import { formedName, RENDERED } from '../steward/settings';
import { GATE_PATHS } from './gate/settings';
import { serverJvmFlags, zooCfg } from './zookeeper-config';
import { PROGRAM, programMap } from './zookeeper-files';
import { onlyTls, PORTS, usesTls, type ZooKeeperModel } from './zookeeper-model';

const { Quantity } = k8s;

/** User and group of the official image. */
const ZOOKEEPER_USER = 1000;

/** What the workload needs from the objects around it. */
export interface WorkloadContext {
  readonly environment: Environment;
  readonly labels: Record<string, string>;
  readonly selector: Record<string, string>;
  readonly images: { readonly server: string; readonly node: string; readonly rclone?: string };
  readonly tlsSecret?: string;
  readonly credentials: {
    readonly superUser?: CredentialsReference;
    readonly clients: readonly CredentialsReference[];
    readonly quorum?: CredentialsReference;
    readonly restore?: CredentialsReference;
  };
}

function mount(name: string, mountPath: string, options: Partial<k8s.VolumeMount> = {}): k8s.VolumeMount {
  return { name, mountPath, ...options };
}

function probe(script: string, options: Omit<k8s.Probe, 'exec'>): k8s.Probe {
  return { exec: { command: [`/scripts/${script}`] }, timeoutSeconds: 5, ...options };
}

function userFiles(role: string, users: readonly CredentialsReference[]): k8s.VolumeProjection[] {
  return users.map((user, index) => ({
    secret: {
      name: user.secretName,
      items: [
        { key: user.usernameKey, path: `${role}/${index}/username` },
        { key: user.passwordKey, path: `${role}/${index}/password` },
      ],
    },
  }));
}

/** The users whose passwords the gate turns into files, as one volume. */
function credentialsVolume({ superUser, clients, quorum }: WorkloadContext['credentials']): k8s.Volume[] {
  const sources = [
    ...userFiles('super', superUser ? [superUser] : []),
    ...userFiles('clients', clients),
    ...userFiles('quorum', quorum ? [quorum] : []),
  ];
  return sources.length > 0 ? [{ name: 'users', projected: { sources, defaultMode: 0o440 } }] : [];
}

/** The StatefulSet of all members. */
export function statefulSet(model: ZooKeeperModel, context: WorkloadContext): k8s.KubeStatefulSetProps {
  const { name, headless, members, props } = model;
  const template: k8s.PodTemplateSpec = {
    metadata: {
      labels: context.labels,
      // What zoo.cfg holds is read at the start only; scripts, the gate and logging are read as they are used.
      annotations: { 'cdk8s-stateful/config-hash': contentHash(zooCfg(model)) },
    },
    spec: podSpec(model, context),
  };
  const claims = volumes(model, context.selector).flatMap(([, volume]) =>
    volume.template ? [volume.template] : [],
  );
  const spec: k8s.StatefulSetSpec = {
    serviceName: headless,
    // The steward owns the number and restarts members itself, in the order that the ensemble allows.
    replicas: model.steward ? undefined : members.length,
    ordinals: { start: members[0]?.id ?? 1 },
    podManagementPolicy: 'Parallel',
    minReadySeconds: 5,
    revisionHistoryLimit: 10,
    updateStrategy: { type: model.steward ? 'OnDelete' : 'RollingUpdate' },
    persistentVolumeClaimRetentionPolicy:
      claims.length > 0 ? { whenDeleted: 'Retain', whenScaled: 'Retain' } : undefined,
    selector: { matchLabels: context.selector },
    template: props.podOverrides ? merge(template, props.podOverrides) : template,
    volumeClaimTemplates: claims.length > 0 ? claims : undefined,
  };
  // What the steward is told beside belongs to the same rendering.
  const rendered = contentHash({ spec, members, founders: model.founders });
  const annotations = model.steward ? { [RENDERED]: rendered } : undefined;
  return { metadata: { name, labels: context.labels, annotations }, spec };
}

/** The members' own volumes with the directory each is mounted at. */
function volumes(model: ZooKeeperModel, labels: Record<string, string>): [string, RenderedVolume][] {
  return [
    [GATE_PATHS.data, renderStorage('data', model.data, labels)],
    ...(model.transactionLog
      ? [[GATE_PATHS.log, renderStorage('datalog', model.transactionLog, labels)] as [string, RenderedVolume]]
      : []),
  ];
}

function podSpec(model: ZooKeeperModel, context: WorkloadContext): k8s.PodSpec {
  const { environment, selector, images, tlsSecret } = context;
  const own = volumes(model, selector);
  const users = credentialsVolume(context.credentials);
  const data = own.map(([path, volume]) =>
    mount(
      volume.template?.metadata?.name ?? volume.volume?.name ?? '',
      path,
      volume.subPathExpr ? { subPathExpr: volume.subPathExpr } : {},
    ),
  );
  const keys = usesTls(model) ? tlsSecret : undefined;
  const tls = keys ? [tlsMount] : [];
  return {
    ...podBasics,
    terminationGracePeriodSeconds: 60,
    imagePullSecrets: pullSecrets(environment),
    securityContext: podSecurity(ZOOKEEPER_USER),
    ...renderPlacement(environment, model.props.placement ?? {}, selector),
    initContainers: [
      ...restoreContainer(model, context, data),
      gateContainer(images.node, [
        ...data,
        ...tls,
        ...users.map(() => mount('users', `${GATE_PATHS.secrets}/users`, { readOnly: true })),
      ]),
    ],
    containers: [serverContainer(model, images.server, [...data, ...tls])],
    volumes: [
      ...own.flatMap(([, volume]) => (volume.volume ? [volume.volume] : [])),
      { name: 'config', configMap: { name: `${model.name}-config` } },
      { name: 'scripts', configMap: { name: `${model.name}-scripts`, defaultMode: 0o555 } },
      programVolume(programMap(model)),
      { name: 'formed', configMap: { name: formedName(model.name), optional: true } },
      ...(keys ? [tlsVolume(keys)] : []),
      ...users,
      { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: Quantity.fromString('1Mi') } },
      { name: 'tmp', emptyDir: {} },
    ],
  };
}

function restoreContainer(
  model: ZooKeeperModel,
  { environment, images, credentials }: WorkloadContext,
  data: k8s.VolumeMount[],
): k8s.Container[] {
  const { restore } = model.props;
  if (!restore || !credentials.restore) return [];
  const { from, snapshot } = restore;
  const own = snapshot.includes('/') ? undefined : backupDirectory(model, environment);
  return [
    {
      name: 'restore',
      image: images.rclone,
      command: ['/scripts/download.sh'],
      env: [
        podName,
        ...from.environment(credentials.restore),
        { name: 'SOURCE', value: `${from.directory(own)}/${snapshot}` },
      ],
      resources: helperResources('256Mi'),
      securityContext: containerSecurity,
      volumeMounts: [...data, mount('scripts', '/scripts', { readOnly: true }), mount('tmp', '/tmp')],
    },
  ];
}

function gateContainer(image: string, mounts: k8s.VolumeMount[]): k8s.Container {
  return {
    name: 'gate',
    image,
    command: runProgram(PROGRAM, 'gate'),
    env: [podName],
    resources: helperResources(),
    securityContext: containerSecurity,
    volumeMounts: [
      ...mounts,
      mount('config', GATE_PATHS.config, { readOnly: true }),
      programMount,
      mount('formed', GATE_PATHS.formed, { readOnly: true }),
      mount('run', GATE_PATHS.run),
    ],
  };
}

const podName: k8s.EnvVar = { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };

function serverContainer(model: ZooKeeperModel, image: string, mounts: k8s.VolumeMount[]): k8s.Container {
  const { props, tls } = model;
  const memory = Quantity.fromString(quantityOf(model.memory));
  const configuration = `${GATE_PATHS.data}/conf`;
  const port = (name: string, containerPort: number) => ({ name, containerPort });
  return {
    name: 'zookeeper',
    image,
    env: [
      podName,
      { name: 'ZOO_CONF_DIR', value: configuration },
      { name: 'ZOOCFGDIR', value: configuration },
      { name: 'ZOO_DATA_DIR', value: GATE_PATHS.data },
      { name: 'ZOO_DATA_LOG_DIR', value: model.transactionLog ? GATE_PATHS.log : GATE_PATHS.data },
      { name: 'ZOO_LOG_DIR', value: '/tmp' },
      { name: 'JMXDISABLE', value: 'true' },
      { name: 'ZK_SERVER_HEAP', value: String(model.heap) },
      { name: 'SERVER_JVMFLAGS', value: serverJvmFlags(model) },
      // zkCli.sh in this container must neither drown its answers in log lines nor take the server's memory.
      { name: 'ZK_CLIENT_HEAP', value: '64' },
      { name: 'CLIENT_JVMFLAGS', value: '-Dlogback.configurationFile=/config/logback-client.xml' },
    ],
    ports: [
      ...(onlyTls(model) ? [] : [port('client', PORTS.client)]),
      ...(tls.clients === 'off' ? [] : [port('secure-client', PORTS.secureClient)]),
      port('quorum', PORTS.quorum),
      port('election', PORTS.election),
      port('metrics', PORTS.metrics),
      ...(props.backup ? [port('admin', PORTS.admin)] : []),
    ],
    resources: { requests: { cpu: Quantity.fromString(props.cpu ?? '250m'), memory }, limits: { memory } },
    securityContext: containerSecurity,
    // Loading a large snapshot takes minutes, and killing it then only starts it over.
    startupProbe: probe('alive.sh', { periodSeconds: 2, failureThreshold: 450 }),
    livenessProbe: probe('alive.sh', { periodSeconds: 10, failureThreshold: 6 }),
    readinessProbe: probe('ready.sh', { periodSeconds: 5, failureThreshold: 2 }),
    lifecycle: { preStop: { exec: { command: ['/scripts/stop.sh'] } } },
    volumeMounts: [
      ...mounts,
      mount('config', GATE_PATHS.config, { readOnly: true }),
      mount('scripts', '/scripts', { readOnly: true }),
      mount('run', GATE_PATHS.run),
      mount('tmp', '/tmp'),
    ],
  };
}
