import { Duration, Size } from 'cdk8s';
import {
  type ClaimOptions,
  type IssuerReference,
  type PlacementProps,
  type S3Props,
  Storage,
} from '../../lib';
import {
  type RedisBackup,
  type RedisClusterProps,
  type RedisConfiguration,
  type RedisExporter,
  type RedisOwnCredentials,
  type RedisReplicationProps,
  type RedisRestore,
  type RedisRights,
  type RedisSavePoint,
  type RedisSentinels,
  type RedisServerProps,
  type RedisShards,
  type RedisStandaloneProps,
  type RedisTls,
  type RedisUser,
  RedisVersion,
} from '../../lib/redis';
import { bucket, type Case, casesFor, user } from '../support/every-prop';

/** Who restarts for a prop: servers, Sentinels, both or nobody. */
export type Restarts = 'nobody' | 'servers' | 'sentinels' | 'all';

/** A prop of a deployment and who restarts for it. */
export type RedisCase<Props> = Case<Props, Restarts>;

/** Props that say something about the others, and leave no trace of their own. */
export const SILENT: ReadonlySet<string> = new Set(['allowEviction', 'allowPlainText', 'allowSingleServer']);

const [GI, MI] = [Size.gibibytes, Size.mebibytes];
const backup: RedisBackup = { schedule: Duration.hours(1), to: bucket('b') };
const restore: RedisRestore = { from: bucket('b'), backup: '20260101T000000Z' };
const annotated = { metadata: { annotations: { a: 'b' } } };

const servers = {
  name: ['other', 'all'],
  version: [RedisVersion.VALKEY_8_1, 'all'],
  memory: [GI(2), 'servers', GI(1)],
  cpu: ['2', 'servers'],
  // It has a larger part of the memory.
  use: ['cache', 'servers'],
  maxmemory: [MI(512), 'nobody', MI(600)],
  maxmemoryPolicy: ['volatile-ttl', 'nobody'],
  allowEviction: [undefined, 'nobody'],
  persistence: ['rdb', 'nobody'],
  save: [[{ after: Duration.minutes(1), changes: 1 }], 'nobody'],
  appendfsync: ['always', 'nobody'],
  storage: [GI(20), 'nobody', GI(10)],
  tls: [{}, 'all'],
  allowPlainText: [undefined, 'nobody'],
  credentials: [{ steward: user('steward') }, 'all'],
  users: [{ orders: { keys: ['orders:*'] } }, 'nobody'],
  configuration: [{ 'tcp-backlog': 1024 }, 'servers'],
  placement: [{ spread: 'host' }, 'all'],
  backup: [backup, 'nobody'],
  restore: [restore, 'servers'],
  exporter: [false, 'servers'],
  image: ['example.com/redis:1', 'all'],
  operations: ['none', 'nobody'],
  nodeImage: ['example.com/node:22', 'all'],
  podOverrides: [annotated, 'servers'],
} as const;

const writes = {
  minReplicasToWrite: [0, 'nobody'],
  minReplicasMaxLag: [Duration.seconds(5), 'nobody'],
} as const;

const replicationCases = casesFor<RedisReplicationProps, Restarts>();
const clusterCases = casesFor<RedisClusterProps, Restarts>();
const standaloneCases = casesFor<RedisStandaloneProps, Restarts>();
const loud = <Props>(cases: readonly RedisCase<Props>[]) => cases.filter(({ prop }) => !SILENT.has(prop));

/** Props that need others beside them to mean anything. */
function beside(props: Partial<RedisServerProps>): Partial<RedisServerProps> {
  if ('save' in props) return { persistence: 'aof+rdb' };
  if ('maxmemoryPolicy' in props) return { allowEviction: true };
  return {};
}

const replication = replicationCases<RedisReplicationProps>(
  'RedisReplicationProps',
  {
    ...servers,
    ...writes,
    replicas: [4, 'nobody'],
    founders: [1, 'nobody'],
    sentinels: [{ count: 5 }, 'nobody'],
  },
  {},
  (props) => ({ ...beside(props), ...props }),
);

const ofSentinels = { all: 'servers' } as const;

