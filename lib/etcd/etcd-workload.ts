import { k8s } from 'cdk8s-plus-27';
import { contentHash } from '../core/content-hash';
import type { CredentialsReference } from '../core/credentials';
import type { Environment } from '../core/environment';
import { pullSecrets } from '../core/images';
import { merge } from '../core/merge';
import { renderPlacement } from '../core/placement';
import { helperResources, programMount, programVolume, runProgram } from '../core/programs';
import { bytesOf, mebibytesOf, quantityOf } from '../core/quantity';
import { containerSecurity, HELPER_USER, podBasics, podSecurity } from '../core/security';
import { type RenderedVolume, renderStorage } from '../core/storage';
import { formedName, RENDERED } from '../steward/settings';
import { etcdYaml } from './etcd-config';
import { configMap, gateSettings, PROGRAM, programMap } from './etcd-files';
import { clientScheme, type EtcdModel } from './etcd-model';
import { headlessName, PORTS, SECRETS } from './etcd-names';
import { ETCD_GATE_PATHS } from './gate/settings';

const { IntOrString, Quantity } = k8s;

/** What pods need from the objects around them. */
export interface EtcdContext {
  readonly environment: Environment;
  readonly labels: Record<string, string>;
  readonly selector: Record<string, string>;
  readonly images: {
    readonly server: string;
    readonly node: string;
    /** rclone, as restores and as backups run it. */
    readonly restore?: string;
    readonly backup?: string;
  };
  /** Secrets with the keys for clients, and of members among themselves. */
  readonly tlsSecret?: string;
  readonly peerSecret?: string;
  readonly credentials: {
    readonly root?: CredentialsReference;
    readonly token?: CredentialsReference;
    readonly backup?: CredentialsReference;
    readonly restore?: CredentialsReference;
  };
}

/** What goes before the gate where there is a backup to start from. */
export interface RestoreParts {
  readonly initContainers: readonly k8s.Container[];
  readonly volumes: readonly k8s.Volume[];
}

export const podName: k8s.EnvVar = {
  name: 'POD_NAME',
  valueFrom: { fieldRef: { fieldPath: 'metadata.name' } },
};

/** A Secret as files of its own directory. */
export function secretVolume(name: string, secretName: string, items?: k8s.KeyToPath[]): k8s.Volume {
  return { name, secret: { secretName, items, defaultMode: 0o440 } };
}

/** A login as the files `username` and `password`. */
export function loginItems(
  { usernameKey, passwordKey }: CredentialsReference,
  directory = '',
): k8s.KeyToPath[] {
  return [
    { key: usernameKey, path: `${directory}username` },
    { key: passwordKey, path: `${directory}password` },
  ];
}

/** A mount for reading. */
export function readOnly(name: string, mountPath: string): k8s.VolumeMount {
  return { name, mountPath, readOnly: true };
}

/** Changes with what a running server would have to start again for. */
function configHash(model: EtcdModel): string {
  const { forceNewCluster } = model.props;
  return contentHash(forceNewCluster ? [etcdYaml(model), forceNewCluster] : etcdYaml(model));
}

/** The StatefulSet of all members. */
export function statefulSet(
  model: EtcdModel,
  context: EtcdContext,
  restore: RestoreParts = { initContainers: [], volumes: [] },
): k8s.KubeStatefulSetProps {
  const { name, members, props, steward } = model;
  const template: k8s.PodTemplateSpec = {
    metadata: {
      labels: context.labels,
      // etcd reads its file at the start only; what the gate is told matters at the next start, whenever that is.
      annotations: { 'cdk8s-stateful/config-hash': configHash(model) },
    },
    spec: podSpec(model, context, restore),
  };
  const claims = ownVolumes(model, context).flatMap(({ template: claim }) => (claim ? [claim] : []));
  const spec: k8s.StatefulSetSpec = {
    serviceName: headlessName(model),
    // The steward owns the number and restarts members itself, in the order that the cluster allows.
    replicas: steward ? undefined : members.length,
    podManagementPolicy: 'Parallel',
    minReadySeconds: 5,
    revisionHistoryLimit: 10,
    updateStrategy: { type: steward ? 'OnDelete' : 'RollingUpdate' },
    persistentVolumeClaimRetentionPolicy:
      claims.length > 0 ? { whenDeleted: 'Retain', whenScaled: 'Retain' } : undefined,
    selector: { matchLabels: context.selector },
    template: props.podOverrides ? merge(template, props.podOverrides) : template,
    volumeClaimTemplates: claims.length > 0 ? claims : undefined,
  };
  // What the steward is told beside belongs to the same rendering.
  const rendered = contentHash({ spec, gate: gateSettings(model) });
  const annotations = steward ? { [RENDERED]: rendered } : undefined;
  return { metadata: { name, labels: context.labels, annotations }, spec };
}

/** The members' own volumes. */
function ownVolumes(model: EtcdModel, { selector }: EtcdContext): RenderedVolume[] {
  const { data, wal } = model;
  return [renderStorage('data', data, selector), ...(wal ? [renderStorage('wal', wal, selector)] : [])];
}

/** Where containers have the members' own volumes; where these are shared, it takes the variable POD_NAME. */
export function dataMounts(model: EtcdModel, context: EtcdContext): k8s.VolumeMount[] {
  const paths = [ETCD_GATE_PATHS.data, ETCD_GATE_PATHS.wal];
  return ownVolumes(model, context).map(({ template, volume, subPathExpr }, index) => ({
    name: template?.metadata?.name ?? volume?.name ?? '',
    mountPath: paths[index],
    ...(subPathExpr ? { subPathExpr } : {}),
  }));
}

