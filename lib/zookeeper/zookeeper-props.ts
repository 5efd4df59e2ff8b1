import type { Duration, Size } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-27';
import type { CertificateSource } from '../core/certificates';
import type { Credentials } from '../core/credentials';
import type { DeepPartial } from '../core/merge';
import type { ObjectStore } from '../core/object-store';
import type { PlacementProps } from '../core/placement';
import type { StorageInput } from '../core/storage';

/** A release of ZooKeeper and the official image that carries it. https://hub.docker.com/_/zookeeper */
export class ZooKeeperVersion {
  static readonly V3_9_3 = new ZooKeeperVersion('3.9.3', 'zookeeper:3.9.3');
  static readonly V3_9_4 = new ZooKeeperVersion('3.9.4', 'zookeeper:3.9.4');
  static readonly V3_9_5 = new ZooKeeperVersion('3.9.5', 'zookeeper:3.9.5');

  /** Another 3.9 release, or a release from another image with the same entry point and paths. */
  static custom(version: string, image: string): ZooKeeperVersion {
    return new ZooKeeperVersion(version, image);
  }

  private constructor(
    readonly version: string,
    readonly image: string,
  ) {}
}

/** Volumes of a member. */
export interface ZooKeeperStorage {
  /** Snapshots, and transactions unless they have a volume of their own: a size, options, or a kind of `Storage`. */
  readonly data: StorageInput;
  /** A volume for the transaction log alone, which every write waits for. @default - kept with the data */
  readonly transactionLog?: StorageInput;
}

/** TLS of an ensemble. https://zookeeper.apache.org/doc/r3.9.4/zookeeperAdmin.html#sc_authOptions */
export interface ZooKeeperTls extends CertificateSource {
  /** `required`: only TLS, on 2281; `optional`: TLS on 2281 beside plain text on 2181. @default 'required' */
  readonly clients?: 'required' | 'optional' | 'off';
  /** Certificates of clients: demanded, checked if shown, or not asked for. @default 'need' */
  readonly clientAuthentication?: 'need' | 'want' | 'none';
  /** TLS between members. It cannot be switched by a rolling restart; decide when the ensemble is made. @default true */
  readonly quorum?: boolean;
}

/** Who may do what. */
export interface ZooKeeperAuthentication {
  /** The super user, whom no ACL binds (digest), and who reconfigures. @default - a generated one for the steward; none without */
  readonly superUser?: Credentials;
  /** Users who log in by SASL DIGEST-MD5. @default - none */
  readonly clients?: readonly Credentials[];
  /** Refuses sessions that do not log in by SASL. @default false */
  readonly required?: boolean;
  /** Common user by which members log in to one another (SASL DIGEST-MD5). @default - members trust the network */
  readonly quorum?: Credentials;
  /** SASL users who may change the membership: the ACL of `/zookeeper/config`. Needs `superUser`. @default - only the super user */
  readonly reconfigurers?: readonly string[];
}

/** Settings of the servers, in the words of ZooKeeper's administrator's guide. */
export interface ZooKeeperConfiguration {
  /** Milliseconds of a tick. @default 2000 */
  readonly tickTime?: number;
  /** Ticks that a follower may take to connect and sync. @default 30 */
  readonly initLimit?: number;
  /** Ticks that a follower may fall behind. @default 5 */
  readonly syncLimit?: number;
  /** Connections from one address. @default 0, no limit: behind a proxy all clients share one */
  readonly maxClientCnxns?: number;
  /** Transactions between snapshots. @default 100000 */
  readonly snapCount?: number;
  /** Snapshots to keep. @default 3 */
  readonly 'autopurge.snapRetainCount'?: number;
  /** Hours between purges. @default 1 */
  readonly 'autopurge.purgeInterval'?: number;
  /** Largest znode in bytes; clients need the same `jute.maxbuffer`. @default 1048575 */
  readonly 'jute.maxbuffer'?: number;
  /** Four letter words that are answered; those that probes need are always. @default 'srvr,ruok,mntr,conf,isro' */
  readonly '4lw.commands.whitelist'?: string;
  /** Any other setting of zoo.cfg. Those that the library owns are refused. */
  readonly [setting: string]: string | number | boolean | undefined;
}

