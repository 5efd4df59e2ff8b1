import { sectionsText } from '../core/properties-text';
import { CONTROLLER, listenerSettings, REPLICATION, type Settings } from './kafka-listener-config';
import { clientSecurity, internalSecurity } from './kafka-listener-security';
import type { KafkaModel } from './kafka-model';

/** What a server does. */
export type Role = 'broker' | 'controller' | 'combined';

/** Settings that a server reads of its file when it starts and never needs a restart for. */
const READ_AT_START = ['controller.quorum.bootstrap.servers', 'num.recovery.threads.per.data.dir'];

/** How brokers make their own topics, once. The number follows the brokers there are, and nothing of what runs does. */
const OF_NEW_TOPICS = [
  'offsets.topic.replication.factor',
  'transaction.state.log.replication.factor',
  'transaction.state.log.min.isr',
  'share.coordinator.state.topic.replication.factor',
  'share.coordinator.state.topic.min.isr',
];

/** Settings that only brokers read. */
const OF_BROKERS =
  /^(log|group|offsets|transaction|transactional|replica|remote|fetch|share|compression|producer|errors|telemetry)\.|^(background\.threads|num\.recovery\.threads\.per\.data\.dir|num\.replica\.|auto\.create\.)/;

/** Sections of the file that all servers of a role share. */
function sections(model: KafkaModel, role: Role): [string, Settings][] {
  const { zookeeper, features, defaults } = model;
  const brokers = role !== 'controller';
  const copies = Math.max(1, Math.min(3, model.brokers.filter((broker) => !broker.leaving).length));
  const inSync = copies >= 3 ? 2 : 1;
  return [
    ['role', { 'process.roles': zookeeper ? undefined : role === 'combined' ? 'broker,controller' : role }],
    [
      'metadata',
      zookeeper
        ? zookeeperSettings(model)
        : {
            'controller.quorum.bootstrap.servers': model.quorum
              .map(({ host, port }) => `${host}:${port}`)
              .join(','),
          },
    ],
    [
      'listeners',
      listenerSettings(model, {
        replication: brokers,
        controller: role !== 'broker',
        quorum: zookeeper === undefined,
      }),
    ],
    ['security', security(model, role)],
    [
      'topics',
      {
        'auto.create.topics.enable': brokers ? false : undefined,
        'default.replication.factor': defaults.replicationFactor,
        'unclean.leader.election.enable': false,
      },
    ],
    [
      "brokers' own topics",
      brokers
        ? {
            'offsets.topic.replication.factor': copies,
            'transaction.state.log.replication.factor': copies,
            'transaction.state.log.min.isr': inSync,
            'share.coordinator.state.topic.replication.factor': features.shareGroups ? copies : undefined,
            'share.coordinator.state.topic.min.isr': features.shareGroups ? inSync : undefined,
          }
        : {},
    ],
    [
      'starting and stopping',
      brokers
        ? {
            'controlled.shutdown.enable': true,
            'num.recovery.threads.per.data.dir': 2,
            // A broker that gives up only starts over, and the quorum may take its time.
            'initial.broker.registration.timeout.ms': zookeeper ? undefined : 600_000,
          }
        : {},
    ],
    ['further', further(model, role)],
  ];
}

function further({ configuration }: KafkaModel, role: Role): Settings {
  const entries = Object.entries(configuration);
  return Object.fromEntries(
    role === 'controller' ? entries.filter(([key]) => !OF_BROKERS.test(key)) : entries,
  );
}

function zookeeperSettings({ zookeeper, props }: KafkaModel): Settings {
  const tls = zookeeper?.javaProperties['zookeeper.client.secure'] === 'true';
  return {
    'zookeeper.connect': zookeeper?.connectString,
    'zookeeper.connection.timeout.ms': 18000,
    // Ids above 1000 are kept for brokers without one, which there are none of.
    'broker.id.generation.enable': false,
    ...(tls
      ? {
          'zookeeper.ssl.client.enable': true,
          'zookeeper.clientCnxnSocket': 'org.apache.zookeeper.ClientCnxnSocketNetty',
          'zookeeper.ssl.truststore.type': 'PEM',
          'zookeeper.ssl.truststore.location': ZOOKEEPER_CA,
          ...(props.tls
            ? { 'zookeeper.ssl.keystore.type': 'PEM', 'zookeeper.ssl.keystore.location': KEY_STORE }
            : {}),
        }
      : {}),
  };
}

const KEY_STORE = '/secrets/tls/tls-combined.pem';
const TRUST_STORE = '/secrets/tls/ca.crt';
/** Certificate of ZooKeeper's authority. */
export const ZOOKEEPER_CA = '/secrets/zookeeper/ca.pem';

function security(model: KafkaModel, role: Role): Settings {
  const { transport, listeners, authorization, zookeeper, superUsers, props } = model;
  const clients = role === 'controller' ? [] : listeners;
  const secrets =
    transport === 'sasl' || clients.some(({ authentication }) => authentication?.kind === 'plain');
  return {
    ...(props.tls
      ? {
          'ssl.keystore.type': 'PEM',
          'ssl.keystore.location': KEY_STORE,
          'ssl.truststore.type': 'PEM',
          'ssl.truststore.location': TRUST_STORE,
          // A broker that comes or goes is a name more or less in the certificate, which is then read without a restart.
          'ssl.allow.san.changes': true,
          'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/,DEFAULT',
        }
      : {}),
    ...(role === 'controller' ? {} : internalSecurity(model, REPLICATION)),
    ...(zookeeper ? {} : internalSecurity(model, CONTROLLER)),
    ...Object.assign({}, ...clients.map(clientSecurity)),
    ...(authorization === 'acl'
      ? {
          'authorizer.class.name': zookeeper
            ? 'kafka.security.authorizer.AclAuthorizer'
            : 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
          'super.users': superUsers.join(';'),
        }
      : {}),
    ...(secrets
      ? {
          'config.providers': 'dir',
          'config.providers.dir.class': 'org.apache.kafka.common.config.provider.DirectoryConfigProvider',
        }
      : {}),
  };
}

function text(model: KafkaModel, role: Role, keep?: (key: string) => boolean): string {
  return sectionsText(sections(model, role), further(model, role), keep);
}

/** The file that all servers of a role share: a setting that is given replaces the default in its place. */
export function roleProperties(model: KafkaModel, role: Role): string {
  return text(model, role);
}

/** What of it only a restart brings into effect. */
export function restartedFor(model: KafkaModel, role: Role): string {
  const given = model.props.configuration ?? {};
  // In a cluster of brokers and controllers, the controllers alone give topics their number of copies.
  const derived =
    role === 'broker' && !model.zookeeper ? ['default.replication.factor', ...OF_NEW_TOPICS] : OF_NEW_TOPICS;
  return text(
    model,
    role,
    (key) => !READ_AT_START.includes(key) && !(derived.includes(key) && given[key] === undefined),
  );
}
