import { Chart } from 'cdk8s';
import { Deployment, type INetworkPolicyPeer, Namespaces } from 'cdk8s-plus-27';
import { describe, expect, it } from 'vitest';
import { Credentials } from '../../lib';
import { type ImportedAccess, ImportedCluster } from '../../lib/core/imported-cluster';
import { chartIn, rendered, reported } from '../support/rendering';

class Elsewhere extends ImportedCluster {
  loginOf(peer: INetworkPolicyPeer, own?: Credentials) {
    return this.login(peer, own)?.secretName;
  }

  keysOf(own: Parameters<ImportedCluster['keys']>[0] = {}) {
    return this.keys(own);
  }
}

function elsewhere(access: ImportedAccess = {}) {
  const chart = chartIn({ secretStore: { name: 'vault' } });
  const shop = new Chart(chart.node.root, 'shop', { namespace: 'shop' });
  return {
    chart,
    shop,
    cluster: new Elsewhere(chart, 'legacy', 'etcd', access),
    app: new Deployment(shop, 'orders', { containers: [{ image: 'x' }] }),
    problems: () => reported(chart),
  };
}

describe('login', () => {
  it('is in one Secret for all who have no login of their own', () => {
    const { cluster, app, shop } = elsewhere({ credentials: Credentials.external('shared') });
    expect([cluster.loginOf(app), cluster.loginOf(app, Credentials.external('own'))]).toEqual([
      'legacy-credentials',
      'legacy-orders',
    ]);
    expect(
      rendered(shop)
        .filter(({ kind }) => kind === 'ExternalSecret')
        .map(({ metadata }) => [metadata.namespace, metadata.name]),
    ).toEqual([
      ['shop', 'legacy-credentials'],
      ['shop', 'legacy-orders'],
    ]);
  });

  it('is fetched into the namespace of the cluster for who is in none that is known', () => {
    const { chart, cluster } = elsewhere({ credentials: Credentials.external('shared') });
    cluster.loginOf(Namespaces.select(chart, 'team', { labels: { team: 'a' } }));
    expect(rendered(chart).map(({ metadata }) => metadata.namespace)).toEqual(['data']);
  });

  it.each([undefined, Credentials.generated()])('is reported where it cannot be had: %#', (credentials) => {
    const { cluster, app, problems } = elsewhere({ credentials });
    expect(cluster.loginOf(app)).toBeUndefined();
    expect(problems()).toEqual([
      '[etcd/endpoints] credentials: the servers know their users by passwords that are not made here; give Credentials.existing or Credentials.external',
    ]);
  });
});

describe('keys', () => {
  const ca = { secretName: 'ca', key: 'root.pem' };

  it.each<[string, ImportedAccess, Parameters<Elsewhere['keysOf']>[0], object]>([
    ['nothing without TLS', {}, { certificate: 'mine', ca }, {}],
    ['the authority', { tls: true, ca }, {}, { ca }],
    [
      'what the system trusts',
      { tls: true, ca, certificate: 'keys' },
      { ca: 'system' },
      { certificate: 'keys' },
    ],
    [
      'the certificate of all',
      { tls: true, certificate: 'keys' },
      {},
      { ca: { secretName: 'keys', key: 'ca.crt' }, certificate: 'keys' },
    ],
    [
      "the consumer's own",
      { tls: true, certificate: 'keys' },
      { certificate: 'mine' },
      { ca: { secretName: 'mine', key: 'ca.crt' }, certificate: 'mine' },
    ],
  ])('are %s', (_, access, own, expected) => {
    const { cluster, problems } = elsewhere(access);
    expect(cluster.keysOf(own)).toEqual(expected);
    expect(problems()).toEqual([]);
  });

  it('are reported where there is no TLS to use them', () => {
    for (const access of [{ ca }, { certificate: 'keys' }])
      expect(elsewhere(access).problems()).toEqual([
        '[etcd/endpoints] tls: certificates are for TLS; set tls: true, or leave them out',
      ]);
  });

  it('are reported where two Secrets have the authority', () => {
    const { cluster, problems } = elsewhere({ tls: true, ca, certificate: 'keys' });
    cluster.keysOf();
    expect(problems()).toEqual([
      "[etcd/endpoints] ca: the Secret keys of the consumer's certificate has it as ca.crt; leave it out",
    ]);
  });
});
