import type { Construct } from 'constructs';
import { backupCredentials } from '../core/backup-target';
import { Credentials, type CredentialsReference } from '../core/credentials';
import { objectLabels } from '../core/names';
import { type GeneratedSecret, SecretGenerator } from '../core/secret-generator';
import type { RedisModel } from './redis-model';

/** Where the credentials of a deployment are, and who makes up those that do not exist yet. */
export class RedisCredentials {
  /** The user `steward`, who may do everything. */
  readonly steward: CredentialsReference;
  /** The library's other users, who share a password. */
  readonly internal: CredentialsReference;
  /** Of the store that is backed up to, where it is one. */
  readonly backup?: CredentialsReference;
  /** Of the store that is restored from, where it is one. */
  readonly restore?: CredentialsReference;

  private generator?: SecretGenerator;

  constructor(
    private readonly scope: Construct,
    private readonly model: RedisModel,
  ) {
    const { credentials = {}, backup, restore } = model.props;
    this.steward = this.bind(credentials.steward ?? Credentials.generated(), 'steward', 'steward');
    this.internal = this.bind(credentials.internal ?? Credentials.generated(), 'internal', 'internal');
    const to = backup && backupCredentials(backup.to);
    const from = restore && backupCredentials(restore.from);
    if (to) this.backup = this.bind(to, 'backup-store', 'backup');
    if (from) this.restore = this.bind(from, 'restore-store', 'restore');
  }

  /** Where credentials are, in the Secret `<name>-<use>` unless they exist already. */
  bind(credentials: Credentials, use: string, username: string): CredentialsReference {
    const { name } = this.model;
    return credentials.bind(this.scope, `${use}-credentials`, {
      secretName: `${name}-${use}`,
      username,
      labels: objectLabels('redis', name, 'credentials'),
      generate: (secret) => this.generate(secret),
    });
  }

  /** Has a Secret made up in the cluster, with all others by one Job. */
  private generate(secret: GeneratedSecret): void {
    const { scope, model } = this;
    this.generator ??= new SecretGenerator(scope, 'secrets', {
      system: 'redis',
      cluster: model.name,
      image: model.props.nodeImage,
      secrets: [],
    });
    this.generator.add(secret);
  }
}
