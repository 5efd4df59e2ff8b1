import type { Environment } from '../core/environment';
import { keepsData } from '../core/storage';
import type { KafkaModel } from './kafka-model';

/** What is allowed and may lose records, for people to know. */
export function warningsOf(
  { brokers, defaults, props, combined }: KafkaModel,
  environment: Environment,
): string[] {
  if (!environment.isProduction || combined) return [];
  const factors = Object.entries({
    ...props.configuration,
    'default.replication.factor': defaults.replicationFactor,
  }).filter(([key, value]) => key.endsWith('replication.factor') && Number(value) === 1);
  const topics = Object.entries(props.topics ?? {}).filter(([, topic]) => topic.replicationFactor === 1);
  const single = [...factors.map(([key]) => key), ...topics.map(([name]) => `topic ${name}`)];
  if (single.length === 0) return [];
  const ephemeral = brokers.some(({ volumes }) => !keepsData(volumes));
  return [
    ephemeral
      ? `one copy of ${single.join(', ')}, on brokers whose volumes go with their pods: records are lost whenever a broker restarts`
      : `one copy of ${single.join(', ')}: nothing can be read or written while its broker is away, and a lost volume is lost records`,
  ];
}
