import { App, Chart, Size } from 'cdk8s';
import { Environment, type EnvironmentProps, KafkaCluster, type KafkaClusterProps } from '../../lib';
import type { KafkaFacts } from '../../lib/kafka/steward/facts';
import type { MemberPod } from '../../lib/steward/facts';

/** An object as it is rendered. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: tests walk through manifests of all kinds
  readonly [key: string]: any;
}

/** Objects of the cluster `kafka` that the guide speaks of. */
export function renderedKafka(
  props: Partial<KafkaClusterProps> = {},
  environment: EnvironmentProps = {},
): Manifest[] {
  const app = new App();
  Environment.attach(app, { name: 'prod', ...environment });
  const chart = new Chart(app, 'messaging', { namespace: 'messaging' });
  new KafkaCluster(chart, 'kafka', { storage: Size.gibibytes(100), ...props });
  return chart.toJson();
}

const OLD = '6d85b575fc';
const NEW = '7b7f666c44';

function pod(name: string, set: string, zone: number, old = false): MemberPod {
  return {
    name,
    uid: `0000000${zone}-1111-4222-8333-444444444444`,
    revision: `${set}-${old ? OLD : NEW}`,
    outdated: old ? `it runs revision ${OLD}, and ${NEW} was applied` : undefined,
    ready: true,
    terminating: false,
    stalled: false,
    node: `node-${zone + 1}`,
    zone: `zone-${'abc'[zone]}`,
  };
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
        pod: pod(`kafka-controller-${3000 + index}`, 'kafka-controller', index),
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
        pod: pod(`kafka-broker-${id}-0`, `kafka-broker-${id}`, id, id > 0),
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
