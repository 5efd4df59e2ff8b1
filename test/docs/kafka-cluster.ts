import { Size } from 'cdk8s';
import { type EnvironmentProps, KafkaCluster, type KafkaClusterProps } from '../../lib';
import type { KafkaFacts } from '../../lib/kafka/steward/facts';
import { type Manifest, podOf, rendered } from './rendered';

/** Objects of the cluster `kafka` that the guide speaks of. */
export function renderedKafka(
  props: Partial<KafkaClusterProps> = {},
  environment: EnvironmentProps = {},
): Manifest[] {
  return rendered(
    'messaging',
    environment,
    (chart) => new KafkaCluster(chart, 'kafka', { storage: Size.gibibytes(100), ...props }),
  );
}

/** Three controllers that rest, and three brokers of which two have yet to be restarted. */
export function rollingKafka(): KafkaFacts {
  const three = [0, 1, 2];
  return {
    controllers: {
      formed: true,
      founders: [3000, 3001, 3002],
      firstId: 3000,
      replicas: 3,
      quorum: true,
      provisioned: true,
      members: three.map((index) => ({
        id: 3000 + index,
        wanted: 'voter',
        listed: 'voter',
        pod: podOf(`kafka-controller-${3000 + index}`, 'kafka-controller', index),
        server: { state: 'serving', role: index === 1 ? 'leader' : 'follower', synced: true, lag: 0 },
      })),
    },
    brokers: {
      known: true,
      brokers: three.map((id) => ({
        id,
        wanted: 'staying',
        rack: `zone-${'abc'[id]}`,
        set: { replicas: 1 },
        pod: podOf(`kafka-broker-${id}-0`, `kafka-broker-${id}`, id, id > 0),
        server: { state: 'serving' },
        registered: true,
        failedDirectories: [],
      })),
      partitions: Array.from({ length: 24 }, (_, partition) => {
        const replicas = three.map((offset) => (partition + offset) % 3);
        return {
          topic: 'orders',
          partition,
          leader: replicas[0],
          replicas,
          isr: replicas,
          minInSync: 2,
          adding: [],
          removing: [],
          bytes: 0,
        };
      }),
      throttled: false,
      reassignment: { throttle: 52_428_800, concurrency: 10, automatic: true },
      staleCertificates: [],
    },
  };
}
