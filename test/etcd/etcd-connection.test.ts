import { Chart } from 'cdk8s';
import { Deployment, Namespaces, NetworkPolicyIpBlock, PodConnectionsIsolation, Pods } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import {
  Credentials,
  type EnvironmentProps,
  EtcdCluster,
  type EtcdClusterProps,
  type EtcdConnection,
  type EtcdGrantOptions,
} from '../../lib';
import { everything } from '../support/every-prop';
import { chartIn, find, podOf, type Rendered, rendered, reported } from '../support/rendering';
import { etcd } from './rendering';

const HOST = 'etcd.data.svc.cluster.local';
const SERVERS = { 'cdk8s-stateful/cluster': 'etcd', 'cdk8s-stateful/component': 'server' };
const READER = { roles: { reader: [{ access: 'read', prefix: '' } as const] } };

/** A cluster and an application, in its namespace or in one of its own. */
function withApp(
  props: Partial<EtcdClusterProps> = {},
  namespace = 'data',
  environment: EnvironmentProps = everything,
) {
  const made = etcd(props, environment);
  const shop = new Chart(made.chart.node.root, 'shop', { namespace });
  const app = (id = 'orders') => new Deployment(shop, id, { containers: [{ name: 'app', image: 'x' }] });
  return {
    ...made,
    shop,
    app,
    reported: () => [...reported(made.chart)],
    admissions: () => made.objects().filter(({ metadata }) => metadata.name.startsWith('etcd-allow-')),
    settings: () => settingsOf(made.objects()),
  };
}

function settingsOf(objects: readonly Rendered[]) {
  const [{ env, volumeMounts }] = podOf(find(objects, 'Deployment', 'etcd-steward')).spec.containers;
  const { value } = env.find(({ name }: { name: string }) => name === 'SETTINGS');
  return {
    ...JSON.parse(value),
    mounts: volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath),
  };
}

/** Variables of a connection as a container has them. */
function envOf({ env }: EtcdConnection): Record<string, unknown> {
  const chart = chartIn();
  const app = new Deployment(chart, 'app', { containers: [{ image: 'x' }] });
  for (const [name, value] of Object.entries(env)) app.containers[0].env.addVariable(name, value);
  const variables = podOf(rendered(chart)[0]).spec.containers[0].env as { name: string; value?: string }[];
  return Object.fromEntries(
    variables.map(({ name, value, ...rest }) => [name, value ?? Object.values(rest)[0]]),
  );
}

const key = (name: string, of: string) => ({ secretKeyRef: { name, key: of } });

