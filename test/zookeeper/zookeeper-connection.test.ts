import { Chart } from 'cdk8s';
import {
  Deployment,
  EnvValue,
  Namespaces,
  NetworkPolicyIpBlock,
  PodConnectionsIsolation,
  Pods,
} from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import { Credentials, type GrantOptions, ZooKeeperCluster, type ZooKeeperClusterProps } from '../../lib';
import { everything } from '../support/every-prop';
import { chartIn, ensemble, podOf, type Rendered, rendered, reported } from '../support/rendering';

const HOST = 'zk.data.svc.cluster.local';
const SERVERS = { 'cdk8s-stateful/cluster': 'zk', 'cdk8s-stateful/component': 'server' };
const inNamespace = (name: string) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
});

/** An ensemble and an application in a chart and a namespace of its own. */
function withApp(props: Partial<ZooKeeperClusterProps> = {}) {
  const made = ensemble(props, everything);
  const shop = new Chart(made.chart.node.root, 'shop', { namespace: 'shop' });
  const app = new Deployment(shop, 'orders', { containers: [{ name: 'orders', image: 'x' }] });
  return {
    ...made,
    shop,
    app,
    admissions: () => made.objects().filter(({ metadata }) => metadata.name.startsWith('zk-allow-')),
  };
}

describe('grantAccess', () => {
  it('gives what a client needs', () => {
    const { cluster, app } = withApp();
    expect(cluster.grantAccess(app)).toEqual({
      endpoints: [{ host: HOST, port: 2181 }],
      connectString: `${HOST}:2181`,
      chroot: '',
      env: { ZOOKEEPER_CONNECT: EnvValue.fromValue(`${HOST}:2181`) },
      ca: undefined,
      javaProperties: {},
    });
  });

  it('gives it with TLS', () => {
    const { cluster, app } = withApp({ tls: {} });
    expect(cluster.grantAccess(app, { chroot: '/orders' })).toMatchObject({
      connectString: `${HOST}:2281/orders`,
      chroot: '/orders',
      ca: { secretName: 'zk-tls', key: 'ca.crt' },
      javaProperties: {
        'zookeeper.client.secure': 'true',
        'zookeeper.clientCnxnSocket': 'org.apache.zookeeper.ClientCnxnSocketNetty',
        'zookeeper.ssl.keyStore.type': 'PEM',
        'zookeeper.ssl.trustStore.type': 'PEM',
      },
    });
  });

  it('gives a login by reference', () => {
    const { cluster, app, shop } = withApp({
      authentication: { clients: [Credentials.existing('client', { username: 'u' })] },
    });
    const { env } = cluster.grantAccess(app, { credentials: cluster.clientCredentials[0] });
    cluster.grantAccess(app, { credentials: cluster.clientCredentials[0] });
    app.containers[0].env.addVariable('USER', env.ZOOKEEPER_USERNAME);
    app.containers[0].env.addVariable('PASSWORD', env.ZOOKEEPER_PASSWORD);
    const [deployment] = rendered(shop);
    expect(podOf(deployment).spec.containers[0].env).toEqual([
      { name: 'USER', valueFrom: { secretKeyRef: { name: 'client', key: 'u' } } },
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'client', key: 'password' } } },
    ]);
  });

  it('gives an address for each member', () => {
    const { cluster, app, objects } = withApp({ memberServices: true, observers: 1, firstId: 11 });
    const { connectString } = cluster.grantAccess(app, { addresses: 'members', chroot: '/x' });
    const services = [11, 12, 13, 14].map((id) => `zk-member-${id}`);
    expect(connectString).toBe(`${services.map((name) => `${name}.data.svc.cluster.local:2181`).join()}/x`);
    for (const [index, name] of services.entries()) {
      const service = objects().find(({ kind, metadata }) => kind === 'Service' && metadata.name === name);
      expect(service?.spec.selector).toEqual({
        ...SERVERS,
        'statefulset.kubernetes.io/pod-name': `zk-${11 + index}`,
      });
    }
  });

  it('lets exactly the consumer in, on exactly the client port', () => {
    const { cluster, app, admissions } = withApp();
    cluster.grantAccess(app);
    expect(admissions()).toMatchObject([
      {
        kind: 'NetworkPolicy',
        metadata: { name: expect.stringMatching(/^zk-allow-orders-[0-9a-f]{5}$/), namespace: 'data' },
        spec: {
          podSelector: { matchLabels: SERVERS },
          policyTypes: ['Ingress'],
          ingress: [
            {
              from: [{ podSelector: { matchLabels: app.matchLabels }, ...inNamespace('shop') }],
              ports: [{ port: 2181, protocol: 'TCP' }],
            },
          ],
        },
      },
    ]);
    expect(admissions()[0].spec.ingress[0].ports).toHaveLength(1);
  });

  it.each<[NonNullable<ZooKeeperClusterProps['tls']>['clients'], number[]]>([
    ['required', [2281]],
    ['optional', [2281, 2181]],
    ['off', [2181]],
  ])('opens the ports that exist when TLS for clients is %s', (clients, ports) => {
    const { cluster, app, admissions } = withApp({ tls: { clients } });
    cluster.grantAccess(app);
    expect(admissions()[0].spec.ingress[0].ports.map(({ port }: { port: number }) => port)).toEqual(ports);
  });

  it('is the same done twice, and one policy for each consumer', () => {
    const { cluster, app, shop, admissions } = withApp();
    const other = new Deployment(shop, 'other', { containers: [{ image: 'x' }] });
    expect(cluster.grantAccess(app, { chroot: '/a' })).toEqual(cluster.grantAccess(app, { chroot: '/a' }));
    cluster.grantAccess(app, { chroot: '/b' });
    expect(admissions()).toHaveLength(1);
    cluster.grantAccess(other);
    expect(admissions()).toHaveLength(2);
  });

  it('changes nothing of the consumer', () => {
    const { cluster, app, shop } = withApp();
    const before = rendered(shop);
    cluster.grantAccess(app, { chroot: '/orders' });
    expect(rendered(shop)).toEqual(before);
  });

  it('takes whatever a NetworkPolicy can name', () => {
    const { cluster, shop, admissions } = withApp();
    cluster.grantAccess(NetworkPolicyIpBlock.ipv4(shop, 'Office LAN', '10.0.0.0/8'));
    cluster.grantAccess(Pods.select(shop, 'labelled', { labels: { app: 'x' } }));
    cluster.grantAccess(Namespaces.select(shop, 'batch', { names: ['batch'] }));
    expect(
      admissions().map(({ metadata, spec }) => [metadata.name.replace(/-[^-]*$/, ''), spec.ingress[0].from]),
    ).toEqual([
      ['zk-allow-office-lan', [{ ipBlock: { cidr: '10.0.0.0/8' } }]],
      ['zk-allow-labelled', [{ podSelector: { matchLabels: { app: 'x' } }, ...inNamespace('shop') }]],
      ['zk-allow-batch', [inNamespace('batch')]],
    ]);
  });

  describe('with a chroot', () => {
    const stewardOf = (objects: Rendered[]) =>
      podOf(objects.find(({ kind }) => kind === 'Deployment') as Rendered).spec.containers[0].env;
    const wanted = (objects: Rendered[]) =>
      JSON.parse(stewardOf(objects).find(({ name }: { name: string }) => name === 'SETTINGS').value).wanted;

    it('has the steward make it, once', () => {
      const { cluster, app, objects } = withApp();
      for (const chroot of ['/a/b', '/a/b', '/c']) cluster.grantAccess(app, { chroot });
      expect(wanted(objects())).toEqual({ znodes: [{ path: '/a/b' }, { path: '/c' }] });
      expect(jobs(objects()).filter(({ metadata }) => metadata.name.includes('provision'))).toEqual([]);
    });

    it('has the steward keep its ACL, whoever asks for it', () => {
      const { cluster, app, objects } = withApp({
        authentication: { clients: [Credentials.existing('app')] },
      });
      cluster.grantAccess(app, {
        chroot: '/a',
        acl: [
          { scheme: 'sasl', id: 'orders' },
          { scheme: 'world', id: 'anyone', permissions: 'r' },
        ],
      });
      cluster.grantAccess(app, { chroot: '/a' });
      const acl = [
        { perms: 31, scheme: 'sasl', id: 'orders' },
        { perms: 1, scheme: 'world', id: 'anyone' },
      ];
      expect(wanted(objects())).toEqual({ znodes: [{ path: '/a', acl }] });
    });

    it.each<[string, GrantOptions, string]>([
      [
        'a sasl user where nobody logs in',
        { chroot: '/a', acl: [{ scheme: 'sasl', id: 'x' }] },
        'acl: sasl:x is a user of authentication.clients, and there are none; list the users',
      ],
      [
        'permissions that are none',
        { chroot: '/a', acl: [{ scheme: 'world', id: 'anyone', permissions: 'rrx' }] },
        'acl: permissions "rrx" of world:anyone; give each of the letters c, d, r, w and a at most once',
      ],
      [
        'somebody else than anyone',
        { chroot: '/a', acl: [{ scheme: 'world', id: 'me' }] },
        'acl: world:me; the only id of the scheme world is "anyone"',
      ],
      [
        'nobody',
        { chroot: '/a', acl: [] },
        'acl: an empty one locks everybody out; name who may do what, or leave acl out',
      ],
      [
        'an ACL of no chroot',
        { acl: [{ scheme: 'world', id: 'anyone' }] },
        'acl: it is the ACL of the chroot; set chroot, too',
      ],
    ])('refuses an ACL with %s', (_, options, message) => {
      const { cluster, app, chart } = withApp();
      cluster.grantAccess(app, options);
      expect(reported(chart)).toEqual([`[zookeeper/acl] ${message}`]);
    });

    it('refuses two ACLs of one chroot', () => {
      const { cluster, app, chart } = withApp();
      for (const permissions of ['r', 'rw'])
        cluster.grantAccess(app, { chroot: '/a', acl: [{ scheme: 'world', id: 'anyone', permissions }] });
      expect(reported(chart)).toEqual([
        '[zookeeper/acl] acl: two consumers of /a give it different ACLs; give one of them, or the same twice',
      ]);
    });

    it('has the steward log in where nobody may do without, with the super user beside', () => {
      const authentication = { clients: [Credentials.existing('app')], required: true };
      const { objects } = withApp({ authentication });
      expect(stewardOf(objects()).map(({ name }: { name: string }) => name)).toEqual([
        'POD_NAME',
        'POD_UID',
        'SETTINGS',
        'NODE_OPTIONS',
        'SUPER_USERNAME',
        'SUPER_PASSWORD',
        'CLIENT_USERNAME',
        'CLIENT_PASSWORD',
      ]);
    });

    const jobs = (objects: Rendered[]) => objects.filter(({ kind }) => kind === 'Job');
    const provision = (job: Rendered) => JSON.parse(podOf(job).spec.containers[0].env[0].value);
    const variables = (job: Rendered) =>
      podOf(job).spec.containers[0].env.map(({ name }: { name: string }) => name);

    it('has a Job create it where there is no steward, once, and lets that Job in', () => {
      const { cluster, app, objects, find } = withApp({ operations: 'none' });
      cluster.grantAccess(app, { chroot: '/a/b' });
      cluster.grantAccess(app, { chroot: '/a/b' });
      const [job, ...more] = jobs(objects());
      expect(more).toEqual([]);
      expect(job.metadata.name).toMatch(/^zk-provision-[0-9a-f]{10}$/);
      expect(provision(job)).toEqual({
        servers: [{ host: HOST, port: 2181 }],
        tls: false,
        znodes: [{ path: '/a/b' }],
      });
      const labels = podOf(job).metadata.labels;
      const policy = find('NetworkPolicy', 'zk-provision').spec;
      expect(labels).toMatchObject(policy.podSelector.matchLabels);
      const doors = find('NetworkPolicy', 'zk').spec.ingress.filter(({ from }: { from: object[] }) =>
        JSON.stringify(from).includes('provision'),
      );
      expect(doors).toEqual([
        {
          from: [{ podSelector: { matchLabels: policy.podSelector.matchLabels } }],
          ports: [{ port: 2181, protocol: 'TCP' }],
        },
      ]);
    });

    it('has a Job for each chroot', () => {
      const { cluster, app, objects } = withApp({ operations: 'none' });
      for (const chroot of ['/a', '/b']) cluster.grantAccess(app, { chroot });
      expect(jobs(objects()).map((job) => provision(job).znodes)).toEqual([
        [{ path: '/a' }],
        [{ path: '/b' }],
      ]);
      expect(new Set(jobs(objects()).map(({ metadata }) => metadata.name)).size).toBe(2);
    });

    it('has the Job use TLS and the super user', () => {
      const { cluster, app, objects } = withApp({
        operations: 'none',
        tls: {},
        authentication: { superUser: Credentials.generated() },
      });
      cluster.grantAccess(app, { chroot: '/a' });
      const [job] = jobs(objects()).filter(({ metadata }) => metadata.name.startsWith('zk-provision'));
      expect(provision(job)).toMatchObject({ tls: true, servers: [{ port: 2281 }] });
      expect(variables(job)).toEqual(['PROVISION', 'SUPER_USERNAME', 'SUPER_PASSWORD']);
      expect(podOf(job).spec.volumes).toContainEqual({
        name: 'tls',
        secret: { secretName: 'zk-tls', defaultMode: 0o440 },
      });
    });

    it('has the Job log in where nobody may do without: the super user is known by digest, which is not enough there', () => {
      const authentication = {
        superUser: Credentials.generated(),
        clients: [Credentials.existing('app')],
        required: true,
      };
      const { cluster, app, objects } = withApp({ operations: 'none', authentication });
      cluster.grantAccess(app, { chroot: '/a' });
      const [job] = jobs(objects()).filter(({ metadata }) => metadata.name.startsWith('zk-provision'));
      expect(variables(job)).toEqual([
        'PROVISION',
        'SUPER_USERNAME',
        'SUPER_PASSWORD',
        'CLIENT_USERNAME',
        'CLIENT_PASSWORD',
      ]);
      expect(podOf(job).spec.containers[0].env).toContainEqual({
        name: 'CLIENT_PASSWORD',
        valueFrom: { secretKeyRef: { name: 'app', key: 'password' } },
      });
    });
  });
});

