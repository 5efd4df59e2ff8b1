import { k8s } from 'cdk8s-plus-27';
import { contentHash } from '../core/content-hash';
import type { CredentialsReference } from '../core/credentials';
import type { SecretKey } from '../core/endpoint';
import type { Environment } from '../core/environment';
import { pullSecrets } from '../core/images';
import { merge } from '../core/merge';
import { renderPlacement } from '../core/placement';
import { helperResources, tlsMount, tlsVolume } from '../core/programs';
import { quantityOf } from '../core/quantity';
import { containerSecurity, podBasics, podSecurity } from '../core/security';
import { keepsData, type RenderedVolume, renderStorage } from '../core/storage';
import { formedName } from '../steward/settings';
import { KAFKA_GATE_PATHS as PATHS } from './gate/settings';
import { type Role, restartedFor, ZOOKEEPER_CA } from './kafka-config';
import { configMap, GATE_PROGRAM } from './kafka-files';
import { heapOptions, jvmOptions, logging } from './kafka-jvm';
import { plainUserDirectory, SECRETS } from './kafka-listener-security';
import { directories } from './kafka-member-config';
import type { KafkaServer } from './kafka-members';
import type { KafkaModel } from './kafka-model';
import { PORTS } from './kafka-names';

const { IntOrString, Quantity } = k8s;

/** User and group of the official image. */
const KAFKA_USER = 1000;

const ROLES: Readonly<Record<Role, string>> = {
  broker: 'broker',
  controller: 'controller',
  combined: 'broker,controller',
};

/** What the workload needs from the objects around it. */
export interface WorkloadContext {
  readonly environment: Environment;
  readonly images: { readonly server: string; readonly node: string };
  readonly tlsSecret?: string;
  /** What servers log in to one another with. */
  readonly internal?: CredentialsReference;
  /** PLAIN users by listener. */
  readonly plain: Readonly<Record<string, readonly CredentialsReference[]>>;
  /** Certificate of ZooKeeper's authority. */
  readonly zookeeperCa?: SecretKey;
}

/** A pod to be made. */
export interface PodOptions {
  readonly role: Role;
  readonly server: KafkaServer;
  /** Lines of server.properties that are its own. */
  readonly properties: string;
  /** Node id; of controllers it is the ordinal. @default - the ordinal */
  readonly id?: number;
  readonly labels: Record<string, string>;
  /** Labels of the pods that it keeps away from. */
  readonly peers: Record<string, string>;
}

function mount(name: string, mountPath: string, options: Partial<k8s.VolumeMount> = {}): k8s.VolumeMount {
  return { name, mountPath, ...options };
}

/** The server's own volumes, in the order of its directories. */
export function dataVolumes(server: KafkaServer, labels: Record<string, string>): RenderedVolume[] {
  return server.volumes.map((volume, index) => renderStorage(`data-${index}`, volume, labels));
}

/** The pod template of a server. */
export function podTemplate(
  model: KafkaModel,
  context: WorkloadContext,
  options: PodOptions,
): k8s.PodTemplateSpec {
  const { server, role, labels } = options;
  const restarted = restartedFor(model, role);
  // Log4j 2 reads its file again by itself.
  const { file, text } = logging(model);
  const hashed = file.endsWith('.properties') ? [restarted, text] : restarted;
  const template: k8s.PodTemplateSpec = {
    metadata: { labels, annotations: { 'cdk8s-stateful/config-hash': contentHash(hashed) } },
    spec: podSpec(model, context, options),
  };
  return server.podOverrides.reduce<k8s.PodTemplateSpec>(merge, template);
}

function podSpec(model: KafkaModel, context: WorkloadContext, options: PodOptions): k8s.PodSpec {
  const { environment, images, tlsSecret } = context;
  const { server, role, peers } = options;
  const own = dataVolumes(server, {});
  const data = own.map(({ subPathExpr }, index) =>
    mount(`data-${index}`, `/data/${index}`, subPathExpr ? { subPathExpr } : {}),
  );
  const secrets = secretVolumes(model, context, role);
  const keys = secrets.map(([volume, path]) => mount(volume.name, path, { readOnly: true }));
  const shared = [...data, ...(tlsSecret ? [tlsMount] : []), ...keys];
  return {
    ...podBasics,
    terminationGracePeriodSeconds: role === 'controller' ? 60 : 300,
    imagePullSecrets: pullSecrets(environment),
    securityContext: podSecurity(KAFKA_USER),
    ...renderPlacement(environment, server.placement, peers),
    initContainers: [gateContainer(images.node, options, shared)],
    containers: [serverContainer(model, images.server, options, shared)],
    volumes: [
      ...own.flatMap(({ volume }) => (volume ? [volume] : [])),
      { name: 'config', configMap: { name: configMap(model), defaultMode: 0o555 } },
      { name: 'formed', configMap: { name: formedName(model.name), optional: true } },
      ...(tlsSecret ? [tlsVolume(tlsSecret)] : []),
      ...secrets.map(([volume]) => volume),
      { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: Quantity.fromString('1Mi') } },
      { name: 'tmp', emptyDir: {} },
    ],
  };
}

