import { Duration, Size } from 'cdk8s';
import {
  type ClaimOptions,
  type EtcdAuthentication,
  type EtcdBackup,
  type EtcdClusterProps,
  type EtcdCompaction,
  type EtcdConfiguration,
  type EtcdDefragmentation,
  type EtcdForceNewCluster,
  type EtcdPermission,
  type EtcdRehearsal,
  type EtcdRestore,
  type EtcdStorage,
  type EtcdTls,
  type EtcdUser,
  EtcdVersion,
  type IssuerReference,
  type PlacementProps,
  type S3Props,
  Storage,
} from '../../lib';
import { bucket, type Case, casesFor, user } from '../support/every-prop';

/** A prop of a cluster, and whether the pod template changes with it, so that every member restarts. */
export type EtcdCase = Case<EtcdClusterProps, boolean>;

/** Props that say something about the others, and leave no trace of their own. */
export const SILENT: ReadonlySet<string> = new Set(['upgradesFrom', 'allowLargeQuota', 'allowPlainText']);

const cases = casesFor<EtcdClusterProps, boolean>();

const GI = Size.gibibytes;
const storage: EtcdStorage = { data: GI(20) };
const snapshot = '20260101T000000Z-1042.db';
const everyHour: EtcdBackup = { schedule: Duration.hours(1), to: bucket('b') };

const cluster = cases<EtcdClusterProps>(
  'EtcdClusterProps',
  {
    name: ['other', true],
    version: [EtcdVersion.V3_5_33, true],
    // Leaves no trace: it is checked, and said no more.
    upgradesFrom: [undefined, true],
    members: [5, false],
    founders: [1, false],
    storage: [{ data: GI(30) }, false, storage],
    quota: [GI(4), true],
    allowLargeQuota: [undefined, true],
    memory: [GI(8), true],
    cpu: ['2', true],
    tls: [{}, true],
    allowPlainText: [undefined, true],
    authentication: [{}, true],
    compaction: [false, true],
    defragmentation: [false, false],
    heartbeatInterval: [Duration.millis(200), true, Duration.millis(100)],
    electionTimeout: [Duration.seconds(5), true],
    logLevel: ['debug', true],
    configuration: [{ 'max-txn-ops': 256 }, true],
    placement: [{ spread: 'host' }, true],
    backup: [everyHour, false],
    restore: [{ from: bucket('b'), snapshot }, true],
    // Its gate has to look at it, and only a member that restarts has one.
    forceNewCluster: [{ member: 1, confirm: 'cafe' }, true],
    image: ['example.com/etcd:1', true],
    operations: ['none', false],
    nodeImage: ['example.com/node:22', true],
    podOverrides: [{ metadata: { annotations: { a: 'b' } } }, true],
  },
  { storage },
  (props) => props,
).filter(({ prop }) => !SILENT.has(prop));

const volumes = cases<EtcdStorage>(
  'EtcdStorage',
  { data: [GI(20), false, GI(10)], wal: [GI(10), true] },
  { data: GI(10) },
  (props) => ({ storage: { ...storage, ...props } }),
);

const claim = cases<ClaimOptions>(
  'ClaimOptions',
  {
    size: [GI(30), false, GI(20)],
    initialSize: [GI(10), false],
    role: ['fast', false],
    storageClass: ['mine', false],
  },
  { size: GI(20) },
  (data) => ({ storage: { data: { size: GI(20), ...data } } }),
);

const others: EtcdCase[] = [Storage.nfs('nfs', '/x'), Storage.existingClaim('shared')].map((data) => ({
  interface: 'Storage',
  prop: data.kind,
  with: { storage: { data } },
  without: { storage },
  restarts: true,
}));

const tls = cases<EtcdTls>(
  'EtcdTls',
  {
    secret: ['mine', true],
    issuer: [{ name: 'other' }, false],
    clients: [false, true],
    dnsNames: [['etcd.example.com'], false],
    clientAuthentication: ['none', true],
    peers: [false, true],
  },
  {},
  (props) => ({ tls: props }),
);

const issuer = cases<IssuerReference>(
  'IssuerReference',
  { name: ['a', false, 'b'], kind: ['Issuer', false], group: ['example.com', false] },
  { name: 'b' },
  (props) => ({ tls: { issuer: { name: 'b', ...props } } }),
);

const authentication = cases<EtcdAuthentication>(
  'EtcdAuthentication',
  {
    root: [user('root'), false],
    users: [[{ credentials: user('a'), roles: ['root'] }], false],
    roles: [{ reader: [{ access: 'read', prefix: '' }] }, false],
    tokenLifetime: [Duration.minutes(10), true],
  },
  {},
  (props) => ({ authentication: props }),
);

const users = cases<EtcdUser>(
  'EtcdUser',
  {
    credentials: [user('a'), false],
    name: ['other', false, 'ops'],
    roles: [['root'], false, ['reader']],
  },
  { name: 'ops', roles: ['reader'] },
  (props) => ({
    tls: {},
    authentication: {
      roles: { reader: [{ access: 'read', prefix: '' }] },
      users: [{ name: 'ops', roles: ['reader'], ...props }],
    },
  }),
);

