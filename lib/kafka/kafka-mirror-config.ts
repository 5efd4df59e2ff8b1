import type { Finding } from '../core/problem';
import { CLIENT_FILES } from './kafka-client-files';
import { jaasConfig, type KafkaConnection } from './kafka-connection';
import type { KafkaAcl, KafkaOperation } from './kafka-props';
import { type KafkaRights, nameOrPrefix } from './kafka-users';

/** Port on which the processes of a mirror talk to one another. */
export const MIRROR_PORT = 8083;

/** Variable with the address of a process's pod. */
export const POD_IP = 'POD_IP';

/** A mirror with every default filled in. */
export interface KafkaMirrorModel {
  /** What the clusters are called in the mirror, and in names of topics. */
  readonly source: string;
  readonly target: string;
  readonly topics: readonly string[];
  readonly groups: readonly string[];
  readonly policy: 'default' | 'identity';
  /** -1: as the target does by default. */
  readonly replicationFactor: number;
  readonly tasks: number;
  readonly configuration: Readonly<Record<string, string | number | boolean>>;
}

/** Directories with the secrets of the connections. */
export const MIRROR_SECRETS = { source: '/secrets/source', target: '/secrets/target' } as const;

const PROVIDER = 'org.apache.kafka.common.config.provider';
const POLICY = 'org.apache.kafka.connect.mirror';
const USED: readonly KafkaOperation[] = ['Read', 'Write', 'Create', 'Describe', 'DescribeConfigs'];

/**
 * Settings of MirrorMaker in dedicated mode. Nothing is written to the source: offset-syncs are kept on the target, and
 * there are no heartbeats. https://kafka.apache.org/documentation/#georeplication
 */
