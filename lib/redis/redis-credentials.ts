import type { Construct } from 'constructs';
import { backupCredentials } from '../core/backup-target';
import { ClusterCredentials } from '../core/cluster-credentials';
import { Credentials, type CredentialsReference } from '../core/credentials';
import type { RedisModel } from './redis-model';

/** Where the credentials of a deployment are. */
export class RedisCredentials extends ClusterCredentials {
  /** The user `steward`, who may do everything. */
  readonly steward: CredentialsReference;
  /** The library's other users, who share a password. */
  readonly internal: CredentialsReference;
  /** Of the store that is backed up to, where it is one. */
  readonly backup?: CredentialsReference;
  /** Of the store that is restored from, where it is one. */
  readonly restore?: CredentialsReference;

  constructor(scope: Construct, { name, props }: RedisModel) {
    super(scope, { system: 'redis', name, nodeImage: props.nodeImage });
    const { credentials = {}, backup, restore } = props;
    this.steward = this.bind(credentials.steward ?? Credentials.generated(), 'steward', 'steward');
    this.internal = this.bind(credentials.internal ?? Credentials.generated(), 'internal', 'internal');
    const to = backup && backupCredentials(backup.to);
    const from = restore && backupCredentials(restore.from);
    if (to) this.backup = this.bind(to, 'backup-store', 'backup');
    if (from) this.restore = this.bind(from, 'restore-store', 'restore');
  }
}
