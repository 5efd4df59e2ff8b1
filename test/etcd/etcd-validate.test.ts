import { ApiObject, App, Chart, Duration, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import {
  Credentials,
  type EnvironmentProps,
  EtcdCluster,
  type EtcdClusterProps,
  type EtcdUser,
  EtcdVersion,
  ObjectStore,
  PlatformApp,
  Storage,
} from '../../lib';
import { everything } from '../support/every-prop';
import { reported } from '../support/rendering';
import { etcd } from './rendering';

const [GI, MI] = [Size.gibibytes, Size.mebibytes];
const user = Credentials.existing('user');
const to = ObjectStore.s3({ bucket: 'b', credentials: user });
const snapshot = '20260101T000000Z-1042.db';
const DEVELOPMENT: EnvironmentProps = { durability: 'development' };
const name = (length: number) => 'a'.repeat(length);
const backup = (props: Partial<NonNullable<EtcdClusterProps['backup']>>) => ({
  backup: { schedule: '0 3 * * *', to, ...props },
});
const restore = (props: Partial<NonNullable<EtcdClusterProps['restore']>>) => ({
  restore: { from: to, snapshot, ...props },
});
const users = (...given: EtcdUser[]) => ({
  authentication: { roles: { reader: [{ access: 'read', prefix: '' } as const] }, users: given },
});
const permission = (given: Record<string, unknown>) => ({
  authentication: { roles: { reader: [{ access: 'read', ...given } as never] } },
});
const version = (given: string) => EtcdVersion.custom(given, 'example.com/etcd:1');
const members = (given: unknown, why = '') =>
  `[etcd/members] members: ${given}; a cluster has 1, 3, 5 or 7 members${why}; choose one of these`;
const EVEN = ' (an even number tolerates no more failures than one less)';
const MANY = ' (every write waits for a majority)';
const unknown = (what: string, given: string) =>
  `[etcd/version] ${what}: ${given} is not a release of a line that the library knows; it knows 3.5, 3.6, 3.7, and releases are written as 3.6.14`;
const owned = (key: string) =>
  `[etcd/configuration] configuration: ${key} follows from other props or would endanger the data; leave it out`;
const cron = (what: string, given: string) =>
  `[etcd/${what.split('.')[0]}] ${what}: "${given}" is not a cron expression; give minute, hour, day, month and weekday, such as "0 3 * * *"`;

type Bad = [
  given: string,
  props: Partial<EtcdClusterProps>,
  messages: string[],
  environment?: EnvironmentProps,
];

const BAD: Bad[] = [
  ['no members', { members: 0 }, [members(0)]],
  ['two members', { members: 2 }, [members(2, EVEN)]],
  ['four members', { members: 4 }, [members(4, EVEN)]],
  ['nine members', { members: 9 }, [members(9, MANY)]],
  ['half a member', { members: 2.5 }, [members(2.5)]],
  [
    'one member in production',
    { members: 1 },
    [
      '[etcd/members] members: 1 in production stops with its only member; use 3, or give the environment "test" durability: \'development\'',
    ],
  ],
  [
    'an even number of founders',
    { founders: 2 },
    [
      '[etcd/founders] founders: 2; give the number of members that the cluster was formed with: 1, 3, 5 or 7',
    ],
  ],
  ['a release with a v before it', { version: version('v3.6.14') }, [unknown('version', 'v3.6.14')]],
  ['a line that is too old', { version: version('3.4.30') }, [unknown('version', '3.4.30')]],
  ['a release without its patch', { version: version('3.6.x') }, [unknown('version', '3.6.x')]],
  ['an unknown release before', { upgradesFrom: version('4.0.0') }, [unknown('upgradesFrom', '4.0.0')]],
  [
    'a jump of two minors',
    { version: version('3.7.3'), upgradesFrom: EtcdVersion.V3_5_33 },
    [
      '[etcd/version] upgradesFrom: from 3.5.33 to 3.7.3 skips 3.6, and etcd goes up one minor at a time; go to 3.6 first',
    ],
  ],
  [
    'a downgrade',
    { version: EtcdVersion.V3_5_33, upgradesFrom: EtcdVersion.V3_6_14 },
    [
      '[etcd/version] upgradesFrom: from 3.6.14 to 3.5.33 is a downgrade, which takes etcdctl downgrade; stay with 3.6, or restore a backup',
    ],
  ],
  [
    'a release before that is too old',
    { upgradesFrom: version('3.5.9') },
    [
      '[etcd/version] upgradesFrom: from 3.5.9 to 3.6.14 is not safe: 3.6 takes over from 3.5.32 and later; go to the newest 3.5 first',
    ],
  ],
  [
    'hardly a quota',
    { quota: MI(16) },
    ['[etcd/quota] quota: 16Mi; give at least 64Mi, as the file of an empty database grows to some'],
  ],
  [
    'a large quota',
    { quota: GI(10), storage: { data: GI(30) } },
    [
      '[etcd/quota] quota: 10Gi is more than the 8Gi that etcd is made for: starting, defragmenting and restoring take minutes; lower it, or say so by allowLargeQuota: true',
    ],
  ],
  [
    'a quota above the memory',
    { memory: GI(2) },
    [
      '[etcd/memory] memory: 2Gi cannot hold a database of 2Gi, which is mapped into it (a quarter and 256Mi more for the index of its keys and for requests); raise memory to 2816Mi or lower quota to 1433Mi',
    ],
  ],
  [
    'no memory to speak of',
    { memory: MI(100), quota: MI(64) },
    [
      '[etcd/memory] memory: 100Mi cannot hold a database of 64Mi, which is mapped into it (a quarter and 256Mi more for the index of its keys and for requests); raise memory to 336Mi',
    ],
  ],
  [
    'a quota above the volume',
    { storage: { data: GI(4) } },
    [
      '[etcd/storage] storage.data: 4096Mi is less than 4608Mi: 4096Mi for a database of 2Gi and its copy while it is defragmented or restored, and 512Mi for the write-ahead log, unless that has a volume of its own; raise storage.data or lower quota to 1792Mi',
    ],
  ],
  [
    'a quota above the volume beside that of the log',
    { storage: { data: GI(3), wal: GI(1) } },
    [
      '[etcd/storage] storage.data: 3072Mi is less than 4096Mi: 4096Mi for a database of 2Gi and its copy while it is defragmented or restored; raise storage.data or lower quota to 1536Mi',
    ],
  ],
  [
    'volumes that are much too small',
    { storage: { data: MI(100), wal: MI(100) } },
    [
      '[etcd/storage] storage.data: 100Mi is less than 4096Mi: 4096Mi for a database of 2Gi and its copy while it is defragmented or restored; raise storage.data',
      '[etcd/storage] storage.wal: 100Mi is less than 512Mi, which its segments of 64 MB need; raise it, or leave it out',
    ],
  ],
  [
    'a scratch directory that is too small',
    { storage: { data: Storage.emptyDir({ sizeLimit: GI(1) }) } },
    [
      '[etcd/storage] storage.data: 1024Mi is less than 4608Mi: 4096Mi for a database of 2Gi and its copy while it is defragmented or restored, and 512Mi for the write-ahead log, unless that has a volume of its own; raise storage.data or lower quota to 256Mi',
    ],
    DEVELOPMENT,
  ],
  [
    'an emptyDir in production',
    { storage: { data: Storage.emptyDir(), wal: Storage.emptyDir() } },
    ['data', 'wal'].map(
      (volume) =>
        `[core/storage] volume ${volume}: an emptyDir loses its data with the pod; claim a volume (a size, or { size, role }), or give the environment durability: 'development'`,
    ),
  ],
  [
    'a volume that shrinks',
    { storage: { data: { size: GI(10), initialSize: GI(20) } } },
    [
      '[core/storage] volume data: size 10Gi is smaller than the 20Gi that its founders were created with, and a volume cannot shrink; set size to at least 20Gi',
    ],
  ],
  [
    'a CPU in words',
    { cpu: '2 cores' },
    [
      '[etcd/cpu] cpu: "2 cores" is not an amount of CPU; write cores ("2", "0.5") or thousandths of one ("250m")',
    ],
  ],
  [
    'a part of a millisecond',
    { heartbeatInterval: Duration.millis(0), electionTimeout: Duration.millis(0.5) },
    [
      '[etcd/timing] heartbeatInterval: 0 ms; give whole milliseconds from 1',
      '[etcd/timing] electionTimeout: 0.5 ms; give whole milliseconds from 1',
    ],
  ],
  [
    'an election of four heartbeats',
    { heartbeatInterval: Duration.millis(250) },
    [
      '[etcd/timing] electionTimeout: 1000 ms is less than five heartbeats of 250 ms, one of which may be late; give at least 1250 ms, better 2500',
    ],
  ],
  [
    'an election that takes for ever',
    { electionTimeout: Duration.minutes(1) },
    ['[etcd/timing] electionTimeout: 60000 ms; etcd takes at most 50000'],
  ],
  [
    'too few zones',
    {},
    [
      '[core/zones] 3 voters need 3 zones for one to be lost safely, the environment "test" has 2 (h, i); add a zone or set placement.spread to \'host\'',
    ],
    { zones: ['h', 'i'] },
  ],
  [
    'a name that is too long',
    { name: name(41) },
    [
      `[core/name] name "${name(41)}" has 41 characters, at most 40 leave room for the suffixes of its pods, Services and claims; choose a shorter name`,
    ],
  ],
  [
    'plain text in production',
    { allowPlainText: false },
    [
      '[etcd/tls] clients and members talk plain text in production, where whoever is on the way reads and changes everything; give tls, or say so by allowPlainText: true',
    ],
  ],
  [
    'members that talk plain text in production',
    { allowPlainText: false, tls: { secret: 's', peers: false } },
    [
      '[etcd/tls] members talk plain text in production, where whoever is on the way reads and changes everything; give tls, or say so by allowPlainText: true',
    ],
  ],
  [
    'clients that talk plain text in production',
    { allowPlainText: false, tls: { secret: 's', clients: false } },
    [
      '[etcd/tls] clients talk plain text in production, where whoever is on the way reads and changes everything; give tls, or say so by allowPlainText: true',
    ],
  ],
  [
    'TLS for nothing',
    { tls: { secret: 's', clients: false, peers: false } },
    ['[etcd/tls] tls: clients false and peers false leave nothing to encrypt; leave tls out'],
  ],
  [
    'certificates of clients that talk plain text',
    { tls: { secret: 's', clients: false, clientAuthentication: 'need' } },
    [
      "[etcd/tls] tls.clientAuthentication: 'need', and clients talk plain text, in which nobody shows a certificate; leave it or clients: false out",
    ],
  ],
  [
    'a DNS name that is an address with a scheme',
    { tls: { secret: 's', dnsNames: ['https://etcd.example.com', '*.example.com'] } },
    [
      '[etcd/tls] tls.dnsNames: "https://etcd.example.com" is not a DNS name; give lower-case names such as etcd.example.com',
    ],
  ],
  [
    'TLS without issuer or Secret',
    { tls: {} },
    [
      '[etcd/tls] tls is on, but there is no certificate: the environment "test" has no certificates.issuer; set it, or give tls.issuer or tls.secret',
    ],
  ],
  [
    'credentials from a store that is not there',
    {
      authentication: {
        root: Credentials.external('root'),
        users: [{ credentials: Credentials.external('app'), name: 'app', roles: ['root'] }],
      },
    },
    ['authentication.root', 'user "app"'].map(
      (what) =>
        `[core/credentials] ${what}: Credentials.external needs a store and the environment "test" has no secretStore; set it, or use Credentials.existing or Credentials.generated`,
    ),
  ],
  [
    'another name for root',
    { authentication: { root: Credentials.generated({ username: 'admin' }) } },
    [
      '[etcd/authentication] authentication.root: the user whom no permission binds is called "root" and not "admin"; leave the name out',
    ],
  ],
  [
    'a token that lasts a second',
    { authentication: { tokenLifetime: Duration.seconds(1) } },
    ['[etcd/authentication] authentication.tokenLifetime: 1 second; give whole seconds, at least 10'],
  ],
  [
    'users whom nobody makes',
    { operations: 'none', authentication: {} },
    [
      "[etcd/authentication] authentication: with operations: 'none' nobody makes users and roles; leave one of them out",
    ],
  ],
  [
    'a user with a role that is not there',
    users({ credentials: user, name: 'app', roles: ['writer', 'reader'] }),
    [
      '[etcd/users] user "app": there is no role "writer" (there are reader, root); name one of these, or declare it',
    ],
  ],
  [
    'a user without a role',
    users({ credentials: user, roles: [] }),
    ['[etcd/users] authentication.users[0]: it has no role and may do nothing; name at least one'],
  ],
  [
    'a user of whom nothing is known',
    users({ roles: ['reader'] }),
    [
      '[etcd/users] authentication.users[0]: it has neither credentials nor a name; give credentials, or the name in its certificate',
    ],
  ],
  [
    'a user by certificate where nobody asks for one',
    users({ name: 'app', roles: ['reader'] }),
    [
      '[etcd/users] user "app": without credentials it is known by its certificate, which nobody asks for; give credentials, or tls with clientAuthentication \'need\'',
    ],
  ],
  [
    'a user that is made up without a name',
    users({ credentials: Credentials.generated(), roles: ['reader'] }),
    [
      '[etcd/users] authentication.users[0]: its Secret is generated, and so needs a name for the user; give name',
    ],
  ],
  [
    'two users of one name',
    users(
      { credentials: user, name: 'app', roles: ['reader'] },
      { credentials: Credentials.existing('b'), name: 'app', roles: ['reader'] },
    ),
    ['[etcd/authentication] authentication.users: "app" is there twice; give each user a name of its own'],
  ],
  [
    'a second root',
    users({ credentials: user, name: 'root', roles: ['reader'] }),
    [
      '[etcd/users] user "root" is the one whom no permission binds; give authentication.root, or another name',
    ],
  ],
  [
    'a user with a colon',
    users({ credentials: user, name: 'a:b', roles: ['reader'] }),
    [
      '[etcd/users] user "a:b" is not a name; begin with a letter or a digit, go on with these or ".", "_", "-" and "@", and stop at 64',
    ],
  ],
  [
    'roles of bad names',
    { authentication: { roles: { root: [], 'a b': [] } } },
    [
      '[etcd/users] role "root": it is etcd\'s own, and may do everything; leave it out, or choose another name',
      '[etcd/users] role "a b" is not a name; begin with a letter or a digit, go on with these or ".", "_", "-" and "@", and stop at 64',
    ],
  ],
  [
    'a permission for nothing',
    permission({}),
    ['[etcd/users] role "reader": a permission has one of key, prefix and range; this one has none'],
  ],
  [
    'a permission for two things',
    permission({ key: '/a', prefix: '/a/' }),
    [
      '[etcd/users] role "reader": a permission has one of key, prefix and range; this one has key and prefix',
    ],
  ],
  [
    'a permission for a key without a name',
    permission({ key: '' }),
    [
      '[etcd/users] role "reader": key "" is not the name of a key; give prefix: \'\' where all keys are meant',
    ],
  ],
  [
    'a range that ends before it begins',
    permission({ range: ['b', 'a'] }),
    [
      '[etcd/users] role "reader": range ["b","a"] holds nothing; give the first key, and a later one that is not in it any more',
    ],
  ],
  [
    'settings that the library owns',
    {
      configuration: {
        name: 'x',
        'initial-cluster': 'x',
        'listen-client-http-urls': 'x',
        'unsafe-no-fsync': true,
        'peer-transport-security': 'x',
        discovery: 'x',
        'experimental-peer-skip-client-san-verification': true,
      },
    },
    [
      'name',
      'initial-cluster',
      'listen-client-http-urls',
      'unsafe-no-fsync',
      'peer-transport-security',
      'discovery',
      'experimental-peer-skip-client-san-verification',
    ].map(owned),
  ],
  [
    'settings that etcd would leave out',
    { configuration: { 'max-request-byte': 1, 'experimental-max-learners': 3 } },
    ['max-request-byte', 'experimental-max-learners'].map(
      (key) =>
        `[etcd/configuration] configuration: ${key} is not a setting of etcd 3.6, which would leave it out without a word; look it up in its documentation`,
    ),
  ],
  [
    'settings of a newer line',
    { version: EtcdVersion.V3_5_33, configuration: { 'compaction-batch-limit': 1, 'feature-gates': 'a' } },
    [
      '[etcd/configuration] configuration: compaction-batch-limit is not a setting of etcd 3.5, which would leave it out without a word; there it is called experimental-compaction-batch-limit',
      '[etcd/configuration] configuration: feature-gates is not a setting of etcd 3.5, which would leave it out without a word; look it up in its documentation',
    ],
  ],
  [
    'settings that are no experiment any more',
    { version: version('3.7.3'), configuration: { 'experimental-compaction-batch-limit': 1 } },
    [
      '[etcd/configuration] configuration: experimental-compaction-batch-limit is not a setting of etcd 3.7, which would leave it out without a word; there it is called compaction-batch-limit',
    ],
  ],
  [
    'settings with other values than etcd reads',
    {
      configuration: {
        'max-txn-ops': '128' as never,
        'snapshot-count': -1,
        'pre-vote': 'yes',
        'grpc-keepalive-timeout': '20s',
        'log-outputs': 'stderr',
        metrics: 'basic\nname: x',
      },
    },
    [
      ['max-txn-ops', '"128"', 'a whole number from 0'],
      ['snapshot-count', '-1', 'a whole number from 0'],
      ['pre-vote', '"yes"', 'true or false'],
      ['grpc-keepalive-timeout', '"20s"', 'nanoseconds, a whole number from 0'],
      ['log-outputs', '"stderr"', 'a list of texts'],
      ['metrics', '"basic\\nname: x"', 'a text of one line'],
    ].map(([key, given, what]) => `[etcd/configuration] configuration: ${key} is ${given}; give ${what}`),
  ],
  [
    'compaction after no revisions',
    { compaction: { mode: 'revision', retention: 0 } },
    ['[etcd/compaction] compaction.retention: 0; give a whole number of revisions from 1'],
  ],
  [
    'compaction after a second',
    { compaction: { mode: 'periodic', retention: Duration.seconds(1) } },
    ['[etcd/compaction] compaction.retention: 1 second; give at least a minute'],
  ],
  [
    'defragmentation all the time',
    { defragmentation: { fragmentation: 0, schedule: 'daily' } },
    [
      '[etcd/defragmentation] defragmentation.fragmentation: 0; give a share from 0.1 to below 1, such as 0.5',
      cron('defragmentation.schedule', 'daily'),
    ],
  ],
  [
    'defragmentation by nobody',
    { operations: 'none', defragmentation: {} },
    [
      "[etcd/defragmentation] defragmentation: with operations: 'none' nobody does it, but you with etcdctl defrag; leave one of them out",
    ],
  ],
  ['a backup at some time', backup({ schedule: 'daily' }), [cron('backup.schedule', 'daily')]],
  [
    'a backup every 7 minutes',
    backup({ schedule: Duration.minutes(7) }),
    [
      '[etcd/backup] backup.schedule: every 7 minutes divides neither the hour nor the day; give an interval that does, or a cron expression',
    ],
  ],
  [
    'backups of which none is kept',
    backup({
      maxBackups: 0,
      maxAge: Duration.minutes(5),
      timeout: Duration.seconds(5),
      alertAfter: Duration.seconds(1),
    }),
    [
      '[etcd/backup] backup.maxBackups: 0; give a whole number from 1',
      '[etcd/backup] backup.maxAge: 5 minutes; give at least an hour, or leave it out',
      '[etcd/backup] backup.timeout: 5 seconds; give at least a minute',
      '[etcd/backup] backup.alertAfter: 1 second; give at least a minute',
    ],
  ],
  [
    'a rehearsal at some time with little memory',
    backup({ rehearsal: { schedule: 'now', memory: MI(64) } }),
    [
      cron('backup.rehearsal.schedule', 'now'),
      '[etcd/backup] backup.rehearsal.memory: 64Mi; a member with the whole database in it needs at least 256Mi',
    ],
  ],
  [
    'places for backups that hold nothing',
    { ...backup({ to: Storage.emptyDir() }), ...restore({ from: Storage.emptyDir() }) },
    ['backup.to', 'restore.from'].map(
      (what) =>
        `[core/backup-place] ${what}: an emptyDir is gone with the pod that wrote to it; use ObjectStore.s3, Storage.existingClaim or Storage.nfs`,
    ),
  ],
  ...['latest', '20260101T000000Z-.db', '../20260101T000000Z-1.db', '20260101T000000Z-1.db.json'].map(
    (given): Bad => [
      `the backup ${given}`,
      restore({ snapshot: given }),
      [
        `[etcd/restore] restore.snapshot: "${given}" is not the name of a backup; give <time>-<revision>.db, with its directory in the store unless it is the cluster's own`,
      ],
    ],
  ),
  [
    "the cluster's own token for what is restored",
    restore({ token: 'test/data/etcd' }),
    [
      '[etcd/restore] restore.token: "test/data/etcd" is that of the cluster itself, whose members could talk to those of the new one; give another, or leave it out',
    ],
  ],
  [
    'a token of two lines',
    restore({ token: 'a\nb' }),
    ['[etcd/restore] restore.token: "a\\nb"; give letters, digits, ".", "_", "-", "/" and ":"'],
  ],
  [
    'a restore into a cluster that has grown',
    { members: 5, founders: 3, ...restore({}) },
    [
      '[etcd/restore] restore: only the 3 founders of 5 members can start from a backup, which is long done where members were added since; leave restore out',
    ],
  ],
  [
    'a new cluster of a member that is not there, confirmed by a word, and of a backup as well',
    { forceNewCluster: { member: 3, confirm: 'yes' }, ...restore({}) },
    [
      '[etcd/force-new-cluster] forceNewCluster.member: there is no member 3 (there are 0, 1, 2); name the one whose data is kept',
      '[etcd/force-new-cluster] forceNewCluster.confirm: "yes" is not the id of a cluster; give it in hexadecimal, as the steward\'s status and the gate of that member tell it once the majority is lost',
      '[etcd/force-new-cluster] forceNewCluster: restore makes a cluster from a backup, this from a member, and a cluster has one beginning; leave one of them out',
    ],
  ],
];

describe('a bad cluster', () => {
  it.each(BAD)('with %s is refused', (_, props, messages, environment) => {
    expect(etcd(props, environment).problems).toEqual(messages);
  });

  it.each(BAD)(
    'with %s still renders as far as it goes, so that all problems are found',
    (_, props, __, environment) => {
      const objects = etcd(props, environment).chart.node.findAll().filter(ApiObject.isApiObject);
      for (const object of objects) expect(() => object.toJson(), object.node.id).not.toThrow();
    },
  );

  it('without a namespace is refused', () => {
    const chart = new Chart(new App(), 'stack');
    new EtcdCluster(chart, 'etcd', { storage: { data: GI(10) }, allowPlainText: true });
    expect(reported(chart)).toEqual([
      '[core/namespace] the chart has no namespace, and members call one another by names that hold it; give the Chart a namespace: ' +
        "new Chart(app, id, { namespace: '…' })",
    ]);
  });

  it('says everything at once', () => {
    const app = new PlatformApp({ environment: { name: 'prod', zones: ['h'] }, outdir: '/nonexistent' });
    new EtcdCluster(new Chart(app, 'one', { namespace: 'data' }), 'etcd', {
      members: 4,
      storage: { data: GI(1) },
      ...backup({ schedule: 'daily' }),
    });
    expect(() => app.synth()).toThrow(
      expect.objectContaining({
        name: 'ValidationError',
        message: `prod/one/etcd: 5 problems
  [etcd/members] members: 4; a cluster has 1, 3, 5 or 7 members (an even number tolerates no more failures than one less); choose one of these
  [etcd/storage] storage.data: 1024Mi is less than 4608Mi: 4096Mi for a database of 2Gi and its copy while it is defragmented or restored, and 512Mi for the write-ahead log, unless that has a volume of its own; raise storage.data or lower quota to 256Mi
  [core/zones] 4 voters need 3 zones for one to be lost safely, the environment "prod" has 1 (h); add a zone or set placement.spread to 'host'
  [etcd/tls] clients and members talk plain text in production, where whoever is on the way reads and changes everything; give tls, or say so by allowPlainText: true
  [etcd/backup] backup.schedule: "daily" is not a cron expression; give minute, hour, day, month and weekday, such as "0 3 * * *"`,
      }),
    );
  });
});

describe('a good cluster', () => {
  it.each<[string, Partial<EtcdClusterProps>, EnvironmentProps?]>([
    ['all defaults', {}],
    ['all defaults with TLS in production', { tls: {}, allowPlainText: undefined }, everything],
    ['plain text in development', { allowPlainText: undefined }, DEVELOPMENT],
    ['one member in development', { members: 1 }, DEVELOPMENT],
    ['an emptyDir in development', { storage: { data: Storage.emptyDir() } }, DEVELOPMENT],
    ['fewer members than it was formed with', { members: 3, founders: 5 }],
    ['a name as long as may be', { name: name(40) }],
    ['a large quota, said so', { quota: GI(16), allowLargeQuota: true, storage: { data: GI(40) } }],
    ['just enough room', { storage: { data: MI(4608) } }],
    ['just enough room beside the log', { storage: { data: GI(4), wal: MI(512) } }],
    ['just enough memory', { memory: MI(2816) }],
    ['the line before', { version: EtcdVersion.V3_5_33 }],
    ['one minor up', { upgradesFrom: EtcdVersion.V3_5_33 }],
    ['a patch up', { upgradesFrom: version('3.6.1') }],
    ['the next line', { version: version('3.7.3'), upgradesFrom: EtcdVersion.V3_6_14 }],
    ['a patch down', { version: version('3.6.13'), upgradesFrom: EtcdVersion.V3_6_14 }],
    [
      'settings by their names of both times',
      { configuration: { 'experimental-compaction-batch-limit': 1, 'compaction-sleep-interval': 1_000_000 } },
    ],
    ['a list of cipher suites', { configuration: { 'cipher-suites': ['TLS_AES_128_GCM_SHA256'] } }],
    ['a user by certificate', { tls: {}, ...users({ name: 'app', roles: ['reader'] }) }, everything],
    ['a user with a Secret only', users({ credentials: user, roles: ['root'] })],
    ['a backup on a share', { ...backup({ to: Storage.nfs('nfs', '/x') }) }],
    ['a backup every 6 hours', backup({ schedule: Duration.hours(6) })],
    ['a backup with its directory', restore({ snapshot: `prod/data/etcd/${snapshot}` })],
    ['a cluster of one member, forced', { forceNewCluster: { member: 2, confirm: '0xCAFE' } }],
    ['a forced one, by nobody', { operations: 'none', forceNewCluster: { member: 2, confirm: 'cafe' } }],
    ['no defragmentation, by nobody', { operations: 'none', defragmentation: false }],
  ])('has %s', (_, props, environment) => {
    expect(etcd(props, environment).problems).toEqual([]);
  });
});
