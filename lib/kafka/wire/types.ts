import type * as tls from 'node:tls';

/** Where a server is. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How a connection proves who it is. */
export interface Login {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly username: string;
  readonly password: string;
}

/** How servers are talked to. */
export interface Transport {
  /** Keys and authority; undefined: plain text. `servername` is set for each server. */
  readonly tls?: tls.ConnectionOptions;
  readonly login?: Login;
  /** How long one request may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** A broker as the cluster's metadata has it. */
export interface BrokerNode extends Address {
  readonly id: number;
  readonly rack?: string;
}

/** A partition. */
export interface PartitionState {
  readonly partition: number;
  /** -1: none. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly offlineReplicas: readonly number[];
}

/** A topic. */
export interface TopicState {
  readonly name: string;
  readonly internal: boolean;
  readonly partitions: readonly PartitionState[];
}

/** What a broker knows of the cluster. */
export interface ClusterState {
  readonly clusterId: string;
  /** In KRaft a broker that takes requests for the controller; in ZooKeeper mode the controller itself. -1: none. */
  readonly controllerId: number;
  /** Brokers that serve (are not fenced). */
  readonly brokers: readonly BrokerNode[];
  readonly topics: readonly TopicState[];
}

/** A member of the metadata quorum. */
export interface QuorumReplica {
  readonly id: number;
  /** 22 characters of url-safe base64; 'AAAAAAAAAAAAAAAAAAAAAA' where the version does not tell. */
  readonly directoryId: string;
  readonly logEndOffset: number;
  /** Milliseconds since 1970 by the leader's clock; -1: not known. */
  readonly lastFetchTimestamp: number;
  readonly lastCaughtUpTimestamp: number;
}

/** The metadata quorum as its leader sees it. */
export interface QuorumState {
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly highWatermark: number;
  readonly voters: readonly QuorumReplica[];
  readonly observers: readonly QuorumReplica[];
}

/** A range of versions of a feature. */
export interface FeatureState {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Level that the cluster has agreed on; 0: off. */
  readonly finalized: number;
}

export type ConfigResourceType = 'topic' | 'broker' | 'group';

export interface ConfigResource {
  readonly type: ConfigResourceType;
  /** Name of the topic; id of the broker, or '' for the default of all brokers. */
  readonly name: string;
}

/** A setting as a server has it. */
export interface ConfigEntry {
  readonly name: string;
  /** null: sensitive, or not set. */
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly source: 'topic' | 'broker' | 'default-broker' | 'static-broker' | 'default' | 'group' | 'other';
}

/** A change of one setting; undefined removes it. */
export type ConfigChange = readonly [name: string, value: string | undefined];

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

/** A partition being moved. */
export interface ReassignmentState {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

/** Where a partition's replicas should be; undefined cancels a move. */
export interface Reassignment {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[] | undefined;
}

/** A directory of a broker's logs. */
export interface LogDir {
  readonly path: string;
  /** Why it cannot be used. */
  readonly error?: string;
  readonly totalBytes: number;
  readonly usableBytes: number;
  readonly replicas: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly sizeBytes: number;
    readonly offsetLag: number;
    /** Whether it is the new place of a move between directories. */
    readonly isFuture: boolean;
  }[];
}

export interface Acl {
  readonly resource: 'topic' | 'group' | 'cluster' | 'transactionalId' | 'delegationToken' | 'user';
  readonly name: string;
  readonly pattern: 'literal' | 'prefixed';
  /** `User:name` */
  readonly principal: string;
  readonly host: string;
  readonly operation: string;
  readonly permission: 'allow' | 'deny';
}

/** Limits of a user, by the keys of Kafka: `producer_byte_rate`, `consumer_byte_rate`, `request_percentage`. */
export interface UserQuota {
  readonly user: string;
  readonly limits: Readonly<Record<string, number>>;
}

export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

/** How far a group is behind in a partition. */
export interface GroupLag {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly lag: number;
}

/**
 * What is asked of a cluster, and done to it, over Kafka's own protocol. Requests go to whichever server answers, but those
 * that only one server can answer. Each call gives up by itself after the transport's time and rejects with `KafkaError`
 * when the server refuses. https://kafka.apache.org/protocol
 */
export interface Admin {
  /** Metadata of all topics. `from` asks that very broker. */
  describe(from?: number): Promise<ClusterState>;
  /** The quorum, asked of brokers, or of the controllers themselves with `controllers`. */
  describeQuorum(via: 'brokers' | 'controllers'): Promise<QuorumState>;
  addVoter(voter: {
    clusterId: string;
    id: number;
    directoryId: string;
    listener: string;
    address: Address;
  }): Promise<void>;
  removeVoter(voter: { clusterId: string; id: number; directoryId: string }): Promise<void>;
  unregisterBroker(id: number): Promise<void>;
  features(): Promise<FeatureState[]>;
  /** Raises (or lowers, `downgrade: 'safe'`) one feature. */
  updateFeature(name: string, level: number, downgrade?: 'safe'): Promise<void>;
  /** Settings by name of their resource; all of them, or those that are named. */
  describeConfigs(
    resources: readonly ConfigResource[],
    names?: readonly string[],
  ): Promise<Map<string, ConfigEntry[]>>;
  alterConfigs(resource: ConfigResource, changes: readonly ConfigChange[]): Promise<void>;
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  growTopic(name: string, partitions: number): Promise<void>;
  deleteTopic(name: string): Promise<void>;
  reassign(moves: readonly Reassignment[]): Promise<void>;
  reassignments(): Promise<ReassignmentState[]>;
  /** Elects the first replica of each partition as leader again, where it is in sync. */
  electPreferredLeaders(): Promise<void>;
  logDirs(broker: number): Promise<LogDir[]>;
  acls(): Promise<Acl[]>;
  createAcls(acls: readonly Acl[]): Promise<void>;
  deleteAcls(acls: readonly Acl[]): Promise<void>;
  /** Users with their mechanisms. */
  scramUsers(): Promise<Map<string, ScramMechanism[]>>;
  setScramUser(user: string, mechanism: ScramMechanism, password: string): Promise<void>;
  deleteScramUser(user: string, mechanism: ScramMechanism): Promise<void>;
  quotas(): Promise<UserQuota[]>;
  /** undefined removes a limit. */
  alterQuota(user: string, limits: Readonly<Record<string, number | undefined>>): Promise<void>;
  /** How far every group is behind, in partitions where it has committed an offset. */
  groupLags(): Promise<GroupLag[]>;
  /** Closes all connections. */
  close(): void;
}

/** What the controllers know of brokers, which no broker of every version tells. */
export interface Registrations {
  /** Those of these brokers that are registered, whether they serve or not. KRaft only. */
  registered(ids: readonly number[]): Promise<number[]>;
}

/** A server that refuses. */
export class KafkaError extends Error {
  constructor(
    /** Name as in Kafka's protocol guide, such as `NOT_CONTROLLER`. */
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'KafkaError';
  }
}
