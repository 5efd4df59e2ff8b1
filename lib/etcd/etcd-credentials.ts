import type { Construct } from 'constructs';
import { backupCredentials } from '../core/backup-target';
import { ClusterCredentials } from '../core/cluster-credentials';
import { Credentials, type CredentialsReference } from '../core/credentials';
import { reportFindings } from '../core/problem';
import type { GeneratedSecret } from '../core/secret-generator';
import type { EtcdModel } from './etcd-model';
import { ROOT } from './etcd-names';

/** Where the credentials of a cluster are. */
export class EtcdCredentials extends ClusterCredentials {
  /** The user whom no permission binds; undefined without authentication. */
  readonly root?: CredentialsReference;
  /** What signs the tokens of logins, as the password; undefined without authentication. */
  readonly token?: CredentialsReference;
  /** Of the store that is backed up to, where it is one. */
  readonly backup?: CredentialsReference;
  /** Of the store that is restored from, where it is one. */
  readonly restore?: CredentialsReference;

  constructor(scope: Construct, { name, authentication, props }: EtcdModel) {
    super(scope, { system: 'etcd', name, nodeImage: props.nodeImage });
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

  private generateRoot(secret: GeneratedSecret): void {
    if (secret.username !== ROOT) {
      const message = `authentication.root: the user whom no permission binds is called "root" and not "${secret.username}"; leave the name out`;
      reportFindings(this.scope, [{ code: 'etcd/authentication', message }]);
    }
    this.generate(secret);
  }
}
