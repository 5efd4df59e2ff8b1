import { Size } from 'cdk8s';
import type { PlatformEnvironment } from './platform-environment';

/** Three small nodes. */
export const dev: PlatformEnvironment = {
  environment: { name: 'dev', durability: 'development', storage: { standard: 'standard' } },
  coordination: { voters: 3, memory: Size.mebibytes(512), cpu: '100m', storage: { data: Size.gibibytes(1) } },
  orders: { replicas: 1 },
};
