import { describe, expect, it } from 'vitest';
import { Credentials, ObjectStore, Storage } from '../../lib';
import type { RedisReplicationProps } from '../../lib/redis';
import { everything } from '../support/every-prop';
import { DNS, tcp } from '../support/network';
import { cluster, FULL, replication, SENTINELS, SERVERS, standalone } from './rendering';

const to = FULL.backup.to;
const from = (component: string) => ({
  podSelector: { matchLabels: { ...SERVERS, 'cdk8s-stateful/component': component } },
});

describe('the network', () => {
  const policyOf = (props: Partial<RedisReplicationProps> = {}, environment = {}) =>
    replication(props, environment).find('NetworkPolicy', 'redis').spec;

  it('lets servers, Sentinels and the steward in, and servers, Sentinels and DNS out', () => {
    expect(policyOf()).toEqual({
      podSelector: { matchLabels: SERVERS },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: [from('server')], ports: tcp(6379, 9099) },
        { from: [from('sentinel')], ports: tcp(6379, 9099) },
        { from: [from('steward')], ports: tcp(6379, 9099) },
      ],
      egress: [
        { to: [from('server')], ports: tcp(6379, 9099) },
        { to: [from('sentinel')], ports: tcp(26379, 9099) },
        DNS,
      ],
    });
  });

  it('keeps Sentinels among themselves, servers and the steward', () => {
    expect(replication().find('NetworkPolicy', 'redis-sentinel').spec).toEqual({
      podSelector: { matchLabels: SENTINELS },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [from('sentinel'), from('server'), from('steward')], ports: tcp(26379, 9099) }],
      egress: [
        { to: [from('sentinel')], ports: tcp(26379, 9099) },
        { to: [from('server')], ports: tcp(6379, 9099) },
        DNS,
      ],
    });
  });

  it('opens the bus to the nodes of a Redis Cluster, and to nobody else', () => {
    const policy = cluster().find('NetworkPolicy', 'redis').spec;
    expect(policy.ingress).toEqual([
      { from: [from('server')], ports: tcp(6379, 16379, 9099) },
      { from: [from('steward')], ports: tcp(6379, 9099) },
    ]);
    expect(policy.egress).toEqual([{ to: [from('server')], ports: tcp(6379, 16379, 9099) }, DNS]);
  });

  it('lets nobody in as the steward where there is none', () => {
    for (const policy of ['redis', 'redis-sentinel'])
      expect(JSON.stringify(replication({ operations: 'none' }).find('NetworkPolicy', policy))).not.toContain(
        'steward',
      );
  });

  it('lets Prometheus scrape the exporter, from its namespace, where there is one', () => {
    const environment = { monitoring: 'prometheus-operator', monitoringNamespace: { team: 'sre' } } as const;
    expect(policyOf({}, environment).ingress[3]).toEqual({
      from: [{ namespaceSelector: { matchLabels: { team: 'sre' } } }],
      ports: tcp(9121),
    });
    expect(policyOf({ exporter: false }, environment).ingress).toHaveLength(3);
    expect(policyOf({ exporter: {} }).ingress).toHaveLength(3);
  });

  it('lets backups in as clients, and a restore out to its store', () => {
    expect(policyOf({ backup: { schedule: '@daily', to } }).ingress[3]).toEqual({
      from: [from('backup')],
      ports: tcp(6379),
    });
    const credentials = Credentials.existing('s3');
    const store = ObjectStore.s3({ bucket: 'b', endpoint: 'http://minio:9000', credentials });
    const backup = '20260101T000000Z';
    expect(policyOf({ restore: { from: store, backup } }).egress[3]).toEqual({ ports: tcp(9000) });
    expect(policyOf({ restore: { from: Storage.nfs('nfs', '/x'), backup } }).egress).toHaveLength(3);
  });

  it('opens to the steward what it asks', () => {
    const all = { podSelector: { matchLabels: { 'cdk8s-stateful/cluster': 'redis' } } };
    expect(replication().find('NetworkPolicy', 'redis-steward').spec.egress[0]).toEqual({
      to: [all],
      ports: tcp(6379, 26379, 9099),
    });
    expect(cluster().find('NetworkPolicy', 'redis-steward').spec.egress[0]).toEqual({
      to: [all],
      ports: tcp(6379, 9099),
    });
  });

  it('certifies every name by which servers and Sentinels are called, of pods that come later, too', () => {
    const names = (made: { find: ReturnType<typeof replication>['find'] }) =>
      made.find('Certificate', 'redis-tls').spec.dnsNames;
    const called = (name: string) => [
      `${name}.data.svc.cluster.local`,
      `${name}.data.svc`,
      `${name}.data`,
      name,
    ];
    expect(names(replication({ tls: { dnsNames: ['redis.example.com'] } }, everything))).toEqual([
      '*.redis-headless.data.svc.cluster.local',
      '*.redis-sentinel-headless.data.svc.cluster.local',
      ...called('redis'),
      ...called('redis-replicas'),
      ...called('redis-sentinel'),
      'localhost',
      'redis.example.com',
    ]);
    expect(names(cluster({ tls: {} }, everything))).toEqual([
      '*.redis-headless.data.svc.cluster.local',
      ...called('redis'),
      'localhost',
    ]);
    // Servers show it to one another, as clients too.
    expect(cluster({ tls: {} }, everything).find('Certificate', 'redis-tls').spec.usages).toEqual(
      expect.arrayContaining(['server auth', 'client auth']),
    );
  });

  it('finds servers that are not ready, and sends clients to who is the master', () => {
    const { find } = replication();
    for (const [name, port, selector] of [
      ['redis-headless', 6379, SERVERS],
      ['redis-sentinel-headless', 26379, SENTINELS],
    ] as const)
      expect(find('Service', name).spec).toMatchObject({
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector,
        ports: [{ port }],
      });
    const redis = { name: 'redis', port: 6379, targetPort: 6379, protocol: 'TCP' };
    expect(find('Service', 'redis').spec).toEqual({
      selector: { ...SERVERS, 'cdk8s-stateful/role': 'master' },
      ports: [redis],
    });
    expect(find('Service', 'redis-replicas').spec).toEqual({
      selector: { ...SERVERS, 'cdk8s-stateful/role': 'replica' },
      ports: [redis],
    });
    expect(find('Service', 'redis-sentinel').spec).toEqual({
      selector: SENTINELS,
      ports: [{ name: 'sentinel', port: 26379, targetPort: 26379, protocol: 'TCP' }],
    });
  });

  it('sends clients of a Redis Cluster, and of a single server, to any that is ready', () => {
    for (const { find } of [cluster(), standalone()])
      expect(find('Service', 'redis').spec.selector).toEqual(SERVERS);
    expect(cluster().find('Service', 'redis-headless').spec.ports).toMatchObject([
      { port: 6379 },
      { port: 16379 },
    ]);
  });
});

describe('disruption budgets', () => {
  it('let a drain take one server of each shard, and as many Sentinels as a quorum can spare', () => {
    const { find } = replication({ sentinels: { count: 5 } });
    const budget = (selector: object, maxUnavailable: number) => ({
      maxUnavailable,
      selector: { matchLabels: selector },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
    expect(find('PodDisruptionBudget', 'redis').spec).toEqual(budget(SERVERS, 1));
    expect(find('PodDisruptionBudget', 'redis-sentinel').spec).toEqual(budget(SENTINELS, 1));
    const shards = cluster();
    for (const id of ['0', '1', '2'])
      expect(shards.find('PodDisruptionBudget', `redis-${id}`).spec).toEqual(
        budget({ ...SERVERS, 'cdk8s-stateful/shard': id }, 1),
      );
  });

  it('are left out where they could only block', () => {
    const none = cluster({ replicas: 0 }, { durability: 'development' });
    for (const { objects } of [standalone(), none])
      expect(objects().map(({ kind }) => kind)).not.toContain('PodDisruptionBudget');
  });
});
