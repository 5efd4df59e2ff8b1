import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { ZooKeeperCluster, type ZooKeeperClusterProps } from '../../lib';

/** Coordination: the ZooKeeper ensemble that everything else registers with. */
export class CoordinationStack extends Chart {
  readonly zookeeper: ZooKeeperCluster;

  constructor(scope: Construct, props: ZooKeeperClusterProps) {
    super(scope, 'coordination', { namespace: 'coordination' });
    this.zookeeper = new ZooKeeperCluster(this, 'zookeeper', props);
  }
}
