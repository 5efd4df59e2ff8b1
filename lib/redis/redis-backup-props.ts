import type { ScheduledBackup } from '../core/backup-options';
import type { BackupPlace } from '../core/backup-target';

/**
 * Backups of a deployment. Each is an RDB file of every shard, taken of a replica where there is one that is in step, read
 * through by Redis' own tool, and compared with what the server says of its keys. Shards are not backed up at the same
 * instant: a transaction is never cut in two, as all its keys are in one slot, but what follows it in another shard may be.
 */
export interface RedisBackup extends ScheduledBackup {
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
