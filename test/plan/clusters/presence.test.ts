import { type Chart, Size } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-27';
import { expect, test } from 'vitest';
import {
  Credentials,
  EtcdCluster,
  KafkaCluster,
  ObjectStore,
  RedisReplication,
  Storage,
  ZooKeeperCluster,
} from '../../../lib';
import { chartIn } from '../../support/rendering';
import { existing, linesOf, planned, renderingOf } from './planned';

const size = Size.gibibytes(10);

/** What a change of a stack does to a cluster in it. */
function plan(
  system: string,
  name: string,
  before: (chart: Chart) => void,
  after: (chart: Chart) => void,
  environment = {},
): string[] {
  const [old, now] = [before, after].map((make) => {
    const chart = chartIn(environment);
    make(chart);
    return renderingOf(chart.toJson());
  });
  return linesOf(planned(system, name, old, now));
}

const nothing = (): void => {};
const etcd = (id: string) => (chart: Chart) =>
  void new EtcdCluster(chart, id, { storage: { data: size }, allowPlainText: true });
const zookeeper = (chart: Chart) =>
  void new ZooKeeperCluster(chart, 'zk', { observers: 1, storage: { data: size } });
const kafka = (chart: Chart) =>
  void new KafkaCluster(chart, 'kafka', { storage: size, topics: { orders: {}, old: { delete: true } } });
const redis = (chart: Chart) =>
  void new RedisReplication(chart, 'redis', {
    memory: Size.gibibytes(1),
    storage: size,
    allowPlainText: true,
    users: { app: { keys: ['*'] } },
  });

test('a cluster of etcd that comes', () => {
  expect(plan('etcd', 'etcd', nothing, etcd('etcd'))).toEqual([
    'applied-live: etcd is formed by 3 members; where claims of an earlier cluster of this name are left, it goes on from their data',
  ]);
});

test('an ensemble that comes', () => {
  expect(plan('zookeeper', 'zk', nothing, zookeeper)).toEqual([
    'applied-live: zookeeper zk is formed by 3 voters and 1 observer; where claims of an earlier ensemble of this name are left, it goes on from their data',
  ]);
});

test('a Kafka cluster that comes', () => {
  expect(plan('kafka', 'kafka', nothing, kafka)).toEqual([
    'applied-live: kafka is formed by 3 controllers and 3 brokers, with the topics orders; where claims of an earlier cluster of this name are left, it goes on from their data',
  ]);
});

test('a cluster that comes from a backup', () => {
  const from = ObjectStore.s3({ bucket: 'backups', credentials: Credentials.existing('keys') });
  const restored = (chart: Chart) =>
    void new EtcdCluster(chart, 'etcd', {
      storage: { data: size },
      allowPlainText: true,
      restore: { from, snapshot: '20260101T000000Z-1042.db' },
    });
  expect(plan('etcd', 'etcd', nothing, restored, existing('keys'))).toEqual([
    'applied-live: etcd is formed by 3 members from the backup 20260101T000000Z-1042.db; where claims of an earlier cluster of this name are left, it goes on from their data',
  ]);
});

test('a cluster that goes', () => {
  expect(plan('etcd', 'etcd', etcd('etcd'), nothing)).toEqual([
    'outage!: all pods of etcd end; the claims data-etcd-… stay, and so do generated Secrets and the mark that it was formed => make sure that nobody uses it any more, and back it up if its data is to be kept',
  ]);
});

test('a cluster that goes with its data', () => {
  const scratch = (chart: Chart) =>
    void new EtcdCluster(chart, 'etcd', { storage: { data: Storage.emptyDir() } });
  expect(plan('etcd', 'etcd', scratch, nothing, { durability: 'development' })).toEqual([
    'data-lost!: all pods of etcd end, and their data with them: it is kept in no volume that outlives a pod => make sure that nobody uses it any more, and back it up if its data is to be kept',
  ]);
});

test('a cluster that is renamed', () => {
  expect(plan('etcd', 'etcd', etcd('etcd'), etcd('registry'))).toEqual([
    'data-lost!: all pods of etcd end, and etcd registry begins empty: a cluster cannot be renamed, nor moved to another namespace; the claims data-etcd-… stay => keep the name and the namespace, or copy the data into registry before etcd goes',
  ]);
});

test('a consumer that is let in, and no longer', () => {
  const web = (chart: Chart) => new Deployment(chart, 'web', { containers: [{ image: 'web:1' }] });
  const without = (chart: Chart) => {
    web(chart);
    etcd('etcd')(chart);
  };
  const granted = (chart: Chart) => {
    const cluster = new EtcdCluster(chart, 'etcd', { storage: { data: size }, allowPlainText: true });
    cluster.grantAccess(web(chart));
  };
  expect(plan('etcd', 'etcd', without, granted)).toEqual([
    'applied-live: Deployment data/stack-web-c8825355 may connect to etcd on 2379',
  ]);
  expect(plan('etcd', 'etcd', granted, without)).toEqual([
    'outage!: Deployment data/stack-web-c8825355 may not connect to etcd on 2379 any more => keep grantAccess as long as it connects',
  ]);
  expect(plan('etcd', 'etcd', granted, etcd('etcd'))).toEqual([
    'nothing: Deployment data/stack-web-c8825355 may not connect to etcd on 2379 any more, and is not rendered any more either',
  ]);
});

