import type { Construct } from 'constructs';
import type { Credentials, CredentialsReference } from '../core/credentials';
import { objectLabels } from '../core/names';
import { type GeneratedSecret, SecretGenerator } from '../core/secret-generator';
import type { ZooKeeperModel } from './zookeeper-model';

/** Where the credentials of an ensemble are. */
export interface ZooKeeperCredentials {
  readonly superUser?: CredentialsReference;
  readonly clients: readonly CredentialsReference[];
  readonly quorum?: CredentialsReference;
  /** Of the store that is restored from. */
  readonly restore?: CredentialsReference;
  /** Of the store that is backed up to. */
  readonly backup?: CredentialsReference;
  /** User who takes the snapshots. */
  readonly backupUser?: CredentialsReference;
}

/** Makes what the credentials of an ensemble need, below `scope`, and says where they are. */
export function bindCredentials(
  scope: Construct,
  model: ZooKeeperModel,
  system: string,
): ZooKeeperCredentials {
  const { authentication = {}, backup, restore, nodeImage } = model.props;
  const secrets: GeneratedSecret[] = [];
  const bind = (credentials: Credentials | undefined, use: string) =>
    credentials?.bind(scope, `${use}-credentials`, {
      secretName: `${model.name}-${use}`,
      username: use,
      labels: objectLabels(system, model.name, 'credentials'),
      generate: (secret) => secrets.push(secret),
    });
  const bound = {
    superUser: bind(authentication.superUser, 'super'),
    clients: (authentication.clients ?? []).flatMap(
      (user, index) => bind(user, index === 0 ? 'client' : `client-${index + 1}`) ?? [],
    ),
    quorum: bind(authentication.quorum, 'quorum'),
    restore: bind(restore?.from.props.credentials, 'restore'),
    backup: bind(backup?.to.props.credentials, 'backup-store'),
    backupUser: bind(backup?.user, 'backup-user'),
  };
  if (secrets.length > 0)
    new SecretGenerator(scope, 'secrets', { system, cluster: model.name, image: nodeImage, secrets });
  return bound;
}