const permission = cases<EtcdPermission>(
  'EtcdPermission',
  {
    access: ['readwrite', false, 'read'],
    key: ['/a', false, '/b'],
    prefix: ['/a/', false, '/b/'],
    range: [['a', 'c'], false, ['a', 'b']],
  },
  {},
  (props) => {
    const keys = Object.keys(props).some((prop) => prop !== 'access') ? {} : { key: '/x' };
    return { authentication: { roles: { role: [{ access: 'read', ...keys, ...props }] } } };
  },
);

const periodic = cases<Extract<EtcdCompaction, { mode: 'periodic' }>>(
  'EtcdCompaction',
  { mode: ['periodic', true], retention: [Duration.minutes(5), true, Duration.minutes(10)] },
  { mode: 'periodic', retention: Duration.minutes(5) },
  (props) => ({
    compaction: props.mode ? (props as EtcdCompaction) : { mode: 'revision', retention: 1000 },
  }),
);

const defragmentation = cases<EtcdDefragmentation>(
  'EtcdDefragmentation',
  {
    fragmentation: [0.3, false],
    minimum: [GI(1), false],
    schedule: ['0 3 * * *', false],
  },
  {},
  (props) => ({ defragmentation: props }),
);

/** The index signature hides the names from "keyof". */
type Setting = 'max-request-bytes' | 'max-txn-ops' | 'snapshot-count' | 'feature-gates';

const configuration = cases<Required<Pick<EtcdConfiguration, Setting>>>(
  'EtcdConfiguration',
  {
    'max-request-bytes': [4194304, true],
    'max-txn-ops': [256, true],
    'snapshot-count': [5000, true],
    'feature-gates': ['LeaseCheckpoint=true', true],
  },
  {},
  (props) => ({ configuration: props }),
);

const backup = cases<EtcdBackup>(
  'EtcdBackup',
  {
    schedule: [Duration.hours(6), false, '0 3 * * *'],
    maxBackups: [7, false],
    maxAge: [Duration.days(30), false],
    timeout: [Duration.hours(2), false],
    to: [bucket('other'), false, bucket('b')],
    alertAfter: [Duration.hours(30), false],
    rehearsal: [{ schedule: '@weekly' }, false],
    image: ['example.com/rclone:1', false],
  },
  { schedule: '0 3 * * *', to: bucket('b') },
  (props) => ({ backup: { ...everyHour, ...props } }),
);

const rehearsal = cases<EtcdRehearsal>(
  'EtcdRehearsal',
  { schedule: ['@daily', false, '@weekly'], memory: [GI(8), false] },
  { schedule: '@weekly' },
  (props) => ({ backup: { ...everyHour, rehearsal: { schedule: '@weekly', ...props } } }),
);

const restore = cases<EtcdRestore>(
  'EtcdRestore',
  {
    from: [bucket('other'), true, bucket('b')],
    snapshot: ['20260101T000000Z-1043.db', true, snapshot],
    token: ['another', true],
    image: ['example.com/rclone:1', true],
  },
  { from: bucket('b'), snapshot },
  (props) => ({ restore: { from: bucket('b'), snapshot, ...props } }),
);

const force = cases<EtcdForceNewCluster>(
  'EtcdForceNewCluster',
  { member: [1, true, 2], confirm: ['cafe', true, 'beef'] },
  { member: 1, confirm: 'cafe' },
  (props) => ({ forceNewCluster: { member: 1, confirm: 'cafe', ...props } }),
);

const store = cases<S3Props>(
  'S3Props',
  {
    bucket: ['other', false, 'b'],
    prefix: ['dir', false],
    endpoint: ['http://minio:9000', false],
    region: ['eu-1', false],
    provider: ['Ceph', false],
    credentials: [user('other'), false, user('s3')],
  },
  { bucket: 'b', credentials: user('s3') },
  (props) => ({ backup: { ...everyHour, to: bucket('b', props) } }),
);

const placement = cases<PlacementProps>(
  'PlacementProps',
  {
    spread: ['none', true],
    hostAntiAffinity: ['none', true],
    ssd: [true, true],
    dedicated: [true, true],
    nodeSelector: [{ a: 'b' }, true],
    tolerations: [[{ key: 'a' }], true],
    priorityClassName: ['high', true],
  },
  {},
  (props) => ({ placement: props }),
);

/** Every prop of every interface that describes a cluster. */
export const everyProp: readonly EtcdCase[] = [
  ...cluster,
  ...volumes,
  ...claim,
  ...others,
  ...tls,
  ...issuer,
  ...authentication,
  ...users,
  ...permission,
  ...periodic,
  ...defragmentation,
  ...configuration,
  ...backup,
  ...rehearsal,
  ...restore,
  ...force,
  ...store,
  ...placement,
];
