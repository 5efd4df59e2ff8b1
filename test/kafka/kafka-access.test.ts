import { Chart, Size } from 'cdk8s';
import { Deployment, type EnvValue, Namespaces, NetworkPolicyIpBlock } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import { Credentials, type EnvironmentProps } from '../../lib';
import { KafkaCluster } from '../../lib/kafka/kafka-cluster';
import type { KafkaConnection, KafkaGrantOptions } from '../../lib/kafka/kafka-connection';
import { Authentication, Listener } from '../../lib/kafka/kafka-listeners';
import type { KafkaClusterProps } from '../../lib/kafka/kafka-props';
import { aclsOf } from '../../lib/kafka/kafka-users';
import type { WantedKafka } from '../../lib/kafka/steward/settings';
import { chartIn, find, podOf, type Rendered, rendered, reported } from '../support/rendering';

const EVERYTHING: EnvironmentProps = {
  durability: 'development',
  certificates: { issuer: { name: 'internal' } },
  secretStore: { name: 'vault' },
};
const SCRAM = { listeners: [Listener.internal({ authentication: Authentication.scram() })] };
const MUTUAL = { tls: {}, listeners: [Listener.internal({ authentication: Authentication.mutualTls() })] };

/** A cluster, an application beside it, and one in a chart and a namespace of its own. */
function made(props: Partial<KafkaClusterProps> = {}, environment: EnvironmentProps = EVERYTHING) {
  const chart = chartIn(environment);
  const cluster = new KafkaCluster(chart, 'kafka', { storage: Size.gibibytes(10), ...props });
  const shop = new Chart(chart.node.root, 'shop', { namespace: 'shop' });
  const near = new Chart(chart.node.root, 'near', { namespace: 'data' });
  const application = (scope: Chart, id = 'orders') =>
    new Deployment(scope, id, { containers: [{ name: 'app', image: 'x' }] });
  return {
    chart,
    cluster,
    shop,
    near,
    app: application(near),
    far: application(shop),
    application,
    objects: () => rendered(chart),
    wanted: () => settingsOf(rendered(chart)).wanted as WantedKafka,
    problems: () => reported(chart),
  };
}

function settingsOf(objects: Rendered[]) {
  const { env } = podOf(find(objects, 'Deployment', 'kafka-steward')).spec.containers[0];
  return JSON.parse(env.find(({ name }: { name: string }) => name === 'SETTINGS').value);
}

/** The variables as a container has them. */
function envOf({ env }: Pick<KafkaConnection, 'env'>): Record<string, unknown> {
  const text = ({ value, valueFrom }: EnvValue) => {
    const { key, name } = valueFrom?.secretKeyRef ?? {};
    return value ?? `${key}/${name}`;
  };
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, text(value)]));
}

const generated = (objects: Rendered[]) =>
  objects
    .filter(({ kind }) => kind === 'Job')
    .map(({ metadata }) => (metadata as { annotations?: Record<string, string> }).annotations)
    .flatMap((annotations) => annotations?.['cdk8s-stateful/creates-secret']?.split(',') ?? []);
const admissions = (objects: Rendered[]) =>
  objects.filter(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name.includes('-allow-'));

