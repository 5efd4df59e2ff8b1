import { type Cluster, titled } from './cluster';

/** A setting of etcd.yaml, as effects name it. */
export function inYaml(cluster: Cluster, key: string) {
  const [from, to] = [cluster.was, cluster.is].map((side) => side.read('etcd.yaml')[key]);
  return {
    object: titled(cluster, 'ConfigMap', `${cluster.name}-config`),
    field: `data[etcd.yaml].${key}`,
    from,
    to,
  };
}
