import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { EtcdCluster, type EtcdClusterProps } from '../../lib';

/** The registry: the etcd cluster in which applications look up what changes while they run. */
export class RegistryStack extends Chart {
  readonly etcd: EtcdCluster;

  constructor(scope: Construct, props: EtcdClusterProps) {
    super(scope, 'registry', { namespace: 'registry' });
    this.etcd = new EtcdCluster(this, 'etcd', props);
  }
}
