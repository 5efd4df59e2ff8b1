import { Duration, Size } from 'cdk8s';
import {
  Authentication,
  Credentials,
  type ExternalListenerOptions,
  type KafkaAcl,
  type KafkaBrokerOverrides,
  type KafkaBrokersProps,
  type KafkaClusterProps,
  type KafkaConfiguration,
  type KafkaControllersProps,
  type KafkaQuotas,
  type KafkaReassignment,
  type KafkaTls,
  type KafkaTopic,
  type KafkaUser,
  KafkaVersion,
  Listener,
  type ListenerOptions,
  type OAuthBearerOptions,
  ZooKeeperCluster,
} from '../../lib';
import { type Case, casesFor } from '../support/every-prop';
import { chartIn } from '../support/rendering';

/** Who restarts for a difference: nobody, one broker, the brokers, the controllers, or all. */
export type Restarts = 'none' | 'one broker' | 'brokers' | 'controllers' | 'all';

/** A prop of a cluster, and who restarts for it. */
export type KafkaCase = Case<KafkaClusterProps, Restarts>;

const cases = casesFor<KafkaClusterProps, Restarts>();

const GI = Size.gibibytes;
const elsewhere = chartIn({}, 'elsewhere');
const zookeeper = new ZooKeeperCluster(elsewhere, 'zk', { storage: { data: GI(1) } });
const scramOptions = { authentication: Authentication.scram() };
const scram = { listeners: [Listener.internal(scramOptions)] };
const note = { metadata: { annotations: { a: 'b' } } };

const cluster = cases<KafkaClusterProps>(
  'KafkaClusterProps',
  {
    name: ['other', 'all'],
    version: [KafkaVersion.V4_1, 'all'],
    // A check only: it leaves its trace among the problems, which the tests of validation hold.
    upgradeFrom: [KafkaVersion.V4_1, 'none', KafkaVersion.V4_1],
    metadataVersion: [KafkaVersion.V4_1, 'none'],
    controllers: [{ count: 5, founders: 3 }, 'none'],
    brokers: [4, 'none'],
    storage: [GI(20), 'none', GI(10)],
    memory: [GI(8), 'brokers'],
    metadata: [{ zookeeper }, 'brokers'],
    clusterId: ['p8fFEbKGQ22B6M_Da_vCBw', 'none'],
    listeners: [[Listener.internal({ port: 9200 })], 'brokers'],
    tls: [{}, 'all'],
    internalSecurity: ['plain', 'all'],
    authorization: ['none', 'all'],
    superUsers: [['User:admin'], 'all'],
    configuration: [{ 'num.io.threads': 16 }, 'all'],
    topics: [{ a: {} }, 'none'],
    users: [{ a: {} }, 'none'],
    reassignment: [{ automatic: false }, 'none'],
    placement: [{ priorityClassName: 'high' }, 'all'],
    logLevel: ['DEBUG', 'none'],
    exporter: [{}, 'none'],
    image: ['example.com/kafka:1', 'all'],
    operations: ['none', 'all'],
    nodeImage: ['example.com/node:22', 'all'],
  },
  { ...scram, storage: GI(10) },
  (props) => {
    // Without controllers of their own there is no metadata version, nor anybody to restart but brokers.
    if (props.metadata) return { version: KafkaVersion.V3_9, ...props };
    if ('metadata' in props) return { ...props, version: KafkaVersion.V3_9 };
    if (props.operations === 'none') return { ...props, listeners: undefined };
    return props;
  },
);

const server = {
  storage: [GI(20), 'none', GI(10)],
  memory: [GI(8), 'brokers'],
  heap: [Size.mebibytes(512), 'brokers'],
  cpu: ['2', 'brokers'],
  placement: [{ priorityClassName: 'high' }, 'brokers'],
  podOverrides: [note, 'brokers'],
} as const;

const brokers = cases<KafkaBrokersProps>(
  'KafkaBrokersProps',
  {
    ...server,
    count: [4, 'none', 3],
    ids: [[0, 1, 2, 5], 'none', [0, 1, 2]],
    leaving: [[3], 'none'],
    overrides: [{ 1: { memory: GI(8) } }, 'one broker'],
  },
  { ids: [0, 1, 2, 3] },
  ({ ids, count, ...rest }) => ({ brokers: count === undefined ? { ids, ...rest } : { count, ...rest } }),
);

const one = (value: unknown) => [value, 'one broker'] as never;
const overrides = cases<KafkaBrokerOverrides>(
  'KafkaBrokerOverrides',
  {
    storage: [GI(20), 'none', GI(10)],
    memory: one(GI(8)),
    heap: one(Size.mebibytes(512)),
    cpu: one('2'),
    placement: one({ priorityClassName: 'high' }),
    podOverrides: one(note),
    zone: one('j'),
    configuration: one({ 'num.io.threads': 16 }),
  },
  {},
  (props) => ({ brokers: { count: 3, overrides: { 1: props } } }),
);

const controllers = cases<KafkaControllersProps>(
  'KafkaControllersProps',
  {
    count: [5, 'none', 3],
    founders: [1, 'none'],
    storage: [GI(20), 'none'],
    memory: [GI(2), 'controllers'],
    heap: [Size.mebibytes(256), 'controllers'],
    cpu: ['2', 'controllers'],
    placement: [{ priorityClassName: 'high' }, 'controllers'],
    podOverrides: [note, 'controllers'],
  },
  { count: 3 },
  (props) => ({ controllers: { count: 3, ...props } }),
);