/** Backups of an ensemble. */
export interface ZooKeeperBackup {
  /** A cron schedule, or an interval that divides the day. */
  readonly schedule: string | Duration;
  /** How many to keep. @default 28 */
  readonly keep?: number;
  /** Where to. */
  readonly to: ObjectStore;
  /**
   * Digest user with all rights on the root znode, which a snapshot needs where that znode's ACL has been closed. It
   * travels in plain text, so it should not be the super user. @default - none: the root znode is open to everyone
   */
  readonly user?: Credentials;
  /** rclone image. @default 'rclone/rclone:1.75.2' */
  readonly image?: string;
}

/** A backup that a new ensemble starts from. It is never laid over existing data. */
export interface ZooKeeperRestore {
  readonly from: ObjectStore;
  /**
   * Name of the backup, `<time>-snapshot.<zxid>`: of this very cluster where it stands alone, else with its directory below
   * the store's prefix, such as `prod/coordination/zookeeper/<time>-snapshot.<zxid>`.
   */
  readonly snapshot: string;
  /** rclone image. @default 'rclone/rclone:1.75.2' */
  readonly image?: string;
}

/** Props of `ZooKeeperCluster`. */
export interface ZooKeeperClusterProps {
  /** Name of the ensemble and prefix of its objects; it can never change. @default - the construct's id */
  readonly name?: string;
  /** Release to run. @default ZooKeeperVersion.V3_9_5 */
  readonly version?: ZooKeeperVersion;
  /** Voting members: 1, 3, 5 or 7. @default 3 */
  readonly voters?: number;
  /** Members that serve reads without voting. @default 0 */
  readonly observers?: number;
  /** How many voters the ensemble was formed with, once `voters` has changed. @default - `voters` */
  readonly founders?: number;
  /** Id of the first member (`myid`); the others count up. It can never change. @default 1 */
  readonly firstId?: number;
  /** Volumes of each member. */
  readonly storage: ZooKeeperStorage;
  /** Memory request and limit of a server; the heap follows. @default Size.gibibytes(1) */
  readonly memory?: Size;
  /** Heap. @default - 60 % of memory, less where the JVM's own needs demand it */
  readonly heap?: Size;
  /** CPU request, as Kubernetes writes it. There is no limit: a throttled server loses its sessions. @default '250m' */
  readonly cpu?: string;
  /** TLS of clients and members. @default - off */
  readonly tls?: ZooKeeperTls;
  /** Logins of clients, of members among themselves, and the super user. @default - none; whoever may reach the port may connect */
  readonly authentication?: ZooKeeperAuthentication;
  /** Settings of zoo.cfg. @default - as their own defaults say */
  readonly configuration?: ZooKeeperConfiguration;
  /** Level of the console log; a change is applied without a restart. @default 'INFO' */
  readonly logLevel?: 'ERROR' | 'WARN' | 'INFO' | 'DEBUG';
  /** A Service with a stable address for each member, for clients that look a name up only once. @default false */
  readonly memberServices?: boolean;
  /** Where members run. @default - spread over zones, one host each in production */
  readonly placement?: PlacementProps;
  /** Backups to object storage. @default - no backups */
  readonly backup?: ZooKeeperBackup;
  /** A backup to start from. @default - starts empty */
  readonly restore?: ZooKeeperRestore;
  /** Image of the servers instead of the version's. @default - the version's */
  readonly image?: string;
  /**
   * Who restarts members in order, grows and shrinks the ensemble and provisions it: a `steward` in the cluster, or
   * nobody (`none`), see docs/steward.md. @default 'steward'
   */
  readonly operations?: 'steward' | 'none';
  /** Official Node.js image, 22 or later, that runs the gate, the steward and the Jobs. @default 'node:22-bookworm-slim' */
  readonly nodeImage?: string;
  /** Laid upon the pod template: lists of named things are merged by name, `null` removes. @default - nothing */
  readonly podOverrides?: DeepPartial<k8s.PodTemplateSpec>;
}
