import type { Duration, Size } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { ScheduledBackup } from '../core/backup-options';
import type { CertificateSource } from '../core/certificates';
import type { Credentials } from '../core/credentials';
import type { DeepPartial } from '../core/merge';
import type { ObjectStore } from '../core/object-store';
import type { PlacementProps } from '../core/placement';
import type { OtherVolume, StorageInput } from '../core/storage';
import type { EtcdVersion } from './etcd-version';

/** Volumes of a member. */
export interface EtcdStorage {
  /** The database, and the write-ahead log unless it has a volume of its own: a size, options, or a kind of `Storage`. */
  readonly data: StorageInput;
  /** A volume for the write-ahead log alone, which every write waits for. @default - kept with the data */
  readonly wal?: StorageInput;
}

/**
 * TLS of a cluster. A certificate of your own must be good for servers and for clients, as etcd shows it to itself.
 * https://etcd.io/docs/v3.6/op-guide/security/
 */
export interface EtcdTls extends CertificateSource {
  /** Whether clients talk TLS. @default true */
  readonly clients?: boolean;
  /** Further names by which clients call the cluster, for the certificate. @default - those of its Services and members */
  readonly dnsNames?: readonly string[];
  /** Whether clients must show a certificate of the same authority. @default 'need' */
  readonly clientAuthentication?: 'need' | 'none';
  /**
   * TLS between members, with a certificate of their own that no client has. It is part of what members are called by, so
   * decide when the cluster is made. One of your own has the full name of the headless Service among its DNS names, beside
   * those of the members: whoever shows another is refused. @default - as `issuer` says, or `secret`
   */
  readonly peers?: CertificateSource | false;
}

/** What a role may do with keys; one of `key`, `prefix` and `range`. */
export interface EtcdPermission {
  /** What it permits; to write does not include to read. */
  readonly access: 'read' | 'write' | 'readwrite';
  /** A single key. @default - `prefix` or `range` instead */
  readonly key?: string;
  /** All keys that begin with it; the empty string stands for all keys. @default - `key` or `range` instead */
  readonly prefix?: string;
  /** All keys from the first on, up to and without the second. @default - `key` or `prefix` instead */
  readonly range?: readonly [string, string];
}

/** A user: with a password from a Secret, or with a client certificate whose common name is the user's. */
export interface EtcdUser {
  /** User name and password. @default - none: the user shows a certificate */
  readonly credentials?: Credentials;
  /**
   * Name of the user. Where a Secret exists it is the name in there that counts, and this one is what `grantAccess` knows
   * the user by. @default - that in the Secret
   */
  readonly name?: string;
  /** Names of roles, `root` among them, which may do everything. */
  readonly roles: readonly string[];
}

/** Users and roles; whoever logs in as nobody is refused. https://etcd.io/docs/v3.6/op-guide/authentication/rbac/ */
export interface EtcdAuthentication {
  /** The user `root`, whom no permission binds, and as whom the steward works. @default Credentials.generated() */
  readonly root?: Credentials;
  /** Users beside `root`. @default - those of `grantAccess` */
  readonly users?: readonly EtcdUser[];
  /** Permissions of each role. @default - those of `grantAccess` */
  readonly roles?: Readonly<Record<string, readonly EtcdPermission[]>>;
  /** How long a token of a login lasts. @default Duration.minutes(5) */
  readonly tokenLifetime?: Duration;
}

/** How old revisions are forgotten. https://etcd.io/docs/v3.6/op-guide/maintenance/#auto-compaction */
export type EtcdCompaction =
  | { readonly mode: 'periodic'; readonly retention: Duration }
  | { readonly mode: 'revision'; readonly retention: number };

/** When a member gives space back to its disk, which blocks it meanwhile; one at a time, the leader last. */
export interface EtcdDefragmentation {
  /** Share of the database file that is free space, from 0 to 1, above which it is defragmented at any time. @default 0.5 */
  readonly fragmentation?: number;
  /** Files smaller than this are left alone. @default Size.mebibytes(100) */
  readonly minimum?: Size;
  /** Cron schedule (UTC) at which members whose file is more than a tenth free are defragmented, too. @default - none */
  readonly schedule?: string;
}

/** Backups of a cluster. Each is a verified snapshot of one member. */
export interface EtcdBackup extends ScheduledBackup {
  /** Restores the newest backup into a member that is thrown away, and counts its keys. @default - no rehearsal */
  readonly rehearsal?: EtcdRehearsal;
  /** rclone image. @default 'rclone/rclone:1.75.2' */
  readonly image?: string;
}

/** Rehearsals of a restore. */
export interface EtcdRehearsal {
  /** A cron schedule, or an interval that divides the day. */
  readonly schedule: string | Duration;
  /** Memory of the throw-away member. @default - that of a member */
  readonly memory?: Size;
}

/** A backup that a new cluster is formed from, in every founder. It is never laid over existing data. */
export interface EtcdRestore {
  /** Where the backup is. */
  readonly from: ObjectStore | OtherVolume;
  /**
   * Name of the backup, `<time>-<revision>.db`: of this very cluster where it stands alone, else with its directory below
   * the store's prefix, such as `prod/registry/etcd/<time>-<revision>.db`.
   */
  readonly snapshot: string;
  /** Token of the new cluster, so that its members never talk to those of the old one. @default - the cluster's token and the name of the backup */
  readonly token?: string;
  /** rclone image. @default 'rclone/rclone:1.75.2' */
  readonly image?: string;
}