const tls = cases<KafkaTls>(
  'KafkaTls',
  {
    secret: ['mine', 'all'],
    issuer: [{ name: 'other' }, 'none'],
    commonName: ['other', 'all'],
  },
  {},
  (props) => ({ tls: props, ...scram }),
);

/** The index signature hides the names from "keyof". */
type Setting =
  | 'log.retention.hours'
  | 'log.retention.ms'
  | 'log.retention.bytes'
  | 'log.segment.bytes'
  | 'log.roll.ms'
  | 'log.cleanup.policy'
  | 'message.max.bytes'
  | 'num.partitions'
  | 'default.replication.factor'
  | 'min.insync.replicas'
  | 'num.recovery.threads.per.data.dir';

const configuration = cases<Required<Pick<KafkaConfiguration, Setting>>>(
  'KafkaConfiguration',
  {
    'log.retention.hours': [24, 'none'],
    'log.retention.ms': [1000, 'none'],
    'log.retention.bytes': [1e9, 'none'],
    'log.segment.bytes': [1e8, 'none'],
    'log.roll.ms': [1e7, 'none'],
    'log.cleanup.policy': ['compact', 'none'],
    'message.max.bytes': [2e6, 'none'],
    'num.partitions': [6, 'all'],
    'default.replication.factor': [2, 'all'],
    'min.insync.replicas': [1, 'none'],
    'num.recovery.threads.per.data.dir': [4, 'none'],
  },
  {},
  (props) => ({ configuration: props }),
);

const topic = cases<KafkaTopic>(
  'KafkaTopic',
  {
    partitions: [6, 'none'],
    replicationFactor: [2, 'none'],
    minInSyncReplicas: [1, 'none'],
    retention: [Duration.hours(1), 'none'],
    retentionBytes: [GI(1), 'none'],
    cleanupPolicy: ['compact', 'none'],
    configuration: [{ 'max.message.bytes': 1000 }, 'none'],
    delete: [true, 'none'],
  },
  {},
  (props) => ({ topics: { a: props } }),
);

const user = cases<KafkaUser>(
  'KafkaUser',
  {
    credentials: [Credentials.existing('mine'), 'none'],
    produce: [['a'], 'none'],
    consume: [['a'], 'none'],
    groups: [['a'], 'none'],
    transactionalIds: [['a'], 'none'],
    acls: [[{ resource: 'cluster', operations: ['Describe'] }], 'none'],
    quotas: [{ producerByteRate: 1000 }, 'none'],
    delete: [true, 'none'],
  },
  {},
  (props) => ({ ...scram, users: { a: props } }),
);

const acl = cases<KafkaAcl>(
  'KafkaAcl',
  {
    resource: ['group', 'none', 'topic'],
    name: ['b', 'none', 'a'],
    pattern: ['prefixed', 'none'],
    operations: [['Describe'], 'none', ['Read']],
    permission: ['deny', 'none'],
    host: ['10.0.0.1', 'none'],
  },
  { resource: 'topic', name: 'a', operations: ['Read'] },
  (props) => ({ ...scram, users: { a: { acls: [props as KafkaAcl] } } }),
);

const quotas = cases<KafkaQuotas>(
  'KafkaQuotas',
  {
    producerByteRate: [1000, 'none'],
    consumerByteRate: [1000, 'none'],
    requestPercentage: [50, 'none'],
  },
  {},
  (props) => ({ ...scram, users: { a: { quotas: props } } }),
);

const reassignment = cases<KafkaReassignment>(
  'KafkaReassignment',
  { throttle: [Size.mebibytes(5), 'none'], concurrency: [3, 'none'], automatic: [false, 'none'] },
  {},
  (props) => ({ reassignment: props }),
);

const listener = cases<ListenerOptions>(
  'ListenerOptions',
  {
    tls: [false, 'brokers'],
    authentication: [Authentication.mutualTls(), 'brokers'],
    port: [9200, 'brokers'],
  },
  {},
  (props) => ({
    tls: {},
    listeners: [Listener.internal(props), Listener.internal({ ...scramOptions, name: 'other' })],
  }),
);

const external = cases<Omit<ExternalListenerOptions, keyof ListenerOptions>>(
  'ExternalListenerOptions',
  {
    hosts: [(id) => `b${id}.example.com`, 'brokers', (id) => `a${id}.example.com`],
    advertisedPort: [() => 443, 'brokers'],
  },
  { hosts: (id) => `a${id}.example.com` },
  (props) => ({
    listeners: [Listener.addresses('ext', { hosts: (id: number) => `a${id}.example.com`, ...props })],
  }),
);

const oauth = cases<OAuthBearerOptions>(
  'OAuthBearerOptions',
  {
    jwksEndpoint: ['https://b.example.com/keys', 'all', 'https://a.example.com/keys'],
    issuer: ['https://b.example.com', 'brokers'],
    audience: [['kafka'], 'brokers'],
    principalClaim: ['name', 'brokers'],
  },
  { jwksEndpoint: 'https://a.example.com/keys' },
  (props) => ({
    tls: {},
    listeners: [
      Listener.internal({
        authentication: Authentication.oauthBearer({ jwksEndpoint: 'https://a.example.com/keys', ...props }),
      }),
    ],
  }),
);

/** Every prop of every interface that describes a cluster. */
export const everyProp: readonly KafkaCase[] = [
  ...cluster,
  ...brokers,
  ...overrides,
  ...controllers,
  ...tls,
  ...configuration,
  ...topic,
  ...user,
  ...acl,
  ...quotas,
  ...reassignment,
  ...listener,
  ...external,
  ...oauth,
];
