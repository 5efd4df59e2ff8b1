import type { EnvironmentProps, EtcdClusterProps, KafkaClusterProps, ZooKeeperClusterProps } from '../../lib';
import type { OrdersStackProps } from '../stacks/orders-stack';
import type { PaymentsStackProps } from '../stacks/payments-stack';
import type { ShopStackProps } from '../stacks/shop-stack';
import type { StorefrontStackProps } from '../stacks/storefront-stack';

/** One place, and how big things are there. */
export interface PlatformEnvironment {
  /** Facts about the place. */
  readonly environment: EnvironmentProps & { readonly name: string };
  /** The ZooKeeper ensemble. */
  readonly coordination: ZooKeeperClusterProps;
  /** The Kafka cluster. */
  readonly messaging: KafkaClusterProps;
  /** The etcd cluster. */
  readonly registry: EtcdClusterProps;
  readonly orders: Omit<OrdersStackProps, 'zookeeper'>;
  readonly payments: Omit<PaymentsStackProps, 'kafka'>;
  /** The shop, with its session store and its cache. */
  readonly shop: ShopStackProps;
  readonly storefront: Omit<StorefrontStackProps, 'etcd'>;
}
