import { within } from '../../steward/within';
import { partitionName } from '../wire/partition-name';
import type { Address, Admin, ClusterState, QuorumState, Transport } from '../wire/types';
import type { HeldPartition, StartFacts } from './facts';
import { askPeer } from './peers';
import type { KafkaGatePeer, KafkaGateSettings } from './settings';
import { readTransport } from './transport';

const ANSWER_MS = 2_000;
const CLIENT_MS = 5_000;
/** Controllers without a leader are asked until one is elected; a founder must not be kept from helping to elect it. */
const QUORUM_MS = 1_500;

/** Makes a client of the cluster that knows these brokers and controllers. */
export type Connect = (servers: {
  readonly brokers: readonly Address[];
  readonly controllers: readonly Address[];
  readonly transport: Transport;
}) => Admin;

/** What others answered. */
export type Asked = Pick<StartFacts, 'peers' | 'voters' | 'served' | 'missing' | 'bootstrap'>;

/** Who asks, and by which means. */
export interface AskOptions {
  readonly settings: KafkaGateSettings;
  readonly id: number;
  readonly secrets: string;
  readonly gatePort: number;
  /** Replicas that are on the disks, as `topic-partition`. */
  readonly replicas: () => ReadonlySet<string>;
  readonly connect: Connect;
}

/** Asks the other servers for what is to be known: about the quorum (`metadata`), or about this broker's `partitions`. */
export async function askOthers(
  options: AskOptions,
  want: { readonly metadata: boolean; readonly partitions: boolean },
): Promise<Asked> {
  if (!want.metadata && !want.partitions) return { peers: new Map(), served: false };
  const { connect, id, secrets, settings } = options;
  const isOther = (peer: KafkaGatePeer) => peer.id !== id;
  const brokers = settings.brokers.filter(isOther);
  const controllers = (settings.controllers ?? settings.founders).filter(isOther);
  const founders = settings.founders.filter(isOther);
  const transport = readTransport(secrets, settings.transport, CLIENT_MS);
  const admin = connect({ brokers, controllers, transport });
  try {
    const [cluster, quorum, fromControllers] = await Promise.all([
      brokers.length > 0 ? answerOf(admin.describe()) : undefined,
      want.metadata && controllers.length > 0
        ? answerOf(within(QUORUM_MS, admin.describeQuorum('controllers')))
        : undefined,
      askPeers(options, want.metadata ? [...controllers, ...founders] : []),
    ]);
    const known =
      cluster && (settings.zookeeper || cluster.clusterId === settings.clusterId) ? cluster : undefined;
    const fromBrokers = await askPeers(options, want.partitions && !known ? brokers : []);
    return {
      peers: new Map([...fromBrokers, ...fromControllers]),
      voters: led(quorum)?.voters,
      served: known !== undefined,
      ...(known && want.partitions && { missing: missingReplicas(known, id, options.replicas()) }),
      ...(known && bootstrapOf(known, brokers)),
    };
  } finally {
    admin.close();
  }
}

/** Partitions that a broker should have and has not got. */
export function missingReplicas(
  { topics }: Pick<ClusterState, 'topics'>,
  id: number,
  present: ReadonlySet<string>,
): HeldPartition[] {
  return topics.flatMap(({ name, partitions }) =>
    partitions
      .map(({ partition, replicas, isr }) => ({ topic: name, partition, replicas, isr }))
      .filter((held) => held.replicas.includes(id) && !present.has(partitionName(held))),
  );
}

const led = (quorum: QuorumState | undefined) => (quorum && quorum.leaderId >= 0 ? quorum : undefined);

function bootstrapOf(known: ClusterState, brokers: readonly KafkaGatePeer[]): { bootstrap: string } {
  const serving = brokers.find(({ id }) => known.brokers.some((broker) => broker.id === id)) ?? brokers[0];
  return { bootstrap: `${serving.host}:${serving.port}` };
}

async function answerOf<T>(question: Promise<T>): Promise<T | undefined> {
  return question.catch(() => undefined);
}

async function askPeers(
  { gatePort, settings }: AskOptions,
  peers: readonly KafkaGatePeer[],
): Promise<[number, Awaited<ReturnType<typeof askPeer>>][]> {
  const unique = [...new Map(peers.map((peer) => [peer.id, peer])).values()];
  const own = { clusterId: settings.clusterId, founders: settings.founders.map(({ id }) => id) };
  return Promise.all(
    unique.map(async (peer) => [peer.id, await askPeer(peer, gatePort, own, ANSWER_MS)] as const),
  ).then((answers) => answers.map(([id, peer]) => [id, peer]));
}
