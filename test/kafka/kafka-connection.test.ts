import { Chart } from 'cdk8s';
import { Deployment, Namespaces } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import { Credentials } from '../../lib';
import { KafkaCluster } from '../../lib/kafka/kafka-cluster';
import type { KafkaEndpointsProps } from '../../lib/kafka/kafka-imported';
import { Authentication } from '../../lib/kafka/kafka-listeners';
import { chartIn, find, rendered, reported } from '../support/rendering';

function imported(props: Partial<KafkaEndpointsProps> = {}) {
  const chart = chartIn({ secretStore: { name: 'vault' } });
  const cluster = KafkaCluster.fromEndpoints(chart, 'theirs', {
    bootstrap: ['kafka-1.example.com:9092', '[2001:db8::1]:9093'],
    ...props,
  });
  const shop = new Chart(chart.node.root, 'shop', { namespace: 'shop' });
  const app = new Deployment(shop, 'orders', { containers: [{ image: 'x' }] });
  return { chart, shop, cluster, app };
}

describe('fromEndpoints', () => {
  it('connects to what exists elsewhere, and renders nothing', () => {
    const { chart, shop, cluster, app } = imported();
    expect(cluster.name).toBe('theirs');
    expect(cluster.endpoints.map(({ host, port }) => [host, port])).toEqual([
      ['kafka-1.example.com', 9092],
      ['[2001:db8::1]', 9093],
    ]);
    expect(cluster.bootstrapServers()).toBe('kafka-1.example.com:9092,[2001:db8::1]:9093');
    expect(cluster.grantAccess(app, { produce: ['orders'] })).toMatchObject({
      bootstrapServers: cluster.bootstrapServers(),
      securityProtocol: 'PLAINTEXT',
      user: undefined,
    });
    expect(rendered(chart)).toEqual([]);
    expect(rendered(shop).map(({ kind }) => kind)).toEqual(['Deployment']);
    expect(reported(chart)).toEqual([]);
  });

  it('logs in with TLS', () => {
    const ca = { secretName: 'their-ca', key: 'ca.crt' };
    const { cluster, app } = imported({
      tls: true,
      ca,
      authentication: Authentication.scram('SCRAM-SHA-256'),
      credentials: Credentials.existing('login'),
    });
    expect(cluster.grantAccess(app, { user: 'ann' })).toMatchObject({
      securityProtocol: 'SASL_SSL',
      saslMechanism: 'SCRAM-SHA-256',
      user: 'ann',
      ca,
      credentials: { secretName: 'login', usernameKey: 'username', passwordKey: 'password' },
    });
    expect(cluster.grantAccess(app, { ca: 'system' }).ca).toBeUndefined();
    const other = cluster.grantAccess(app, { credentials: Credentials.existing('other') });
    expect(other.credentials?.secretName).toBe('other');
  });

  it('fetches a login into the namespace of each consumer', () => {
    const { chart, shop, cluster, app } = imported({
      authentication: Authentication.plain([]),
      credentials: Credentials.external('kafka/shared'),
    });
    const { credentials } = cluster.grantAccess(app);
    cluster.grantAccess(app);
    cluster.grantAccess(Namespaces.select(chart, 'jobs', { names: ['jobs'] }));
    expect(credentials?.secretName).toBe('theirs-credentials');
    expect(find(rendered(shop), 'ExternalSecret', 'theirs-credentials').metadata).toMatchObject({
      namespace: 'shop',
    });
    expect(find(rendered(chart), 'ExternalSecret', 'theirs-credentials').metadata).toMatchObject({
      namespace: 'jobs',
    });
    expect(reported(chart)).toEqual([]);
  });

  it('has a certificate by reference', () => {
    const { cluster, app } = imported({
      tls: true,
      authentication: Authentication.mutualTls(),
      certificate: 'mine',
    });
    expect(cluster.grantAccess(app).clientCertificate).toBe('mine');
    expect(cluster.grantAccess(app, { certificate: 'own' }).clientCertificate).toBe('own');
  });

  it.each<[string, Partial<KafkaEndpointsProps>, string]>([
    ['none', { bootstrap: [] }, 'bootstrap: none given; name at least one broker as host:port'],
    [
      'what is no address',
      { bootstrap: ['kafka:9092', 'kafka:99999'] },
      'bootstrap: "kafka:99999" is not host:port; give a name or address and a port, such as kafka-1.example.com:9092',
    ],
    [
      'certificates without TLS',
      { authentication: Authentication.mutualTls(), certificate: 'mine' },
      'authentication: certificates of clients need TLS; set tls: true',
    ],
    [
      'no certificate',
      { tls: true, authentication: Authentication.mutualTls() },
      'certificate: the brokers ask for one; give a Secret in the namespace of the consumer',
    ],
    [
      'no password',
      { authentication: Authentication.scram() },
      'credentials: the brokers know their users by passwords that are not made here; give Credentials.existing or Credentials.external',
    ],
    [
      'a password that nobody there knows',
      { authentication: Authentication.scram(), credentials: Credentials.generated() },
      'credentials: the brokers know their users by passwords that are not made here; give Credentials.existing or Credentials.external',
    ],
  ])('refuses %s', (_, props, message) => {
    const { chart, cluster, app } = imported(props);
    cluster.grantAccess(app);
    expect(reported(chart)).toEqual([`[kafka/endpoints] ${message}`]);
  });

  it('has no listeners to choose from', () => {
    const { chart, cluster, app } = imported();
    cluster.grantAccess(app, { listener: 'x' });
    expect(reported(chart)).toEqual([
      '[kafka/endpoints] listener: "x"; a cluster that is not made here has one, so leave it out',
    ]);
  });
});