export function mirrorProperties(
  model: KafkaMirrorModel,
  connections: { readonly source: KafkaConnection; readonly target: KafkaConnection },
): Record<string, string> {
  const { source, target, topics, groups, policy, replicationFactor, tasks } = model;
  const flow = `${source}->${target}`;
  const offsets = groups.length > 0;
  const factors = [
    'replication',
    'checkpoints.topic.replication',
    'offset-syncs.topic.replication',
    'config.storage.replication',
    'offset.storage.replication',
    'status.storage.replication',
  ];
  const settings = {
    clusters: `${source},${target}`,
    'config.providers': 'dir,env',
    'config.providers.dir.class': `${PROVIDER}.DirectoryConfigProvider`,
    'config.providers.dir.param.allowed.paths': Object.values(MIRROR_SECRETS).join(','),
    'config.providers.env.class': `${PROVIDER}.EnvVarConfigProvider`,
    'config.providers.env.param.allowlist.pattern': POD_IP,
    'dedicated.mode.enable.internal.rest': true,
    listeners: `http://:${MIRROR_PORT}`,
    'rest.advertised.host.name': `\${env:${POD_IP}}`,
    'rest.advertised.port': MIRROR_PORT,
    'emit.heartbeats.enabled': false,
    'replication.policy.class': `${POLICY}.${policy === 'identity' ? 'Identity' : 'Default'}ReplicationPolicy`,
    ...Object.fromEntries(factors.map((name) => [`${name}.factor`, replicationFactor])),
    'tasks.max': tasks,
    [`${flow}.enabled`]: true,
    [`${flow}.topics`]: topics.map(pattern).join(','),
    [`${flow}.groups`]: groups.map(pattern).join(','),
    [`${flow}.emit.checkpoints.enabled`]: offsets,
    [`${flow}.sync.group.offsets.enabled`]: offsets,
    // Both clusters have their users declared.
    [`${flow}.sync.topic.acls.enabled`]: false,
    [`${flow}.offset-syncs.topic.location`]: 'target',
    ...prefixed(source, clientProperties(connections.source, MIRROR_SECRETS.source)),
    ...prefixed(target, clientProperties(connections.target, MIRROR_SECRETS.target)),
    ...model.configuration,
  };
  return Object.fromEntries(
    Object.entries(settings)
      .map(([key, value]) => [key, String(value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Settings of a Java client whose secrets are files of a directory. */
export function clientProperties(connection: KafkaConnection, directory: string): Record<string, string> {
  const { bootstrapServers, securityProtocol, saslMechanism, credentials, ca, clientCertificate } =
    connection;
  const file = (name: string) => `\${dir:${directory}:${name}}`;
  return {
    'bootstrap.servers': bootstrapServers,
    'security.protocol': securityProtocol,
    ...(saslMechanism && { 'sasl.mechanism': saslMechanism }),
    ...(saslMechanism &&
      credentials && {
        'sasl.jaas.config': jaasConfig(
          saslMechanism,
          file(CLIENT_FILES.username),
          file(CLIENT_FILES.password),
        ),
      }),
    ...(ca && {
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': `${directory}/${CLIENT_FILES.ca}`,
    }),
    ...(clientCertificate && {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.certificate.chain': file(CLIENT_FILES.certificate),
      'ssl.keystore.key': file(CLIENT_FILES.key),
    }),
  };
}

/** Rights on the source, which is only read. */
export function sourceRights({ topics, groups }: KafkaMirrorModel): KafkaRights {
  return {
    consume: topics,
    groups: [],
    acls: [
      ...topics.map((name) => acl('topic', name, ['DescribeConfigs'])),
      ...groups.map((name) => acl('group', name, ['Describe'])),
    ],
  };
}

/** Rights on the target: the mirrored topics, the offsets of groups, and what MirrorMaker remembers there. */
export function targetRights({ source, topics, groups, policy }: KafkaMirrorModel): KafkaRights {
  const remote = topics.map((name) => (policy === 'identity' ? name : `${source}.${name}`));
  return {
    acls: [
      acl('topic', 'mm2-*', USED),
      acl('topic', `${source}.checkpoints.internal`, USED),
      acl('group', `${source}-mm2`, ['Read', 'Describe']),
      ...remote.map((name) => acl('topic', name, [...USED, 'Alter', 'AlterConfigs'])),
      ...groups.map((name) => acl('group', name, ['Read', 'Describe'])),
    ],
  };
}

/** Findings about a mirror. */
export function checkMirror(model: KafkaMirrorModel): Finding[] {
  const findings: Finding[] = [];
  const found = (message: string) => findings.push({ code: 'kafka/mirror', message });
  const { source, target, topics, replicationFactor, tasks, configuration } = model;
  if (source === target)
    found(`both clusters are called "${source}"; tell them apart by source.alias and target.alias`);
  for (const alias of new Set([source, target])) {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_-]*$/.test(alias))
      found(`alias: "${alias}" would not do in names of topics; use letters, digits, "_" and "-"`);
  }
  if (topics.length === 0) found("topics: none given; name topics or prefixes, or all of them by '*'");
  if (replicationFactor !== -1 && !(Number.isInteger(replicationFactor) && replicationFactor > 0))
    found(
      `replicationFactor: ${replicationFactor}; give a whole number from 1, or -1 for the target's default`,
    );
  if (!Number.isInteger(tasks) || tasks < 1) found(`tasks: ${tasks}; give a whole number from 1`);
  for (const key of Object.keys(configuration)) {
    const owned =
      /^(clusters|listeners|replication\.policy\.class|tasks\.max)$|^(config\.providers|rest|dedicated)\b|->/.test(
        key,
      ) || /\b(bootstrap\.servers|security\.protocol|sasl\.|ssl\.)/.test(key);
    if (owned) found(`configuration: ${key} follows from other props; leave it out`);
    else if (/[\s=:\\]/.test(key) || /[\r\n\\]/.test(String(configuration[key])))
      found(
        `configuration: ${JSON.stringify(key)} has a character that a properties file cannot hold as it is`,
      );
  }
  return findings;
}

/** A name or prefix as a regular expression, without a backslash, which properties files would take away. */
function pattern(name: string): string {
  return name.replace(/[.]/g, '[.]').replace(/\*$/, '.*');
}

function acl(resource: KafkaAcl['resource'], name: string, operations: readonly KafkaOperation[]): KafkaAcl {
  return { resource, ...nameOrPrefix(name), operations };
}

function prefixed(alias: string, properties: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [`${alias}.${key}`, value]));
}
