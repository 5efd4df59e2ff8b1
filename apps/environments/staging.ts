import { Size } from 'cdk8s';
import type { PlatformEnvironment } from './platform-environment';

/** Three zones, a Prometheus operator; otherwise as small as serves. */
export const staging: PlatformEnvironment = {
  environment: {
    name: 'staging',
    zones: ['cn-hangzhou-h', 'cn-hangzhou-i', 'cn-hangzhou-j'],
    storage: { standard: 'alicloud-disk-essd', fast: 'alicloud-disk-essd-pl2' },
    monitoring: 'prometheus-operator',
    monitoringNamespace: { 'kubernetes.io/metadata.name': 'monitoring' },
    gitops: 'flux',
  },
  coordination: { voters: 3, observers: 1, memory: Size.gibibytes(1), storage: { data: Size.gibibytes(20) } },
  messaging: {
    controllers: { count: 3, storage: Size.gibibytes(5) },
    brokers: 3,
    storage: Size.gibibytes(50),
    topics: { orders: { partitions: 12 } },
  },
  registry: { quota: Size.gibibytes(1), allowPlainText: true, storage: { data: Size.gibibytes(10) } },
  orders: { replicas: 2 },
  payments: { replicas: 2 },
  shop: {
    sessions: { memory: Size.mebibytes(512), allowPlainText: true, storage: Size.gibibytes(2) },
    catalog: { use: 'cache', memory: Size.gibibytes(1), allowPlainText: true },
    replicas: 2,
  },
  storefront: { replicas: 2 },
};
