import { Chart } from 'cdk8s';
import {
  Deployment,
  type INetworkPolicyPeer,
  Namespaces,
  NetworkPolicyIpBlock,
  PodConnectionsIsolation,
  Pods,
} from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import { Credentials, type EnvironmentProps } from '../../lib';
import type {
  RedisConnection,
  RedisGrantOptions,
  RedisReplicationProps,
  RedisServerProps,
} from '../../lib/redis';
import { everything } from '../support/every-prop';
import { chartIn, find, podOf, rendered, reported } from '../support/rendering';
import { cluster, replication, SENTINELS, SERVERS, standalone, stewardSettingsOf } from './rendering';

const HOST = 'redis.data.svc.cluster.local';
const sentinel = (id: number) => `redis-sentinel-${id}.redis-sentinel-headless.data.svc.cluster.local:26379`;
const KEYS = { keys: ['orders:*'] } as const;
const WRITE = 'resetchannels +@all -@admin -@dangerous +info +role';

/** An application beside a deployment, in its namespace or in one of its own. */
function beside<Made extends ReturnType<typeof replication> | ReturnType<typeof cluster>>(
  made: Made,
  namespace = 'data',
) {
  const shop = new Chart(made.chart.node.root, 'shop', { namespace });
  const app = (id = 'orders') => new Deployment(shop, id, { containers: [{ name: 'app', image: 'x' }] });
  const grant = (options: RedisGrantOptions = KEYS, peer: INetworkPolicyPeer = app()) =>
    made.redis.grantAccess(peer, options);
  return {
    ...made,
    shop,
    app,
    grant,
    reported: () => reported(made.chart),
    admissions: () => made.objects().filter(({ metadata }) => metadata.name.includes('-allow-')),
    users: () => stewardSettingsOf(made.objects()).users,
  };
}

const withApp = (
  props: Partial<RedisReplicationProps> = {},
  namespace = 'data',
  environment: EnvironmentProps = everything,
) => beside(replication(props, environment), namespace);

/** Variables of a connection as a container has them. */
function envOf({ env }: RedisConnection): Record<string, unknown> {
  const chart = chartIn();
  const app = new Deployment(chart, 'app', { containers: [{ image: 'x' }] });
  for (const [name, value] of Object.entries(env)) app.containers[0].env.addVariable(name, value);
  const variables = podOf(rendered(chart)[0]).spec.containers[0].env as { name: string; value?: string }[];
  return Object.fromEntries(
    variables.map(({ name, value, ...rest }) => [name, value ?? Object.values(rest)[0]]),
  );
}

const key = (name: string, of: string) => ({ secretKeyRef: { name, key: of } });
const LOGIN = { REDIS_USERNAME: 'orders', REDIS_PASSWORD: key('redis-user-orders', 'password') };

