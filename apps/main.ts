import { PlatformApp, ValidationError } from '../lib';
import { dev } from './environments/dev';
import type { PlatformEnvironment } from './environments/platform-environment';
import { prod } from './environments/prod';
import { staging } from './environments/staging';
import { BaseStack } from './stacks/base-stack';
import { CoordinationStack } from './stacks/coordination-stack';
import { MessagingStack } from './stacks/messaging-stack';
import { OrdersStack } from './stacks/orders-stack';
import { PaymentsStack } from './stacks/payments-stack';
import { RegistryStack } from './stacks/registry-stack';
import { ShopStack } from './stacks/shop-stack';
import { StorefrontStack } from './stacks/storefront-stack';

/** Everything that runs in one environment. */
export function platform(place: PlatformEnvironment): PlatformApp {
  const app = new PlatformApp({ environment: place.environment });
  new BaseStack(app, ['coordination', 'messaging', 'orders', 'payments', 'registry', 'shop', 'storefront']);
  const { zookeeper } = new CoordinationStack(app, place.coordination);
  const { kafka } = new MessagingStack(app, place.messaging);
  const { etcd } = new RegistryStack(app, place.registry);
  new OrdersStack(app, { zookeeper, ...place.orders });
  new PaymentsStack(app, { kafka, ...place.payments });
  new ShopStack(app, place.shop);
  new StorefrontStack(app, { etcd, ...place.storefront });
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
