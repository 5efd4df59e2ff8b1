import { App, Chart, Duration, Size } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import {
  Credentials,
  type EnvironmentProps,
  type GrantOptions,
  ObjectStore,
  PlatformApp,
  type S3Props,
  Storage,
  ZooKeeperCluster,
  type ZooKeeperClusterProps,
} from '../../lib';
import { scheduleOf } from '../../lib/core/cron';
import { chartIn, ensemble, reported, storage } from '../support/rendering';

const GI = Size.gibibytes;
const user = Credentials.existing('user');
const bucket = (props: Partial<S3Props> = {}) => ObjectStore.s3({ bucket: 'b', credentials: user, ...props });
const backup = (props: Partial<NonNullable<ZooKeeperClusterProps['backup']>>) => ({
  backup: { schedule: '0 3 * * *', to: bucket(), ...props },
});
const restore = (snapshot: string) => ({ restore: { from: bucket(), snapshot } });
const DEVELOPMENT: EnvironmentProps = { durability: 'development' };
const name = (length: number) => 'a'.repeat(length);
const voters = (given: unknown, why = '') =>
  `[zookeeper/voters] voters: ${given}; an ensemble has 1, 3, 5 or 7 voters${why}; choose one of these`;
const EVEN = ' (an even number tolerates no more failures than one less)';
const MANY = ' (every write waits for a majority, and reads scale with observers)';
const cron = (given: string) =>
  `[zookeeper/backup] backup.schedule: "${given}" is not a cron expression; give minute, hour, day, month and weekday, such as "0 3 * * *"`;
const interval = (given: string) =>
  `[zookeeper/backup] backup.schedule: every ${given} divides neither the hour nor the day; give an interval that does, or a cron expression`;
const backupName = (given: string) =>
  `[zookeeper/restore] restore.snapshot: "${given}" is not the name of a backup; give <time>-snapshot.<zxid>, with its directory in the bucket unless ` +
  "it is the cluster's own";
const owned = (key: string) =>
  `[zookeeper/configuration] configuration: ${key} follows from other props or would endanger the data; leave it out`;

type Bad = [
  given: string,
  props: Partial<ZooKeeperClusterProps>,
  messages: string[],
  environment?: EnvironmentProps,
];