describe('cdk8s-plus', () => {
  it('opens both sides by allowTo', () => {
    const { cluster, app, shop } = withApp();
    app.connections.allowTo(cluster);
    const [egress, ingress] = rendered(shop).filter(({ kind }) => kind === 'NetworkPolicy');
    const ports = [{ port: 2181, protocol: 'TCP' }];
    expect(egress).toMatchObject({
      metadata: { namespace: 'shop' },
      spec: {
        podSelector: { matchLabels: app.matchLabels },
        egress: [{ to: [{ podSelector: { matchLabels: SERVERS }, ...inNamespace('data') }], ports }],
      },
    });
    expect(ingress).toMatchObject({
      metadata: { namespace: 'data' },
      spec: {
        podSelector: { matchLabels: SERVERS },
        ingress: [
          { from: [{ podSelector: { matchLabels: app.matchLabels }, ...inNamespace('shop') }], ports },
        ],
      },
    });
  });

  it('opens the own side alone, beside grantAccess', () => {
    const { cluster, app, shop, admissions } = withApp({ tls: {} });
    cluster.grantAccess(app);
    app.connections.allowTo(cluster, { isolation: PodConnectionsIsolation.POD });
    const policies = rendered(shop).filter(({ kind }) => kind === 'NetworkPolicy');
    expect(policies.map(({ spec }) => spec.egress[0].ports)).toEqual([[{ port: 2281, protocol: 'TCP' }]]);
    expect(admissions()).toHaveLength(1);
  });
});