/** Without Sentinels nothing but servers restarts. */
function withoutSentinels<T extends object>(values: T): T {
  const entries = Object.entries(values).map(([prop, [value, restarts, other]]) => [
    prop,
    [value, ofSentinels[restarts as keyof typeof ofSentinels] ?? restarts, other],
  ]);
  return Object.fromEntries(entries);
}

const cluster = clusterCases<RedisClusterProps>(
  'RedisClusterProps',
  {
    ...withoutSentinels(servers),
    ...writes,
    minReplicasToWrite: [1, 'nobody'],
    // Servers of another shard are others; those that there are stay as they are.
    shards: [5, 'nobody'],
    replicas: [2, 'nobody'],
    founders: [[0, 1, 2], 'nobody', [0, 1]],
    nodeTimeout: [Duration.seconds(5), 'nobody'],
    requireFullCoverage: [false, 'nobody'],
    slotsAtATime: [16, 'nobody'],
  },
  {},
  (props) => ({ ...beside(props), ...props }),
);

const standalone = standaloneCases<RedisStandaloneProps>(
  'RedisStandaloneProps',
  { ...withoutSentinels(servers), allowSingleServer: [undefined, 'nobody'] },
  {},
  (props) => ({ ...beside(props), ...props }),
);

const sentinels = replicationCases<RedisSentinels>(
  'RedisSentinels',
  {
    count: [5, 'nobody'],
    quorum: [3, 'nobody'],
    downAfter: [Duration.seconds(5), 'nobody'],
    failoverTimeout: [Duration.minutes(3), 'nobody'],
    memory: [MI(128), 'sentinels'],
    storage: [GI(5), 'nobody'],
    placement: [{ spread: 'host' }, 'sentinels'],
    podOverrides: [annotated, 'sentinels'],
  },
  {},
  (props) => ({ sentinels: props }),
);

const shards = clusterCases<RedisShards>(
  'RedisShards',
  {
    count: [4, 'nobody'],
    ids: [[0, 1, 2, 7], 'nobody'],
    leaving: [[3], 'nobody'],
  },
  {},
  (props) => ({ shards: 'leaving' in props ? { count: 4, ...props } : props }),
);

const savePoint = replicationCases<RedisSavePoint>(
  'RedisSavePoint',
  { after: [Duration.minutes(1), 'nobody', Duration.minutes(2)], changes: [10, 'nobody', 20] },
  { after: Duration.minutes(2), changes: 20 },
  (props) => ({ persistence: 'rdb', save: [{ after: Duration.minutes(2), changes: 20, ...props }] }),
);

const tls = replicationCases<RedisTls>(
  'RedisTls',
  {
    secret: ['mine', 'all'],
    issuer: [{ name: 'other' }, 'nobody'],
    clientAuthentication: ['need', 'all'],
    dnsNames: [['redis.example.com'], 'nobody'],
  },
  {},
  (props) => ({ tls: props }),
);

const issuer = replicationCases<IssuerReference>(
  'IssuerReference',
  { name: ['a', 'nobody', 'b'], kind: ['Issuer', 'nobody'], group: ['example.com', 'nobody'] },
  { name: 'b' },
  (props) => ({ tls: { issuer: { name: 'b', ...props } } }),
);

const credentials = replicationCases<RedisOwnCredentials>(
  'RedisOwnCredentials',
  { steward: [user('a'), 'all'], internal: [user('b'), 'all'] },
  {},
  (props) => ({ credentials: props }),
);

const exporter = replicationCases<RedisExporter>(
  'RedisExporter',
  { image: ['example.com/exporter:1', 'servers'], memory: [MI(128), 'servers'] },
  {},
  (props) => ({ exporter: props }),
);

const rights = {
  keys: [['orders:*'], 'nobody', ['stock:*']],
  channels: [['events:*'], 'nobody'],
  commands: ['read', 'nobody'],
  rules: [['-@scripting'], 'nobody'],
} as const;

const declared = replicationCases<RedisUser>(
  'RedisUser',
  { ...rights, credentials: [user('orders'), 'nobody'] },
  { keys: ['stock:*'] },
  (props) => ({ users: { orders: { keys: ['stock:*'], ...props } } }),
);