describe('grantAccess', () => {
  it('is an address and a way in where nobody is known', () => {
    const { cluster, app, objects, wanted, problems } = made();
    const connection = cluster.grantAccess(app, { produce: ['orders'] });
    expect(connection).toMatchObject({
      securityProtocol: 'PLAINTEXT',
      properties: { 'bootstrap.servers': cluster.bootstrapServers(), 'security.protocol': 'PLAINTEXT' },
      user: undefined,
      ca: undefined,
    });
    expect(connection.bootstrapServers).toBe(cluster.endpoints.join(','));
    expect(Object.keys(connection.env)).toEqual(['KAFKA_BOOTSTRAP_SERVERS', 'KAFKA_SECURITY_PROTOCOL']);
    expect(admissions(objects())).toMatchObject([
      {
        metadata: { name: expect.stringMatching(/^kafka-allow-orders-[0-9a-f]{5}$/), namespace: 'data' },
        spec: {
          podSelector: { matchLabels: cluster.selectorLabels },
          ingress: [
            {
              from: [{ podSelector: { matchLabels: app.matchLabels } }],
              ports: [{ port: 9092, protocol: 'TCP' }],
            },
          ],
        },
      },
    ]);
    expect(wanted()).toEqual({ topics: [], users: [], acls: false });
    expect(problems()).toEqual([]);
  });

  it('gives a user a password, ACLs, quotas and a way in, by one call', () => {
    const { cluster, app, objects, wanted, problems } = made(SCRAM);
    const rights = { produce: ['orders'], consume: ['bills'], quotas: { producerByteRate: 1024 } };
    const connection = cluster.grantAccess(app, rights);
    expect(envOf(connection)).toEqual({
      KAFKA_BOOTSTRAP_SERVERS: connection.bootstrapServers,
      KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: 'username/kafka-user-orders',
      KAFKA_SASL_PASSWORD: 'password/kafka-user-orders',
      KAFKA_SASL_JAAS_CONFIG:
        'org.apache.kafka.common.security.scram.ScramLoginModule required username="$(KAFKA_SASL_USERNAME)" password="$(KAFKA_SASL_PASSWORD)";',
    });
    expect(Object.keys(connection.env).at(-1)).toBe('KAFKA_SASL_JAAS_CONFIG');
    expect(connection.properties).toEqual({
      'bootstrap.servers': connection.bootstrapServers,
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'SCRAM-SHA-512',
      'sasl.jaas.config': `\${env:KAFKA_SASL_JAAS_CONFIG}`,
      'config.providers': 'env',
      'config.providers.env.class': 'org.apache.kafka.common.config.provider.EnvVarConfigProvider',
    });
    expect(connection.credentials).toEqual({
      secretName: 'kafka-user-orders',
      usernameKey: 'username',
      passwordKey: 'password',
    });
    expect(generated(objects())).toContain('kafka-user-orders');
    expect(wanted()).toEqual({
      topics: [],
      users: [
        {
          name: 'orders',
          scram: 'SCRAM-SHA-512',
          acls: aclsOf({ name: 'orders', ...rights }),
          quotas: { producer_byte_rate: 1024 },
        },
      ],
      acls: true,
    });
    expect(problems()).toEqual([]);
  });

  it('lets the steward read the passwords of all users, whenever they were granted', () => {
    const { cluster, app, objects } = made({
      ...SCRAM,
      users: { ann: { credentials: Credentials.existing('s', { password: 'p' }) } },
    });
    cluster.grantAccess(app);
    const { volumes } = podOf(find(objects(), 'Deployment', 'kafka-steward')).spec;
    expect(volumes.find(({ name }: { name: string }) => name === 'users').projected.sources).toEqual([
      { secret: { name: 's', items: [{ key: 'p', path: 'ann/password' }] } },
      { secret: { name: 'kafka-user-orders', items: [{ key: 'password', path: 'orders/password' }] } },
    ]);
  });

  it('changes nothing of the consumer', () => {
    const { cluster, app, near } = made(SCRAM);
    const before = rendered(near);
    cluster.grantAccess(app, { produce: ['orders'] });
    expect(rendered(near)).toEqual(before);
  });

  it('is the same done twice', () => {
    const { cluster, app, objects, problems } = made(SCRAM);
    const first = cluster.grantAccess(app, { produce: ['orders'] });
    const before = objects();
    expect(cluster.grantAccess(app, { produce: ['orders'] })).toEqual(first);
    expect(objects()).toEqual(before);
    expect(problems()).toEqual([]);
  });

  it('adds to what is declared about the user', () => {
    const { cluster, app, objects, wanted, problems } = made({
      ...SCRAM,
      users: { orders: { credentials: Credentials.existing('mine'), consume: ['a'] }, other: {} },
    });
    const { credentials } = cluster.grantAccess(app, { produce: ['b'], transactionalIds: ['t'] });
    expect(credentials?.secretName).toBe('mine');
    const [user] = wanted().users;
    expect(user.acls).toEqual(
      aclsOf({ name: 'orders', produce: ['b'], consume: ['a'], transactionalIds: ['t'] }),
    );
    expect(generated(objects())).toContain('kafka-user-other');
    expect(generated(objects())).not.toContain('kafka-user-orders');
    expect(problems()).toEqual([]);
  });

  it('keeps the groups of each grant', () => {
    const { cluster, app, wanted } = made(SCRAM);
    cluster.grantAccess(app, { consume: ['a'] });
    cluster.grantAccess(app, { consume: ['b'], groups: ['own'] });
    expect(wanted().users[0].acls).toEqual(
      aclsOf({ name: 'orders', consume: ['a', 'b'], groups: ['own', 'orders*'] }),
    );
  });

  it('says nothing of ACLs where none are enforced', () => {
    const { cluster, app, wanted } = made({ ...SCRAM, authorization: 'none' });
    cluster.grantAccess(app, { produce: ['a'] });
    expect(wanted()).toMatchObject({
      acls: false,
      users: [{ name: 'orders', scram: 'SCRAM-SHA-512', acls: [] }],
    });
  });

  it('opens the port of the listener that is asked for', () => {
    const listeners = [
      Listener.internal(),
      Listener.internal({ name: 'secure', authentication: Authentication.scram('SCRAM-SHA-256') }),
    ];
    const { cluster, app, objects, wanted } = made({ listeners, superUsers: ['User:ANONYMOUS'] });
    const connection = cluster.grantAccess(app, { listener: 'secure' });
    cluster.grantAccess(app);
    expect(connection.endpoints[0].port).toBe(9094);
    expect(connection.saslMechanism).toBe('SCRAM-SHA-256');
    expect(cluster.bootstrapServers('secure')).toBe(connection.bootstrapServers);
    expect(wanted().users[0].scram).toBe('SCRAM-SHA-256');
    expect(
      admissions(objects()).map(({ metadata, spec }) => [
        metadata.name.slice(0, -6),
        spec.ingress[0].ports[0].port,
      ]),
    ).toEqual([
      ['kafka-secure-allow-orders', 9094],
      ['kafka-allow-orders', 9092],
    ]);
  });

  it('keeps names apart that Kubernetes takes for one', () => {
    const { cluster, app, application, near } = made(SCRAM);
    const names = ['orders', 'Orders', 'or.ders', 'or_ders'].map((user, index) => {
      const consumer = index === 0 ? app : application(near, `x${index}`);
      return cluster.grantAccess(consumer, { user }).credentials?.secretName ?? '';
    });
    expect(names[0]).toBe('kafka-user-orders');
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
  });
});

