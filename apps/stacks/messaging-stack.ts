import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { KafkaCluster, type KafkaClusterProps } from '../../lib';

/** Messaging: the Kafka cluster that applications exchange their events through. */
export class MessagingStack extends Chart {
  readonly kafka: KafkaCluster;

  constructor(scope: Construct, props: KafkaClusterProps) {
    super(scope, 'messaging', { namespace: 'messaging' });
    this.kafka = new KafkaCluster(this, 'kafka', props);
  }
}
