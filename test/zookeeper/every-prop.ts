import { Duration, Size } from 'cdk8s';
import {
  type ClaimOptions,
  type IssuerReference,
  type PlacementProps,
  type S3Props,
  Storage,
  type ZooKeeperAuthentication,
  type ZooKeeperBackup,
  type ZooKeeperClusterProps,
  type ZooKeeperConfiguration,
  type ZooKeeperRestore,
  type ZooKeeperStorage,
  type ZooKeeperTls,
  ZooKeeperVersion,
} from '../../lib';
import { bucket, type Case, casesFor, user } from '../support/every-prop';
import { storage } from '../support/rendering';

/** A prop of an ensemble, and whether the pod template changes with it, so that every member restarts. */
export type ZooKeeperCase = Case<ZooKeeperClusterProps, boolean>;

const cases = casesFor<ZooKeeperClusterProps, boolean>();

const GI = Size.gibibytes;
const snapshot = '20260101T000000Z-snapshot.100000000';

const cluster = cases<ZooKeeperClusterProps>(
  'ZooKeeperClusterProps',
  {
    name: ['other', true],
    version: [ZooKeeperVersion.V3_9_4, true],
    voters: [5, false],
    observers: [1, false],
    founders: [1, false],
    firstId: [11, false],
    storage: [{ data: GI(20) }, false, storage],
    memory: [GI(2), true],
    heap: [Size.mebibytes(512), true],
    cpu: ['2', true],
    tls: [{}, true],
    authentication: [{ clients: [user('s')] }, true],
    configuration: [{ tickTime: 3000 }, true],
    logLevel: ['DEBUG', false],
    memberServices: [true, false],
    placement: [{ spread: 'host' }, true],
    // Opens the AdminServer's port.
    backup: [{ schedule: '0 3 * * *', to: bucket('b') }, true],
    restore: [{ from: bucket('b'), snapshot }, true],
    image: ['example.com/zookeeper:1', true],
    operations: ['none', true],
    nodeImage: ['example.com/node:22', true],
    podOverrides: [{ metadata: { annotations: { a: 'b' } } }, true],
  },
  { storage },
  (props) => props,
);

const volumes = cases<ZooKeeperStorage>(
  'ZooKeeperStorage',
  { data: [GI(20), false, GI(10)], transactionLog: [GI(10), true] },
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

const others: ZooKeeperCase[] = [Storage.nfs('nfs', '/x'), Storage.existingClaim('shared')].map((data) => ({
  interface: 'Storage',
  prop: data.kind,
  with: { storage: { data } },
  without: { storage },
  restarts: true,
}));

const tls = cases<ZooKeeperTls>(
  'ZooKeeperTls',
  {
    secret: ['mine', true],
    issuer: [{ name: 'other' }, false],
    clients: ['optional', true],
    clientAuthentication: ['want', true],
    quorum: [false, true],
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

const authentication = cases<ZooKeeperAuthentication>(
  'ZooKeeperAuthentication',
  {
    superUser: [user('super'), true, user('other')],
    clients: [[user('a'), user('b')], true],
    required: [true, true],
    quorum: [user('q'), true],
    reconfigurers: [['a'], false],
  },
  { superUser: user('other'), clients: [user('a')] },
  (props) => ({ authentication: props }),
);

/** The index signature hides the names from "keyof". */
type Setting =
  | 'tickTime'
  | 'initLimit'
  | 'syncLimit'
  | 'maxClientCnxns'
  | 'snapCount'
  | 'autopurge.snapRetainCount'
  | 'autopurge.purgeInterval'
  | 'jute.maxbuffer'
  | '4lw.commands.whitelist';

const configuration = cases<Required<Pick<ZooKeeperConfiguration, Setting>>>(
  'ZooKeeperConfiguration',
  {
    tickTime: [3000, true],
    initLimit: [10, true],
    syncLimit: [10, true],
    maxClientCnxns: [60, true],
    snapCount: [5000, true],
    'autopurge.snapRetainCount': [5, true],
    'autopurge.purgeInterval': [2, true],
    'jute.maxbuffer': [4194304, true],
    '4lw.commands.whitelist': ['cons', true],
  },
  {},
  (props) => ({ configuration: props }),
);

const backup = cases<ZooKeeperBackup>(
  'ZooKeeperBackup',
  {
    schedule: [Duration.hours(6), false, '0 3 * * *'],
    keep: [7, false],
    to: [bucket('other'), false, bucket('b')],
    user: [user('backup'), false],
    image: ['example.com/rclone:1', false],
  },
  { schedule: '0 3 * * *', to: bucket('b') },
  (props) => ({ backup: { schedule: '0 3 * * *', to: bucket('b'), ...props } }),
);

const restore = cases<ZooKeeperRestore>(
  'ZooKeeperRestore',
  {
    from: [bucket('other'), true, bucket('b')],
    snapshot: [`${snapshot}1`, true, snapshot],
    image: ['example.com/rclone:1', true],
  },
  { from: bucket('b'), snapshot },
  (props) => ({ restore: { from: bucket('b'), snapshot, ...props } }),
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
  (props) => ({ backup: { schedule: '0 3 * * *', to: bucket('b', props) } }),
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

/** Every prop of every interface that describes an ensemble. */
export const everyProp: readonly ZooKeeperCase[] = [
  ...cluster,
  ...volumes,
  ...claim,
  ...others,
  ...tls,
  ...issuer,
  ...authentication,
  ...configuration,
  ...backup,
  ...restore,
  ...store,
  ...placement,
];