describe('with TLS', () => {
  const TLS = { tls: {}, listeners: [Listener.internal({ authentication: Authentication.scram() })] };

  it('gives the authority', () => {
    const { cluster, app } = made(TLS);
    const connection = cluster.grantAccess(app);
    expect(connection.ca).toEqual({ secretName: 'kafka-tls', key: 'ca.crt' });
    expect(envOf(connection)).toMatchObject({
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SSL_CA: 'ca.crt/kafka-tls',
    });
    expect(connection.properties).toMatchObject({
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': `\${env:KAFKA_SSL_CA}`,
    });
  });

  it('wants it in the namespace of the consumer, or nowhere', () => {
    const { cluster, far, problems } = made(TLS);
    const credentials = Credentials.existing('s');
    cluster.grantAccess(far, { credentials });
    expect(problems()).toEqual([
      '[kafka/access] ca: the authority\'s certificate is in the Secret kafka-tls of the namespace "data", and orders is in "shop"; ' +
        "give the Secret there that holds it, or 'system' where the consumer trusts it already",
    ]);
    const again = made(TLS);
    const ca = { secretName: 'ca', key: 'ca.pem' };
    expect(again.cluster.grantAccess(again.far, { credentials, ca }).ca).toEqual(ca);
    const { ca: none, properties } = again.cluster.grantAccess(again.far, { credentials, ca: 'system' });
    expect([none, properties['ssl.truststore.type']]).toEqual([undefined, undefined]);
    expect(again.problems()).toEqual([]);
  });

  it('has a certificate made for a consumer who needs one, in its namespace', () => {
    const { cluster, far, shop, objects, wanted, problems } = made(MUTUAL);
    const connection = cluster.grantAccess(far, { consume: ['orders'] });
    const name = 'kafka-certificate-orders';
    expect(connection).toMatchObject({
      securityProtocol: 'SSL',
      saslMechanism: undefined,
      credentials: undefined,
      user: 'orders',
      clientCertificate: name,
      ca: { secretName: name, key: 'ca.crt' },
    });
    expect(envOf(connection)).toMatchObject({
      KAFKA_SSL_CA: `ca.crt/${name}`,
      KAFKA_SSL_CERTIFICATE: `tls.crt/${name}`,
      KAFKA_SSL_KEY: `tls.key/${name}`,
    });
    expect(find(rendered(shop), 'Certificate', name)).toMatchObject({
      metadata: { namespace: 'shop' },
      spec: {
        secretName: name,
        commonName: 'orders',
        usages: ['digital signature', 'key encipherment', 'client auth'],
        additionalOutputFormats: [{ type: 'CombinedPEM' }],
        privateKey: { encoding: 'PKCS8' },
        issuerRef: { kind: 'ClusterIssuer', name: 'internal' },
      },
    });
    expect(generated(objects())).toEqual([]);
    expect(wanted().users).toEqual([
      { name: 'orders', acls: aclsOf({ name: 'orders', consume: ['orders'] }), quotas: {} },
    ]);
    expect(problems()).toEqual([]);
  });

  it.each<[string, Partial<KafkaClusterProps>, string]>([
    [
      'an issuer that works elsewhere',
      { ...MUTUAL, tls: { issuer: { kind: 'Issuer', name: 'mine' } } },
      'user "orders": the issuer "mine" works in the namespace "data" alone, and orders is in "shop"; give certificate, or a ClusterIssuer to the cluster',
    ],
    [
      'no issuer',
      { ...MUTUAL, tls: { secret: 'own' } },
      'user "orders": nobody issues its certificate, as that of the servers is an existing Secret; give certificate, or tls.issuer to the cluster',
    ],
  ])('refuses %s', (_, props, message) => {
    const { cluster, far, problems } = made(props);
    cluster.grantAccess(far, { ca: 'system' });
    expect(problems()).toEqual([`[kafka/access] ${message}`]);
    const again = made(props);
    expect(again.cluster.grantAccess(again.far, { certificate: 'mine' }).clientCertificate).toBe('mine');
    expect(again.problems()).toEqual([]);
  });
});