describe('grantAccess', () => {
  it('gives what a client needs', () => {
    const { cluster, app } = withApp();
    const connection = cluster.grantAccess(app());
    expect(connection).toMatchObject({
      endpoints: [{ host: HOST, port: 2379 }],
      urls: [`http://${HOST}:2379`],
      user: undefined,
      ca: undefined,
      files: undefined,
    });
    expect(envOf(connection)).toEqual({ ETCDCTL_ENDPOINTS: `http://${HOST}:2379` });
  });

  it('gives it with TLS, and a certificate of its own to whoever has to show one', () => {
    const { cluster, app, shop } = withApp({ tls: {} }, 'shop');
    const connection = cluster.grantAccess(app(), { directory: '/keys/' });
    expect(connection).toMatchObject({
      ca: { secretName: 'etcd-certificate-orders', key: 'ca.crt' },
      clientCertificate: 'etcd-certificate-orders',
      files: {
        directory: '/keys',
        secretName: 'etcd-certificate-orders',
        items: ['ca.crt', 'tls.crt', 'tls.key'].map((name) => ({ key: name, path: name })),
      },
    });
    expect(envOf(connection)).toEqual({
      ETCDCTL_ENDPOINTS: `https://${HOST}:2379`,
      ETCDCTL_CACERT: '/keys/ca.crt',
      ETCDCTL_CERT: '/keys/tls.crt',
      ETCDCTL_KEY: '/keys/tls.key',
    });
    const { spec, metadata } = find(rendered(shop), 'Certificate', 'etcd-certificate-orders');
    expect(metadata).toMatchObject({ namespace: 'shop' });
    expect(spec).toMatchObject({
      uris: ['urn:etcd:etcd:orders'],
      secretName: 'etcd-certificate-orders',
      usages: ['digital signature', 'key encipherment', 'client auth'],
      issuerRef: { name: 'internal', kind: 'ClusterIssuer' },
    });
    // It would stand for a user of that name.
    expect(spec).not.toHaveProperty('commonName');
  });

  it('gives a certificate without a name to who logs in by a password', () => {
    const { cluster, app, shop } = withApp({ tls: {}, authentication: {} }, 'shop');
    cluster.grantAccess(app(), { credentials: Credentials.existing('orders'), read: ['/orders/'] });
    const { spec } = find(rendered(shop), 'Certificate', 'etcd-certificate-orders');
    expect(spec).toMatchObject({ uris: ['urn:etcd:etcd:orders'] });
    expect(spec).not.toHaveProperty('commonName');
  });

  it('gives the authority alone where nobody has to show a certificate', () => {
    const { cluster, app } = withApp({ tls: { clientAuthentication: 'none' } });
    const connection = cluster.grantAccess(app());
    expect(connection.files).toEqual({
      directory: '/etc/etcd',
      secretName: 'etcd-tls',
      items: [{ key: 'ca.crt', path: 'ca.crt' }],
    });
    expect(envOf(connection)).toEqual({
      ETCDCTL_ENDPOINTS: `https://${HOST}:2379`,
      ETCDCTL_CACERT: '/etc/etcd/ca.crt',
    });
    const trusting = cluster.grantAccess(app('trusting'), { ca: 'system' });
    expect([trusting.ca, trusting.files]).toEqual([undefined, undefined]);
    const own = cluster.grantAccess(app('own'), { ca: { secretName: 'mine', key: 'root.pem' } });
    expect(own.files).toMatchObject({ secretName: 'mine', items: [{ key: 'root.pem', path: 'ca.crt' }] });
  });

  it('gives an address for each member', () => {
    const { cluster, app } = withApp({ tls: { secret: 's' } });
    const { urls } = cluster.grantAccess(app(), { addresses: 'members', certificate: 'mine' });
    expect(urls).toEqual(
      [0, 1, 2].map((id) => `https://etcd-${id}.etcd-headless.data.svc.cluster.local:2379`),
    );
  });

  it('lets exactly the consumer in, on exactly the client port', () => {
    const { cluster, app, admissions } = withApp({}, 'shop');
    const orders = app();
    cluster.grantAccess(orders);
    cluster.grantAccess(orders);
    expect(admissions().map(({ spec }) => spec)).toEqual([
      {
        podSelector: { matchLabels: SERVERS },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [
              {
                podSelector: { matchLabels: orders.matchLabels },
                namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
              },
            ],
            ports: [{ port: 2379, protocol: 'TCP' }],
          },
        ],
      },
    ]);
  });

  it('lets pods, namespaces and addresses in', () => {
    const { cluster, chart, admissions } = withApp();
    cluster.grantAccess(Pods.select(chart, 'batch', { labels: { app: 'batch' } }));
    cluster.grantAccess(Namespaces.select(chart, 'team', { labels: { team: 'a' } }));
    cluster.grantAccess(NetworkPolicyIpBlock.ipv4(chart, 'office', '10.0.0.0/8'));
    expect(admissions().flatMap(({ spec }) => spec.ingress[0].from)).toEqual(
      expect.arrayContaining([
        { podSelector: { matchLabels: { app: 'batch' } } },
        { namespaceSelector: { matchLabels: { team: 'a' } } },
        { ipBlock: { cidr: '10.0.0.0/8' } },
      ]),
    );
  });

  it('is a peer of the network of cdk8s-plus, in both directions', () => {
    const { cluster, app, shop } = withApp({}, 'shop');
    app().connections.allowTo(cluster, { isolation: PodConnectionsIsolation.POD });
    const { egress } = find(
      rendered(shop).filter(({ kind }) => kind === 'NetworkPolicy'),
      'NetworkPolicy',
      rendered(shop).find(({ kind }) => kind === 'NetworkPolicy')?.metadata.name ?? '',
    ).spec;
    expect(egress[0]).toMatchObject({
      ports: [{ port: 2379 }],
      to: [{ podSelector: { matchLabels: SERVERS } }],
    });
  });
});

