import type { Duration, Size } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { CertificateSource } from '../core/certificates';
import type { Credentials } from '../core/credentials';
import type { DeepPartial } from '../core/merge';
import type { PlacementProps } from '../core/placement';
import type { StorageInput } from '../core/storage';
import type { IZooKeeperCluster } from '../zookeeper/zookeeper-connection';
import type { Listener } from './kafka-listeners';
import type { KafkaVersion } from './kafka-version';

/** Settings of the servers in the words of Kafka's documentation. https://kafka.apache.org/documentation/#brokerconfigs */
export interface KafkaConfiguration {
  /** How long records are kept, in hours. @default 168 */
  readonly 'log.retention.hours'?: number;
  /** The same in milliseconds; wins over hours. -1 keeps records for ever. @default - from the hours */
  readonly 'log.retention.ms'?: number;
  /** Bytes kept of each partition. @default -1, no limit */
  readonly 'log.retention.bytes'?: number;
  /** Size of a segment in bytes. @default 1073741824 */
  readonly 'log.segment.bytes'?: number;
  /** Age at which a segment is closed, in milliseconds. @default - from log.roll.hours, 168 */
  readonly 'log.roll.ms'?: number;
  /** What happens to old records. @default 'delete' */
  readonly 'log.cleanup.policy'?: 'delete' | 'compact' | 'compact,delete';
  /** Largest batch of records in bytes. @default 1048588 */
  readonly 'message.max.bytes'?: number;
  /** Partitions of a topic that does not say how many. @default 1 */
  readonly 'num.partitions'?: number;
  /** Copies of a topic that does not say how many. @default - 3, or as many as there are brokers that stay */
  readonly 'default.replication.factor'?: number;
  /** Copies that must have a record before `acks=all` is answered. @default - 2, or 1 where there are fewer than 3 copies */
  readonly 'min.insync.replicas'?: number;
  /** Threads that recover logs after an unclean stop, for each directory. @default 2 */
  readonly 'num.recovery.threads.per.data.dir'?: number;
  /** Any other setting of a broker. Those that the library owns are refused. */
  readonly [setting: string]: string | number | boolean | undefined;
}

/** What brokers have, each and all of them. */
export interface KafkaServerProps {
  /**
   * A volume, or several (JBOD). Never take one out of the middle: the order is part of their names.
   * @default - the cluster's `storage`; controllers 10 GiB, or an emptyDir where the brokers have one
   */
  readonly storage?: StorageInput | readonly StorageInput[];
  /** Memory request and limit of a server; heap and page cache share it. @default Size.gibibytes(4), controllers Size.gibibytes(1) */
  readonly memory?: Size;
  /** Heap. @default - a quarter of memory for brokers, at most 6 GiB; half of it for controllers */
  readonly heap?: Size;
  /** CPU request, as Kubernetes writes it. There is no limit. @default '500m', controllers '250m' */
  readonly cpu?: string;
  /** Where the servers run. @default - spread over zones, one host each in production */
  readonly placement?: PlacementProps;
  /** Laid upon the pod template: lists of named things are merged by name, `null` removes. @default - nothing */
  readonly podOverrides?: DeepPartial<k8s.PodTemplateSpec>;
}

/** What one broker has of its own. */
export interface KafkaBrokerOverrides extends KafkaServerProps {
  /** Zone that it runs in, its `broker.rack`. @default - zones of the environment in turn, by id */
  readonly zone?: string;
  /** Settings of this broker alone. @default - none */
  readonly configuration?: KafkaConfiguration;
}

/** The brokers. */
export interface KafkaBrokersProps extends KafkaServerProps {
  /** Brokers 0 to count - 1. Give either this or `ids`. @default 3, unless `ids` are given */
  readonly count?: number;
  /** Ids of the brokers, any below 3000. An id never shifts, and one that was dropped should not be used again. @default - by `count` */
  readonly ids?: readonly number[];
  /**
   * Brokers to be emptied: the steward moves their partitions away, stops and unregisters them. Only then may they be
   * dropped from the list. @default - none
   */
  readonly leaving?: readonly number[];
  /** What single brokers have of their own, by id. @default - nothing */
  readonly overrides?: Readonly<Record<number, KafkaBrokerOverrides>>;
}

/** The controllers. */
export interface KafkaControllersProps extends KafkaServerProps {
  /** 1, 3 or 5. */
  readonly count: number;
  /** How many the quorum was formed with, once `count` has changed. @default - `count` */
  readonly founders?: number;
}