describe('in another namespace', () => {
  it('refuses a password that cannot be read there', () => {
    const { cluster, far, problems } = made(SCRAM);
    cluster.grantAccess(far);
    expect(problems()).toEqual([
      '[kafka/access] user "orders": its password is generated in the namespace "data", and orders is in "shop", where it cannot be read; ' +
        'give credentials: Credentials.external, which is fetched into both, or Credentials.existing with the name of a Secret that is in both',
    ]);
  });

  it('fetches one into both', () => {
    const { cluster, far, shop, objects, problems } = made(SCRAM);
    const options = { credentials: Credentials.external('kafka/orders') };
    const { credentials } = cluster.grantAccess(far, options);
    cluster.grantAccess(far, options);
    const [here, there] = [objects(), rendered(shop)].map((all) =>
      find(all, 'ExternalSecret', 'kafka-user-orders'),
    );
    expect(here.spec).toEqual(there.spec);
    expect([here, there].map(({ metadata }) => (metadata as { namespace?: string }).namespace)).toEqual([
      'data',
      'shop',
    ]);
    expect(credentials?.secretName).toBe('kafka-user-orders');
    expect(problems()).toEqual([]);
  });

  it('takes one that is in both', () => {
    const { cluster, far, shop, problems } = made(SCRAM);
    const before = rendered(shop);
    const { env } = cluster.grantAccess(far, { credentials: Credentials.existing('s', { username: 'u' }) });
    expect(envOf({ env })).toMatchObject({
      KAFKA_SASL_USERNAME: 'u/s',
      KAFKA_SASL_PASSWORD: 'password/s',
    });
    expect(rendered(shop)).toEqual(before);
    expect(problems()).toEqual([]);
  });

  it('takes whatever a NetworkPolicy can name', () => {
    const { cluster, shop, objects, problems } = made(SCRAM);
    const batch = Namespaces.select(shop, 'batch', { names: ['jobs', 'data'] });
    cluster.grantAccess(batch, { credentials: Credentials.external('kafka/batch') });
    expect(find(rendered(shop), 'ExternalSecret', 'kafka-user-batch').metadata).toMatchObject({
      namespace: 'jobs',
    });
    // Nobody knows where the pods of an address are, so its Secret is where the cluster is.
    cluster.grantAccess(NetworkPolicyIpBlock.ipv4(shop, 'Office LAN', '10.0.0.0/8'));
    expect(generated(objects())).toEqual(expect.arrayContaining(['kafka-user-office-lan']));
    expect(problems()).toEqual([]);
  });
});

