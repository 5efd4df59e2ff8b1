import * as fs from 'node:fs';
import { KafkaBrokers } from '../../../lib/kafka/steward/brokers';
import { KafkaControllers } from '../../../lib/kafka/steward/controllers';
import { Keys } from '../../../lib/kafka/steward/keys';
import type { KafkaStewardSettings } from '../../../lib/kafka/steward/settings';
import { KafkaAdmin } from '../../../lib/kafka/wire/kafka-admin';
import type { Transport } from '../../../lib/kafka/wire/types';
import { CONTROLLER, type KafkaCluster, type KafkaNode, REPLICATION } from '../../support/kafka-cluster';

/** Nobody listens there. */
const NO_GATE = 1;

/** What a steward of servers on loopback is told, as far as its eyes and hands need it. */
export function loopbackKafka(
  cluster: KafkaCluster,
  change: Partial<KafkaStewardSettings> = {},
): KafkaStewardSettings {
  const ids = [...cluster.controllers.keys()];
  return {
    cluster: 'kafka',
    sets: ['kafka-controller'],
    namespace: 'test',
    rendered: 'one',
    selector: {},
    labels: {},
    members: ids.map((id) => ({ id, part: 'voter' })),
    founders: ids,
    data: 'claims',
    controllerSet: cluster.combined ? undefined : 'kafka-controller',
    clusterId: cluster.clusterId,
    controllerHost: 'kafka-controller-{id}.kafka-controller',
    controllerPort: 9093,
    controllerListener: CONTROLLER,
    brokers: [...cluster.brokers.values()].map(({ id, addresses }) => ({
      id,
      set: `kafka-broker-${id}`,
      ...addresses[REPLICATION],
      leaving: false,
      rendered: 'one',
    })),
    combined: cluster.combined,
    metadata: 'kraft',
    transport: 'plain',
    dynamicConfiguration: {},
    reassignment: { throttle: 50_000_000, concurrency: 10, automatic: false },
    wanted: { topics: [], users: [], acls: false },
    scram: [],
    ...change,
  };
}

/** A client of the cluster. */
export function loopbackAdmin(
  cluster: KafkaCluster,
  transport: () => Transport = () => ({ timeoutMs: 10_000 }),
): KafkaAdmin {
  return new KafkaAdmin({
    brokers: () => cluster.addresses(),
    controllers: () => cluster.controllerAddresses(),
    transport,
  });
}

/** The steward's view of its controllers. */
export function loopbackControllers(cluster: KafkaCluster, admin: KafkaAdmin): KafkaControllers {
  return new KafkaControllers(
    loopbackKafka(cluster),
    admin,
    (id) => {
      const controller = cluster.controllers.get(id)?.addresses[CONTROLLER] ?? {
        host: '127.0.0.1',
        port: NO_GATE,
      };
      return { controller, gate: { host: '127.0.0.1', port: NO_GATE } };
    },
    1_000,
  );
}

/** The steward's view of its brokers; what it asks seldom in a cluster it asks every time. */
export function loopbackBrokers(
  cluster: KafkaCluster,
  admin: KafkaAdmin,
  change: Partial<KafkaStewardSettings> = {},
  keys: Keys = new Keys('plain'),
): KafkaBrokers {
  const timing = { probe: 1_000, question: 4_000, seldom: 0 };
  return new KafkaBrokers(loopbackKafka(cluster, change), admin, keys, timing, ({ host, port }) => ({
    server: { host, port },
    gate: { host, port: NO_GATE },
  }));
}

/** Takes a server's disk away and starts it with an empty one, as one that follows the quorum. */
export async function loseDisk(cluster: KafkaCluster, node: KafkaNode): Promise<void> {
  await node.server.stop();
  fs.rmSync(node.server.data, { recursive: true });
  await cluster.launch(node, []);
  await node.server.serving();
}