/** Volumes with passwords and authorities, and where they are mounted. */
function secretVolumes(model: KafkaModel, context: WorkloadContext, role: Role): [k8s.Volume, string][] {
  const { internal, plain, zookeeperCa } = context;
  const files = (user: CredentialsReference, directory = ''): k8s.VolumeProjection => ({
    secret: {
      name: user.secretName,
      items: [
        { key: user.usernameKey, path: `${directory}username` },
        { key: user.passwordKey, path: `${directory}password` },
      ],
    },
  });
  const users = role === 'controller' ? [] : Object.entries(plain);
  const root = `${SECRETS}/plain`;
  const sources = users.flatMap(([listener, references]) =>
    references.map((user, index) =>
      files(user, `${plainUserDirectory(listener, index).slice(root.length + 1)}/`),
    ),
  );
  const [directory, key] = [ZOOKEEPER_CA.replace(/\/[^/]*$/, ''), ZOOKEEPER_CA.replace(/.*\//, '')];
  return [
    ...(model.transport === 'sasl' && internal
      ? [projected('internal', [files(internal)], `${SECRETS}/internal`)]
      : []),
    ...(sources.length > 0 ? [projected('plain', sources, root)] : []),
    ...(zookeeperCa
      ? [
          projected(
            'zookeeper',
            [{ secret: { name: zookeeperCa.secretName, items: [{ key: zookeeperCa.key, path: key }] } }],
            directory,
          ),
        ]
      : []),
  ];
}

function projected(name: string, sources: k8s.VolumeProjection[], path: string): [k8s.Volume, string] {
  return [{ name, projected: { sources, defaultMode: 0o440 } }, path];
}

const podName: k8s.EnvVar = { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };

function gateContainer(image: string, options: PodOptions, mounts: k8s.VolumeMount[]): k8s.Container {
  const { role, server, id, properties } = options;
  return {
    name: 'gate',
    image,
    command: ['node', `${PATHS.config}/${GATE_PROGRAM}`, 'gate'],
    env: [
      podName,
      ...(id === undefined ? [] : [{ name: 'NODE_ID', value: String(id) }]),
      { name: 'ROLES', value: ROLES[role] },
      { name: 'DIRECTORIES', value: JSON.stringify(directories(server)) },
      { name: 'KEEPS_DATA', value: String(keepsData(server.volumes)) },
      { name: 'PROPERTIES', value: properties },
    ],
    resources: helperResources(),
    securityContext: containerSecurity,
    volumeMounts: [
      ...mounts,
      mount('config', PATHS.config, { readOnly: true }),
      mount('formed', PATHS.formed, { readOnly: true }),
      mount('run', PATHS.run),
    ],
  };
}

function serverContainer(
  model: KafkaModel,
  image: string,
  { role, server }: PodOptions,
  mounts: k8s.VolumeMount[],
): k8s.Container {
  const memory = Quantity.fromString(quantityOf(server.memory));
  const ports = [
    ...(role === 'controller' ? [] : [{ name: 'replication', port: PORTS.replication }]),
    ...(role === 'broker' ? [] : [{ name: 'controller', port: PORTS.controller }]),
    ...(role === 'controller' ? [] : model.listeners),
  ];
  const probe = (rest: k8s.Probe): k8s.Probe => ({
    tcpSocket: { port: IntOrString.fromNumber(ports[0].port) },
    timeoutSeconds: 5,
    ...rest,
  });
  return {
    name: 'kafka',
    image,
    command: [`${PATHS.config}/start.sh`],
    env: [
      podName,
      { name: 'KAFKA_HEAP_OPTS', value: heapOptions(server) },
      { name: 'KAFKA_OPTS', value: jvmOptions(model) },
      { name: 'KAFKA_LOG4J_OPTS', value: logging(model).options },
      // An empty one would switch the log of the collector on.
      { name: 'KAFKA_GC_LOG_OPTS', value: ' ' },
      { name: 'LOG_DIR', value: '/tmp' },
    ],
    ports: ports.map(({ name, port }) => ({ name, containerPort: port })),
    resources: { requests: { cpu: Quantity.fromString(server.cpu), memory }, limits: { memory } },
    securityContext: containerSecurity,
    // A broker opens its ports once it has read, and after an unclean stop recovered, all of its logs, and takes part.
    startupProbe:
      role === 'controller'
        ? probe({ periodSeconds: 2, failureThreshold: 300 })
        : probe({ periodSeconds: 5, failureThreshold: 720 }),
    livenessProbe: probe({ periodSeconds: 10, failureThreshold: 6 }),
    readinessProbe: probe({ periodSeconds: 5, failureThreshold: 2 }),
    lifecycle: { preStop: { exec: { command: [`${PATHS.config}/stop.sh`] } } },
    volumeMounts: [
      ...mounts,
      mount('config', PATHS.config, { readOnly: true }),
      mount('run', PATHS.run),
      mount('tmp', '/tmp'),
    ],
  };
}