describe('PLAIN and OAUTHBEARER', () => {
  const ann = Credentials.existing('ann');
  const bob = Credentials.generated();
  const plain = { listeners: [Listener.internal({ authentication: Authentication.plain([ann, bob]) })] };

  it('gives one of the users of the listener', () => {
    const { cluster, app, wanted, problems } = made(plain);
    const connection = cluster.grantAccess(app, { user: 'ann', credentials: ann, produce: ['a'] });
    expect(connection).toMatchObject({ saslMechanism: 'PLAIN', user: 'ann' });
    expect(envOf(connection)).toMatchObject({
      KAFKA_SASL_PASSWORD: 'password/ann',
      KAFKA_SASL_JAAS_CONFIG: expect.stringMatching(
        /^org\.apache\.kafka\.common\.security\.plain\.PlainLoginModule required /,
      ),
    });
    expect(wanted().users).toEqual([
      { name: 'ann', acls: aclsOf({ name: 'ann', produce: ['a'] }), quotas: {} },
    ]);
    expect(problems()).toEqual([]);
  });

  it.each<[string, KafkaGrantOptions, string]>([
    [
      'no name',
      { credentials: ann },
      'user: on the listener "internal" the name of the user stands in a Secret; give the same here, so that it gets its ACLs',
    ],
    [
      'no credentials',
      { user: 'ann' },
      'credentials: give one of those that Authentication.plain of the listener has',
    ],
    [
      'others',
      { user: 'ann', credentials: Credentials.existing('ann') },
      'credentials: give one of those that Authentication.plain of the listener has',
    ],
  ])('refuses %s', (_, options, message) => {
    const { cluster, app, problems } = made(plain);
    cluster.grantAccess(app, options);
    expect(problems()).toEqual([`[kafka/access] ${message}`]);
  });

  it('refuses generated ones elsewhere', () => {
    const { cluster, far, problems } = made(plain);
    cluster.grantAccess(far, { user: 'bob', credentials: bob });
    expect(problems()).toEqual([
      '[kafka/access] credentials: they are generated in the namespace "data", and orders is in "shop", where they cannot be read; ' +
        'use Credentials.external or Credentials.existing',
    ]);
  });

  it('leaves tokens to the client', () => {
    const authentication = Authentication.oauthBearer({ jwksEndpoint: 'https://id.example.com/jwks' });
    const { cluster, app, wanted, problems } = made({
      tls: {},
      listeners: [Listener.internal({ authentication })],
    });
    const connection = cluster.grantAccess(app, { user: 'orders', produce: ['a'] });
    expect(connection.properties).toMatchObject({
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'OAUTHBEARER',
    });
    expect(connection.properties['sasl.jaas.config']).toBeUndefined();
    expect(wanted().users).toMatchObject([{ name: 'orders' }]);
    expect(problems()).toEqual([]);
  });
});