/** Makes a cluster anew from one member when a majority is lost for good. See docs/etcd.md before using it. */
export interface EtcdForceNewCluster {
  /** Id of the member whose data is kept; what it had not yet got is lost. */
  readonly member: number;
  /** Id of the cluster, in hexadecimal, as the steward's status tells it once the majority is lost. */
  readonly confirm: string;
}

/** Further settings of etcd's configuration file, by their names there. https://etcd.io/docs/v3.6/op-guide/configuration/ */
export interface EtcdConfiguration {
  /** Bytes of the largest request. @default 1572864 */
  readonly 'max-request-bytes'?: number;
  /** Operations in one transaction. @default 128 */
  readonly 'max-txn-ops'?: number;
  /** Changes between snapshots of the raft log. @default - 10000, in 3.5 100000 */
  readonly 'snapshot-count'?: number;
  /**
   * Features of 3.6 and later, such as `LeaseCheckpoint=true`, beside those that the library switches on.
   * @default 'CompactHashCheck=true,InitialCorruptCheck=true'
   */
  readonly 'feature-gates'?: string;
  /**
   * Any other setting; durations are nanoseconds there. Those that the library owns are refused, and so are those that
   * the release does not know, which etcd itself would leave out without a word.
   */
  readonly [setting: string]: string | number | boolean | readonly string[] | undefined;
}

/** Props of `EtcdCluster`. */
export interface EtcdClusterProps {
  /** Name of the cluster and prefix of its objects; it can never change. @default - the construct's id */
  readonly name?: string;
  /** Release to run; only one minor higher than the one before. @default EtcdVersion.V3_6_14 */
  readonly version?: EtcdVersion;
  /** Release that ran before, so that a step that etcd does not support is refused at synth. @default - checked by the steward only */
  readonly upgradesFrom?: EtcdVersion;
  /** Members, all of which vote: 1, 3, 5 or 7. @default 3 */
  readonly members?: number;
  /** How many members the cluster was formed with, once `members` has changed. @default - `members` */
  readonly founders?: number;
  /** Volumes of each member. */
  readonly storage: EtcdStorage;
  /** Largest size of the database (`quota-backend-bytes`); beyond it writes are refused. @default Size.gibibytes(2) */
  readonly quota?: Size;
  /** Permits a quota above 8 GiB, which etcd warns of. @default false */
  readonly allowLargeQuota?: boolean;
  /** Memory request and limit of a server. @default - one and a half times the quota, and 512 MiB */
  readonly memory?: Size;
  /** CPU request, as Kubernetes writes it. There is no limit: a throttled member loses its leadership. @default '250m' */
  readonly cpu?: string;
  /** TLS of clients and members. @default - off */
  readonly tls?: EtcdTls;
  /** Permits clients and members to talk plain text in production. @default false */
  readonly allowPlainText?: boolean;
  /** Users and roles. @default - none: whoever may reach the port may do anything */
  readonly authentication?: EtcdAuthentication;
  /** How old revisions are forgotten; `false` leaves that to you. @default - periodic, an hour */
  readonly compaction?: EtcdCompaction | false;
  /** When members give space back to their disks; `false` leaves that to you. @default - at a fragmentation of 0.5 */
  readonly defragmentation?: EtcdDefragmentation | false;
  /** How often the leader shows that it is there, at least the time of a round trip. @default Duration.millis(100) */
  readonly heartbeatInterval?: Duration;
  /** How long followers wait for the leader: at least five, better ten heartbeats. @default Duration.seconds(1) */
  readonly electionTimeout?: Duration;
  /** Level of the log. @default 'info' */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
  /** Further settings of etcd's configuration file. @default - as their own defaults say */
  readonly configuration?: EtcdConfiguration;
  /** Where members run. @default - spread over zones, one host each in production */
  readonly placement?: PlacementProps;
  /** Backups to object storage or to a volume. @default - no backups */
  readonly backup?: EtcdBackup;
  /** A backup to start from. @default - starts empty */
  readonly restore?: EtcdRestore;
  /** Makes the cluster anew from one member when a majority is lost for good. @default - not wanted */
  readonly forceNewCluster?: EtcdForceNewCluster;
  /** Image of the servers instead of the version's. @default - the version's */
  readonly image?: string;
  /**
   * Who restarts members in order, grows, shrinks, heals, provisions and defragments the cluster: a `steward` in the
   * cluster, or nobody (`none`), see docs/steward.md. @default 'steward'
   */
  readonly operations?: 'steward' | 'none';
  /** Official Node.js image, 22 or later, that runs the gate, the steward and the Jobs. @default 'node:22-bookworm-slim' */
  readonly nodeImage?: string;
  /** Laid upon the pod template: lists of named things are merged by name, `null` removes. @default - nothing */
  readonly podOverrides?: DeepPartial<k8s.PodTemplateSpec>;
}
