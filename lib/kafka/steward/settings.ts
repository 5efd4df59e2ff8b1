import type { StewardSettings } from '../../steward/settings';
import type { Acl } from '../wire/types';

/**
 * What the steward of a Kafka cluster is told. `members`, `founders`, `data` and `selector` are those of the controllers'
 * StatefulSet; without controllers of their own `members` is empty.
 */
export interface KafkaStewardSettings extends StewardSettings {
  /** Name of the controllers' StatefulSet; undefined where there is none. */
  readonly controllerSet?: string;
  readonly clusterId: string;
  /** Full name of a controller, with `{id}` for its id. */
  readonly controllerHost: string;
  readonly controllerPort: number;
  /** Name of the controllers' listener, in capitals. */
  readonly controllerListener: string;
  /** The brokers. */
  readonly brokers: readonly StewardBroker[];
  /** Whether brokers are the controllers, too; the founders are brokers then. */
  readonly combined: boolean;
  readonly metadata: 'kraft' | 'zookeeper';
  /** How servers are talked to. Keys are in /secrets/tls, the login in /secrets/internal. */
  readonly transport: 'plain' | 'tls' | 'sasl';
  /** Settings of all brokers that are changed while they run. */
  readonly dynamicConfiguration: Readonly<Record<string, string>>;
  /** `metadata.version` to raise to, once all servers run the release: name for people, level for Kafka. */
  readonly metadataVersion?: { readonly name: string; readonly level: number };
  readonly reassignment: {
    /** Bytes a second. */
    readonly throttle: number;
    readonly concurrency: number;
    readonly automatic: boolean;
  };
  readonly wanted: WantedKafka;
  /** Listeners that take SCRAM, where a user's password can be tried: port of the brokers' pods. */
  readonly scram: readonly { readonly port: number; readonly tls: boolean; readonly mechanism: string }[];
}

/** A broker as the manifests want it. */
export interface StewardBroker {
  readonly id: number;
  /** Name of its StatefulSet; its pod is this and `-0`. */
  readonly set: string;
  /** Full name. */
  readonly host: string;
  /** Port of its replication listener. */
  readonly port: number;
  readonly rack?: string;
  readonly leaving: boolean;
  /** Annotation of its StatefulSet that was rendered together with these settings. */
  readonly rendered: string;
}

/** What should exist inside the cluster. */
export interface WantedKafka {
  readonly topics: readonly WantedTopic[];
  readonly users: readonly WantedUser[];
  /** Whether ACLs are kept; without, none is touched. */
  readonly acls: boolean;
}

export interface WantedTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
  readonly delete?: boolean;
}

export interface WantedUser {
  readonly name: string;
  /** Password in /secrets/users/<name>/password. */
  readonly scram?: 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  /** Without the principal, which is `User:<name>`. */
  readonly acls: readonly Omit<Acl, 'principal'>[];
  /** By the keys of Kafka. */
  readonly quotas: Readonly<Record<string, number>>;
  readonly delete?: boolean;
}
