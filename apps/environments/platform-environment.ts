import type { EnvironmentProps, KafkaClusterProps, ZooKeeperClusterProps } from '../../lib';
import type { OrdersStackProps } from '../stacks/orders-stack';
import type { PaymentsStackProps } from '../stacks/payments-stack';

/** One place, and how big things are there. */
export interface PlatformEnvironment {
  /** Facts about the place. */
  readonly environment: EnvironmentProps & { readonly name: string };
  /** The ZooKeeper ensemble. */
  readonly coordination: ZooKeeperClusterProps;
  /** The Kafka cluster. */
  readonly messaging: KafkaClusterProps;
  readonly orders: Omit<OrdersStackProps, 'zookeeper'>;
  readonly payments: Omit<PaymentsStackProps, 'kafka'>;
}
