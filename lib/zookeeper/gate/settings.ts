/** What the gate is told, as JSON in the cluster's ConfigMap; the same for all members. */
export interface GateSettings {
  readonly cluster: string;
  /** Every member that should exist. */
  readonly members: readonly GateMember[];
  /** Ids of the members that may form the ensemble. */
  readonly founders: readonly number[];
  /** Port on which members reach one another's client port, and so where gates listen. */
  readonly port: number;
  /** Whether that port speaks TLS. */
  readonly tls: boolean;
  readonly quorumPort: number;
  readonly electionPort: number;
  /** Whether the transaction log has a volume of its own. */
  readonly transactionLogVolume: boolean;
  /** Object in the backup store that a new ensemble starts from. */
  readonly restore?: string;
}

/** A member as the manifests want it. */
export interface GateMember {
  readonly id: number;
  readonly host: string;
  readonly role: 'participant' | 'observer';
}

/** Directories in the gate's container. */
export interface GatePaths {
  /** The data volume. */
  readonly data: string;
  /** The transaction log's volume. */
  readonly log: string;
  /** The ConfigMap. */
  readonly config: string;
  /** What the gate prepares in memory: key stores and password files. */
  readonly run: string;
  /** Mounted Secrets. */
  readonly secrets: string;
  /** The optional marker that the ensemble exists. */
  readonly formed: string;
}

/** Where the pod mounts them. */
export const GATE_PATHS: GatePaths = {
  data: '/data',
  log: '/datalog',
  config: '/config',
  run: '/run/zookeeper',
  secrets: '/secrets',
  formed: '/formed',
};
