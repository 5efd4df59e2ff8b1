import type { Cause, Facts, MemberPod, Phase } from '../../steward/facts';

/** What a broker's server says of itself. */
export type BrokerServer =
  | { readonly state: 'silent'; readonly reason: string }
  /** Its gate answers: the server has not been started yet. */
  | { readonly state: 'gate'; readonly disk: 'empty' | 'data' | 'foreign'; readonly says?: string }
  /** It runs and does not serve yet; it may be recovering its logs, which must not be broken off. */
  | { readonly state: 'starting' }
  /** It serves and is not fenced. */
  | { readonly state: 'serving' };

/** A broker as everybody sees it. */
export interface Broker {
  readonly id: number;
  /** What the manifests want; undefined: it should not exist. */
  readonly wanted?: 'staying' | 'leaving';
  readonly rack?: string;
  /** Whether its StatefulSet exists, and how many pods it should have. */
  readonly set?: { readonly replicas: number };
  readonly pod?: MemberPod;
  readonly server: BrokerServer;
  /** Whether the cluster knows it, fenced or not. */
  readonly registered: boolean;
  /** Directories that failed. */
  readonly failedDirectories: readonly string[];
}

/** A partition, with what it takes to be safe. */
export interface Partition {
  readonly topic: string;
  readonly partition: number;
  /** -1: none. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  /** `min.insync.replicas` of its topic. */
  readonly minInSync: number;
  /** Replicas that a move adds and removes; both empty: it is not being moved. */
  readonly adding: readonly number[];
  readonly removing: readonly number[];
  /** Bytes of its largest replica; 0: not known. */
  readonly bytes: number;
}

/** Everything that the next step for the brokers is decided from. */
export interface BrokerFacts {
  /** Why what Kubernetes has is not yet what was applied; undefined: it is. */
  readonly unapplied?: string;
  /** Whether brokers answered, so that `partitions` is known. */
  readonly known: boolean;
  readonly brokers: readonly Broker[];
  readonly partitions: readonly Partition[];
  /** Broker that is the active controller (combined, or metadata in ZooKeeper). */
  readonly activeController?: number;
  /** Of a combined broker: voters of the quorum, and those that have caught up. undefined: brokers do not vote. */
  readonly quorum?: { readonly voters: readonly number[]; readonly caughtUp: readonly number[] };
  /** Whether moves of ours are under way: brokers have a throttle that the steward has set. */
  readonly throttled: boolean;
  readonly reassignment: {
    readonly throttle: number;
    readonly concurrency: number;
    readonly automatic: boolean;
  };
  /** What is not yet as it should be inside the cluster (topics, users, ACLs, settings), in words. */
  readonly unprovisioned?: string;
  /** Why bringing that about failed a moment ago. */
  readonly provisionFailed?: string;
  /** Feature to raise once every server runs the release. */
  readonly upgrade?: {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly says: string;
  };
  /** Brokers that serve another certificate than the one that was issued last. */
  readonly staleCertificates: readonly number[];
  /** Why reloading one failed a moment ago, which keeps nothing else from being done. */
  readonly reloadFailed?: string;
  /** Topics whose partitions have more or fewer replicas than declared, with the number that is declared. */
  readonly factors?: ReadonlyMap<string, number>;
  /** What stays different from what was declared until people change something, in words. */
  readonly notes?: readonly string[];
  /** Whether the quorum of combined brokers has been marked as formed; undefined: there is nothing to mark. */
  readonly formed?: boolean;
}

/** Where a partition goes. */
export interface Move {
  readonly topic: string;
  readonly partition: number;
  /** Replicas in the order that makes the first the preferred leader. */
  readonly replicas: readonly number[];
  /** Whether this only takes a move back: nothing happens if that has arrived meanwhile. */
  readonly cancels?: true;
}

/** What is done next; one thing at a time. */
export type BrokerStep = { readonly phase: Phase; readonly why: string } & (
  | { readonly step: 'restart-broker'; readonly id: number; readonly uid: string }
  /** Gives a broker that should run its pod back, or takes that of a drained one. */
  | { readonly step: 'scale-broker'; readonly id: number; readonly replicas: 0 | 1 }
  /** Moves partitions, with the throttle set before. */
  | { readonly step: 'reassign'; readonly moves: readonly Move[] }
  /** Takes the throttle off: nothing is left to move. */
  | { readonly step: 'unthrottle' }
  | { readonly step: 'unregister'; readonly id: number }
  | { readonly step: 'reload-certificate'; readonly id: number }
  | { readonly step: 'provision' }
  | { readonly step: 'upgrade'; readonly feature: string; readonly level: number }
  | { readonly step: 'wait'; readonly cause: Cause; readonly todo?: string }
  | { readonly step: 'rest' }
);

/** The whole cluster: controllers, where they are a set of their own, and brokers. */
export interface KafkaFacts {
  readonly controllers?: Facts;
  readonly brokers: BrokerFacts;
}