const BAD: Bad[] = [
  ['no voters', { voters: 0 }, [voters(0)]],
  ['two voters', { voters: 2 }, [voters(2, EVEN)]],
  ['four voters', { voters: 4 }, [voters(4, EVEN)]],
  ['nine voters', { voters: 9 }, [voters(9, MANY)]],
  ['eight voters', { voters: 8 }, [voters(8, MANY)]],
  ['half a voter', { voters: 2.5 }, [voters(2.5)]],
  [
    'one voter in production',
    { voters: 1 },
    [
      '[zookeeper/voters] voters: 1 in production stops with its only member; use 3, or give the environment "test" durability: \'development\'',
    ],
  ],
  [
    'fewer than no observers',
    { observers: -1 },
    ['[zookeeper/observers] observers: -1; give a whole number from 0'],
  ],
  [
    'a part of an observer',
    { observers: 0.5 },
    ['[zookeeper/observers] observers: 0.5; give a whole number from 0'],
  ],
  [
    'an even number of founders',
    { founders: 2 },
    [
      '[zookeeper/founders] founders: 2; give the number of voters that the ensemble was formed with: 1, 3, 5 or 7',
    ],
  ],
  [
    'an id below 1',
    { firstId: 0 },
    ['[zookeeper/ids] ids 0 to 2; ids lie in 1..254; lower firstId or the number of members'],
  ],
  [
    'an id above 254',
    { firstId: 253, observers: 1 },
    ['[zookeeper/ids] ids 253 to 256; ids lie in 1..254; lower firstId or the number of members'],
  ],
  [
    'too many members',
    { observers: 252 },
    ['[zookeeper/ids] ids 1 to 255; ids lie in 1..254; lower firstId or the number of members'],
  ],
  [
    'a heap above the limit',
    { memory: GI(1), heap: GI(2) },
    [
      '[zookeeper/heap] heap 2048Mi needs a memory limit of 2816Mi (a quarter and 256Mi more for threads, metaspace and buffers), the limit is ' +
        '1024Mi; raise memory to 2816Mi or lower heap to 614Mi',
    ],
  ],
  [
    'too little memory',
    { memory: Size.mebibytes(128) },
    ['[zookeeper/heap] memory 128Mi leaves no room for a JVM; give it at least 384Mi'],
  ],
  [
    'volumes that shrink',
    {
      storage: {
        data: { size: GI(1), initialSize: GI(2) },
        transactionLog: { size: GI(3), initialSize: GI(4) },
      },
    },
    [
      '[core/storage] volume data: size 1Gi is smaller than the 2Gi that its founders were created with, and a volume cannot shrink; set size to at ' +
        'least 2Gi',
      '[core/storage] volume datalog: size 3Gi is smaller than the 4Gi that its founders were created with, and a volume cannot shrink; set size to ' +
        'at least 4Gi',
    ],
  ],
  [
    'a storage role that is not there',
    { storage: { data: { size: GI(1), role: 'fast' } } },
    [
      '[core/storage] volume data: the environment "test" has no storage role "fast" (it has: standard); add the role to its storage, use another role ' +
        'or name a storageClass',
    ],
    { storage: { standard: 'essd' } },
  ],
  [
    'an emptyDir in production',
    { storage: { data: Storage.emptyDir() } },
    [
      '[core/storage] volume data: an emptyDir loses its data with the pod; claim a volume (a size, or { size, role }), or give the environment ' +
        "durability: 'development'",
    ],
  ],
  [
    'TLS without issuer or Secret',
    { tls: {} },
    [
      '[zookeeper/tls] tls is on, but there is no certificate: the environment "test" has no certificates.issuer; set it, or give tls.issuer or ' +
        'tls.secret',
    ],
  ],
  [
    'TLS for nothing',
    { tls: { secret: 's', clients: 'off', quorum: false } },
    ["[zookeeper/tls] tls: clients 'off' and quorum false leave nothing to encrypt; leave tls out"],
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
    'nodes that nobody described',
    { placement: { ssd: true } },
    [
      '[core/placement] placement.ssd: the environment "test" has no ssdNodeLabels; set them, or use nodeSelector',
    ],
  ],
  [
    'a name that is too long',
    { name: name(41) },
    [
      `[core/name] name "${name(41)}" has 41 characters, at most 40 leave room for the suffixes of its pods, Services and claims; choose a shorter name`,
    ],
  ],
  [
    'a name that is no DNS label',
    { name: 'Zoo_Keeper' },
    [
      '[core/name] name "Zoo_Keeper" is not a DNS label; use lower-case letters, digits and "-", starting with a letter',
    ],
  ],
  [
    'settings that the library owns',
    {
      configuration: {
        dataDir: '/elsewhere',
        skipACL: true,
        'server.1': 'x',
        'group.1': '1:2',
        'admin.enableServer': false,
      },
    },
    [owned('dataDir'), owned('skipACL'), owned('server.1'), owned('group.1'), owned('admin.enableServer')],
  ],
  [
    'line breaks and backslashes in settings',
    { configuration: { a: 'x\nskipACL=yes', b: 'x\r', c: 'x\\' } },
    ['a', 'b', 'c'].map(
      (key) =>
        `[zookeeper/configuration] configuration: ${key} holds a line break or a backslash; give one line without`,
    ),
  ],
  [
    'names that are none',
    { configuration: { 'a\nskipACL': 1, 'b=c': 1, '': 1 } },
    ['"a\\nskipACL"', '"b=c"', '""'].map(
      (key) =>
        `[zookeeper/configuration] configuration: ${key} is not the name of a setting; names have letters, digits, ".", "-" and "_"`,
    ),
  ],
  [
    'logins that nobody has',
    { authentication: { required: true } },
    [
      '[zookeeper/authentication] authentication.required locks everybody out without authentication.clients; list the users',
    ],
  ],
  [
    'reconfigurers without a super user',
    { operations: 'none', authentication: { clients: [user], reconfigurers: ['ops'] } },
    [
      '[zookeeper/authentication] authentication.reconfigurers are written into the ACL of /zookeeper/config by the super user; set ' +
        'authentication.superUser',
    ],
  ],
  [
    'credentials from a store that is not there',
    {
      authentication: {
        superUser: Credentials.external('a'),
        quorum: user,
        clients: [user, Credentials.external('b')],
      },
      ...backup({ to: bucket({ credentials: Credentials.external('c') }), user: Credentials.external('d') }),
    },
    ['authentication.superUser', 'authentication.clients[1]', 'backup.to', 'backup.user'].map(
      (what) =>
        `[core/credentials] ${what}: Credentials.external needs a store and the environment "test" has no secretStore; set it, or use ` +
        'Credentials.existing or Credentials.generated',
    ),
  ],
  [
    'a store with a key that was made up',
    backup({ to: bucket({ credentials: Credentials.generated(), endpoint: 'minio:9000' }) }),
    [
      '[core/object-store] backup.to: Credentials.generated makes up a key that the store does not know; use Credentials.existing or Credentials.external',
      '[core/object-store] backup.to: endpoint "minio:9000" is not a URL; write it with its scheme, such as https://minio.example.com:9000',
    ],
  ],
  ...[
    '0 3 * *',
    'every day at three o',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 7',
    '5-1 * * * *',
    '*/0 * * * *',
    '@sometimes',
    '',
  ].map((schedule): Bad => [`the schedule "${schedule}"`, backup({ schedule }), [cron(schedule)]]),
  [
    'reconfigurers without users',
    { authentication: { superUser: user, reconfigurers: ['ops'] } },
    [
      '[zookeeper/authentication] authentication.reconfigurers are SASL users and nobody can log in as one without ' +
        'authentication.clients; list the users',
    ],
  ],
  [
    'a CPU in words',
    { cpu: '2 cores' },
    [
      '[zookeeper/cpu] cpu: "2 cores" is not an amount of CPU; write cores ("2", "0.5") or thousandths of one ("250m")',
    ],
  ],
  ['an interval of 7 minutes', backup({ schedule: Duration.minutes(7) }), [interval('7 minutes')]],
  ['an interval of 5 hours', backup({ schedule: Duration.hours(5) }), [interval('5 hours')]],
  [
    'an interval of 90 seconds',
    backup({ schedule: Duration.seconds(90) }),
    [interval('1 minute 30 seconds')],
  ],
  ['an interval of 2 days', backup({ schedule: Duration.days(2) }), [interval('2 days')]],
  ['nothing to keep', backup({ keep: 0 }), ['[zookeeper/backup] backup.keep: 0; give a whole number from 1']],
  ...[
    'latest',
    'snapshot.zz',
    '20260101T000000Z-snapshot.',
    '../20260101T000000Z-snapshot.1',
    '/b/20260101T000000Z-snapshot.1',
    'a b-snapshot.1',
    'x-snapshot.1\n',
  ].map(
    (snapshot): Bad => [`the backup ${JSON.stringify(snapshot)}`, restore(snapshot), [backupName(snapshot)]],
  ),
];

