import { Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import {
  Authentication,
  Credentials,
  type EnvironmentProps,
  KafkaCluster,
  type KafkaClusterProps,
  type KafkaConfiguration,
  KafkaVersion,
  Listener,
  Storage,
  ZooKeeperCluster,
} from '../../lib';
import { takeWarnings } from '../../lib/core/warnings';
import { chartIn, reported } from '../support/rendering';
import { kafka } from './rendering';

const GI = Size.gibibytes;
const MI = Size.mebibytes;
const DEVELOPMENT: EnvironmentProps = { durability: 'development' };
const OLD = KafkaVersion.custom('2.8.2', 'example.com/kafka:2.8.2');
const FUTURE = KafkaVersion.custom('9.0.0', 'example.com/kafka:9.0.0');
const elsewhere = chartIn({}, 'elsewhere');
const zookeeper = new ZooKeeperCluster(elsewhere, 'zk', { storage: { data: GI(1) } });
const LINES = '3.9, 4.0, 4.1, 4.2, 4.3';
const user = Credentials.existing('user');
const tls = { secret: 'keys' };
const names = (id: number) => `b${id}.example.com`;

const controllers = (given: number, why = '') =>
  `[kafka/controllers] controllers: ${given}; give 1, 3 or 5${why}`;
const EVEN = ' (an even number tolerates no more failures than one less)';
const onListener = (name: string, message: string) => `[kafka/listeners] listener "${name}": ${message}`;
const configuration = (settings: KafkaConfiguration) => ({ configuration: settings });
const owned = (key: string) =>
  `[kafka/configuration] configuration: ${key} follows from other props or would endanger the data; leave it out`;
const internal = (name: string, port?: number) => Listener.internal({ name, port });
const addresses = (options: Partial<Parameters<typeof Listener.addresses>[1]>, name = 'ext') =>
  Listener.addresses(name, { hosts: names, ...options });

type Bad = [
  given: string,
  props: Partial<KafkaClusterProps>,
  messages: string[],
  environment?: EnvironmentProps,
];

const VERSIONS: Bad[] = [
  [
    'a release of an unknown line',
    { version: FUTURE },
    [`[kafka/version] version: 9.0.0 is of a line that the library does not know; it knows ${LINES}`],
  ],
  [
    'metadata in ZooKeeper with 4.x',
    { metadata: { zookeeper } },
    [
      '[kafka/version] metadata: Kafka 4.2.1 cannot keep it in ZooKeeper, only 3.9 can; use KafkaVersion.V3_9, or leave metadata out',
    ],
  ],
  [
    'a metadata version in ZooKeeper',
    { metadata: { zookeeper }, version: KafkaVersion.V3_9, metadataVersion: KafkaVersion.V3_9 },
    ['[kafka/version] metadataVersion: metadata is in ZooKeeper, which has none; leave it out'],
  ],
  [
    'a metadata version of an unknown line',
    { metadataVersion: FUTURE },
    [`[kafka/version] metadataVersion: 9.0.0 is of a line that the library does not know; it knows ${LINES}`],
  ],
  [
    'a metadata version that is too new',
    { metadataVersion: KafkaVersion.V4_3 },
    [
      '[kafka/version] metadataVersion: 4.3-IV0 is newer than 4.2.1 can read; give at most that of the release, or leave it out',
    ],
  ],
  [
    'an upgrade that skips too much',
    { upgradeFrom: OLD },
    [
      '[kafka/version] upgradeFrom: 2.8.2 cannot be upgraded to 4.2.1 by a rolling restart, only 3.3 and later can; go by one of these first',
    ],
  ],
  [
    'a downgrade whose metadata was not held back',
    { upgradeFrom: KafkaVersion.V4_3 },
    [
      '[kafka/version] upgradeFrom: from 4.3.1 to 4.2.1 is a downgrade, which works only while metadata.version was held back; ' +
        'give metadataVersion where it was, or stay with 4.3.1',
    ],
  ],
];

const SERVERS: Bad[] = [
  ['no controllers', { controllers: 0 }, [controllers(0)]],
  ['two controllers', { controllers: 2 }, [controllers(2, EVEN)]],
  ['four controllers', { controllers: { count: 4 } }, [controllers(4, EVEN)]],
  ['seven controllers', { controllers: 7 }, [controllers(7)]],
  [
    'an even number of founders',
    { controllers: { count: 3, founders: 2 } },
    [
      '[kafka/controllers] controllers.founders: 2; give the number of controllers that the quorum was formed with: 1, 3 or 5',
    ],
  ],
  [
    'one controller in production',
    { controllers: 1 },
    [
      '[kafka/controllers] controllers: 1 in production stops the cluster with it; use 3, or give the environment "test" durability: \'development\'',
    ],
  ],
  [
    'controllers on several volumes',
    { controllers: { count: 3, storage: [GI(1), GI(1)] } },
    ['[kafka/controllers] controllers.storage: 2 volumes; metadata is kept on one; give one'],
  ],
  [
    'controllers beside ZooKeeper',
    { metadata: { zookeeper }, version: KafkaVersion.V3_9, controllers: 3 },
    [
      '[kafka/controllers] controllers: metadata is in ZooKeeper, where there are none; leave one of them out',
    ],
  ],
  [
    'combined in production',
    { controllers: 'combined' },
    [
      "[kafka/controllers] controllers: 'combined' in production makes brokers and controllers fail together; give 3 controllers, or give the " +
        'environment "test" durability: \'development\'',
    ],
  ],
  [
    'two combined brokers',
    { controllers: 'combined', brokers: 2 },
    [
      "[kafka/controllers] controllers: 'combined' with 2 brokers; the quorum that these are has 1 or 3; choose one of them, or give controllers of their own",
    ],
    DEVELOPMENT,
  ],
  [
    'a combined broker that leaves',
    { controllers: 'combined', brokers: { count: 3, leaving: [2] } },
    [
      "[kafka/controllers] brokers.leaving: with controllers: 'combined' a broker takes a controller along; give controllers of their own",
    ],
    DEVELOPMENT,
  ],
  ['no brokers', { brokers: 0 }, ['[kafka/brokers] brokers: 0; give a whole number from 1 to 200, or ids']],
  [
    'a part of a broker',
    { brokers: 2.5 },
    ['[kafka/brokers] brokers: 2.5; give a whole number from 1 to 200, or ids'],
  ],
  [
    'brokers in two ways',
    { brokers: { count: 3, ids: [0, 1, 2] } },
    ['[kafka/brokers] brokers: count and ids are two ways to say the same; give one of them'],
  ],
  ['no ids', { brokers: { ids: [] } }, ['[kafka/brokers] brokers.ids: none; name at least one broker']],
  [
    'ids of controllers, negative ones and parts',
    { brokers: { ids: [0, 1, 2, 3000, -1, 1.5] } },
    [3000, -1, 1.5].map(
      (id) =>
        `[kafka/brokers] brokers.ids: ${id}; ids are whole numbers from 0 to 2999, above are those of controllers`,
    ),
  ],
  [
    'an id twice',
    { brokers: { ids: [0, 1, 2, 1, 1] } },
    ['[kafka/brokers] brokers.ids: 1 is there twice; give each broker an id of its own'],
  ],
  [
    'a broker that leaves and is not there',
    { brokers: { count: 3, leaving: [7] } },
    [
      '[kafka/brokers] brokers.leaving: there is no broker 7 (there are 0, 1, 2); a broker that leaves stays in the list until it is empty',
    ],
  ],
  [
    'overrides of a broker that is not there',
    { brokers: { count: 3, overrides: { 7: {} } } },
    ['[kafka/brokers] brokers.overrides: there is no broker 7 (there are 0, 1, 2); leave it out'],
  ],
  [
    'only brokers that leave',
    { brokers: { count: 2, leaving: [0, 1] } },
    [
      '[kafka/brokers] brokers.leaving: 0, 1 are all there are, and somebody has to take their partitions; keep at least one, or add others first',
    ],
  ],
  [
    'a zone that is not there',
    { brokers: { count: 3, overrides: { 1: { zone: 'x' } } } },
    [
      '[kafka/brokers] brokers.overrides[1].zone: "x" is none of the zones of the environment "test" (h, i, j); name one of these',
    ],
    { zones: ['h', 'i', 'j'] },
  ],
  [
    'no storage',
    { storage: undefined },
    [
      '[kafka/storage] storage: none given for the brokers; give a size, such as Size.gibibytes(100), or a list of volumes',
    ],
  ],
  [
    'ephemeral storage in production',
    { storage: Storage.emptyDir() },
    [
      "[core/storage] volume data-0: an emptyDir loses its data with the pod; claim a volume (a size, or { size, role }), or give the environment durability: 'development'",
      "[core/storage] volume data-0: an emptyDir loses its data with the pod; claim a volume (a size, or { size, role }), or give the environment durability: 'development'",
    ],
  ],
  [
    'a heap above the limit',
    { controllers: { count: 3, memory: GI(1), heap: GI(2) } },
    [
      '[kafka/heap] controllers: heap 2048Mi needs a memory limit of 2816Mi (a quarter and 256Mi more for threads, metaspace and buffers), the limit is ' +
        '1024Mi; raise memory to 2816Mi or lower heap to 614Mi',
    ],
  ],
  [
    'a heap that leaves too little to the page cache',
    { brokers: { count: 3, memory: GI(8), heap: GI(5) } },
    [
      '[kafka/heap] brokers: heap 5120Mi leaves less than half of the memory, 8192Mi, to the page cache that brokers read and write by; ' +
        'raise memory to 10240Mi or lower heap to 4096Mi',
    ],
  ],
  [
    'too little memory',
    { memory: MI(128) },
    ['[kafka/heap] brokers: memory 128Mi leaves no room for a JVM; give it at least 384Mi'],
  ],
  [
    'an amount of CPU that is none',
    { brokers: { count: 3, cpu: 'much' } },
    [
      '[kafka/cpu] brokers: cpu "much" is not an amount of CPU; write cores ("2", "0.5") or thousandths of one ("250m")',
    ],
  ],
  [
    'too few zones for the controllers',
    {},
    [
      '[core/zones] 3 voters need 3 zones for one to be lost safely, the environment "test" has 2 (h, i); add a zone or set placement.spread to \'host\'',
    ],
    { zones: ['h', 'i'] },
  ],
];

const IDENTITY: Bad[] = [
  [
    'a name that is none',
    { name: 'Kafka' },
    [
      '[core/name] name "Kafka" is not a DNS label; use lower-case letters, digits and "-", starting with a letter',
    ],
  ],
  [
    'an id of the cluster that is none',
    { clusterId: 'mine' },
    [
      '[kafka/cluster-id] clusterId: "mine" is not a UUID in Kafka\'s notation, 22 characters of url-safe base64; take one of kafka-storage.sh random-uuid, ' +
        'or leave it out',
    ],
  ],
  [
    'a common name that is too long',
    { tls: { ...tls, commonName: 'a'.repeat(65) } },
    [
      `[kafka/tls] tls: the common name "${'a'.repeat(65)}" is longer than the 64 characters of X.509, or holds more than letters, digits and signs of a name; ` +
        'give tls.commonName, which has to be that of the certificate',
    ],
  ],
  [
    'TLS without anybody who issues certificates',
    { tls: {} },
    [
      '[kafka/tls] tls is on, but there is no certificate: the environment "test" has no certificates.issuer; set it, or give tls.issuer or tls.secret',
    ],
  ],
  [
    'ACLs for nobody',
    { authorization: 'acl' },
    [
      "[kafka/authorization] authorization: 'acl' binds nobody where no listener knows its users; give a listener authentication, or leave it out",
    ],
  ],
  [
    'a super user that is no principal',
    { superUsers: ['admin'] },
    [
      '[kafka/authorization] superUsers: "admin" is not a principal; write User: and the name, such as User:admin',
    ],
  ],
];

const LISTENERS: Bad[] = [
  [
    'no listeners',
    { listeners: [] },
    ['[kafka/listeners] listeners: none, so that nobody can connect; give one, or leave listeners out'],
  ],
  ...['', 'Upper', 'a--b', 'a-', '1a', 'sixteen-letters-'].map(
    (name): Bad => [
      `a listener called "${name}"`,
      { listeners: [internal(name)] },
      [
        onListener(
          name,
          'a name has at most 15 lower-case letters, digits and single "-", and begins with a letter',
        ),
      ],
    ],
  ),
  [
    'a listener with a name of the library',
    { listeners: [internal('replication')] },
    [
      onListener(
        'replication',
        "the name is one of the library's own (broker, controller, replication, gate, metrics, member, allow); choose another",
      ),
    ],
  ],
  [
    'two listeners of one name',
    { listeners: [internal('a'), internal('a')] },
    ['[kafka/listeners] listeners: two are called "a"; give each a name of its own'],
  ],
  [
    'two listeners on one port',
    { listeners: [internal('a', 9200), internal('b', 9200)] },
    ['[kafka/listeners] listeners: two have port 9200; give each a port of its own, or leave the ports out'],
  ],
  ...[9091, 9093, 9099].map(
    (port): Bad => [
      `a listener on port ${port}`,
      { listeners: [internal('a', port)] },
      [onListener('a', `port ${port} is one of the servers' own (9091, 9093, 9099); choose another`)],
    ],
  ),
  ...[80, 65536, 9200.5].map(
    (port): Bad => [
      `a listener on port ${port}`,
      { listeners: [internal('a', port)] },
      [onListener('a', `port ${port}; give a whole number from 1024 to 65535`)],
    ],
  ),
  [
    'a listener with TLS in a cluster without',
    { listeners: [Listener.internal({ tls: true })] },
    [
      onListener(
        'internal',
        'tls is on, and the cluster has no certificate; give it tls, or leave tls out here',
      ),
    ],
  ],
  [
    'certificates without TLS',
    { listeners: [Listener.internal({ authentication: Authentication.mutualTls() })] },
    [onListener('internal', 'Authentication.mutualTls is by certificates, which only TLS has; set tls')],
  ],
  [
    'passwords in clear text in production',
    { listeners: [Listener.internal({ authentication: Authentication.plain([user]) })] },
    [
      onListener(
        'internal',
        'Authentication.plain without TLS in production lets everybody on the way read passwords; give the cluster tls, or the environment "test" ' +
          "durability: 'development'",
      ),
    ],
  ],
  [
    'tokens in clear text in production',
    {
      listeners: [
        Listener.internal({ authentication: Authentication.oauthBearer({ jwksEndpoint: 'https://a/b' }) }),
      ],
    },
    [
      onListener(
        'internal',
        'Authentication.oauthBearer without TLS in production lets everybody on the way read tokens; give the cluster tls, or the environment "test" ' +
          "durability: 'development'",
      ),
    ],
  ],
  [
    'passwords of nobody',
    { tls, listeners: [Listener.internal({ authentication: Authentication.plain([]) })] },
    [onListener('internal', 'Authentication.plain has no users, so that nobody can log in; list them')],
  ],
  [
    'passwords from a store that is not there',
    {
      tls,
      listeners: [
        Listener.internal({ authentication: Authentication.plain([user, Credentials.external('x')]) }),
      ],
    },
    [
      '[core/credentials] listener "internal": users[1]: Credentials.external needs a store and the environment "test" has no secretStore; set it, or use ' +
        'Credentials.existing or Credentials.generated',
    ],
  ],
  [
    'keys of tokens from nowhere',
    {
      tls,
      listeners: [
        Listener.internal({ authentication: Authentication.oauthBearer({ jwksEndpoint: 'keys' }) }),
      ],
    },
    [onListener('internal', 'jwksEndpoint "keys" is not a URL; give one that begins with https://')],
  ],
  [
    'a host that is none',
    { brokers: { ids: [4] }, listeners: [addresses({ hosts: () => 'a b' })] },
    [
      onListener(
        'ext',
        'host "a b" of broker 4 is neither a name nor an address; give one that clients can reach',
      ),
    ],
  ],
  [
    'an advertised port that is none',
    { brokers: { ids: [4] }, listeners: [addresses({ advertisedPort: () => 0 })] },
    [onListener('ext', 'advertised port 0 of broker 4; give a whole number from 1 to 65535')],
  ],
  [
    'brokers that clients take for one',
    { brokers: 2, listeners: [addresses({ hosts: () => 'kafka.example.com' })] },
    [
      '[kafka/listeners] listeners: broker 0 on "ext" and broker 1 on "ext" are both kafka.example.com:9092 to clients; give each a host or a port of its own',
    ],
  ],
  [
    'listeners that clients take for one',
    {
      brokers: 1,
      listeners: [
        addresses({ advertisedPort: () => 443 }),
        addresses({ advertisedPort: () => 443 }, 'other'),
      ],
    },
    [
      '[kafka/listeners] listeners: broker 0 on "ext" and broker 0 on "other" are both b0.example.com:443 to clients; give each a host or a port of its own',
    ],
  ],
  [
    'a node port outside of the range',
    { brokers: { ids: [4] }, listeners: [Listener.nodePort('n', { hosts: names, nodePorts: () => 9094 })] },
    [onListener('n', 'nodePort 9094 of broker 4; Kubernetes has those from 30000 to 32767')],
  ],
  [
    'a node port twice',
    { brokers: 2, listeners: [Listener.nodePort('n', { hosts: names, nodePorts: () => 31000 })] },
    [
      '[kafka/listeners] listeners: broker 0 on "n" and broker 1 on "n" have the same nodePort 31000; give each its own',
    ],
  ],
  [
    'ranges that are none',
    {
      brokers: 1,
      listeners: [
        Listener.loadBalancer('lb', {
          hosts: names,
          sourceRanges: ['10.0.0.0/8', '10.0.0.0', '10.0.0.0/33', 'x/8', 'fd00::/129'],
        }),
      ],
    },
    ['10.0.0.0', '10.0.0.0/33', 'x/8', 'fd00::/129'].map((range) =>
      onListener('lb', `sourceRanges has "${range}", which is not a range; write it as 10.0.0.0/8`),
    ),
  ],
];

const SETTINGS: Bad[] = [
  ...[
    'process.roles',
    'node.id',
    'broker.rack',
    'listeners',
    'log.dirs',
    'super.users',
    'zookeeper.connect',
    'ssl.keystore.location',
    'listener.name.internal.ssl.client.auth',
    'sasl.mechanism.inter.broker.protocol',
    'config.providers',
    'controller.quorum.voters',
  ].map((key): Bad => [`the setting ${key}`, configuration({ [key]: 'x' }), [owned(key)]]),
  [
    'a setting that has no name',
    configuration({ 'a b': 1 }),
    [
      '[kafka/configuration] configuration: "a b" is not the name of a setting; names have letters, digits, ".", "-" and "_"',
    ],
  ],
  [
    'settings of several lines',
    configuration({ a: 'x\nlisteners=y', b: 'x\\' }),
    ['a', 'b'].map(
      (key) =>
        `[kafka/configuration] configuration: ${key} holds a line break or a backslash; give one line without`,
    ),
  ],
  [
    'a dynamic setting of another type',
    configuration({ 'log.retention.ms': -5, 'log.cleanup.policy': 'shred' as 'delete' }),
    [
      '[kafka/configuration] configuration: log.retention.ms is -5; give a whole number from -1',
      '[kafka/configuration] configuration: log.cleanup.policy is "shred"; give a list of delete, compact',
    ],
  ],
  [
    "a broker's own settings that are not its own",
    {
      configuration: { 'log.retention.ms': 1000 },
      brokers: { count: 3, overrides: { 1: { configuration: { 'log.retention.ms': 2000, 'node.id': 4 } } } },
    },
    [
      '[kafka/configuration] brokers.overrides[1].configuration: node.id follows from other props or would endanger the data; leave it out',
      "[kafka/configuration] brokers.overrides[1].configuration: log.retention.ms is set for all brokers while they run, which wins over a broker's own file; " +
        'leave it out here, or there',
    ],
  ],
  [
    "a broker's own hours against everybody's milliseconds",
    {
      configuration: { 'log.retention.hours': 24 },
      brokers: { count: 3, overrides: { 1: { configuration: { 'log.retention.hours': 1 } } } },
    },
    [
      "[kafka/configuration] brokers.overrides[1].configuration: log.retention.ms is set for all brokers while they run, which wins over a broker's own file; " +
        'leave it out here, or there',
    ],
  ],
  [
    'more copies than brokers',
    {
      brokers: { count: 3, leaving: [2] },
      configuration: { 'default.replication.factor': 3, 'offsets.topic.replication.factor': 5 },
      topics: { orders: { replicationFactor: 3 } },
    },
    [
      '[kafka/replication] configuration: offsets.topic.replication.factor is 5, and 2 brokers stay; give at most 2, or more brokers',
      '[kafka/replication] configuration: default.replication.factor is 3, and 2 brokers stay; give at most 2, or more brokers',
      '[kafka/replication] topic "orders": replicationFactor is 3, and 2 brokers stay; give at most 2, or more brokers',
    ],
  ],
  [
    'more copies than one broker',
    { brokers: 1, configuration: { 'default.replication.factor': 2 } },
    [
      '[kafka/replication] configuration: default.replication.factor is 2, and 1 broker stays; give at most 1, or more brokers',
    ],
  ],
  [
    'no copies',
    configuration({ 'default.replication.factor': 0, 'min.insync.replicas': 1 }),
    [
      '[kafka/replication] configuration: default.replication.factor is 0; give a whole number from 1',
      '[kafka/replication] configuration: min.insync.replicas is 1 of 0 copies, so that nothing could be written with acks=all; lower it, or raise default.replication.factor',
    ],
  ],
  [
    'more copies in sync than there are',
    configuration({
      'min.insync.replicas': 4,
      'transaction.state.log.replication.factor': 1,
      'transaction.state.log.min.isr': 2,
    }),
    [
      '[kafka/replication] configuration: min.insync.replicas is 4 of 3 copies, so that nothing could be written with acks=all; lower it, or raise default.replication.factor',
      '[kafka/replication] configuration: transaction.state.log.min.isr is 2 of 1 copies, so that nothing could be written with acks=all; lower it, or raise transaction.state.log.replication.factor',
    ],
  ],
];

const OPERATIONS: Bad[] = [
  [
    'what only a steward does',
    {
      operations: 'none',
      brokers: { count: 4, leaving: [3] },
      topics: { a: {} },
      users: { b: {} },
      listeners: [Listener.internal({ authentication: Authentication.scram() })],
    },
    [
      "[kafka/operations] brokers.leaving: with operations: 'none' nobody moves their partitions; leave operations out",
      "[kafka/operations] topics: with operations: 'none' nobody creates them; leave operations out",
      "[kafka/operations] users: with operations: 'none' nobody creates them; leave operations out",
      "[kafka/operations] listeners: with operations: 'none' nobody creates SCRAM users; leave operations out, or use another authentication",
    ],
  ],
  [
    'moves that never end',
    { reassignment: { throttle: Size.kibibytes(1), concurrency: 0 } },
    [
      '[kafka/operations] reassignment.throttle: less than 1Mi a second never ends; give more, such as Size.mebibytes(50)',
      '[kafka/operations] reassignment.concurrency: 0; give a whole number from 1',
    ],
  ],
];

describe.each<[string, Bad[]]>([
  ['versions', VERSIONS],
  ['servers', SERVERS],
  ['identity', IDENTITY],
  ['listeners', LISTENERS],
  ['settings', SETTINGS],
  ['operations', OPERATIONS],
])('of %s', (_what, bad) => {
  it.each(bad)('%s is refused', (_given, props, messages, environment) => {
    expect(kafka(props, environment).problems).toEqual(messages);
  });
});

describe('what is fine', () => {
  it.each<[string, Partial<KafkaClusterProps>, EnvironmentProps?]>([
    ['everything by default', {}],
    ['a downgrade that was prepared', { upgradeFrom: KafkaVersion.V4_3, metadataVersion: KafkaVersion.V4_2 }],
    ['an upgrade over several lines', { upgradeFrom: KafkaVersion.V3_9, metadataVersion: KafkaVersion.V3_9 }],
    ['a patch of a known line', { version: KafkaVersion.custom('4.2.9', 'example.com/kafka:4.2.9') }],
    ['combined brokers in development', { controllers: 'combined', brokers: 3 }, DEVELOPMENT],
    ['ephemeral volumes in development', { storage: Storage.emptyDir() }, DEVELOPMENT],
    ['three controllers that were five', { controllers: { count: 3, founders: 5 } }],
    ['the same port on several hosts', { listeners: [addresses({ advertisedPort: () => 443 })] }],
    [
      'several ports of one host',
      { listeners: [addresses({ hosts: () => 'a', advertisedPort: (id) => 9400 + id })] },
    ],
    ['small brokers', { memory: MI(768), brokers: { count: 3, heap: MI(256) } }, DEVELOPMENT],
  ])('%s', (_what, props, environment) => {
    expect(kafka(props, environment).problems).toEqual([]);
  });
});

describe('what is allowed and may lose records', () => {
  const warnings = (props: Partial<KafkaClusterProps>, environment?: EnvironmentProps) => {
    const { chart } = kafka(props, environment);
    return takeWarnings(chart.node.root);
  };

  it('is one copy in production', () => {
    const single =
      'stack/kafka: one copy of default.replication.factor: nothing can be read or written while its broker is away, and a lost volume is lost records';
    expect(warnings({ brokers: 1 })).toEqual([single]);
    expect(warnings({ topics: { logs: { replicationFactor: 1 } } })).toEqual([
      single.replace('default.replication.factor', 'topic logs'),
    ]);
    expect(warnings({ brokers: 1 }, DEVELOPMENT)).toEqual([]);
    expect(warnings({ brokers: 2 })).toEqual([]);
  });

  it('is one copy on a volume that goes with its pod', () => {
    const chart = chartIn();
    const cluster = new KafkaCluster(chart, 'kafka', {
      version: KafkaVersion.V3_9,
      metadata: { zookeeper: new ZooKeeperCluster(chart, 'zk', { storage: { data: GI(1) } }) },
      storage: Storage.emptyDir(),
      configuration: { 'default.replication.factor': 1, 'offsets.topic.replication.factor': 1 },
    });
    expect(reported(chart)).toEqual([]);
    expect(takeWarnings(cluster)).toEqual([]);
    expect(takeWarnings(chart.node.root)).toEqual([
      'stack/kafka: one copy of default.replication.factor, offsets.topic.replication.factor, on brokers whose volumes go with their pods: ' +
        'records are lost whenever a broker restarts',
    ]);
  });
});
