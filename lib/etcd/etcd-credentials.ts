import type { Construct } from 'constructs';
import { backupCredentials } from '../core/backup-target';
import { Credentials, type CredentialsReference } from '../core/credentials';
import { objectLabels } from '../core/names';
import { reportFindings } from '../core/problem';
import { type GeneratedSecret, SecretGenerator } from '../core/secret-generator';
import type { EtcdModel } from './etcd-model';
import { ROOT } from './etcd-names';

/** Where the credentials of a cluster are, and who makes up those that do not exist yet. */
export class EtcdCredentials {
  /** The user whom no permission binds; undefined without authentication. */
  readonly root?: CredentialsReference;
  /** What signs the tokens of logins, as the password; undefined without authentication. */
  readonly token?: CredentialsReference;
  /** Of the store that is backed up to, where it is one. */
  readonly backup?: CredentialsReference;
  /** Of the store that is restored from, where it is one. */
  readonly restore?: CredentialsReference;

  private generator?: SecretGenerator;

  constructor(
    private readonly scope: Construct,
    private readonly model: EtcdModel,
  ) {
    const { authentication, props } = model;
    const { backup, restore } = props;
    if (authentication) {
      this.root = this.bind(authentication.root, ROOT, ROOT, (secret) => this.generateRoot(secret));
      this.token = this.bind(Credentials.generated(), 'token', 'token');
    }
    const to = backup && backupCredentials(backup.to);
    const from = restore && backupCredentials(restore.from);
    if (to) this.backup = this.bind(to, 'backup-store', 'backup');
    if (from) this.restore = this.bind(from, 'restore-store', 'restore');
  }

  /** Where the Secret of a user is. */
  user(credentials: Credentials, use: string, username: string): CredentialsReference {
    return this.bind(credentials, use, username);
  }

  private bind(
    credentials: Credentials,
    use: string,
    username: string,
    generate = (secret: GeneratedSecret) => this.generate(secret),
  ): CredentialsReference {
    const { name } = this.model;
    return credentials.bind(this.scope, `${use}-credentials`, {
      secretName: `${name}-${use}`,
      username,
      labels: objectLabels('etcd', name, 'credentials'),
      generate,
    });
  }

  private generateRoot(secret: GeneratedSecret): void {
    if (secret.username !== ROOT) {
      const message = `authentication.root: the user whom no permission binds is called "root" and not "${secret.username}"; leave the name out`;
      reportFindings(this.scope, [{ code: 'etcd/authentication', message }]);
    }
    this.generate(secret);
  }

  /** Has a Secret made up in the cluster, with all others by one Job. */
  private generate(secret: GeneratedSecret): void {
    const { scope, model } = this;
    this.generator ??= new SecretGenerator(scope, 'secrets', {
      system: 'etcd',
      cluster: model.name,
      image: model.props.nodeImage,
      secrets: [],
    });
    this.generator.add(secret);
  }
}
