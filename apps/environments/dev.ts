import { Size } from 'cdk8s';
import type { PlatformEnvironment } from './platform-environment';

/** Three small nodes. */
export const dev: PlatformEnvironment = {
  environment: { name: 'dev', durability: 'development', storage: { standard: 'standard' } },
  coordination: { voters: 3, memory: Size.mebibytes(512), cpu: '100m', storage: { data: Size.gibibytes(1) } },
  messaging: {
    controllers: { count: 1, memory: Size.mebibytes(512), cpu: '100m', storage: Size.gibibytes(1) },
    brokers: { count: 3, memory: Size.mebibytes(768), heap: Size.mebibytes(256), cpu: '100m' },
    storage: Size.gibibytes(2),
    topics: { orders: { partitions: 6 } },
  },
  registry: { quota: Size.mebibytes(256), cpu: '50m', storage: { data: Size.gibibytes(1) } },
  orders: { replicas: 1 },
  payments: { replicas: 1 },
  shop: {
    sessions: { memory: Size.mebibytes(64), cpu: '20m', storage: Size.gibibytes(1) },
    catalog: { use: 'cache', memory: Size.mebibytes(64), cpu: '20m' },
    replicas: 1,
  },
  storefront: { replicas: 1 },
};
