import type { EnvironmentProps, ZooKeeperClusterProps } from '../../lib';

/** One place, and how big things are there. */
export interface PlatformEnvironment {
  /** Facts about the place. */
  readonly environment: EnvironmentProps & { readonly name: string };
  /** The ZooKeeper ensemble. */
  readonly coordination: ZooKeeperClusterProps;
  readonly orders: { readonly replicas: number };
}
