import type { Duration } from 'cdk8s';
import type { BackupPlace } from '../core/backup-target';

/**
 * Backups of a deployment. Each is an RDB file of every shard, taken of a replica where there is one that is in step, read
 * through by Redis' own tool, and compared with what the server says of its keys. Shards are not backed up at the same
 * instant: a transaction is never cut in two, as all its keys are in one slot, but what follows it in another shard may be.
 */
export interface RedisBackup {
  /** A cron schedule, or an interval that divides the day. */
  readonly schedule: string | Duration;
  /** How many to keep. @default 28 */
  readonly maxBackups?: number;
  /** Backups older than this are removed, the newest excepted. @default - none is too old */
  readonly maxAge?: Duration;
  /** How long a backup may take. @default Duration.hours(1) */
  readonly timeout?: Duration;
  /** Age of the newest backup from which on an alert is raised. @default - twice the interval; of a cron schedule 26 hours */
  readonly alertAfter?: Duration;
  /** Where to keep them: an object store, or a volume. */
  readonly to: BackupPlace;
  /** rclone image. @default 'rclone/rclone:1.75.2' */
  readonly image?: string;
}

/**
 * A backup to start from, before the deployment is formed. Nothing is ever restored over data, nor once it is formed. A Redis
 * Cluster must have as many founding shards as the one that was backed up, in the same order. Users are not part of a
 * backup: they are those that are declared.
 */
export interface RedisRestore {
  /** Where the backup is. */
  readonly from: BackupPlace;
  /**
   * Name of the backup, its time, such as `20261121T180000Z`: of this very deployment where it stands alone, else with its
   * directory below the store's prefix, such as `prod/shop/redis/20261121T180000Z`.
   */
  readonly backup: string;
  /** rclone image. @default 'rclone/rclone:1.75.2' */
  readonly image?: string;
}