describe('grantAccess', () => {
  it('gives the Sentinels and the name of the master to a client of a replication', () => {
    const { grant } = withApp();
    const connection = grant();
    expect(connection).toMatchObject({
      mode: 'sentinel',
      tls: false,
      masterName: 'redis',
      user: 'orders',
      credentials: { secretName: 'redis-user-orders', usernameKey: 'username', passwordKey: 'password' },
      ca: undefined,
      files: undefined,
    });
    expect(connection.endpoints.map(String)).toEqual([0, 1, 2].map(sentinel));
    expect(envOf(connection)).toEqual({
      REDIS_SENTINELS: [0, 1, 2].map(sentinel).join(),
      REDIS_MASTER_NAME: 'redis',
      ...LOGIN,
    });
  });

  it.each([
    ['master', HOST],
    ['replicas', 'redis-replicas.data.svc.cluster.local'],
  ] as const)('gives a name that follows the %s to a client that knows no Sentinels', (mode, host) => {
    const connection = withApp().grant({ ...KEYS, mode });
    expect(connection).toMatchObject({ mode, endpoints: [{ host, port: 6379 }] });
    expect(connection.masterName).toBeUndefined();
    expect(envOf(connection)).toEqual({ REDIS_HOST: host, REDIS_PORT: '6379', ...LOGIN });
  });

  it('gives seeds to a client of a Redis Cluster, which adding a fourth shard does not change', () => {
    const env = (shards: number) => envOf(beside(cluster({ shards }, everything)).grant());
    expect(env(3)).toEqual({
      REDIS_CLUSTER_NODES: [
        `${HOST}:6379`,
        ...[0, 1, 2].map((id) => `redis-${id}-0.redis-headless.data.svc.cluster.local:6379`),
      ].join(),
      ...LOGIN,
    });
    expect(env(4)).toEqual(env(3));
    const leaving = beside(cluster({ shards: { count: 4, leaving: [0] } }, everything)).grant();
    expect(String(leaving.env.REDIS_CLUSTER_NODES.value)).not.toContain('redis-0-0');
  });

  it('gives the one address of a single server', () => {
    const { redis, chart } = standalone({}, everything);
    const app = new Deployment(chart, 'orders', { containers: [{ image: 'x' }] });
    expect(envOf(redis.grantAccess(app, KEYS))).toEqual({ REDIS_HOST: HOST, REDIS_PORT: '6379', ...LOGIN });
  });

  it('gives the authority where there is TLS, and no certificate where none is asked for', () => {
    const { grant, app } = withApp({ tls: {} });
    const connection = grant();
    expect(connection).toMatchObject({ tls: true, ca: { secretName: 'redis-tls', key: 'ca.crt' } });
    expect(connection.files).toEqual({
      directory: '/etc/redis',
      secretName: 'redis-tls',
      items: [{ key: 'ca.crt', path: 'ca.crt' }],
    });
    expect(envOf(connection)).toMatchObject({ REDIS_TLS: 'true', REDIS_TLS_CA: '/etc/redis/ca.crt' });
    const trusting = grant({ ...KEYS, ca: 'system' }, app('trusting'));
    expect([trusting.ca, trusting.files]).toEqual([undefined, undefined]);
    expect(envOf(trusting)).toMatchObject({ REDIS_TLS: 'true' });
    const own = grant({ ...KEYS, ca: { secretName: 'mine', key: 'root.pem' } }, app('own'));
    expect(own.files).toMatchObject({ secretName: 'mine', items: [{ key: 'root.pem', path: 'ca.crt' }] });
  });

  it('gives a certificate of its own to whoever has to show one', () => {
    const { grant, shop } = withApp({ tls: { clientAuthentication: 'need' } }, 'shop');
    const credentials = Credentials.existing('orders');
    const connection = grant({ ...KEYS, credentials, directory: '/keys/' });
    expect(connection).toMatchObject({
      ca: { secretName: 'redis-certificate-orders', key: 'ca.crt' },
      clientCertificate: 'redis-certificate-orders',
      files: {
        directory: '/keys',
        secretName: 'redis-certificate-orders',
        items: ['ca.crt', 'tls.crt', 'tls.key'].map((name) => ({ key: name, path: name })),
      },
    });
    expect(envOf(connection)).toMatchObject({
      REDIS_TLS: 'true',
      REDIS_TLS_CA: '/keys/ca.crt',
      REDIS_TLS_CERT: '/keys/tls.crt',
      REDIS_TLS_KEY: '/keys/tls.key',
    });
    const { spec, metadata } = find(rendered(shop), 'Certificate', 'redis-certificate-orders');
    expect(metadata).toMatchObject({ namespace: 'shop' });
    expect(spec).toMatchObject({
      uris: ['urn:redis:redis:orders'],
      usages: ['digital signature', 'key encipherment', 'client auth'],
      issuerRef: { name: 'internal', kind: 'ClusterIssuer' },
    });
  });

  it('lets exactly the consumer in, on the ports of its mode', () => {
    const { grant, app, admissions } = withApp({}, 'shop');
    const credentials = Credentials.existing('orders');
    const orders = app();
    for (const _ of [1, 2]) grant({ ...KEYS, credentials }, orders);
    const from = [
      {
        podSelector: { matchLabels: orders.matchLabels },
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
      },
    ];
    const policy = (selector: object, port: number) => ({
      podSelector: { matchLabels: selector },
      policyTypes: ['Ingress'],
      ingress: [{ from, ports: [{ port, protocol: 'TCP' }] }],
    });
    expect(admissions().map(({ spec }) => spec)).toEqual([policy(SERVERS, 6379), policy(SENTINELS, 26379)]);
    const direct = withApp();
    direct.grant({ ...KEYS, mode: 'master' });
    expect(direct.admissions().map(({ spec }) => spec.podSelector.matchLabels)).toEqual([SERVERS]);
    const sharded = beside(cluster({}, everything));
    sharded.grant();
    // Nobody but nodes has any business on the bus.
    expect(sharded.admissions().map(({ spec }) => spec.ingress[0].ports)).toEqual([
      [{ port: 6379, protocol: 'TCP' }],
    ]);
  });

  it('lets pods, namespaces and addresses in', () => {
    const { grant, chart, admissions } = withApp();
    const options = { ...KEYS, mode: 'master' } as const;
    grant(options, Pods.select(chart, 'batch', { labels: { app: 'batch' } }));
    grant(options, Namespaces.select(chart, 'team', { labels: { team: 'a' } }));
    grant({ ...options, user: 'office' }, NetworkPolicyIpBlock.ipv4(chart, 'office', '10.0.0.0/8'));
    expect(admissions().flatMap(({ spec }) => spec.ingress[0].from)).toEqual(
      expect.arrayContaining([
        { podSelector: { matchLabels: { app: 'batch' } } },
        { namespaceSelector: { matchLabels: { team: 'a' } } },
        { ipBlock: { cidr: '10.0.0.0/8' } },
      ]),
    );
  });

  it('is a peer of the network of cdk8s-plus, in both directions', () => {
    const { redis, app, shop } = withApp({}, 'shop');
    app().connections.allowTo(redis, { isolation: PodConnectionsIsolation.POD });
    const policies = rendered(shop).filter(({ kind }) => kind === 'NetworkPolicy');
    expect(policies[0].spec.egress[0]).toMatchObject({
      ports: [{ port: 6379 }],
      to: [{ podSelector: { matchLabels: SERVERS } }],
    });
  });
});