describe('a bad ensemble', () => {
  it.each(BAD)('with %s is refused', (_, props, messages, environment) => {
    expect(ensemble(props, environment).problems).toEqual(messages);
  });

  it.each(BAD)(
    'with %s still renders as far as it goes, so that all problems are found',
    (_, props, __, environment) => {
      expect(() => ensemble(props, environment)).not.toThrow();
    },
  );

  it('without a namespace is refused', () => {
    const chart = new Chart(new App(), 'stack');
    new ZooKeeperCluster(chart, 'zk', { storage });
    expect(reported(chart)).toEqual([
      '[core/namespace] the chart has no namespace, and members call one another by names that hold it; give the Chart a namespace: ' +
        "new Chart(app, id, { namespace: '…' })",
    ]);
  });

  it('says everything at once', () => {
    const app = new PlatformApp({ environment: { name: 'prod', zones: ['h'] }, outdir: '/nonexistent' });
    new ZooKeeperCluster(new Chart(app, 'one', { namespace: 'data' }), 'zk', {
      voters: 4,
      storage: { data: { size: GI(1), role: 'fast' } },
      tls: {},
      ...backup({ schedule: 'daily' }),
    });
    new ZooKeeperCluster(new Chart(app, 'two'), 'zk', { voters: 1, storage });
    expect(() => app.synth()).toThrow(
      expect.objectContaining({
        name: 'ValidationError',
        message: `prod/one/zk: 5 problems
  [core/storage] volume data: the environment "prod" has no storage role "fast" (it has: none); add the role to its storage, use another role or name a storageClass
  [zookeeper/voters] voters: 4; an ensemble has 1, 3, 5 or 7 voters (an even number tolerates no more failures than one less); choose one of these
  [core/zones] 4 voters need 3 zones for one to be lost safely, the environment "prod" has 1 (h); add a zone or set placement.spread to 'host'
  [zookeeper/tls] tls is on, but there is no certificate: the environment "prod" has no certificates.issuer; set it, or give tls.issuer or tls.secret
  [zookeeper/backup] backup.schedule: "daily" is not a cron expression; give minute, hour, day, month and weekday, such as "0 3 * * *"
prod/two/zk: 2 problems
  [core/namespace] the chart has no namespace, and members call one another by names that hold it; give the Chart a namespace: new Chart(app, id, { namespace: '…' })
  [zookeeper/voters] voters: 1 in production stops with its only member; use 3, or give the environment "prod" durability: 'development'`,
      }),
    );
  });
});

