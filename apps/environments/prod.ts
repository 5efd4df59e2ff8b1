import { Duration, Size } from 'cdk8s';
import { Authentication, Credentials, Listener, ObjectStore } from '../../lib';
import type { PlatformEnvironment } from './platform-environment';

const backups = ObjectStore.s3({
  bucket: 'backups',
  endpoint: 'https://oss-cn-hangzhou-internal.aliyuncs.com',
  provider: 'Alibaba',
  credentials: Credentials.external('backup/s3', {
    username: 'access-key-id',
    password: 'secret-access-key',
  }),
});

/** Everything on: TLS, logins, backups, alerts, a private registry. */
export const prod: PlatformEnvironment = {
  environment: {
    name: 'prod',
    zones: ['cn-hangzhou-h', 'cn-hangzhou-i', 'cn-hangzhou-j'],
    storage: { standard: 'alicloud-disk-essd', fast: 'alicloud-disk-essd-pl2' },
    images: {
      registry: 'harbor.example.com',
      pullSecret: 'harbor',
      paths: { 'docker.io/library': 'dockerhub', 'docker.io': 'dockerhub' },
    },
    certificates: { issuer: { kind: 'ClusterIssuer', name: 'internal' } },
    secretStore: { kind: 'ClusterSecretStore', name: 'vault' },
    dedicatedNodes: {
      labels: { 'node-group': 'stateful' },
      taints: [{ key: 'dedicated', value: 'stateful' }],
    },
    monitoring: 'prometheus-operator',
    monitoringNamespace: { 'kubernetes.io/metadata.name': 'monitoring' },
    gitops: 'argo-cd',
    existing: [{ kind: 'Secret', namespace: 'payments', name: 'internal-ca' }],
  },
  coordination: {
    voters: 5,
    storage: { data: Size.gibibytes(20), transactionLog: { size: Size.gibibytes(10), role: 'fast' } },
    memory: Size.gibibytes(2),
    cpu: '1',
    tls: { clients: 'required', quorum: true },
    authentication: {
      superUser: Credentials.generated(),
      clients: [Credentials.external('zookeeper/orders')],
      quorum: Credentials.generated(),
    },
    placement: { dedicated: true },
    backup: { schedule: Duration.hours(6), keep: 28, to: backups },
  },
  messaging: {
    controllers: { count: 3, memory: Size.gibibytes(2), storage: { size: Size.gibibytes(20), role: 'fast' } },
    brokers: {
      count: 6,
      memory: Size.gibibytes(16),
      cpu: '2',
      storage: [Size.tebibytes(1), Size.tebibytes(1)],
    },
    tls: {},
    listeners: [Listener.internal({ authentication: Authentication.scram() })],
    configuration: { 'log.retention.hours': 72 },
    topics: {
      orders: { partitions: 24, retention: Duration.days(7) },
      'order-states': { partitions: 24, cleanupPolicy: 'compact' },
    },
    placement: { dedicated: true },
  },
  registry: {
    members: 5,
    quota: Size.gibibytes(4),
    cpu: '1',
    storage: { data: { size: Size.gibibytes(20), role: 'fast' } },
    tls: {},
    authentication: {},
    defragmentation: { schedule: '0 4 * * 0' },
    placement: { dedicated: true },
    backup: {
      schedule: Duration.hours(1),
      maxBackups: 72,
      to: backups,
      rehearsal: { schedule: '0 5 * * 1' },
    },
  },
  orders: { replicas: 3 },
  payments: {
    replicas: 3,
    access: {
      credentials: Credentials.external('kafka/payments'),
      ca: { secretName: 'internal-ca', key: 'ca.crt' },
    },
  },
  shop: {
    sessions: {
      memory: Size.gibibytes(4),
      cpu: '1',
      storage: { size: Size.gibibytes(10), role: 'fast' },
      tls: {},
      placement: { dedicated: true },
      backup: { schedule: Duration.hours(6), maxBackups: 28, to: backups },
    },
    catalog: {
      use: 'cache',
      shards: 5,
      memory: Size.gibibytes(8),
      cpu: '1',
      tls: {},
      placement: { dedicated: true },
    },
    replicas: 3,
  },
  storefront: { replicas: 3, access: { login: 'certificate' } },
};
