import { GATE_PORT } from '../../steward/gate-report';
import { type Reach, reach } from '../../steward/reach';
import { partitionName } from '../wire/partition-name';
import type {
  Address,
  ClusterState,
  FeatureState,
  LogDir,
  QuorumState,
  ReassignmentState,
} from '../wire/types';
import type { BrokerFacts, BrokerServer, Partition } from './facts';
import { askGateOf, type GateSays } from './probe';
import { hasCaughtUp } from './quorum-places';
import type { KafkaStewardSettings, StewardBroker } from './settings';
import type { TopicSettings } from './topic-settings';

/** What is known of a broker without asking Kubernetes. */
export interface ObservedBroker {
  readonly id: number;
  /** `starting`: its host is there, and neither gate nor server listens yet. */
  readonly server: BrokerServer;
  /** Whether the cluster knows it, fenced or not. */
  readonly registered: boolean;
  readonly failedDirectories: readonly string[];
}

/** What a broker's own ports tell. */
export type Heard = Reach | ({ readonly state: 'gate' } & GateSays);

/** Where a broker is asked. */
export interface BrokerAddress {
  readonly server: Address;
  readonly gate: Address;
}

export const brokerAddress = ({ host, port }: Pick<StewardBroker, 'host' | 'port'>): BrokerAddress => ({
  server: { host, port },
  gate: { host, port: GATE_PORT },
});

/** Listens at the ports of a broker. */
export async function hear(id: number, { server, gate }: BrokerAddress, timeoutMs: number): Promise<Heard> {
  const reached = await reach(server, timeoutMs);
  if (reached.state === 'open') return reached;
  const report = await askGateOf(id, gate, timeoutMs);
  return report ? { state: 'gate', ...report } : reached;
}

/** What a broker's server is, by its own ports and by the metadata. */
export function serverOf(heard: Heard | undefined, unfenced: boolean | undefined): BrokerServer {
  if (!heard) return { state: 'silent', reason: 'its address is not known' };
  switch (heard.state) {
    case 'gate':
      return { state: 'gate', disk: heard.disk, says: heard.says };
    case 'refused':
      return { state: 'starting' };
    case 'unreachable':
      return { state: 'silent', reason: heard.reason };
    case 'open':
      if (unfenced) return { state: 'serving' };
      // It takes requests only after it was unfenced, so that it is not on its way.
      return {
        state: 'silent',
        reason: unfenced === undefined ? 'nobody can say whether it is fenced' : 'it is fenced',
      };
  }
}

/**
 * Brokers whose metadata can be believed, best first. A broker that has lost the controllers goes on telling what it knew
 * last, with all replicas in sync; so only those count that have just fetched all there was from the quorum's leader.
 */
export function believable(
  quorum: QuorumState,
  among: readonly number[],
  before: number | undefined,
): number[] {
  const told = [...quorum.voters, ...quorum.observers].filter((replica) => hasCaughtUp(quorum, replica));
  const ids = among.filter((id) => told.some((replica) => replica.id === id));
  return ids.sort((a, b) => Number(b === before) - Number(a === before) || a - b);
}

/** Partitions with what it takes to be safe. */
export function partitionsOf(
  { topics }: ClusterState,
  settings: ReadonlyMap<string, TopicSettings>,
  moving: readonly ReassignmentState[],
  sizes: ReadonlyMap<string, number>,
): Partition[] {
  const moves = new Map(moving.map((each) => [partitionName(each), each]));
  return topics.flatMap(({ name: topic, partitions }) => {
    const minInSync = settings.get(topic)?.minInSync ?? 1;
    return partitions.map(({ partition, leader, replicas, isr }): Partition => {
      const name = partitionName({ topic, partition });
      const { adding = [], removing = [] } = moves.get(name) ?? {};
      return {
        topic,
        partition,
        leader,
        replicas,
        isr,
        minInSync,
        adding,
        removing,
        bytes: sizes.get(name) ?? 0,
      };
    });
  });
}

/** Bytes of the largest replica of each partition. */
export function sizesOf(logDirs: ReadonlyMap<number, readonly LogDir[]>): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const directories of logDirs.values()) {
    for (const replica of directories.flatMap(({ replicas }) => replicas)) {
      const name = partitionName(replica);
      sizes.set(name, Math.max(sizes.get(name) ?? 0, replica.sizeBytes));
    }
  }
  return sizes;
}

/** Directories that a broker cannot use. */
export function failedIn(directories: readonly LogDir[] = []): string[] {
  return directories.filter(({ error }) => error).map(({ path }) => path);
}

/** Who votes, and who of them has caught up. */
export function votesOf(quorum: QuorumState): BrokerFacts['quorum'] {
  return {
    voters: quorum.voters.map(({ id }) => id),
    caughtUp: quorum.voters.filter((replica) => hasCaughtUp(quorum, replica)).map(({ id }) => id),
  };
}

const METADATA_VERSION = 'metadata.version';

/** The step to the wanted `metadata.version`, once brokers have it; nothing else is ever raised. */
export function upgradeDue(
  wanted: KafkaStewardSettings['metadataVersion'],
  features: readonly FeatureState[] | undefined,
): BrokerFacts['upgrade'] {
  const found = features?.find(({ name }) => name === METADATA_VERSION);
  if (!wanted || !found || found.finalized >= wanted.level || found.max < wanted.level) return undefined;
  return { name: METADATA_VERSION, from: found.finalized, to: wanted.level, says: wanted.name };
}