/** A topic. */
export interface KafkaTopic {
  /** Partitions. The number may grow, and never shrink. @default - `num.partitions`, which is 1 */
  readonly partitions?: number;
  /** Copies of each partition. @default - `default.replication.factor` */
  readonly replicationFactor?: number;
  /** `min.insync.replicas` of this topic. @default - the cluster's */
  readonly minInSyncReplicas?: number;
  /** `retention.ms`. @default - the cluster's */
  readonly retention?: Duration;
  /** `retention.bytes`, of each partition. @default - the cluster's */
  readonly retentionBytes?: Size;
  /** `cleanup.policy`. @default - the cluster's */
  readonly cleanupPolicy?: 'delete' | 'compact' | 'compact,delete';
  /** Other settings. https://kafka.apache.org/documentation/#topicconfigs @default - none */
  readonly configuration?: Readonly<Record<string, string | number | boolean>>;
  /** Deletes the topic with its records. Leaving it out of the list only forgets it. @default false */
  readonly delete?: boolean;
}

/** One thing that a user may do. https://kafka.apache.org/documentation/#operations_in_kafka */
export interface KafkaAcl {
  /** Kind of thing that it is about. */
  readonly resource: 'topic' | 'group' | 'cluster' | 'transactionalId' | 'delegationToken' | 'user';
  /** Name of the resource, or its prefix. @default '*'; for the cluster its only name */
  readonly name?: string;
  /** Whether `name` is all of it, or what it begins with. @default 'literal' */
  readonly pattern?: 'literal' | 'prefixed';
  /** What may be done with it. */
  readonly operations: readonly KafkaOperation[];
  /** Whether it allows or forbids; what is forbidden is so whatever is allowed. @default 'allow' */
  readonly permission?: 'allow' | 'deny';
  /** Address that the user comes from. @default '*' */
  readonly host?: string;
}

/** Operations of ACLs, as `kafka-acls.sh` writes them. */
export type KafkaOperation =
  | 'All'
  | 'Read'
  | 'Write'
  | 'Create'
  | 'Delete'
  | 'Alter'
  | 'Describe'
  | 'ClusterAction'
  | 'DescribeConfigs'
  | 'AlterConfigs'
  | 'IdempotentWrite';

/** Limits of a user. https://kafka.apache.org/documentation/#design_quotas */
export interface KafkaQuotas {
  /** Bytes a second that the user may write to each broker. @default - no limit */
  readonly producerByteRate?: number;
  /** Bytes a second that the user may read from each broker. @default - no limit */
  readonly consumerByteRate?: number;
  /** Share of request handler time in percent. @default - no limit */
  readonly requestPercentage?: number;
}

/** A user. */
export interface KafkaUser {
  /** Password of a SCRAM user; the user name is the key in `users`. @default - generated where a listener takes SCRAM */
  readonly credentials?: Credentials;
  /** Topics to write to; a name that ends with `*` is a prefix. @default - none */
  readonly produce?: readonly string[];
  /** Topics to read from, in any group whose name begins with the user's. @default - none */
  readonly consume?: readonly string[];
  /** Groups to read in, instead. A name that ends with `*` is a prefix. @default - the user's name as a prefix */
  readonly groups?: readonly string[];
  /** Transactional ids to produce with. One that ends with `*` is a prefix. @default - none */
  readonly transactionalIds?: readonly string[];
  /** What else the user may do. A user has exactly the ACLs that are declared. @default - nothing */
  readonly acls?: readonly KafkaAcl[];
  /** Limits. @default - none */
  readonly quotas?: KafkaQuotas;
  /** Deletes the user with its ACLs and quotas. Leaving it out of the list only forgets it. @default false */
  readonly delete?: boolean;
}

/** Keys of the servers. */
export interface KafkaTls extends CertificateSource {
  /**
   * Existing Secret with `tls.crt`, `tls.key` (PKCS #8), `ca.crt` and `tls-combined.pem`, which is key and certificates in
   * one file (`additionalOutputFormats: CombinedPEM` of cert-manager). @default - made by the issuer
   */
  readonly secret?: string;
  /** Principal of an existing certificate, its common name. @default - `<name>.<namespace>`, as the certificate that is made */
  readonly commonName?: string;
}

/** How the steward moves partitions. */
export interface KafkaReassignment {
  /** Bytes a second that moves may take of each broker. @default Size.mebibytes(50) */
  readonly throttle?: Size;
  /** Partitions that are moved at a time. @default 10 */
  readonly concurrency?: number;
  /** Whether new brokers receive their share by themselves. @default true */
  readonly automatic?: boolean;
}

