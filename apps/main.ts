import { PlatformApp, ValidationError } from '../lib';
import { dev } from './environments/dev';
import type { PlatformEnvironment } from './environments/platform-environment';
import { prod } from './environments/prod';
import { staging } from './environments/staging';
import { BaseStack } from './stacks/base-stack';
import { CoordinationStack } from './stacks/coordination-stack';
import { OrdersStack } from './stacks/orders-stack';

/** Everything that runs in one environment. */
export function platform({ environment, coordination, orders }: PlatformEnvironment): PlatformApp {
  const app = new PlatformApp({ environment });
  new BaseStack(app, ['coordination', 'orders']);
  const { zookeeper } = new CoordinationStack(app, coordination);
  new OrdersStack(app, { zookeeper, ...orders });
  return app;
}

if (require.main === module) {
  try {
    for (const environment of [dev, staging, prod]) platform(environment).synth();
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