describe('fromEndpoints', () => {
  function imported(props: Partial<Parameters<typeof ZooKeeperCluster.fromEndpoints>[2]> = {}) {
    const chart = chartIn();
    const cluster = ZooKeeperCluster.fromEndpoints(chart, 'zk', {
      endpoints: ['zk-1.example.com:2181', '[2001:db8::1]:2182'],
      ...props,
    });
    const app = new Deployment(chart, 'app', { containers: [{ image: 'x' }] });
    return { chart, cluster, app };
  }

  it('connects to what exists elsewhere, and renders nothing', () => {
    const { chart, cluster, app } = imported();
    expect(cluster.endpoints.map(({ host, port }) => [host, port])).toEqual([
      ['zk-1.example.com', 2181],
      ['[2001:db8::1]', 2182],
    ]);
    expect(cluster.connectString('/a')).toBe('zk-1.example.com:2181,[2001:db8::1]:2182/a');
    const connection = cluster.grantAccess(app, { chroot: '/a', credentials: { secretName: 's' } });
    expect(connection).toMatchObject({
      connectString: 'zk-1.example.com:2181,[2001:db8::1]:2182/a',
      chroot: '/a',
      javaProperties: {},
    });
    expect(Object.keys(connection.env)).toEqual([
      'ZOOKEEPER_CONNECT',
      'ZOOKEEPER_USERNAME',
      'ZOOKEEPER_PASSWORD',
    ]);
    expect(rendered(chart).map(({ kind }) => kind)).toEqual(['Deployment']);
  });

  it('lives below a chroot, with the certificate of the others', () => {
    const ca = { secretName: 'their-ca', key: 'ca.crt' };
    const { cluster, app } = imported({ chroot: '/tenant', tls: true, ca });
    expect(cluster.connectString()).toMatch(/:2182\/tenant$/);
    const connection = cluster.grantAccess(app, { chroot: '/a' });
    expect(connection).toMatchObject({
      chroot: '/tenant/a',
      ca,
      javaProperties: { 'zookeeper.client.secure': 'true' },
    });
    expect(cluster.grantAccess(app).connectString).toMatch(/:2182\/tenant$/);
  });
});