const granted = replicationCases<RedisRights>('RedisRights', rights, { keys: ['stock:*'] }, (props) => ({
  users: { orders: { keys: ['stock:*'], ...props } },
}));

/** The index signature hides the names from "keyof". */
type Setting =
  | 'maxclients'
  | 'timeout'
  | 'notify-keyspace-events'
  | 'slowlog-log-slower-than'
  | 'io-threads'
  | 'databases'
  | 'loadmodule';

const configuration = replicationCases<Required<Pick<RedisConfiguration, Setting>>>(
  'RedisConfiguration',
  {
    maxclients: [5000, 'nobody'],
    timeout: [300, 'nobody'],
    'notify-keyspace-events': ['Ex', 'nobody'],
    'slowlog-log-slower-than': [1000, 'nobody'],
    'io-threads': [4, 'servers'],
    databases: [1, 'servers'],
    loadmodule: [['/usr/local/lib/redis/modules/redisbloom.so'], 'servers'],
  },
  {},
  (props) => ({ configuration: props }),
);

const backups = replicationCases<RedisBackup>(
  'RedisBackup',
  {
    schedule: [Duration.hours(6), 'nobody', '0 3 * * *'],
    maxBackups: [7, 'nobody'],
    maxAge: [Duration.days(30), 'nobody'],
    timeout: [Duration.hours(2), 'nobody'],
    to: [bucket('other'), 'nobody', bucket('b')],
    alertAfter: [Duration.hours(30), 'nobody'],
    image: ['example.com/rclone:1', 'nobody'],
  },
  { schedule: '0 3 * * *', to: bucket('b') },
  (props) => ({ backup: { ...backup, ...props } }),
);

const restores = replicationCases<RedisRestore>(
  'RedisRestore',
  {
    from: [bucket('other'), 'servers', bucket('b')],
    backup: ['20260102T000000Z', 'servers', '20260101T000000Z'],
    image: ['example.com/rclone:1', 'servers'],
  },
  restore,
  (props) => ({ restore: { ...restore, ...props } }),
);

const store = replicationCases<S3Props>(
  'S3Props',
  {
    bucket: ['other', 'nobody', 'b'],
    prefix: ['dir', 'nobody'],
    endpoint: ['http://minio:9000', 'nobody'],
    region: ['eu-1', 'nobody'],
    provider: ['Ceph', 'nobody'],
    credentials: [user('other'), 'nobody', user('s3')],
  },
  { bucket: 'b', credentials: user('s3') },
  (props) => ({ backup: { ...backup, to: bucket('b', props) } }),
);

const claim = replicationCases<ClaimOptions>(
  'ClaimOptions',
  {
    size: [GI(30), 'nobody', GI(20)],
    initialSize: [GI(10), 'nobody'],
    role: ['fast', 'nobody'],
    storageClass: ['mine', 'nobody'],
  },
  { size: GI(20) },
  (props) => ({ storage: { size: GI(20), ...props } }),
);

const others: RedisCase<RedisReplicationProps>[] = [
  Storage.nfs('nfs', '/x'),
  Storage.existingClaim('shared'),
].map((storage) => ({
  interface: 'Storage',
  prop: storage.kind,
  with: { storage },
  without: {},
  restarts: 'servers',
}));

const placement = replicationCases<PlacementProps>(
  'PlacementProps',
  {
    spread: ['none', 'all'],
    hostAntiAffinity: ['none', 'all'],
    ssd: [true, 'all'],
    dedicated: [true, 'all'],
    nodeSelector: [{ a: 'b' }, 'all'],
    tolerations: [[{ key: 'a' }], 'all'],
    priorityClassName: ['high', 'all'],
  },
  {},
  (props) => ({ placement: props }),
);

/** Every prop of every interface that describes a deployment, by the topology that it is shown with. */
export const everyProp = {
  standalone: loud(standalone),
  replication: loud([
    ...replication,
    ...sentinels,
    ...savePoint,
    ...tls,
    ...issuer,
    ...credentials,
    ...exporter,
    ...declared,
    ...granted,
    ...configuration,
    ...backups,
    ...restores,
    ...store,
    ...claim,
    ...others,
    ...placement,
  ]),
  cluster: loud([...cluster, ...shards]),
} as const;
