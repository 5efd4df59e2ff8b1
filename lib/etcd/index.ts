export { EtcdCluster } from './etcd-cluster';
export type {
  EtcdConnection,
  EtcdGrantOptions,
  IEtcdCluster,
} from './etcd-connection';
export type { EtcdEndpointsProps } from './etcd-imported';
export type {
  EtcdAuthentication,
  EtcdBackup,
  EtcdClusterProps,
  EtcdCompaction,
  EtcdConfiguration,
  EtcdDefragmentation,
  EtcdForceNewCluster,
  EtcdPermission,
  EtcdRehearsal,
  EtcdRestore,
  EtcdStorage,
  EtcdTls,
  EtcdUser,
} from './etcd-props';
export type { EtcdRights } from './etcd-users';
export { EtcdVersion } from './etcd-version';