describe('users', () => {
  it('are made of consumers, with a role of the same name', () => {
    const { cluster, app, settings, find: object } = withApp({ authentication: {} });
    const connection = cluster.grantAccess(app(), {
      read: ['/config/', '/orders/'],
      write: ['/orders/'],
      permissions: [{ access: 'readwrite', key: '/lock' }],
    });
    expect(connection).toMatchObject({
      user: 'orders',
      credentials: { secretName: 'etcd-user-orders', usernameKey: 'username', passwordKey: 'password' },
    });
    expect(envOf(connection)).toEqual({
      ETCDCTL_ENDPOINTS: `http://${HOST}:2379`,
      ETCDCTL_USER: key('etcd-user-orders', 'username'),
      ETCDCTL_PASSWORD: key('etcd-user-orders', 'password'),
    });
    expect(settings().authentication).toEqual({
      users: [{ directory: '0', roles: ['orders'] }],
      roles: {
        orders: [
          { access: 'readwrite', key: '/lock' },
          { access: 'read', prefix: '/config/' },
          { access: 'readwrite', prefix: '/orders/' },
        ],
      },
    });
    expect(settings().mounts).toEqual(expect.arrayContaining(['/secrets/root', '/secrets/users']));
    const { volumes } = podOf(object('Deployment', 'etcd-steward')).spec;
    expect(volumes).toContainEqual({
      name: 'users',
      projected: {
        defaultMode: 0o440,
        sources: [
          {
            secret: {
              name: 'etcd-user-orders',
              items: [
                { key: 'username', path: '0/username' },
                { key: 'password', path: '0/password' },
              ],
            },
          },
        ],
      },
    });
  });

  it('have their passwords made up once, beside those of root and of the tokens', () => {
    const { cluster, app, objects } = withApp({ authentication: {} });
    cluster.grantAccess(app(), { read: [''] });
    const [job] = objects().filter(({ kind }) => kind === 'Job');
    const [{ env }] = podOf(job).spec.containers;
    expect(JSON.parse(env[0].value)).toEqual([
      { name: 'etcd-root', username: 'root' },
      { name: 'etcd-token', username: 'token' },
      { name: 'etcd-user-orders', username: 'orders' },
    ]);
  });

  it('show certificates instead of passwords', () => {
    const { cluster, app, settings, shop } = withApp({ tls: {}, authentication: {} });
    const connection = cluster.grantAccess(app(), { login: 'certificate', read: [''] });
    expect(connection.credentials).toBeUndefined();
    expect(Object.keys(connection.env)).not.toContain('ETCDCTL_USER');
    expect(settings().authentication.users).toEqual([{ name: 'orders', roles: ['orders'] }]);
    expect(find(rendered(shop), 'Certificate', 'etcd-certificate-orders').spec.commonName).toBe('orders');
  });

  it('are those that are declared, found by name or by their credentials', () => {
    const credentials = Credentials.existing('job', { username: 'user', password: 'pass' });
    const {
      cluster,
      app,
      settings,
      reported: problems,
    } = withApp({
      authentication: {
        ...READER,
        users: [
          { name: 'batch', credentials: Credentials.generated(), roles: ['reader'] },
          { credentials, roles: ['reader', 'root'] },
        ],
      },
    });
    expect(envOf(cluster.grantAccess(app(), { user: 'batch' }))).toMatchObject({
      ETCDCTL_USER: key('etcd-user-batch', 'username'),
    });
    expect(envOf(cluster.grantAccess(app('job'), { credentials }))).toMatchObject({
      ETCDCTL_USER: key('job', 'user'),
      ETCDCTL_PASSWORD: key('job', 'pass'),
    });
    expect(settings().authentication).toEqual({
      users: [
        { directory: '0', roles: ['reader'] },
        { directory: '1', roles: ['reader', 'root'] },
      ],
      roles: { reader: [{ access: 'read', prefix: '' }] },
    });
    expect(problems()).toEqual([]);
  });

  it('are shared by consumers who say so, and may do the same', () => {
    const { cluster, app, settings, reported: problems } = withApp({ authentication: {} });
    for (const id of ['a', 'b']) cluster.grantAccess(app(id), { user: 'shop', read: ['/x/'] });
    expect(settings().authentication.users).toHaveLength(1);
    expect(problems()).toEqual([]);
  });

  it('are fetched into the namespace of the consumer, too', () => {
    const { cluster, app, shop, find: object } = withApp({ authentication: {} }, 'shop');
    cluster.grantAccess(app(), { read: [''], credentials: Credentials.external('orders') });
    expect(object('ExternalSecret', 'etcd-user-orders').metadata).toMatchObject({ namespace: 'data' });
    expect(find(rendered(shop), 'ExternalSecret', 'etcd-user-orders').metadata).toMatchObject({
      namespace: 'shop',
    });
  });

  it('are nobody where there is no authentication', () => {
    const { cluster, app, reported: problems } = withApp();
    const connection = cluster.grantAccess(app(), { user: 'x', read: ['/'], login: 'certificate' });
    expect(connection.user).toBeUndefined();
    expect(problems()).toEqual([]);
  });

  type Bad = [string, Partial<EtcdClusterProps>, Record<string, EtcdGrantOptions>, string[], string?];
  const generated = { credentials: Credentials.generated(), name: 'batch', roles: ['reader'] };
  it.each<Bad>([
    [
      'may do nothing',
      {},
      { orders: {} },
      [
        'user "orders": it may do nothing; give read, write or permissions, or user: the name of one of authentication.users',
      ],
    ],
    [
      'have a name that is none',
      {},
      { orders: { user: 'a b', read: [''] } },
      [
        '[etcd/users] user "a b" is not a name; begin with a letter or a digit, go on with these or ".", "_", "-" and "@", and stop at 64',
      ],
    ],
    [
      'are made of an id that makes none',
      {},
      { ß: { read: [''] } },
      ['user: the construct id "ß" makes no name of a user; give user'],
    ],
    [
      'have a bad permission',
      {},
      { orders: { permissions: [{ access: 'read' }] } },
      ['[etcd/users] user "orders": a permission has one of key, prefix and range; this one has none'],
    ],
    [
      'would take a role that is declared',
      { authentication: READER },
      { orders: { user: 'reader', read: ['/x'] } },
      [
        'user "reader": authentication.roles has a role of this name, which is to be this user\'s; rename one',
      ],
    ],
    [
      'are two consumers by accident',
      {},
      { a: { user: 'b', read: [''] }, b: { read: [''] } },
      [
        'user "b": shop/a and shop/b would both be this user; give each a user of its own, or user: \'b\' to both',
      ],
    ],
    [
      'are shared, and differ',
      {},
      {
        a: { user: 'x', read: ['/a'] },
        b: { user: 'x', read: ['/b'], credentials: Credentials.existing('x') },
      },
      [
        'user "x": two consumers give it different permissions; give both the same, or each its own user',
        'user "x": its password is given in two ways; give the same Credentials, or once',
      ],
    ],
    [
      'are declared, and told otherwise',
      { authentication: { ...READER, users: [generated] } },
      {
        orders: {
          user: 'batch',
          read: ['/x'],
          login: 'certificate',
          credentials: Credentials.existing('other'),
        },
      },
      [
        'user "batch": authentication.users has it, with its roles; give its permissions there, or leave it out there',
        'user "batch": its password is given in two ways; give the same Credentials, or once',
        "user \"batch\": login is 'certificate' here, and 'password' in authentication.users; leave it out here",
      ],
    ],
    [
      'show certificates that nobody asks for',
      {},
      { orders: { login: 'certificate', read: [''], credentials: Credentials.existing('x') } },
      [
        "user \"orders\": login: 'certificate' needs TLS with clientAuthentication 'need', or nobody shows one; set it on the cluster, or leave login out",
        'user "orders": credentials are for login: \'password\'; leave one of them out',
      ],
    ],
    [
      'cannot read a password that is made up elsewhere',
      {},
      { orders: { read: [''] } },
      [
        'user "orders": its password is generated in the namespace "data", and orders is in "shop", where it cannot be read; give credentials: ' +
          'Credentials.external, which is fetched into both, or Credentials.existing with the name of a Secret that is in both',
      ],
      'shop',
    ],
    [
      'get no certificate of a Secret',
      { tls: { secret: 's' } },
      { orders: { read: [''] } },
      [
        'user "orders": nobody issues its certificate, as that of the servers is an existing Secret; give certificate, or tls.issuer to the cluster',
      ],
    ],
    [
      'get no certificate of an issuer of another namespace',
      { tls: { issuer: { kind: 'Issuer', name: 'mine' } } },
      { orders: { read: [''], credentials: Credentials.existing('x') } },
      [
        'user "orders": the issuer "mine" works in the namespace "data" alone, and orders is in "shop"; give certificate, or a ClusterIssuer to the cluster',
      ],
      'shop',
    ],
    [
      'are told of an authority twice',
      { tls: {} },
      { orders: { read: [''], ca: { secretName: 'ca', key: 'ca.crt' } } },
      ["ca: the Secret etcd-certificate-orders of the consumer's certificate has it as ca.crt; leave it out"],
    ],
    [
      'cannot read the authority in another namespace',
      { tls: { clientAuthentication: 'none' } },
      { orders: { read: [''], credentials: Credentials.existing('x') } },
      [
        'ca: the authority\'s certificate is in the Secret etcd-tls of the namespace "data", and orders is in "shop"; give the Secret there that holds ' +
          "it, or 'system' where the consumer trusts it already",
      ],
      'shop',
    ],
  ])('are refused when they %s', (_, props, grants, messages, namespace) => {
    const { cluster, app, reported: problems } = withApp({ authentication: {}, ...props }, namespace);
    for (const [id, options] of Object.entries(grants)) cluster.grantAccess(app(id), options);
    expect(problems().map((text) => text.replace('[etcd/access] ', ''))).toEqual(messages);
  });
});