describe('a good ensemble', () => {
  it.each<[string, Partial<ZooKeeperClusterProps>, EnvironmentProps?]>([
    ['all defaults', {}],
    ['one voter in development', { voters: 1 }, DEVELOPMENT],
    ['an emptyDir in development', { storage: { data: Storage.emptyDir() } }, DEVELOPMENT],
    ['seven voters and the highest ids', { voters: 7, firstId: 248 }],
    ['as many members as there are ids', { voters: 7, observers: 247 }],
    ['fewer voters than it was formed with', { voters: 3, founders: 5 }],
    ['a name as long as may be', { name: name(40) }],
    ['two zones without a spread over them', { placement: { spread: 'host' } }, { zones: ['h', 'i'] }],
    ['required logins with users', { authentication: { required: true, clients: [user] } }],
    ['a backup with its directory', restore('prod/data/zk/20260101T000000Z-snapshot.10000a')],
    ...['0 3 * * *', '*/15 1-5,8 ? JAN-mar mon-Fri', '@daily', '0 0 1 1 0'].map(
      (schedule): [string, Partial<ZooKeeperClusterProps>] => [
        `the schedule ${schedule}`,
        backup({ schedule }),
      ],
    ),
    ...[Duration.minutes(30), Duration.minutes(60), Duration.hours(12), Duration.days(1)].map(
      (schedule): [string, Partial<ZooKeeperClusterProps>] => [
        `an interval of ${schedule.toHumanString()}`,
        backup({ schedule }),
      ],
    ),
  ])('has %s', (_, props, environment) => {
    expect(ensemble(props, environment).problems).toEqual([]);
  });

  it.each([
    ['1 2 * * *', '1 2 * * *'],
    [Duration.minutes(1), '*/1 * * * *'],
    [Duration.minutes(30), '*/30 * * * *'],
    [Duration.minutes(60), '0 */1 * * *'],
    [Duration.hours(6), '0 */6 * * *'],
    [Duration.days(1), '0 0 * * *'],
    [Duration.seconds(120), '*/2 * * * *'],
    [Duration.seconds(30), undefined],
    [Duration.minutes(45), undefined],
    [Duration.hours(48), undefined],
  ])('is backed up every %s as cron says %s', (schedule, expression) => {
    expect(scheduleOf(schedule)).toBe(expression);
  });
});

describe('a bad connection', () => {
  const chrootMessage = (chroot: string) =>
    `[zookeeper/chroot] chroot: "${chroot}" is not the path of a znode; start with "/", name each level, and leave out a closing "/"`;

  function grant(options: GrantOptions, props: Partial<ZooKeeperClusterProps> = {}) {
    const { chart, cluster } = ensemble(props);
    cluster.grantAccess(new Deployment(chart, 'app', { containers: [{ image: 'x' }] }), options);
    return reported(chart);
  }

  it.each(['orders', '/', '/orders/', '//orders', '/a//b', '', '/a/../b', '/.', '/a\u0000', '/a b', '/a\n'])(
    'has the chroot %j',
    (chroot) => {
      expect(grant({ chroot })).toEqual([chrootMessage(chroot)]);
    },
  );

  it.each(['/orders', '/a/b-c_d', '/a.b/..c', '/größe'])('has not when the chroot is %s', (chroot) => {
    expect(grant({ chroot })).toEqual([]);
  });

  it('asks for addresses of members that have none', () => {
    expect(grant({ addresses: 'members' })).toEqual([
      "[zookeeper/addresses] addresses: 'members' needs a Service for each member; set memberServices: true on the cluster",
    ]);
    expect(grant({ addresses: 'members' }, { memberServices: true })).toEqual([]);
  });

  it.each([
    'zk',
    'zk:',
    ':2181',
    'zk:0',
    'zk:65536',
    'zk:port',
    'zk:2181/orders',
    'zk 1:2181',
    '::1:2181',
    'a:1,b:2',
  ])('is to %j', (endpoint) => {
    const chart = chartIn();
    ZooKeeperCluster.fromEndpoints(chart, 'zk', { endpoints: ['good:2181', endpoint] });
    expect(reported(chart)).toEqual([
      `[zookeeper/endpoints] endpoints: "${endpoint}" is not host:port; give a name or address and a port, such as zk-1.example.com:2181`,
    ]);
  });

  it('is to nowhere, or below a bad chroot', () => {
    const chart = chartIn();
    const elsewhere = ZooKeeperCluster.fromEndpoints(chart, 'zk', { endpoints: [], chroot: 'base' });
    elsewhere.grantAccess(new Deployment(chart, 'app', { containers: [{ image: 'x' }] }), {
      chroot: 'orders',
    });
    expect(reported(chart)).toEqual([
      chrootMessage('base'),
      '[zookeeper/endpoints] endpoints: none given; name at least one server as host:port',
      chrootMessage('orders'),
    ]);
  });
});
