import type {
  Acl,
  BrokerNode,
  FeatureState,
  GroupLag,
  QuorumReplica,
  ScramMechanism,
} from '../../../lib/kafka/wire/types';
import { KafkaError } from '../../../lib/kafka/wire/types';

/** A broker of a `FakeKafka`. */
export interface FakeBroker extends BrokerNode {
  serving: boolean;
  /** Directories of its logs; partitions are in them by turns. */
  directories: { path: string; error?: string }[];
}

/** A partition of a `FakeKafka`. `replicas` begins with the preferred leader. */
export interface FakePartition {
  leader: number;
  replicas: number[];
  isr: number[];
  adding: number[];
  removing: number[];
  bytes: number;
}

export interface FakeTopic {
  readonly internal: boolean;
  readonly partitions: FakePartition[];
  readonly configs: Map<string, string>;
}

const BYTES = 1_000;
const OWN_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAA';

/** A Kafka cluster in memory, and what a test does to it. Replicas catch up, and moves end, by `tick`. */
export class FakeKafka {
  readonly clusterId = 'AAAAAAAAAAAAAAAAAAAAAA';
  readonly brokersById = new Map<number, FakeBroker>();
  readonly topicsByName = new Map<string, FakeTopic>();
  /** Dynamic settings of brokers: '' for those of all. */
  readonly brokerConfigs = new Map<string, Map<string, string>>();
  /** Passwords by user and mechanism. */
  readonly passwords = new Map<string, Map<ScramMechanism, string>>();
  readonly quotasByUser = new Map<string, Record<string, number>>();
  aclList: Acl[] = [];
  featureList: FeatureState[] = [{ name: 'metadata.version', min: 7, max: 29, finalized: 29 }];
  voters: QuorumReplica[] = [];
  observers: QuorumReplica[] = [];
  quorumLeader: number;
  lags: GroupLag[] = [];
  controllerId: number;
  /** Names of the settings that are refused. */
  readonly invalidConfigs = new Set<string>();
  /** What topics have that do not say otherwise. */
  readonly topicDefaults = new Map([
    ['min.insync.replicas', '1'],
    ['retention.ms', '604800000'],
  ]);

  constructor(
    brokers: readonly (number | { readonly id: number; readonly rack?: string })[] = [0, 1, 2],
    controllers: readonly number[] = [3000, 3001, 3002],
  ) {
    for (const each of brokers) {
      if (typeof each === 'number') this.register(each);
      else this.register(each.id, each.rack);
    }
    this.voters = controllers.map((id) => replicaOf(id));
    this.quorumLeader = controllers[0] ?? -1;
    this.controllerId = [...this.brokersById.keys()][0] ?? -1;
  }

  /** Adds a broker that serves. */
  register(id: number, rack?: string, directories: readonly string[] = ['/data/0/kafka']): void {
    const address = { host: `kafka-broker-${id}`, port: 9091 };
    const broker = {
      id,
      rack,
      ...address,
      serving: true,
      directories: directories.map((path) => ({ path })),
    };
    this.brokersById.set(id, broker);
  }

  /** Stops a broker: others lead, and it falls out of sync. */
  stop(id: number): void {
    this.broker(id).serving = false;
    for (const partition of this.partitions()) {
      const rest = partition.isr.filter((each) => each !== id);
      if (rest.length > 0) partition.isr = rest;
      if (partition.leader === id) partition.leader = rest.find((each) => this.serves(each)) ?? -1;
    }
  }

  /** Starts a broker again; its replicas catch up by `tick`. */
  start(id: number): void {
    this.broker(id).serving = true;
    for (const partition of this.partitions()) {
      if (partition.leader === -1 && partition.isr.includes(id)) partition.leader = id;
    }
  }

  /** Time goes by: replicas catch up, and moves end whose new replicas have. */
  tick(): void {
    for (const partition of this.partitions()) {
      if (partition.leader === -1) continue;
      const caughtUp = partition.replicas.filter((id) => this.serves(id) && !partition.isr.includes(id));
      partition.isr = [...partition.isr, ...caughtUp].sort((a, b) => a - b);
      this.endMove(partition);
    }
  }

  /** A topic with these replicas, one list for each partition. */
  put(
    name: string,
    replicas: readonly (readonly number[])[],
    configs: Record<string, string> = {},
    internal = false,
  ): void {
    const partitions = replicas.map((ids) => this.newPartition([...ids]));
    this.topicsByName.set(name, { internal, partitions, configs: new Map(Object.entries(configs)) });
  }

  partition(topic: string, partition: number): FakePartition {
    const found = this.topic(topic).partitions[partition];
    if (!found)
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `there is no partition ${topic}-${partition}`);
    return found;
  }

  /** Whether a password is taken; undefined while no broker serves. */
  login(user: string, mechanism: ScramMechanism, password: string): boolean | undefined {
    if (![...this.brokersById.values()].some(({ serving }) => serving)) return undefined;
    return this.passwords.get(user)?.get(mechanism) === password;
  }

  protected serves(id: number): boolean {
    return this.brokersById.get(id)?.serving === true;
  }

  protected broker(id: number): FakeBroker {
    const broker = this.brokersById.get(id);
    if (!broker) throw new Error(`there is no broker ${id}`);
    return broker;
  }

  protected topic(name: string): FakeTopic {
    const topic = this.topicsByName.get(name);
    if (!topic) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic ${name}`);
    return topic;
  }

  protected partitions(): FakePartition[] {
    return [...this.topicsByName.values()].flatMap(({ partitions }) => partitions);
  }

  /** Brokers in turn; those that do not serve come last, as Kafka has it. */
  protected place(at: number, factor: number): number[] {
    const ids = [...this.brokersById.keys()].sort((a, b) => a - b);
    if (factor < 1 || factor > ids.length) {
      throw new KafkaError('INVALID_REPLICATION_FACTOR', `${factor} replicas on ${ids.length} brokers`);
    }
    const turned = ids.map((_, index) => ids[(index + at) % ids.length]);
    return turned.sort((a, b) => Number(this.serves(b)) - Number(this.serves(a))).slice(0, factor);
  }

  protected newPartition(replicas: number[]): FakePartition {
    const serving = replicas.filter((id) => this.serves(id));
    const isr = (serving.length > 0 ? serving : replicas.slice(0, 1)).sort((a, b) => a - b);
    return { leader: serving[0] ?? -1, replicas, isr, adding: [], removing: [], bytes: BYTES };
  }

  protected endMove(partition: FakePartition): void {
    const target = partition.replicas.filter((id) => !partition.removing.includes(id));
    const isr = partition.isr.filter((id) => target.includes(id));
    const caughtUp = partition.adding.every((id) => isr.includes(id));
    if (!moving(partition) || !caughtUp || isr.length === 0) return;
    Object.assign(partition, { replicas: target, isr, adding: [], removing: [] });
    this.lead(partition);
  }

  /** Gives a partition another leader when its own has no replica any more. */
  protected lead(partition: FakePartition): void {
    if (partition.isr.includes(partition.leader)) return;
    partition.leader = partition.replicas.find((id) => partition.isr.includes(id) && this.serves(id)) ?? -1;
  }
}

/** Whether a partition is being moved. */
export function moving({ adding, removing }: FakePartition): boolean {
  return adding.length + removing.length > 0;
}

/** A member of the metadata quorum, with a directory of its own. */
export function replicaOf(id: number, directoryId = `${OWN_DIRECTORY}${id % 10}`): QuorumReplica {
  return { id, directoryId, logEndOffset: 100, lastFetchTimestamp: 1_000, lastCaughtUpTimestamp: 1_000 };
}
