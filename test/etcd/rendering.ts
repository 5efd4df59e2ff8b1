import { Size } from 'cdk8s';
import { type EnvironmentProps, EtcdCluster, type EtcdClusterProps } from '../../lib';
import { chartIn, find, rendered, reported } from '../support/rendering';

/** A cluster called `etcd` in a chart of its own, which says what production wants said unless `props` do. */
export function etcd(props: Partial<EtcdClusterProps> = {}, environment: EnvironmentProps = {}) {
  const chart = chartIn(environment);
  const base = { storage: { data: Size.gibibytes(10) }, allowPlainText: true };
  const cluster = new EtcdCluster(chart, 'etcd', { ...base, ...props });
  return {
    chart,
    cluster,
    problems: reported(chart),
    objects: () => rendered(chart),
    find: (kind: string, name: string) => find(rendered(chart), kind, name),
  };
}