describe('users', () => {
  it('are made of consumers, with rights that the steward gives them', () => {
    const { grant, users, find: object } = withApp();
    grant({ keys: ['orders:*', 'lock'], channels: ['events:*'] });
    expect(users()).toEqual([
      {
        name: 'orders',
        rules: '~lock ~orders:* resetchannels &events:* +@all -@admin -@dangerous +info +role',
      },
    ]);
    const { volumes } = podOf(object('Deployment', 'redis-steward')).spec;
    expect(volumes).toContainEqual({
      name: 'users',
      projected: {
        defaultMode: 0o440,
        sources: [
          { secret: { name: 'redis-user-orders', items: [{ key: 'password', path: 'orders/password' }] } },
          {
            secret: {
              name: 'redis-user-orders',
              items: [{ key: 'previous-password', path: 'orders/previous-password' }],
              optional: true,
            },
          },
        ],
      },
    });
  });

  it('have their passwords made up once, beside those of the library', () => {
    const { grant, objects } = withApp();
    grant();
    const [job] = objects().filter(({ kind }) => kind === 'Job');
    expect(JSON.parse(podOf(job).spec.containers[0].env[0].value)).toEqual([
      { name: 'redis-internal', username: 'internal' },
      { name: 'redis-steward', username: 'steward' },
      { name: 'redis-user-orders', username: 'orders' },
    ]);
  });

  it('are those that are declared, by their names', () => {
    const credentials = Credentials.existing('job', { username: 'user', password: 'pass' });
    const { grant, users, reported: problems } = withApp({ users: { batch: { ...KEYS, credentials } } });
    expect(envOf(grant({ user: 'batch' }))).toMatchObject({
      REDIS_USERNAME: 'batch',
      REDIS_PASSWORD: key('job', 'pass'),
    });
    expect(users()).toEqual([{ name: 'batch', rules: `~orders:* ${WRITE}` }]);
    expect(problems()).toEqual([]);
  });

  it('are shared by consumers who say so, and may do the same', () => {
    const { grant, app, users, reported: problems } = withApp();
    for (const id of ['a', 'b']) grant({ ...KEYS, user: 'shop' }, app(id));
    expect(users()).toHaveLength(1);
    expect(problems()).toEqual([]);
  });

  it('are fetched into the namespace of the consumer, too', () => {
    const { grant, shop, find: object } = withApp({}, 'shop');
    grant({ ...KEYS, credentials: Credentials.external('orders') });
    expect(object('ExternalSecret', 'redis-user-orders').metadata).toMatchObject({ namespace: 'data' });
    expect(find(rendered(shop), 'ExternalSecret', 'redis-user-orders').metadata).toMatchObject({
      namespace: 'shop',
    });
  });

  it('are given as they are where there is no steward to make them', () => {
    const { grant, reported: problems } = withApp({ operations: 'none' });
    const connection = grant({ user: 'app', credentials: Credentials.existing('app') });
    expect(envOf(connection)).toMatchObject({
      REDIS_USERNAME: 'app',
      REDIS_PASSWORD: key('app', 'password'),
    });
    expect(problems()).toEqual([]);
  });

  type Bad = [string, Partial<RedisServerProps>, Record<string, RedisGrantOptions>, string[], string?];
  const twice = (what: string) => `user "orders": ${what}`;
  const unmade =
    'user "orders": with operations: \'none\' nobody makes users; make it with ACL SETUSER on every server, and give its credentials by Credentials.existing or Credentials.external, without rights';
  it.each<Bad>([
    [
      'may do nothing',
      {},
      { orders: {} },
      ['[redis/users] user "orders": it may do nothing; give keys, channels or rules'],
    ],
    [
      'have a name that is none',
      {},
      { orders: { ...KEYS, user: 'a b' } },
      [
        '[redis/users] user "a b" is not a name; begin with a letter or a digit, go on with these or ".", "_", "-" and "@", and stop at 64',
      ],
    ],
    [
      'have the name of one of the library',
      {},
      { orders: { ...KEYS, user: 'steward' } },
      [
        '[redis/users] user "steward" is the library\'s own (so are steward, replication, sentinel, exporter, backup, probe); choose another name',
      ],
    ],
    [
      'have an id that makes no name',
      {},
      { ___: KEYS },
      ['[redis/access] user: the construct id "___" makes no name of a user; give user'],
    ],
    [
      'have rights that are given twice',
      { users: { orders: KEYS } },
      { orders: KEYS },
      [`[redis/access] ${twice('users has it, with its rights; give them there, or leave it out there')}`],
    ],
    [
      'are two consumers without saying so',
      {},
      { orders: KEYS, other: { ...KEYS, user: 'orders' } },
      [
        `[redis/access] ${twice("shop/orders and shop/other would both be this user; give each a user of its own, or user: 'orders' to both")}`,
      ],
    ],
    [
      'have different rights',
      {},
      { a: { ...KEYS, user: 'orders' }, b: { keys: ['*'], user: 'orders' } },
      [
        `[redis/access] ${twice('two consumers give it different rights; give both the same, or each its own user')}`,
      ],
    ],
    [
      'have two passwords',
      { users: { orders: { ...KEYS, credentials: Credentials.existing('a') } } },
      { orders: { credentials: Credentials.existing('b') } },
      [`[redis/access] ${twice('its password is given in two ways; give the same Credentials, or once')}`],
    ],
    [
      'cannot read what is generated elsewhere',
      {},
      { orders: KEYS },
      [
        '[redis/access] user "orders": its password is generated in the namespace "data", and orders is in "shop", where it cannot be read; give credentials: Credentials.external, which is fetched into both, or Credentials.existing with the name of a Secret that is in both',
      ],
      'shop',
    ],
    [
      'do not know the authority in another namespace',
      { tls: {} },
      { orders: { ...KEYS, credentials: Credentials.existing('orders') } },
      [
        '[redis/access] ca: the authority\'s certificate is in the Secret redis-tls of the namespace "data", and orders is in "shop"; give the Secret there that holds it, or \'system\' where the consumer trusts it already',
      ],
      'shop',
    ],
    [
      'have the authority twice',
      { tls: { clientAuthentication: 'need' } },
      { orders: { ...KEYS, certificate: 'mine', ca: { secretName: 'other', key: 'ca.crt' } } },
      ["[redis/access] ca: the Secret mine of the consumer's certificate has it as ca.crt; leave it out"],
    ],
    [
      'have to show a certificate that nobody issues',
      { tls: { secret: 's', clientAuthentication: 'need' } },
      { orders: KEYS },
      [
        '[redis/access] user "orders": nobody issues its certificate, as that of the servers is an existing Secret; give certificate, or tls.issuer to the cluster',
      ],
    ],
    ['are made by nobody', { operations: 'none' }, { orders: KEYS }, [`[redis/access] ${unmade}`]],
    [
      'are made by nobody, and generated',
      { operations: 'none' },
      { orders: { credentials: Credentials.generated() } },
      [`[redis/access] ${unmade}`],
    ],
  ])('are refused when they %s', (_, props, grants, messages, namespace) => {
    const { grant, app, reported: problems } = withApp(props, namespace);
    for (const [id, options] of Object.entries(grants)) grant(options, app(id));
    expect(problems()).toEqual(messages);
  });

  it('are refused when their password is in a store that is not there', () => {
    const { grant, reported: problems } = withApp({}, 'data', {});
    grant({ ...KEYS, credentials: Credentials.external('orders') });
    expect(problems()).toEqual([
      '[core/credentials] user "orders": Credentials.external needs a store and the environment "test" has no secretStore; set it, or use Credentials.existing or Credentials.generated',
    ]);
  });
});

