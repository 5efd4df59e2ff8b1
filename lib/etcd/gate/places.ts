import { join } from 'node:path';
import type { EtcdGatePaths, EtcdGateSettings } from './settings';

/** Where things lie on a member's volumes. */
export interface DiskPlaces {
  /** etcd's `data-dir`, and what of it is there before the log is. */
  readonly data: string;
  readonly member: string;
  readonly database: string;
  /** Directory of the write-ahead log. */
  readonly log: string;
  /** What etcdutl has restored, with its log. */
  readonly restored: string;
  readonly restoredLog: string;
  /** Where a backup is downloaded to. */
  readonly download: string;
  /** What is to be removed. */
  readonly aside: readonly string[];
}

export function diskPlaces({ data, wal }: EtcdGatePaths, { walVolume }: EtcdGateSettings): DiskPlaces {
  const restored = join(data, 'restored');
  const member = join(data, 'data', 'member');
  return {
    data: join(data, 'data'),
    member,
    database: join(member, 'snap', 'db'),
    log: walVolume ? join(wal, 'wal') : join(member, 'wal'),
    restored,
    restoredLog: walVolume ? join(wal, 'restored') : join(restored, 'member', 'wal'),
    download: join(data, 'restore'),
    aside: walVolume ? [join(wal, 'removed'), join(data, 'removed')] : [join(data, 'removed')],
  };
}