describe('refuses', () => {
  it('a listener that there is not', () => {
    const { cluster, app, problems } = made();
    cluster.grantAccess(app, { listener: 'other' });
    expect(problems()).toEqual(['[kafka/access] listener: there is no "other"; give one of internal']);
  });

  const TWO = {
    listeners: [
      Listener.internal(),
      Listener.internal({ name: 'known', authentication: Authentication.scram() }),
    ],
  };

  it('nobody in particular, where ACLs are enforced', () => {
    const message =
      '[kafka/access] listener: "internal" does not know its users, and ACLs let nobody unknown do anything; choose another one, give it ' +
      "authentication, or allow everybody what users: { ANONYMOUS: ... } says, or everything by superUsers: ['User:ANONYMOUS']";
    const refused = made(TWO);
    refused.cluster.grantAccess(refused.app);
    expect(refused.problems()).toEqual([message]);
    for (const props of [{ superUsers: ['User:ANONYMOUS'] }, { users: { ANONYMOUS: { produce: ['*'] } } }]) {
      const taken = made({ ...TWO, ...props });
      taken.cluster.grantAccess(taken.app);
      expect(taken.problems()).toEqual([]);
    }
  });

  it('two consumers who would be one user by accident', () => {
    const { cluster, app, application, near, problems } = made(SCRAM);
    const other = application(near, 'ORDERS');
    cluster.grantAccess(app);
    cluster.grantAccess(other);
    expect(problems()).toEqual([
      '[kafka/access] user "orders": near/orders and near/ORDERS would both be this user; give each a user of its own, or user: \'orders\' to both',
    ]);
    const shared = made(SCRAM);
    shared.cluster.grantAccess(shared.app, { user: 'u' });
    shared.cluster.grantAccess(shared.application(shared.near, 'b'), { user: 'u' });
    expect(shared.problems()).toEqual([]);
  });

  it.each<[string, Partial<KafkaClusterProps>, KafkaGrantOptions, string]>([
    [
      'who is to be deleted',
      { ...SCRAM, users: { orders: { delete: true } } },
      {},
      'user "orders": it is granted access and is to be deleted; leave one of them out',
    ],
    [
      'other quotas',
      { ...SCRAM, users: { orders: { quotas: { producerByteRate: 1 } } } },
      { quotas: { producerByteRate: 2 } },
      'user "orders": its quotas are given twice and differ; give them once',
    ],
    [
      'another password',
      { ...SCRAM, users: { orders: {} } },
      { credentials: Credentials.existing('s') },
      'user "orders": its password is given in two ways; give the same Credentials, or once',
    ],
  ])('a user %s', (_, props, options, message) => {
    const { cluster, app, problems } = made(props);
    cluster.grantAccess(app, options);
    expect(problems()).toEqual([`[kafka/access] ${message}`]);
  });

  it('one password by two mechanisms', () => {
    const scram = (name: string, mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512') =>
      Listener.internal({ name, authentication: Authentication.scram(mechanism) });
    const { cluster, app, problems } = made({
      listeners: [scram('a', 'SCRAM-SHA-512'), scram('b', 'SCRAM-SHA-256')],
    });
    for (const listener of ['a', 'b']) cluster.grantAccess(app, { listener });
    expect(problems()).toEqual([
      '[kafka/access] user "orders": listeners take its password by SCRAM-SHA-512 and by SCRAM-SHA-256, and one is kept; give the listeners ' +
        'one mechanism, or each a user of its own',
    ]);
  });

  it('the name of the servers', () => {
    const { cluster, app, problems } = made(MUTUAL);
    cluster.grantAccess(app, { user: 'kafka.data' });
    expect(problems()).toEqual([
      '[kafka/users] user "kafka.data" is that of the servers, who may do everything; choose another name',
    ]);
  });

  it('rights and topics that are none', () => {
    const { cluster, app, problems } = made({ ...SCRAM, topics: { 'a/b': {} } });
    cluster.grantAccess(app, { produce: ['x*y'] });
    expect(problems()).toEqual([
      '[kafka/topics] topic "a/b" is not a name; use at most 249 letters, digits, ".", "_" and "-"',
      '[kafka/users] user "orders": "x*y" is neither the name of a topic nor a prefix; a prefix ends with the only "*"',
    ]);
  });

  it('a store that there is not', () => {
    const { cluster, app, problems } = made(SCRAM, {});
    cluster.grantAccess(app, { credentials: Credentials.external('x') });
    expect(problems()).toEqual([
      expect.stringContaining('[core/credentials] user "orders": Credentials.external needs a store'),
    ]);
  });
});