describe('a cluster elsewhere', () => {
  const elsewhere = (
    props: Partial<Parameters<typeof EtcdCluster.fromEndpoints>[2]>,
    options: EtcdGrantOptions = {},
  ) => {
    const chart = chartIn(everything);
    const cluster = EtcdCluster.fromEndpoints(chart, 'etcd', {
      endpoints: ['e1.example.com:2379'],
      ...props,
    });
    const app = new Deployment(new Chart(chart.node.root, 'shop', { namespace: 'shop' }), 'orders', {
      containers: [{ image: 'x' }],
    });
    const connection = cluster.grantAccess(app, options);
    return { chart, cluster, connection, problems: reported(chart) };
  };

  it('gives connections', () => {
    const { connection, chart, problems } = elsewhere({
      endpoints: ['e1.example.com:2379', '[::1]:2379'],
      tls: true,
      credentials: Credentials.existing('login'),
      certificate: 'keys',
    });
    expect(connection).toMatchObject({
      urls: ['https://e1.example.com:2379', 'https://[::1]:2379'],
      clientCertificate: 'keys',
      ca: { secretName: 'keys', key: 'ca.crt' },
    });
    expect(envOf(connection)).toEqual({
      ETCDCTL_ENDPOINTS: 'https://e1.example.com:2379,https://[::1]:2379',
      ETCDCTL_USER: key('login', 'username'),
      ETCDCTL_PASSWORD: key('login', 'password'),
      ETCDCTL_CACERT: '/etc/etcd/ca.crt',
      ETCDCTL_CERT: '/etc/etcd/tls.crt',
      ETCDCTL_KEY: '/etc/etcd/tls.key',
    });
    expect(rendered(chart)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('trusts what the system trusts', () => {
    expect(elsewhere({ tls: true }).connection.files).toBeUndefined();
    expect(elsewhere({ tls: true, ca: { secretName: 'ca', key: 'ca.crt' } }).connection.files).toMatchObject({
      secretName: 'ca',
    });
  });

  it.each<[string, Parameters<typeof elsewhere>, string[]]>([
    ['nowhere', [{ endpoints: [] }], ['endpoints: none given; name at least one server as host:port']],
    [
      'at no address',
      [{ endpoints: ['https://e:2379', 'e:0', 'e', 'e:2379'] }],
      ['https://e:2379', 'e:0', 'e'].map(
        (text) =>
          `endpoints: "${text}" is not host:port; give a name or address and a port, such as etcd-1.example.com:2379`,
      ),
    ],
    [
      'with certificates for plain text',
      [{ certificate: 'keys' }],
      ['tls: certificates are for TLS; set tls: true, or leave them out'],
    ],
    [
      'with two authorities',
      [{ tls: true, certificate: 'keys', ca: { secretName: 'ca', key: 'ca.crt' } }],
      ["ca: the Secret keys of the consumer's certificate has it as ca.crt; leave it out"],
    ],
    [
      'with a password that is made up',
      [{ credentials: Credentials.generated() }],
      [
        'credentials: the servers know their users by passwords that are not made here; give Credentials.existing or Credentials.external',
      ],
    ],
  ])('is refused %s', (_, args, messages) => {
    expect(elsewhere(...args).problems).toEqual(messages.map((message) => `[etcd/endpoints] ${message}`));
  });
});