describe('a mode that does not fit', () => {
  const refused = (
    made: ReturnType<typeof replication> | ReturnType<typeof cluster>,
    mode: RedisGrantOptions['mode'],
  ) => {
    const { grant, reported: problems } = beside(made);
    const connection = grant({ ...KEYS, mode });
    return [connection.mode, ...problems()];
  };

  it('is that of a Redis Cluster for a replication', () => {
    expect(refused(replication({}, everything), 'cluster')).toEqual([
      'sentinel',
      "[redis/access] mode: 'cluster' does not fit: a master with replicas and Sentinels is no Redis Cluster, and knows no slots; give one of 'sentinel', 'master', 'replicas'",
    ]);
  });

  it.each(['master', 'sentinel', 'replicas'] as const)('is %s for a Redis Cluster', (mode) => {
    expect(refused(cluster({}, everything), mode)).toEqual([
      'cluster',
      `[redis/access] mode: '${mode}' does not fit: a Redis Cluster has many masters, which send clients from one to another and no Sentinel knows; give 'cluster'`,
    ]);
  });

  it.each(['cluster', 'sentinel', 'replicas'] as const)('is %s for a single server', (mode) => {
    const { redis, chart } = standalone({}, everything);
    redis.grantAccess(new Deployment(chart, 'orders', { containers: [{ image: 'x' }] }), { ...KEYS, mode });
    expect(reported(chart)).toEqual([
      `[redis/access] mode: '${mode}' does not fit: a standalone server has neither Sentinels nor replicas; give 'master'`,
    ]);
  });

  it.each(['master', 'replicas'] as const)('is %s where no steward says who that is', (mode) => {
    const { grant, reported: problems } = beside(replication({ operations: 'none' }, everything));
    grant({ mode, credentials: Credentials.existing('orders') });
    expect(problems()).toEqual([
      `[redis/access] mode: '${mode}' takes a steward, who labels the master and the replicas for their Services, and operations is 'none'; give 'sentinel'`,
    ]);
  });
});