/** Metadata in ZooKeeper, which only Kafka 3.9 can do. */
export interface KafkaZooKeeperMetadata {
  /** The ensemble, made here or elsewhere. */
  readonly zookeeper: IZooKeeperCluster;
  /** Znode that everything of this cluster lives below. @default - `/` and the cluster's name */
  readonly chroot?: string;
}

/** Props of `KafkaCluster`. */
export interface KafkaClusterProps {
  /** Name of the cluster and prefix of its objects; it can never change. @default - the construct's id */
  readonly name?: string;
  /** Release to run. @default KafkaVersion.V4_2 */
  readonly version?: KafkaVersion;
  /** Release that runs now, where it is not `version`: refuses upgrades and downgrades that Kafka does not allow. @default - not checked */
  readonly upgradeFrom?: KafkaVersion;
  /** `metadata.version` to hold back to, so that a downgrade stays possible. @default - that of the release */
  readonly metadataVersion?: KafkaVersion;
  /**
   * Controllers: 1, 3 or 5, or `combined` for brokers that are controllers, too (development only).
   * @default 3; none where metadata is in ZooKeeper
   */
  readonly controllers?: number | 'combined' | KafkaControllersProps;
  /** Brokers: how many, or more about them. @default 3 */
  readonly brokers?: number | KafkaBrokersProps;
  /** Volume or volumes of each broker, unless `brokers.storage` says otherwise. @default - none; one of the two is needed */
  readonly storage?: StorageInput | readonly StorageInput[];
  /** Memory request and limit of a broker, unless `brokers.memory` says otherwise. @default Size.gibibytes(4) */
  readonly memory?: Size;
  /** Keeps metadata in ZooKeeper instead of controllers (3.9 only). @default - controllers */
  readonly metadata?: KafkaZooKeeperMetadata;
  /** Id of the cluster, a UUID in Kafka's base64. It can never change. @default - made of environment, namespace and name */
  readonly clusterId?: string;
  /** Where clients connect. @default - one internal listener on 9092, with TLS where `tls` is given */
  readonly listeners?: readonly Listener[];
  /** Certificate of the servers. @default - none */
  readonly tls?: KafkaTls;
  /**
   * How servers know one another: by their certificate (`tls`), by a password of their own (`sasl`), or by the network
   * alone (`plain`). Servers that do not agree cannot talk, so it can never change: a running cluster that gets `tls` or
   * logins for its clients names here what it has. @default - 'tls' where there is `tls`, 'sasl' where users are known, else 'plain'
   */
  readonly internalSecurity?: 'tls' | 'sasl' | 'plain';
  /** Whether ACLs are enforced. @default - 'acl' where a listener knows its users, else 'none' */
  readonly authorization?: 'acl' | 'none';
  /** Principals whom no ACL binds, such as `User:admin`. @default - the servers and the steward */
  readonly superUsers?: readonly string[];
  /** Settings of the brokers; those that Kafka can change in a running broker are applied without a restart. @default - as their own defaults say */
  readonly configuration?: KafkaConfiguration;
  /** Topics by name. @default - none */
  readonly topics?: Readonly<Record<string, KafkaTopic>>;
  /** Users by name. @default - those of `grantAccess` */
  readonly users?: Readonly<Record<string, KafkaUser>>;
  /** How partitions are moved. @default - as its own defaults say */
  readonly reassignment?: KafkaReassignment;
  /** Where servers run, unless brokers or controllers say otherwise. @default - spread over zones, one host each in production */
  readonly placement?: PlacementProps;
  /** Level of the console log. @default 'INFO' */
  readonly logLevel?: 'ERROR' | 'WARN' | 'INFO' | 'DEBUG';
  /** A kafka-exporter beside the steward's own metrics. https://github.com/danielqsj/kafka_exporter @default - none */
  readonly exporter?: { readonly image?: string };
  /** Image of the servers instead of the version's. @default - the version's */
  readonly image?: string;
  /**
   * Who restarts servers in order, moves partitions, changes the quorum and provisions topics and users: a `steward` in
   * the cluster, or nobody (`none`), see docs/steward.md. @default 'steward'
   */
  readonly operations?: 'steward' | 'none';
  /** Official Node.js image, 22 or later, that runs the gate and the steward. @default 'node:22-bookworm-slim' */
  readonly nodeImage?: string;
}
