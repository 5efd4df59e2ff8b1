export { ZooKeeperCluster } from './zookeeper-cluster';
export type {
  GrantOptions,
  IZooKeeperCluster,
  ZooKeeperAcl,
  ZooKeeperConnection,
  ZooKeeperEndpointsProps,
} from './zookeeper-connection';
export {
  type ZooKeeperAuthentication,
  type ZooKeeperBackup,
  type ZooKeeperClusterProps,
  type ZooKeeperConfiguration,
  type ZooKeeperRestore,
  type ZooKeeperStorage,
  type ZooKeeperTls,
  ZooKeeperVersion,
} from './zookeeper-props';
