import { Size } from 'cdk8s';
import { Environment, type EnvironmentProps } from '../../lib/core/environment';
import { completeKafka, type KafkaModel } from '../../lib/kafka/kafka-model';
import type { KafkaClusterProps } from '../../lib/kafka/kafka-props';
import { chartIn } from '../support/rendering';

/** The model of a cluster called `kafka` in the namespace `data`. */
export function kafkaModel(
  props: Partial<KafkaClusterProps> = {},
  environment: EnvironmentProps = {},
): KafkaModel {
  const chart = chartIn(environment);
  const all = { storage: Size.gibibytes(10), ...props };
  return completeKafka('kafka', 'data', all, Environment.of(chart)).model;
}