test('a chroot with an ACL', () => {
  const granted = (chroot: string, id?: string) => (chart: Chart) => {
    const cluster = new ZooKeeperCluster(chart, 'zk', { storage: { data: size } });
    const web = new Deployment(chart, 'web', { containers: [{ image: 'web:1' }] });
    cluster.grantAccess(web, { chroot, acl: id ? [{ scheme: 'world', id }] : undefined });
  };
  expect(plan('zookeeper', 'zk', granted('/orders'), granted('/shop', 'anyone'))).toEqual([
    'applied-live: /shop is made where missing, with the ACLs that are declared',
    'nothing: /orders is not asked for any more, and stays: nobody deletes a znode',
  ]);
  expect(plan('zookeeper', 'zk', granted('/orders'), granted('/orders', 'anyone'))).toEqual([
    'applied-live!: the ACL of /orders becomes world:anyone: sessions of others are refused there',
  ]);
});

test('what carries the label of a cluster of another namespace is left to plain rules', () => {
  const certificate = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'web', namespace: 'data', labels: { 'cdk8s-stateful/cluster': 'etcd' } },
  };
  expect(linesOf(planned('etcd', 'etcd', renderingOf([]), renderingOf([certificate])))).toEqual([
    'rest: Certificate web: comes',
  ]);
});

test('of members that cannot be read only what Kubernetes itself says is told', () => {
  const [before, after] = [1, 2].map((version) => {
    const chart = chartIn();
    etcd('etcd')(chart);
    const objects = chart.toJson();
    const config = objects.find(({ metadata }) => metadata.name === 'etcd-config');
    if (version === 2) config.data['gate.json'] = '{';
    return renderingOf(objects);
  });
  expect(linesOf(planned('etcd', 'etcd', before, after))).toEqual([
    'unknown: ConfigMap data/etcd-config: gate.json is missing or cannot be read, so nobody knows who the members of etcd are; what is told of it is what Kubernetes itself says',
    'rest: ConfigMap etcd-config: data[gate.json]',
  ]);
});

test('another program, as a release of the library brings it', () => {
  const [before, after] = ['1', '2'].map((release) => {
    const chart = chartIn();
    etcd('etcd')(chart);
    const objects = chart.toJson();
    for (const { kind, metadata, data, spec } of objects) {
      if (kind === 'ConfigMap' && metadata.name === 'etcd-program') data['etcd-gate.mjs'] += `// ${release}`;
      if (kind === 'ConfigMap' && metadata.name === 'etcd-steward-program')
        data['etcd.mjs'] += `// ${release}`;
      if (kind === 'Deployment') spec.template.metadata.annotations['cdk8s-stateful/program-hash'] = release;
    }
    return renderingOf(objects);
  });
  expect(linesOf(planned('etcd', 'etcd', before, after))).toEqual([
    'applied-live: the steward restarts with another program and gates take the new one when a server of the cluster starts the next time; no server restarts for that',
  ]);
});

test('a steward that is stopped', () => {
  const [before, after] = [1, 0].map((replicas) => {
    const chart = chartIn();
    new EtcdCluster(chart, 'etcd', {
      storage: { data: size },
      allowPlainText: true,
      ...(replicas === 0 && { members: 5, logLevel: 'debug' }),
    });
    const objects = chart.toJson();
    for (const { kind, spec } of objects) if (kind === 'Deployment') spec.replicas = replicas;
    return renderingOf(objects);
  });
  expect(linesOf(planned('etcd', 'etcd', before, after))).toEqual([
    'applied-live!: the steward stops: members go on as they are, and nothing that is applied takes effect on them until it is started again',
    'nothing: members etcd-3 and etcd-4 come once the steward is started again',
    'nothing: 3 members go on as they are, since the steward is stopped, and restart once it is started again: log-level info -> debug',
  ]);
});

test('the order of objects and of their keys changes nothing', () => {
  const reversed = (value: unknown): unknown =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, each]) => [key, reversed(each)]),
        )
      : value;
  for (const [system, name, make] of [
    ['etcd', 'etcd', etcd('etcd')],
    ['zookeeper', 'zk', zookeeper],
    ['kafka', 'kafka', kafka],
    ['redis', 'redis', redis],
  ] as const) {
    const chart = chartIn();
    make(chart);
    const objects: object[] = chart.toJson();
    const other = [...objects].reverse().map((object) => reversed(object) as object);
    expect(linesOf(planned(system, name, renderingOf(objects), renderingOf(other)))).toEqual([]);
  }
});