function podSpec(model: EtcdModel, context: EtcdContext, restore: RestoreParts): k8s.PodSpec {
  const { environment, images, selector, tlsSecret, peerSecret, credentials } = context;
  const { token } = credentials;
  return {
    ...podBasics,
    terminationGracePeriodSeconds: 60,
    imagePullSecrets: pullSecrets(environment),
    securityContext: podSecurity(HELPER_USER),
    ...renderPlacement(environment, model.props.placement ?? {}, selector),
    initContainers: [...restore.initContainers, gateContainer(model, context)],
    containers: [serverContainer(model, images.server, context), ...unforceContainer(model, images.node)],
    volumes: [
      ...ownVolumes(model, context).flatMap(({ volume }) => (volume ? [volume] : [])),
      { name: 'config', configMap: { name: configMap(model) } },
      programVolume(programMap(model)),
      { name: 'formed', configMap: { name: formedName(model.name), optional: true } },
      ...(tlsSecret ? [secretVolume('tls', tlsSecret)] : []),
      ...(peerSecret ? [secretVolume('peer', peerSecret)] : []),
      ...(token ? [secretVolume('token', token.secretName, [loginItems(token)[1]])] : []),
      ...restore.volumes,
      { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: Quantity.fromString('1Mi') } },
    ],
  };
}

function gateContainer(model: EtcdModel, context: EtcdContext): k8s.Container {
  return {
    name: 'gate',
    image: context.images.node,
    command: runProgram(PROGRAM, 'gate'),
    env: [podName],
    ports: [{ name: 'gate', containerPort: PORTS.gate }],
    resources: helperResources(),
    securityContext: containerSecurity,
    volumeMounts: [
      ...dataMounts(model, context),
      ...(context.peerSecret ? [readOnly('peer', SECRETS.peer)] : []),
      readOnly('config', ETCD_GATE_PATHS.config),
      programMount,
      readOnly('formed', ETCD_GATE_PATHS.formed),
      { name: 'run', mountPath: ETCD_GATE_PATHS.run },
    ],
  };
}

/** Sees to it that a new cluster is made once, and not each time that the server's container restarts. */
function unforceContainer({ props }: EtcdModel, image: string): k8s.Container[] {
  if (!props.forceNewCluster) return [];
  return [
    {
      name: 'unforce',
      image,
      command: runProgram(PROGRAM, 'unforce'),
      env: [{ name: 'METRICS_PORT', value: String(PORTS.metrics) }],
      resources: helperResources(),
      securityContext: containerSecurity,
      volumeMounts: [programMount, { name: 'run', mountPath: ETCD_GATE_PATHS.run }],
    },
  ];
}

/** Variables with which `kubectl exec` finds an etcdctl that works; the server reads its file alone. */
function etcdctlEnv({ tls, ...model }: EtcdModel): k8s.EnvVar[] {
  const file = (name: string) => `${SECRETS.tls}/${name}`;
  const endpoints = `${clientScheme({ tls })}://localhost:${PORTS.client}`;
  return Object.entries({
    ETCDCTL_ENDPOINTS: endpoints,
    ...(tls.clients ? { ETCDCTL_CACERT: file('ca.crt') } : {}),
    ...(tls.clientAuthentication ? { ETCDCTL_CERT: file('tls.crt'), ETCDCTL_KEY: file('tls.key') } : {}),
    // The runtime of Go sweeps its heap sooner rather than have the kernel end it.
    GOMEMLIMIT: `${Math.floor(mebibytesOf(model.memory) * 0.9)}MiB`,
  }).map(([name, value]) => ({ name, value }));
}

/** Probes ten seconds apart that may fail: a member that defragments answers nothing for up to a minute per GiB. */
function patience({ quota }: EtcdModel): number {
  return 6 + Math.ceil((bytesOf(quota) / 1024 ** 3) * 6);
}

function serverContainer(model: EtcdModel, image: string, context: EtcdContext): k8s.Container {
  const { tlsSecret, peerSecret, credentials } = context;
  const memory = Quantity.fromString(quantityOf(model.memory));
  const probe = (path: string, options: k8s.Probe): k8s.Probe => ({
    httpGet: { path, port: IntOrString.fromString('metrics') },
    timeoutSeconds: 5,
    ...options,
  });
  return {
    name: 'etcd',
    image,
    // The image has no shell, and nothing beside the file counts once there is one.
    command: ['/usr/local/bin/etcd', `--config-file=${ETCD_GATE_PATHS.run}/etcd.yaml`],
    env: [podName, ...etcdctlEnv(model)],
    ports: (['client', 'peer', 'metrics'] as const).map((name) => ({ name, containerPort: PORTS[name] })),
    resources: { requests: { cpu: Quantity.fromString(model.cpu), memory }, limits: { memory } },
    securityContext: containerSecurity,
    // A member that has fallen far behind, or reads a large log, takes minutes, and killing it then only starts it over.
    startupProbe: probe('/livez', { periodSeconds: 2, failureThreshold: 450 }),
    livenessProbe: probe('/livez', { periodSeconds: 10, failureThreshold: patience(model) }),
    // A learner is not ready, nor is a member without a quorum.
    readinessProbe: probe('/readyz', { periodSeconds: 5, failureThreshold: 2 }),
    volumeMounts: [
      ...dataMounts(model, context),
      ...(tlsSecret ? [readOnly('tls', SECRETS.tls)] : []),
      ...(peerSecret ? [readOnly('peer', SECRETS.peer)] : []),
      ...(credentials.token ? [readOnly('token', SECRETS.token)] : []),
      readOnly('run', ETCD_GATE_PATHS.run),
    ],
  };
}
